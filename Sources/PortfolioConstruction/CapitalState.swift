package import Domain
internal import Statistics
internal import StatisticsState

/// What the allocation has learned from the days that are over: who deserves capital, who moves with whom, and how the
/// fleet as a whole is doing.
///
/// It is fed one complete day after the other and read at each decision. Bounded by a constant for each member.
package struct CapitalState: Equatable, Sendable {
    /// What is known of one member at a decision.
    package struct Reading: Equatable, Sendable {
        /// Its weight under the learned rule, not negative, comparable with those of the others; `nil` where the rule
        /// needs none.
        package var priorWeight: Double?
        /// Which cluster it belongs to; `nil` for one that moves with nobody.
        package var cluster: Int?
        /// Its weight in force before the decision, as the market has carried it.
        package var heldWeight: Double

        package init(priorWeight: Double? = nil, cluster: Int? = nil, heldWeight: Double = 0) {
            self.priorWeight = priorWeight
            self.cluster = cluster
            self.heldWeight = heldWeight
        }

        package static let none = Reading()
    }

    /// As decided last, carried on by the days that were settled since.
    private var weights: [Double] = []
    /// What was held when the last decision was made: it can be explained from the state after it.
    private var heldWeights: [Double] = []

    package init() {}

    /// Opens the account of the member at `place`, or opens it anew for a new version of it.
    ///
    /// - Parameters:
    ///   - rank: Its place among all that were ever tried, counted from 1.
    ///   - firstFleetCount: How many there were at the start.
    package mutating func join(_ place: Int, rank: Int, firstFleetCount: Int) {
        while weights.count <= place {
            weights.append(0)
            heldWeights.append(0)
        }
    }

    /// Learns from a complete day.
    ///
    /// - Parameters:
    ///   - mixNetReturn: What the weights before the fleet gate earned on it, after their turnover; `nil` where there
    ///     were none.
    ///   - fleetNetReturn: What the weights in force earned.
    package mutating func take(
        _ round: MarkRound, mixNetReturn: Double?, fleetNetReturn: Double?, policy: AllocationPolicy
    ) {
        carry(round, fleetNetReturn ?? 0)
    }

    private mutating func carry(_ round: MarkRound, _ fleetNetReturn: Double) {
        let whole = max(1 + fleetNetReturn, 1e-9)
        for place in weights.indices { weights[place] /= whole }
        for mark in round.marks where mark.member < weights.count {
            weights[mark.member] *= max(1 + mark.netReturn, 0)
        }
    }

    /// What is held now is what the coming decision starts from.
    package mutating func beginDecision() { heldWeights = weights }

    /// Notes the weights that are in force from now on.
    package mutating func putIntoForce(_ decided: [(member: Int, weight: Double)]) {
        for entry in decided { weights[entry.member] = entry.weight }
    }

    package func reading(of place: Int) -> Reading {
        Reading(heldWeight: heldWeights[place])
    }

    package var condition: FleetCondition { FleetCondition() }
}

/// How the fleet as a whole is doing, as known at a decision.
package struct FleetCondition: Equatable, Sendable {
    package init() {}
}

extension CapitalState: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&weights)
        try coder.visit(&heldWeights)
    }
}
