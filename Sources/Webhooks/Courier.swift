internal import Domain
package import HTTPPort
package import Operation
internal import Synchronization

/// Brings what is in the outbox to those who are to be told: every message at least once, those of a channel in their
/// order, and no channel waits for another.
///
/// A message stays in the outbox until a service has taken it. Killed between the answer and the mark, the message is
/// sent again; it carries the same identity, by which the receiver can tell. While the ledger cannot be written, what
/// was sent is remembered, and nothing more is sent: a full disk must not repeat an alert every two seconds. A message
/// that fails holds up those behind it, so that nobody hears of an end before the beginning; one that is refused as
/// such does not, since the next may be fine.
package struct Courier: Sendable {
    private let log: AlertLog
    private let channels: [Channel]
    private let post: MessagePost
    private let clock: Clock
    private let settings: CourierSettings
    private let note: @Sendable (CourierEvent) -> Void
    private let unmarked = Unmarked()

    /// What became of the last message of a channel, where the ledger did not take it.
    private final class Unmarked: Sendable {
        let byChannel = Mutex<[String: AlertMessage]>([:])
    }

    /// - Parameter note: told of every delivery and every failure; without any secret.
    package init(
        log: AlertLog, channels: [Channel], sender: HTTPSender, clock: Clock, settings: CourierSettings = .init(),
        note: @escaping @Sendable (CourierEvent) -> Void = { _ in }
    ) {
        self.log = log
        self.channels = channels
        post = MessagePost(sender: sender, clock: clock, settings: settings)
        self.clock = clock
        self.settings = settings
        self.note = note
    }

    /// Until the task is cancelled; a request that is under way is finished and marked first. Each channel has a loop
    /// of its own. An error of the ledger is noted and the outbox looked into again.
    package func run(pause: Pause) async {
        do {
            try reconsiderRefused()
        } catch {
            note(.outboxFailed("\(error)"))
        }
        await withTaskGroup(of: Void.self) { group in
            for channel in channels {
                group.addTask { await loop(pause) { try await deliverDue(to: channel) } }
            }
            group.addTask { await loop(pause) { try setAside() } }
        }
    }

    /// What is due now, all channels at once, those of a channel one after the other; for one who does not run the
    /// loop. Throws where the ledger does, after the other channels have had their turn.
    package func deliverDue() async throws -> CourierCounts {
        var counts = CourierCounts()
        try setAside()
        try await withThrowingTaskGroup(of: CourierCounts.self) { group in
            for channel in channels { group.addTask { try await deliverDue(to: channel) } }
            for try await more in group { counts += more }
        }
        return counts
    }

    private func loop(_ pause: Pause, _ round: @Sendable () async throws -> some Sendable) async {
        while !Task.isCancelled {
            do {
                _ = try await round()
            } catch {
                note(.outboxFailed("\(error)"))
            }
            do {
                try await pause.wait(settings.pollEvery)
            } catch {
                return
            }
        }
    }

    private func deliverDue(to channel: Channel) async throws -> CourierCounts {
        var counts = CourierCounts()
        var refusalCount = 0
        if let message = unmarked.byChannel.withLock({ $0[channel.name] }) {
            try log.update(message)
            unmarked.byChannel.withLock { $0[channel.name] = nil }
        }
        for message in try waiting(for: channel) {
            guard !Task.isCancelled, counts.attempts < settings.messagesARound else { break }
            guard isDue(message) else {
                // It was refused and not the channel: those behind it may pass.
                if message.lastFailure.hasPrefix(DeliveryAttempt.messageRefusal) { continue }
                break
            }
            let outcome = await post.attempt(message, channel)
            let attempted = recorded(message, outcome, channel)
            do {
                try log.update(attempted)
            } catch {
                unmarked.byChannel.withLock { $0[channel.name] = attempted }
                throw error
            }
            counts.attempts += 1
            switch outcome {
            case .delivered:
                counts.delivered += 1
                refusalCount = 0
            case .refusedMessage:
                refusalCount += 1
                if refusalCount == settings.refusalsARound { return counts }
            case .failed, .refused: return counts
            }
        }
        return counts
    }

    /// Everything undelivered of a channel, as far as it is in the outbox's first messages, oldest first. Whether one
    /// is due is asked later: what waits holds up what is behind it.
    private func waiting(for channel: Channel) throws -> [AlertMessage] {
        // Most of the time there is nothing at all.
        guard try !log.due(latest, 1).isEmpty else { return [] }
        var limit = settings.batch
        while true {
            let all = try log.due(latest, limit)
            let mine = all.filter { $0.channel == channel.name }.sorted { $0.id < $1.id }
            if !mine.isEmpty || all.count < limit { return mine }
            // Others have filled the batch: one that is not served must not hide this one's.
            limit *= 2
        }
    }

    /// Whoever starts us may have mended what was refused: that is asked again at once, and not after hours.
    private func reconsiderRefused() throws {
        let now = clock.now()
        for channel in channels {
            for var message in try waiting(for: channel)
            where message.nextAttemptAt > now && DeliveryAttempt.isRefusal(message.lastFailure) {
                message.nextAttemptAt = now
                try log.update(message)
            }
        }
    }

    /// Later than any message waits for.
    private var latest: Timestamp { Timestamp.plausible.upperBound }

    /// After a clock was set back a message would wait until it has caught up: none waits longer than we ever tell one.
    private func isDue(_ message: AlertMessage) -> Bool {
        let now = clock.now()
        return message.nextAttemptAt <= now || message.nextAttemptAt - now > settings.longestWait
    }

    /// Messages of channels that are in the settings no more wait with a word on why.
    private func setAside() throws {
        let now = clock.now()
        let names = Set(channels.map(\.name))
        for var message in try log.due(now, settings.batch) where !names.contains(message.channel) {
            message.attempts += 1
            message.nextAttemptAt = now + settings.maximalRefusalBackoff
            message.lastFailure = DeliveryAttempt.unknownChannel(message.channel)
            try log.update(message)
            note(.failed(channel: message.channel, identity: message.identity, reason: message.lastFailure))
        }
    }

    private func recorded(_ message: AlertMessage, _ outcome: DeliveryAttempt, _ channel: Channel) -> AlertMessage {
        let now = clock.now()
        var message = message
        message.attempts += 1
        switch outcome {
        case .delivered:
            message.deliveredAt = now
            message.lastFailure = ""
            note(.delivered(channel: channel.name, identity: message.identity))
            return message
        case .failed(let reason, let askedToWait):
            let wait = CourierSettings.backoff(
                from: settings.backoff, to: settings.maximalBackoff, attempt: message.attempts)
            message.nextAttemptAt = now + max(wait, min(askedToWait ?? .zero, settings.maximalAskedWait))
            message.lastFailure = reason
        case .refused(let reason), .refusedMessage(let reason):
            let wait = CourierSettings.backoff(
                from: settings.refusalBackoff, to: settings.maximalRefusalBackoff, attempt: message.attempts)
            message.nextAttemptAt = now + wait
            message.lastFailure = reason
        }
        note(.failed(channel: channel.name, identity: message.identity, reason: message.lastFailure))
        return message
    }
}

extension CourierSettings {
    /// No message is ever told to wait longer.
    var longestWait: Span { max(maximalBackoff, maximalRefusalBackoff, maximalAskedWait) }
}

/// For the log and the metrics.
package enum CourierEvent: Equatable, Sendable, CustomStringConvertible {
    case delivered(channel: String, identity: String)
    case failed(channel: String, identity: String, reason: String)
    /// The ledger could not be read or written; what was sent and not marked is sent again.
    case outboxFailed(String)

    package var description: String {
        switch self {
        case .delivered(let channel, let identity): "told \(channel) of \(identity)"
        case .failed(let channel, let identity, let reason):
            "the channel '\(channel)' was not told of \(identity), it stays in the outbox: \(reason)"
        case .outboxFailed(let reason): "the outbox of alerts cannot be read or written: \(reason)"
        }
    }
}

package struct CourierCounts: Equatable, Sendable {
    package var attempts = 0
    package var delivered = 0

    package init() {}

    package static func += (total: inout CourierCounts, more: CourierCounts) {
        total.attempts += more.attempts
        total.delivered += more.delivered
    }
}
