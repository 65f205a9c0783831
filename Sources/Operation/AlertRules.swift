package import Domain

/// When something is worth telling, and how often.
package struct AlertRules: Equatable, Sendable {
    /// Names of the channels, each of which is told everything; none: alerts are only kept on record.
    package var channels: [String]
    package var muted: Set<AlertKind>
    /// An alert that stands and waits for somebody is told again after this long; `nil` for never.
    package var repeatAfter: Span?
    /// At least this long between two messages of the same kind about the same subject.
    package var throttle: Span
    /// Messages an hour in all; what comes beyond is told together.
    package var messagesPerHour: Int
    /// For how long a condition is gone before it counts as over.
    package var clearAfter: Span
    package var fleetDrawdownSigmas: Double
    package var fleetDrawdownClearSigmas: Double
    package var tailRiskSigmas: Double
    package var tailRiskClearSigmas: Double
    package var noPricesAfter: Span
    package var jobFailures: Int
    /// Days without a signal and without an open one; `nil`: silence is nothing to tell. The policy's.
    package var silentAfterDays: Double?

    /// How often what comes beyond `messagesPerHour` is told, together: a kill that follows a storm of other messages
    /// must not wait for an hour to be over. Ours.
    package static let digestEvery = Span.minutes(10)

    /// The first alerts of a fleet are told together where they are more than this: one that was looked after for a
    /// year without us has a past. Ours.
    package static let firstAlone = 4

    /// A level of clearing above that of raising is that of raising: an alert is not over before it is raised.
    package init(
        channels: [String], muted: Set<AlertKind> = [], repeatAfter: Span? = .hours(24),
        throttle: Span = .minutes(30), messagesPerHour: Int = 30, clearAfter: Span = .hours(1),
        fleetDrawdownSigmas: Double = 6, fleetDrawdownClearSigmas: Double = 4, tailRiskSigmas: Double = 4,
        tailRiskClearSigmas: Double = 3.5, noPricesAfter: Span = .hours(3), jobFailures: Int = 3,
        silentAfterDays: Double? = 3
    ) {
        precondition(messagesPerHour >= 1 && jobFailures >= 1, "Invariant: something can be told")
        self.channels = Set(channels).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.muted = muted
        self.repeatAfter = repeatAfter
        self.throttle = throttle
        self.messagesPerHour = messagesPerHour
        self.clearAfter = clearAfter
        self.fleetDrawdownSigmas = fleetDrawdownSigmas
        self.fleetDrawdownClearSigmas = min(fleetDrawdownClearSigmas, fleetDrawdownSigmas)
        self.tailRiskSigmas = tailRiskSigmas
        self.tailRiskClearSigmas = min(tailRiskClearSigmas, tailRiskSigmas)
        self.noPricesAfter = noPricesAfter
        self.jobFailures = jobFailures
        self.silentAfterDays = silentAfterDays
    }
}

extension AlertKind {
    /// The order in which alerts are told when many are raised at once: first what costs money now.
    package var urgency: Int {
        switch self {
        case .kill: 0
        case .fleetDrawdown: 1
        case .tailRiskBreach: 2
        case .noPrices: 3
        case .jobFailing: 4
        case .backupFailing: 5
        case .warningBand: 6
        case .promotionAwaitingApproval: 7
        case .modelRefused: 8
        case .silentAgent: 9
        }
    }

    /// Whether it is read from the report, rather than from what the daemon itself goes through.
    package var isOfReport: Bool {
        switch self {
        case .noPrices, .jobFailing, .backupFailing: false
        case .promotionAwaitingApproval, .kill, .warningBand, .tailRiskBreach, .modelRefused, .silentAgent,
            .fleetDrawdown:
            true
        }
    }

    /// Whether it waits for somebody to act. A kill has acted already, a refused model is the common and honest case,
    /// and an agent that is gone may stay gone: saying so every day would teach people not to read.
    package var isRepeated: Bool {
        switch self {
        case .kill, .modelRefused, .silentAgent: false
        case .promotionAwaitingApproval, .warningBand, .tailRiskBreach, .noPrices, .jobFailing, .backupFailing,
            .fleetDrawdown:
            true
        }
    }

    /// Whether its end is an event and not a number that may come back: a person revives, approves or refuses.
    package var endsAtOnce: Bool {
        switch self {
        case .kill, .promotionAwaitingApproval: true
        case .warningBand, .tailRiskBreach, .modelRefused, .noPrices, .silentAgent, .jobFailing, .backupFailing,
            .fleetDrawdown:
            false
        }
    }

    /// For how long it must stand before it is told. Who was down for a night, or meets a symbol again after weeks,
    /// lacks its prices until they are fetched; that is no alert. Ours: three turns of the prices job.
    package var settlesFor: Span {
        switch self {
        case .noPrices: .minutes(15)
        case .promotionAwaitingApproval, .kill, .warningBand, .tailRiskBreach, .modelRefused, .silentAgent, .jobFailing,
            .backupFailing, .fleetDrawdown:
            .zero
        }
    }

    /// What is said when it is over.
    package var endText: String {
        switch self {
        case .promotionAwaitingApproval:
            "It no longer waits: a person decided, a gate is not passed any more, or it was killed."
        case .kill: "It is not killed any more: a person revived it."
        case .warningBand: "It left the warning band, or was killed."
        case .tailRiskBreach: "The CVaR is below the clearing level again."
        case .modelRefused: "No fit is refused now."
        case .noPrices: "Prices arrive again, or nobody has an open signal on it."
        case .silentAgent: "It speaks again, or is not counted on any more."
        case .jobFailing: "The job succeeded again."
        case .backupFailing: "The ledger is backed up again."
        case .fleetDrawdown: "The fall is below the clearing level again."
        }
    }
}
