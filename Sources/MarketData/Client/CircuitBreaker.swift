package import Domain

/// Leaves a venue alone that failed too often, so that the next one is asked without waiting for time-outs.
///
/// Closed, it counts failures in a row; at the limit it opens for a while. Then one request is let through: its
/// success closes the breaker, its failure opens it again. Time is a stopwatch's.
package struct CircuitBreaker: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case closed
        case open(until: Span)
        /// One request is on its way to find out; who comes meanwhile is refused.
        case probing
    }

    package enum Admission: Equatable, Sendable {
        case admitted
        /// Not before that much longer; zero while a probe is out, since nobody knows.
        case refused(Span)
    }

    package let failureLimit: Int
    package let cooldown: Span
    package private(set) var state = State.closed
    private var failureCount = 0

    package init(failureLimit: Int, cooldown: Span) {
        precondition(failureLimit > 0 && cooldown > .zero, "Invariant: a breaker opens at some time for some time")
        self.failureLimit = failureLimit
        self.cooldown = cooldown
    }

    /// What `admit` would say, changing nothing.
    package func admission(at elapsed: Span) -> Admission {
        switch state {
        case .closed: .admitted
        case .open(let until): elapsed < until ? .refused(until - elapsed) : .admitted
        case .probing: .refused(.zero)
        }
    }

    /// Asks for leave to send one request. Whoever is admitted reports what became of it, exactly once.
    package mutating func admit(at elapsed: Span) -> Admission {
        let admission = admission(at: elapsed)
        if admission == .admitted, case .open = state { state = .probing }
        return admission
    }

    package mutating func succeed() {
        // An answer to a request sent before the breaker opened says nothing about now.
        if case .open = state { return }
        failureCount = 0
        state = .closed
    }

    package mutating func fail(at elapsed: Span) {
        switch state {
        case .open: return
        case .probing: open(until: elapsed + cooldown)
        case .closed:
            failureCount += 1
            if failureCount >= failureLimit { open(until: elapsed + cooldown) }
        }
    }

    /// The venue itself said until when it wants to be left alone.
    package mutating func rest(until: Span) {
        if case .open(let already) = state, already >= until { return }
        open(until: until)
    }

    /// The request was given up by its caller and says nothing about the venue: the next one may probe.
    package mutating func abandon(at elapsed: Span) {
        if case .probing = state { state = .open(until: elapsed) }
    }

    private mutating func open(until: Span) {
        failureCount = 0
        state = .open(until: until)
    }
}
