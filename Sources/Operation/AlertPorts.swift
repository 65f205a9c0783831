package import Domain

/// What an operator wants to be told of.
package enum AlertKind: String, Sendable, CaseIterable, Comparable {
    case promotionAwaitingApproval = "promotion-awaiting-approval"
    case kill
    case warningBand = "warning-band"
    case tailRiskBreach = "tail-risk-breach"
    case modelRefused = "model-refused"
    case noPrices = "no-prices"
    case silentAgent = "silent-agent"
    case jobFailing = "job-failing"
    case backupFailing = "backup-failing"
    case fleetDrawdown = "fleet-drawdown"

    package static func < (left: AlertKind, right: AlertKind) -> Bool { left.rawValue < right.rawValue }
}

/// One alert, from the moment it is raised until it is resolved. `key` is the kind and whom it is about.
package struct AlertRecord: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case raised
        case resolved
    }

    package var kind: AlertKind
    /// An agent, a strategy class, a symbol, a job; empty for the fleet.
    package var subject: String
    package var state: State
    /// How often it has been raised, this time included: with kind and subject, the identity of an episode.
    package var episode: Int
    package var raisedAt: Timestamp
    /// When it was last resolved: stays while it is raised again; `nil` until the first time.
    package var resolvedAt: Timestamp?
    /// When a message about this episode was last put into the outbox; `nil` while it is owed.
    package var toldAt: Timestamp?
    /// Since when the condition has been gone, while it waits to be resolved.
    package var clearSince: Timestamp?
    package var title: String
    package var text: String

    package init(
        kind: AlertKind, subject: String, state: State, episode: Int, raisedAt: Timestamp,
        resolvedAt: Timestamp? = nil, toldAt: Timestamp? = nil, clearSince: Timestamp? = nil, title: String,
        text: String
    ) {
        self.kind = kind
        self.subject = subject
        self.state = state
        self.episode = episode
        self.raisedAt = raisedAt
        self.resolvedAt = resolvedAt
        self.toldAt = toldAt
        self.clearSince = clearSince
        self.title = title
        self.text = text
    }
}

/// A message in the outbox, once a channel.
package struct AlertMessage: Equatable, Sendable {
    /// 0 until stored.
    package var id: Int64
    /// As in the settings.
    package var channel: String
    /// `kill/aurora/1/raised`: who receives it twice can tell.
    package var identity: String
    package var kind: AlertKind?
    package var subject: String
    package var isResolved: Bool
    package var title: String
    package var text: String
    /// When what it tells was so.
    package var at: Timestamp
    package var attempts: Int
    package var nextAttemptAt: Timestamp
    package var deliveredAt: Timestamp?
    /// Why the last attempt failed, without any secret.
    package var lastFailure: String

    package init(
        id: Int64 = 0, channel: String, identity: String, kind: AlertKind?, subject: String, isResolved: Bool,
        title: String, text: String, at: Timestamp, attempts: Int = 0, nextAttemptAt: Timestamp,
        deliveredAt: Timestamp? = nil, lastFailure: String = ""
    ) {
        self.id = id
        self.channel = channel
        self.identity = identity
        self.kind = kind
        self.subject = subject
        self.isResolved = isResolved
        self.title = title
        self.text = text
        self.at = at
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.deliveredAt = deliveredAt
        self.lastFailure = lastFailure
    }
}

/// Alerts and their outbox.
package struct AlertLog: Sendable {
    /// In the order of kind and subject; resolved ones included.
    package var records: @Sendable () throws -> [AlertRecord]
    /// Replaces the records of the same kind and subject and adds the messages, in one transaction. A message whose
    /// channel and identity is in the outbox already is not added again.
    package var commit: @Sendable (_ records: [AlertRecord], _ messages: [AlertMessage]) throws -> Void
    /// Not delivered and due at `now`, oldest first: in the order in which they were committed.
    package var due: @Sendable (_ now: Timestamp, _ limit: Int) throws -> [AlertMessage]
    /// Stores attempts, next attempt, delivery and failure of a message.
    package var update: @Sendable (_ message: AlertMessage) throws -> Void
    /// The newest first.
    package var messages: @Sendable (_ limit: Int) throws -> [AlertMessage]
    package var undeliveredCount: @Sendable () throws -> Int
    /// Deletes delivered messages that are older than a time.
    package var prune: @Sendable (_ before: Timestamp) throws -> Void

    package init(
        records: @escaping @Sendable () throws -> [AlertRecord],
        commit: @escaping @Sendable (_ records: [AlertRecord], _ messages: [AlertMessage]) throws -> Void,
        due: @escaping @Sendable (_ now: Timestamp, _ limit: Int) throws -> [AlertMessage],
        update: @escaping @Sendable (_ message: AlertMessage) throws -> Void,
        messages: @escaping @Sendable (_ limit: Int) throws -> [AlertMessage],
        undeliveredCount: @escaping @Sendable () throws -> Int,
        prune: @escaping @Sendable (_ before: Timestamp) throws -> Void
    ) {
        self.records = records
        self.commit = commit
        self.due = due
        self.update = update
        self.messages = messages
        self.undeliveredCount = undeliveredCount
        self.prune = prune
    }
}
