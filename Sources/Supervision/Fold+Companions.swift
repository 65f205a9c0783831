package import Domain

/// Another policy that decides beside a fold's own, on the same outcomes, track records and books.
struct Companion: Sendable {
    let policy: Policy
    var decisions = DecisionState()

    init(_ policy: Policy) { self.policy = policy }
}

extension Fold {
    /// Whether everything that a fold keeps besides its decisions comes out alike under both policies, bit for bit.
    ///
    /// What differs may be what is made of the state at a decision: gates, limits, allocation, and how a multiplier is
    /// read off. What enters the state itself may not: prices, costs, times, forecasts, the memory of a score, the
    /// window of telemetry; nor what the seed's multiplier is bounded by, which it remembers.
    package static func keepsAlike(_ one: Policy, _ two: Policy) -> Bool {
        func state(_ policy: Policy) -> Policy {
            var bare = policy
            bare.name = ""
            bare.risk = RiskPolicy()
            bare.allocation = AllocationPolicy()
            bare.gates = GatePolicy()
            bare.gates.telemetryWindowDays = policy.gates.telemetryWindowDays
            if policy.confidence.rule == .skill {
                let standard = ConfidencePolicy()
                bare.confidence.gain = standard.gain
                bare.confidence.floor = standard.floor
                bare.confidence.ceiling = standard.ceiling
            }
            return bare
        }
        return state(one) == state(two)
    }

    /// Whatever happens to the members, happens under every policy.
    mutating func onEveryDecider(_ happen: (inout DecisionState, Policy) -> Void) {
        happen(&decisions, policy)
        for place in companions.indices { happen(&companions[place].decisions, companions[place].policy) }
    }

    /// The fold as it would be had the companion's policy folded alone.
    func alone(_ companion: Companion) -> Fold {
        var fold = self
        fold.companions = []
        fold.mode = .constant(companion.policy)
        fold.policy = companion.policy
        fold.decisions = companion.decisions
        return fold
    }
}
