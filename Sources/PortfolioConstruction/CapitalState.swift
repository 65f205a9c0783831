package import Domain
internal import Statistics
internal import StatisticsState

/// What the allocation has learned from the days that are over: who deserves capital, who moves with whom, and how the
/// fleet as a whole is doing.
///
/// It is fed one complete day after the other and read at each decision. Bounded by a constant for each member.
package struct CapitalState: Sendable {
    /// What is known of one member at a decision.
    package struct Reading: Equatable, Sendable {
        /// Its weight under the learned rule, not negative, comparable with those of the others; `nil` where the rule
        /// needs none.
        package var learnedWeight: Double?
        /// The volatility that its next mark is expected to have; `nil` below 20 marks.
        package var scale: Double?
        /// The number of its cluster; `nil` for one that moves with nobody.
        package var cluster: Int?
        /// Its weight in the mix before the decision, as the market has carried it.
        package var heldWeight: Double

        package init(
            learnedWeight: Double? = nil, scale: Double? = nil, cluster: Int? = nil, heldWeight: Double = 0
        ) {
            self.learnedWeight = learnedWeight
            self.scale = scale
            self.cluster = cluster
            self.heldWeight = heldWeight
        }

        package static let none = Reading()
    }

    /// The rule that weighs the members by their returns, with cash as its first expert; `nil` while none is in use.
    private var experts: ExpertAggregation?
    /// What each member's returns say of its Sharpe ratio now, to a long memory and to a short one.
    private var filters: [(long: SharpeFilter, short: SharpeFilter)] = []
    /// Squares of the returns of each member's book, recent ones counting most.
    private var squares: [ExponentialMoments] = []
    private var masses: [Double] = []
    private var isRetired: [Bool] = []
    private var clusters = AgentClusters()
    private var watch = FleetWatch()
    /// The mix as decided last, carried on by the days that were settled since.
    private var weights: [Double] = []
    /// The mix as it was when the last decision was made: that can be explained from the state after it.
    private var heldWeights: [Double] = []

    package init() {}

    /// Of the risk that returns are measured by: a half-life of 60 marks.
    private static let riskDecay = decayFactor(halfLife: 60)
    /// Marks, after forgetting, below which the risk of a book is not known: 20 in a row.
    private static let marksNeeded = (0..<20).reduce(0.0) { sum, _ in sum * riskDecay + 1 }

    /// The volatility that the member's next mark is expected to have; `nil` where it is not known. No greatest of
    /// several, as where evidence is weighed: here an error to either side costs the same.
    private func scale(_ place: Int) -> Double? {
        guard squares[place].totalWeight >= CapitalState.marksNeeded * (1 - 1e-12), let mean = squares[place].mean
        else { return nil }
        return mean > 1e-18 ? mean.squareRoot() : nil
    }

    /// Cash counts as one agent.
    static let cashMass = 1.0

    /// How many members have an account; the next new one opens it at this place.
    package var memberCount: Int { weights.count }

    /// Opens the account of the member at `place`, or opens it anew for a new version of it.
    ///
    /// - Parameter priorMass: What it starts with beside the others, see `newcomerMass`.
    package mutating func join(_ place: Int, priorMass: Double) {
        clusters.join(place)
        guard place == weights.count else {
            // The book goes on, and so does its risk; whatever it had earned belongs to the version that earned it.
            masses[place] = priorMass
            filters[place] = CapitalState.newFilters
            experts?.restart(place + 1, priorMass: priorMass)
            return
        }
        weights.append(0)
        heldWeights.append(0)
        filters.append(CapitalState.newFilters)
        squares.append(ExponentialMoments(decay: CapitalState.riskDecay))
        masses.append(priorMass)
        isRetired.append(false)
        experts?.join(priorMass: priorMass)
    }

    /// What a member starts with in a fleet whose first members start with 1 each: 1 for the first few, then less and
    /// less, so that all who come later together never outweigh the first. The j-th of them has
    /// `min(1, 6 n / (pi^2 j^2))` beside n first ones; to register again and again wins nothing.
    package static func newcomerMass(rank: Int, firstFleetCount: Int) -> Double {
        guard rank > firstFleetCount else { return 1 }
        let place = Double(rank - firstFleetCount)
        return min(1, 6 * Double(firstFleetCount) / (Double.pi * Double.pi * place * place))
    }

    /// Out until it is taken back: its share goes to the others.
    package mutating func retire(_ place: Int) {
        isRetired[place] = true
        experts?.retire(place + 1)
    }

    package mutating func reinstate(_ place: Int) {
        isRetired[place] = false
        experts?.reinstate(place + 1)
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
        let scales = squares.indices.map(scale)
        learn(round, scales, policy)
        for mark in round.marks where mark.isExposed {
            squares[mark.member].update(mark.netReturn * mark.netReturn)
        }
        clusters.take(
            round, scales: scales, join: policy.clusterJoin, leave: policy.clusterLeave,
            fullCommonDays: policy.clusterMinimalDays)
        if let fleetNetReturn {
            watch.take(
                mixNetReturn: mixNetReturn, fleetNetReturn: fleetNetReturn, halfLife: policy.fleetGateHalfLifeDays)
        }
        carry(round, mixNetReturn ?? 0)
    }

    /// Losses are minus the returns at unit risk: a volatile agent is no better for its volatility.
    private mutating func learn(_ round: MarkRound, _ scales: [Double?], _ policy: AllocationPolicy) {
        adopt(policy)
        if policy.prior == .sharpeFilter { updateFilters(round, scales, policy) }
        guard experts != nil else { return }
        var losses = [Double](repeating: 0, count: squares.count + 1)
        var isAwake = [Bool](repeating: false, count: squares.count + 1)
        isAwake[0] = true
        for mark in round.marks where mark.isExposed {
            guard let scale = scales[mark.member] else { continue }
            losses[mark.member + 1] = -mark.netReturn / scale
            isAwake[mark.member + 1] = true
        }
        experts?.update(losses: losses, isAwake: isAwake)
    }

    private mutating func updateFilters(_ round: MarkRound, _ scales: [Double?], _ policy: AllocationPolicy) {
        let (long, short) = policy.filterModels
        var marks = round.marks[...]
        for place in filters.indices {
            if let mark = marks.first, mark.member == place {
                marks.removeFirst()
                if mark.isExposed, let scale = scales[place] {
                    filters[place].long.update(mark.netReturn / scale, long)
                    filters[place].short.update(mark.netReturn / scale, short)
                    continue
                }
            }
            filters[place].long.age(long)
            filters[place].short.age(short)
        }
    }

    /// Another rule, or another memory, begins with the day on which the policy names it.
    private mutating func adopt(_ policy: AllocationPolicy) {
        guard let rule = PriorWeights.expertRule(policy) else {
            experts = nil
            return
        }
        var wanted = ExpertAggregation(rule: rule, halfLife: policy.priorHalfLifeDays)
        if let experts, experts.rule == wanted.rule, experts.decay == wanted.decay { return }
        wanted.join(priorMass: CapitalState.cashMass)
        for place in masses.indices {
            wanted.join(priorMass: masses[place])
            if isRetired[place] { wanted.retire(place + 1) }
        }
        experts = wanted
    }

    private mutating func carry(_ round: MarkRound, _ mixNetReturn: Double) {
        let whole = max(1 + mixNetReturn, 1e-9)
        for place in weights.indices { weights[place] /= whole }
        for mark in round.marks { weights[mark.member] *= max(1 + mark.netReturn, 0) }
    }

    /// The mix as it is now is what the coming decision starts from.
    package mutating func beginDecision() { heldWeights = weights }

    /// Notes the mix that was decided.
    package mutating func putIntoForce(_ decided: [(member: Int, weight: Double)]) {
        for entry in decided { weights[entry.member] = entry.weight }
    }

    /// By place.
    package func readings(_ policy: AllocationPolicy) -> [Reading] {
        let learned = learnedWeights(policy)
        return weights.indices.map { place in
            Reading(
                learnedWeight: learned?[place], scale: scale(place), cluster: clusters.clusters[place],
                heldWeight: heldWeights[place])
        }
    }

    /// Before the first mark the memory plays no part.
    private static var newFilters: (long: SharpeFilter, short: SharpeFilter) {
        let filter = SharpeFilter(.agent(halfLife: 1))
        return (filter, filter)
    }

    /// The Sharpe ratio that both memories prove: who was good for years has to be good now, and who is good now has to
    /// have been for long enough to be told from luck.
    private func learnedWeights(_ policy: AllocationPolicy) -> [Double]? {
        if policy.prior == .sharpeFilter {
            let (long, short) = policy.filterModels
            return filters.indices.map { place in
                let ratio = min(filters[place].long.annualRatio(long), filters[place].short.annualRatio(short))
                return max(0, ratio) * masses[place]
            }
        }
        return experts.map { Array($0.weights(isAwake: [Bool](repeating: true, count: $0.count)).dropFirst()) }
    }

    package func condition(_ policy: AllocationPolicy) -> FleetCondition {
        watch.condition(halfLife: policy.fleetGateHalfLifeDays)
    }

    /// The number of the member's cluster; `nil` for one that moves with nobody.
    package func cluster(of place: Int) -> Int? { clusters.clusters[place] }

    /// The other members of its cluster.
    package func movingWith(_ place: Int) -> [Int] {
        guard let cluster = clusters.clusters[place] else { return [] }
        return clusters.clusters.indices.filter { $0 != place && clusters.clusters[$0] == cluster }
    }
}

extension CapitalState: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&experts, blank: ExpertAggregation(rule: .adaHedge)) {
            coder, experts throws(SnapshotCoder.Failure) in try coder.visit(&experts)
        }
        try coder.visit(&squares, blank: ExponentialMoments(decay: 1)) { coder, list throws(SnapshotCoder.Failure) in
            try coder.visit(&list)
        }
        try coder.visit(&filters, blank: CapitalState.newFilters) { coder, pair throws(SnapshotCoder.Failure) in
            try coder.visit(&pair.long.probabilities)
            try coder.visit(&pair.short.probabilities)
        }
        try coder.visit(&masses)
        try coder.visit(&isRetired, blank: false) { coder, flag throws(SnapshotCoder.Failure) in
            try coder.visit(&flag)
        }
        try clusters.visit(&coder)
        try watch.visit(&coder)
        try coder.visit(&weights)
        try coder.visit(&heldWeights)
        let ratioCount = SharpeFilter.Model.agent(halfLife: 1).prior.count
        let counts = [filters.count, squares.count, masses.count, isRetired.count, weights.count, heldWeights.count]
        guard counts.allSatisfy({ $0 == weights.count }),
            filters.allSatisfy({ $0.long.probabilities.count == ratioCount }),
            filters.allSatisfy({ $0.short.probabilities.count == ratioCount }),
            clusters.clusters.count == weights.count,
            (experts?.count ?? weights.count + 1) == weights.count + 1
        else { throw .malformed }
    }
}

extension ExpertAggregation {
    /// Forgets what an expert earned, as if it joined now.
    mutating func restart(_ index: Int, priorMass: Double) {
        priorMasses[index] = priorMass
        regrets[index] = 0
        scores[index] = 0
        squares[index] = 0
        if rule == .bernstein { potentialBound += priorMass }
    }
}

extension AllocationPolicy {
    /// Of an agent's Sharpe ratio, to both memories; where nothing is to be forgotten, hardly anything is.
    var filterModels: (long: SharpeFilter.Model, short: SharpeFilter.Model) {
        let long = priorHalfLifeDays ?? 10_000
        return (.agent(halfLife: long), .agent(halfLife: min(shortHalfLifeDays ?? long, long)))
    }
}
