package import Domain

/// How patiently messages are delivered.
package struct CourierSettings: Equatable, Sendable {
    package var timeout = Span(milliseconds: 10_000)
    package var maximalResponseBytes = 65_536
    /// The wait after the first failure; it doubles up to the bound. No jitter: one fleet, a handful of channels.
    package var backoff = Span(milliseconds: 15_000)
    package var maximalBackoff = Span.minutes(30)
    /// The same for what was refused: until somebody mends the settings, asking often is rude and of no use.
    package var refusalBackoff = Span.hours(1)
    package var maximalRefusalBackoff = Span.hours(6)
    /// A service that asks for more is asked again after this.
    package var maximalAskedWait = Span.hours(24)
    /// How often the outbox is looked into.
    package var pollEvery = Span(milliseconds: 2_000)
    /// Messages of the outbox read at once; more are read where they are needed to find a channel's next one.
    package var batch = 256
    /// Requests for one channel before the others of a round are waited for.
    package var messagesARound = 32
    /// Messages refused one after the other after which it is not the messages.
    package var refusalsARound = 3

    package init() {}

    /// The wait after the `attempt`-th failure, counted from 1.
    static func backoff(from first: Span, to limit: Span, attempt: Int) -> Span {
        var wait = first
        for _ in 1..<max(2, attempt) where attempt > 1 && wait < limit { wait = wait * 2 }
        return min(wait, limit)
    }
}
