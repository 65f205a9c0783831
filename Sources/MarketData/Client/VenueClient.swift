package import Domain
package import HTTPPort
package import Operation

/// Asks one venue, with all the patience and restraint that it takes; one per venue in a process.
///
/// Every request waits for the venue's limit and stands behind its circuit breaker; a failed one is tried again after
/// a wait. Everything is bounded by the settings, and a caller who is cancelled waits for nothing any more.
package actor VenueClient {
    package nonisolated let venue: Venue
    nonisolated let interface: VenueInterface
    nonisolated let settings: ClientSettings
    nonisolated let quotes: [String]
    nonisolated let clock: Clock
    nonisolated let stopwatch: Stopwatch
    private nonisolated let sender: HTTPSender
    private nonisolated let pause: Pause
    private nonisolated let observer: VenueObserver

    private var bucket: TokenBucket
    private var breaker: CircuitBreaker
    private var backoff: Backoff
    /// The venue asked for silence until then.
    private var restUntil: Span
    var listing = InstrumentListing()

    package init(
        _ interface: VenueInterface, settings: ClientSettings, quotes: [String], sender: HTTPSender, clock: Clock,
        stopwatch: Stopwatch, pause: Pause, observer: VenueObserver = VenueObserver()
    ) {
        venue = interface.venue
        self.interface = interface
        self.settings = settings
        self.quotes = quotes
        self.clock = clock
        self.stopwatch = stopwatch
        self.sender = sender
        self.pause = pause
        self.observer = observer
        let now = stopwatch.elapsed()
        bucket = TokenBucket(
            weightPerSecond: interface.limits.weightPerSecond, burst: interface.limits.burst, at: now)
        breaker = CircuitBreaker(failureLimit: settings.breakerFailures, cooldown: settings.breakerCooldown)
        backoff = Backoff(base: settings.backoff, maximal: settings.maximalBackoff, seed: settings.seed)
        restUntil = now
    }

    /// The client as what fetches candles sees it.
    package nonisolated var source: CandleSource {
        CandleSource(
            venue: venue,
            instrument: { symbol throws(VenueFailure) in try await self.instrument(for: symbol) },
            page: { instrument, range throws(VenueFailure) in try await self.page(of: instrument, in: range) })
    }

    /// An answer, and the latest time of which it can speak.
    struct Reply<Answer: Sendable>: Sendable {
        var answer: Answer
        /// By our clock when it was asked, or by the venue's when it answered, whichever is earlier.
        var asOf: Timestamp
        /// Whether the venue said when it answered.
        var isDated: Bool
    }

    /// Asks until answered, refused, or out of attempts.
    func ask<Answer: Sendable>(
        _ request: VenueRequest, read: @Sendable (_ body: [UInt8]) throws(ReplyFailure) -> Answer
    ) async throws(VenueFailure) -> Reply<Answer> {
        var failed = Judgement<Answer>.Retry(outcome: .connection, detail: "not asked")
        for attempt in 1...settings.attempts {
            if attempt > 1 { try await waitAgain(after: attempt - 1, failed) }
            try await admit(request.weight)
            let began = stopwatch.elapsed()
            let asked = clock.now()
            let (judgement, served) = await exchange(request, read: read)
            let ended = stopwatch.elapsed()
            observer.request(venue, judgement.outcome, ended - began)
            switch judgement {
            case .answer(let answer):
                changeBreaker { $0.succeed() }
                return Reply(answer: answer, asOf: min(asked, served ?? asked), isDated: served != nil)
            case .refused(let failure):
                // A no is an answer: the venue is well.
                changeBreaker { $0.succeed() }
                throw failure
            case .cancelled:
                changeBreaker { $0.abandon(at: ended) }
                throw .cancelled
            case .retry(let retry):
                failed = retry
                try note(retry, at: ended)
            }
        }
        throw .unreachable(venue, failed.detail)
    }

    private func exchange<Answer: Sendable>(
        _ request: VenueRequest, read: @Sendable (_ body: [UInt8]) throws(ReplyFailure) -> Answer
    ) async -> (Judgement<Answer>, served: Timestamp?) {
        let outgoing = HTTPRequest(
            .get, interface.baseURL + request.target,
            headers: [HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", "MetaSupervisor")],
            timeout: settings.timeout, maximalResponseBytes: settings.maximalResponseBytes)
        do throws(HTTPFailure) {
            let response = try await sender.send(outgoing)
            if let share = interface.usedShare(response) { bucket.learn(usedShare: share, at: stopwatch.elapsed()) }
            return (
                Judgement(of: response, from: venue, now: clock.now(), read: read),
                response.header("date").flatMap(HTTPDate.timestamp)
            )
        } catch {
            return (Judgement(of: error, from: venue), nil)
        }
    }

    /// The longest ban that a venue speaks of (Binance, REST API, "Limits": up to three days). Whoever asks for years
    /// made a mistake, and is asked again after this.
    private static let longestRest = Span.days(3)

    /// Counts a failure; throws where another attempt makes no sense.
    private func note<Answer>(_ retry: Judgement<Answer>.Retry, at elapsed: Span) throws(VenueFailure) {
        if retry.outcome == .limited {
            let asked = retry.retryAfter ?? retry.restAtLeast
            if let asked, asked > settings.maximalBackoff {
                changeBreaker { $0.rest(until: elapsed + min(asked, Self.longestRest)) }
                throw .limited(venue, retryAfter: retry.retryAfter)
            }
            if let asked { restUntil = max(restUntil, elapsed + asked) }
        }
        changeBreaker { $0.fail(at: elapsed) }
        if case .refused = breaker.admission(at: elapsed) { throw .unreachable(venue, retry.detail) }
    }

    private func waitAgain<Answer>(
        after attempt: Int, _ failed: Judgement<Answer>.Retry
    ) async throws(VenueFailure) {
        // What the venue asked for is waited out in `admit`, by everybody. No time at all is no answer to how long.
        guard failed.retryAfter ?? .zero == .zero else { return }
        // Too many requests and no word of how long: then the whole of the wait, without the luck of a short one.
        let span =
            failed.outcome == .limited
            ? backoff.ceiling(afterAttempt: attempt) : backoff.wait(afterAttempt: attempt)
        try await wait(span, for: .backoff)
    }

    /// Returns when a request of that weight may be sent, at most one longest wait after another.
    private func admit(_ weight: Int) async throws(VenueFailure) {
        try refuseWhereOpen()
        let now = stopwatch.elapsed()
        let queueing = bucket.wait(for: weight, at: now)
        guard queueing <= settings.maximalBackoff else { throw .limited(venue, retryAfter: queueing) }
        _ = bucket.take(weight, at: now)
        do throws(VenueFailure) {
            let resting = restUntil - now
            try await wait(max(queueing, resting), for: resting > queueing ? .retryAfter : .limit)
            // Others were answered while we waited: the venue may have asked for more silence, or be given up.
            let more = restUntil - stopwatch.elapsed()
            if more > .zero { try await wait(more, for: .retryAfter) }
            guard restUntil <= stopwatch.elapsed() else { throw .limited(venue, retryAfter: restUntil - now) }
            try takeLeave()
        } catch {
            bucket.giveBack(weight)
            throw error
        }
    }

    private func refuseWhereOpen() throws(VenueFailure) {
        if case .refused(let span) = breaker.admission(at: stopwatch.elapsed()) {
            throw .circuitOpen(venue, until: clock.now() + span)
        }
    }

    private func takeLeave() throws(VenueFailure) {
        guard !Task.isCancelled else { throw .cancelled }
        var admission = CircuitBreaker.Admission.admitted
        changeBreaker { admission = $0.admit(at: stopwatch.elapsed()) }
        if case .refused(let span) = admission { throw .circuitOpen(venue, until: clock.now() + span) }
    }

    private func wait(_ span: Span, for reason: VenueObserver.Wait) async throws(VenueFailure) {
        guard !Task.isCancelled else { throw .cancelled }
        guard span > .zero else { return }
        observer.wait(venue, reason, span)
        do { try await pause.wait(span) } catch { throw .cancelled }
    }

    private func changeBreaker(_ change: (inout CircuitBreaker) -> Void) {
        let before = breaker.state.kind
        change(&breaker)
        if breaker.state.kind != before { observer.breaker(venue, breaker.state.kind) }
    }
}

extension CircuitBreaker.State {
    fileprivate var kind: VenueObserver.Breaker {
        switch self {
        case .closed: .closed
        case .open: .open
        case .probing: .probing
        }
    }
}
