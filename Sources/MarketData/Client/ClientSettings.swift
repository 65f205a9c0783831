package import Domain

/// How patiently a venue is asked.
package struct ClientSettings: Equatable, Sendable {
    /// For one request, from first to last byte.
    package var timeout: Span
    /// How often one request is made before the venue is given up.
    package var attempts: Int
    package var backoff: Span
    /// The longest wait before an attempt, whatever it is for; a venue that asks for more is left for the next one.
    package var maximalBackoff: Span
    package var breakerFailures: Int
    package var breakerCooldown: Span
    package var maximalResponseBytes: Int
    /// For how long a list of instruments is believed.
    package var instrumentCache: Span
    /// A bar counts as finished this long after its close: venues publish a bar a moment before its last trades are in
    /// it. Ours.
    package var settlingTime: Span
    /// A bar that is missing this soon after its close may still come: it is asked for again, not recorded as a gap.
    /// Ours.
    package var publicationLag: Span
    /// Of the jitter.
    package var seed: UInt64

    package init(
        timeout: Span = Span(milliseconds: 10_000), attempts: Int = 4, backoff: Span = Span(milliseconds: 500),
        maximalBackoff: Span = Span(milliseconds: 30_000), breakerFailures: Int = 5,
        breakerCooldown: Span = .minutes(2), maximalResponseBytes: Int = 32 << 20,
        instrumentCache: Span = .hours(24), settlingTime: Span = Span(milliseconds: 2_000),
        publicationLag: Span = Span(milliseconds: 90_000), seed: UInt64 = 0
    ) {
        precondition(timeout > .zero && attempts > 0 && maximalResponseBytes > 0, "Invariant: something is tried")
        precondition(
            settlingTime >= .zero && publicationLag >= .zero && instrumentCache >= .zero,
            "Invariant: a wait is not negative")
        self.timeout = timeout
        self.attempts = attempts
        self.backoff = backoff
        // Settings are read one by one, and a first wait above the longest one means the longest one.
        self.maximalBackoff = max(backoff, maximalBackoff)
        self.breakerFailures = breakerFailures
        self.breakerCooldown = breakerCooldown
        self.maximalResponseBytes = maximalResponseBytes
        self.instrumentCache = instrumentCache
        self.settlingTime = settlingTime
        self.publicationLag = publicationLag
        self.seed = seed
    }
}

/// What is worth counting of a client's work.
package struct VenueObserver: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        case answered
        case timedOut = "timed_out"
        /// Refused, reset, too large.
        case connection
        case limited
        /// 5xx.
        case server
        /// No answer as documented.
        case malformed
        /// The venue's own no.
        case refused
        case cancelled
    }

    package enum Wait: String, Sendable, CaseIterable {
        /// For the venue's limit.
        case limit
        /// Before another attempt.
        case backoff
        /// Because the venue asked for it.
        case retryAfter = "retry_after"
    }

    package enum Breaker: String, Sendable, CaseIterable {
        case closed
        case open
        case probing
    }

    package var request: @Sendable (_ venue: Venue, _ outcome: Outcome, _ took: Span) -> Void
    package var wait: @Sendable (_ venue: Venue, _ wait: Wait, _ span: Span) -> Void
    /// Called when it changes.
    package var breaker: @Sendable (_ venue: Venue, _ state: Breaker) -> Void

    package init(
        request: @escaping @Sendable (_ venue: Venue, _ outcome: Outcome, _ took: Span) -> Void = { _, _, _ in },
        wait: @escaping @Sendable (_ venue: Venue, _ wait: Wait, _ span: Span) -> Void = { _, _, _ in },
        breaker: @escaping @Sendable (_ venue: Venue, _ state: Breaker) -> Void = { _, _ in }
    ) {
        self.request = request
        self.wait = wait
        self.breaker = breaker
    }
}
