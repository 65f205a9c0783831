internal import Books
package import Domain
package import PortfolioConstruction
internal import Statistics
internal import StatisticsState

/// The paper record of the supervisor's own weights: decided at a grid point, in force until the next, paid for when
/// they change.
///
/// The weights in force at the start of a day earn that day's book returns. Whatever moves capital pays half the
/// round-trip cost on what it moves, from where the day before has carried the weights to where they are decided; the
/// benchmark of equal weights and the mix pay the same. That takes every book as fully invested: an upper bound.
package struct FleetKeeper: Sendable {
    struct Share: Equatable, Sendable {
        var agent: Int
        var weight: Double
        var equalWeight: Double
        /// The weight before anything that concerns the fleet as a whole.
        var mixWeight: Double
    }

    struct Day: Sendable {
        var start = Timestamp(milliseconds: 0)
        var shares: [Share] = []
    }

    private(set) var days: [Day] = []
    private(set) var markCount = 0
    private(set) var growth = 1.0
    private(set) var equalWeightGrowth = 1.0
    private(set) var cashSum = 0.0
    private(set) var turnoverSum = 0.0
    private(set) var returns = RecentValues()
    private(set) var drawdown = DrawdownTracker()
    /// The shares at the end of the day settled last, as their returns have carried them.
    private var carried: [Share] = []

    package init() {}

    /// Puts weights into force for the days from `start` to `end`.
    mutating func decide(from start: Timestamp, to end: Timestamp, shares: [Share]) {
        // The record begins with the first agent that could be given weight.
        guard !shares.isEmpty || markCount > 0 || !days.isEmpty else { return }
        var day = start
        while day < end {
            if day == day.floored(to: .day), days.last.map({ $0.start < day }) ?? true {
                days.append(
                    Day(
                        start: day,
                        shares: shares.filter { $0.weight > 0 || $0.equalWeight > 0 || $0.mixWeight > 0 }))
            }
            day = day + .day
        }
    }

    /// Closes a day whose marks are all in; `nil` where no weights were in force on it.
    mutating func settle(_ round: MarkRound, roundTripBps: Double, window: Int) -> SettledDay? {
        // A day that began before the first book has no round; nothing was held on it.
        while let first = days.first, first.start < round.start { settleEmpty(days.removeFirst(), window: window) }
        guard let decided = days.first, decided.start == round.start else { return nil }
        days.removeFirst()
        let halfTrip = roundTripBps / 2 / 10_000
        var returns = [Double](repeating: 0, count: FleetKeeper.placeCount(decided.shares, round.marks))
        for mark in round.marks { returns[mark.member] = mark.netReturn }
        let turnover = turnover(to: decided.shares)
        let gross = sum(decided.shares, returns)
        let net = Share.map(gross, turnover) { max($0 - $1 * halfTrip, -1) }
        carried = decided.shares.map { share in
            let growth = 1 + returns[share.agent]
            return Share(
                agent: share.agent, weight: share.weight * growth / max(1 + net.weight, 1e-9),
                equalWeight: share.equalWeight * growth / max(1 + net.equalWeight, 1e-9),
                mixWeight: share.mixWeight * growth / max(1 + net.mixWeight, 1e-9))
        }
        let cash = max(0, 1 - compensatedSum(decided.shares.map(\.weight)))
        note(net: net, cash: cash, turnover: turnover.weight, window: window)
        return SettledDay(
            start: round.start, netReturn: net.weight, grossReturn: gross.weight, turnover: turnover.weight,
            cash: cash, equalWeightNetReturn: net.equalWeight, mixNetReturn: net.mixWeight,
            hasMix: decided.shares.contains { $0.mixWeight > 0 },
            weights: decided.shares.filter { $0.weight > 0 }.map { .init(member: $0.agent, weight: $0.weight) },
            marks: round.marks)
    }

    private mutating func settleEmpty(_ day: Day, window: Int) {
        carried = []
        note(net: Share(agent: 0, weight: 0, equalWeight: 0, mixWeight: 0), cash: 1, turnover: 0, window: window)
    }

    private mutating func note(net: Share, cash: Double, turnover: Double, window: Int) {
        growth *= 1 + net.weight
        equalWeightGrowth *= 1 + net.equalWeight
        cashSum += cash
        turnoverSum += turnover
        markCount += 1
        returns.append(net.weight, capacity: window)
        drawdown.update(net.weight)
    }

    /// By kind of weight; the field of the agent means nothing.
    private func sum(_ shares: [Share], _ returns: [Double]) -> Share {
        var sum = Share(agent: 0, weight: 0, equalWeight: 0, mixWeight: 0)
        for share in shares {
            let earned = returns[share.agent]
            sum.weight += share.weight * earned
            sum.equalWeight += share.equalWeight * earned
            sum.mixWeight += share.mixWeight * earned
        }
        return sum
    }

    /// What moves: the sum of absolute changes of the shares, from where they were carried.
    private func turnover(to shares: [Share]) -> Share {
        // By the agent's place, where in the earlier list it stands; agents are few, and named once in each list.
        var earlier = [Int?](repeating: nil, count: FleetKeeper.placeCount(shares, [], carried))
        for (place, share) in carried.enumerated() { earlier[share.agent] = place }
        var sum = Share(agent: 0, weight: 0, equalWeight: 0, mixWeight: 0)
        func add(_ from: Share?, _ to: Share?) {
            sum.weight += abs((to?.weight ?? 0) - (from?.weight ?? 0))
            sum.equalWeight += abs((to?.equalWeight ?? 0) - (from?.equalWeight ?? 0))
            sum.mixWeight += abs((to?.mixWeight ?? 0) - (from?.mixWeight ?? 0))
        }
        for share in shares {
            add(earlier[share.agent].map { carried[$0] }, share)
            earlier[share.agent] = nil
        }
        // Those that are gone were sold, in the order of the earlier list.
        for share in carried where earlier[share.agent] != nil { add(share, nil) }
        return sum
    }

    /// One more than the greatest place that any of them names.
    private static func placeCount(_ shares: [Share], _ marks: [MarkRound.Mark], _ others: [Share] = []) -> Int {
        var count = 0
        for share in shares { count = max(count, share.agent + 1) }
        for share in others { count = max(count, share.agent + 1) }
        for mark in marks { count = max(count, mark.member + 1) }
        return count
    }

    package var record: FleetRecord {
        return FleetRecord(
            markCount: markCount, totalReturnNet: growth - 1,
            sharpeRatio: .annualizedSharpeRatio(
                ofReturns: returns.values, markCount: markCount, minimalMarks: BookRecord.minimalMarks,
                marksPerYear: BookRecord.marksPerYear),
            maximalDrawdown: drawdown.maximum?.fraction ?? 0,
            averageCash: markCount > 0 ? cashSum / Double(markCount) : nil,
            averageTurnover: markCount > 0 ? turnoverSum / Double(markCount) : nil,
            equalWeightTotalReturnNet: equalWeightGrowth - 1)
    }
}

/// One settled day of the fleet's paper record. Returns are simple fractions of the capital.
package struct SettledDay: Equatable, Sendable {
    package struct Weight: Equatable, Sendable {
        package var member: Int
        package var weight: Double
    }

    /// 00:00 UTC at which it began.
    package var start: Timestamp
    /// Of the supervisor's weights, after what moving capital cost.
    package var netReturn: Double
    package var grossReturn: Double
    /// What moved at the start of the day, as a fraction of the capital.
    package var turnover: Double
    package var cash: Double
    package var equalWeightNetReturn: Double
    /// Of the weights before the fleet gate, after their own turnover.
    package var mixNetReturn: Double
    /// Whether anybody was in the mix.
    package var hasMix: Bool
    /// Those above 0.
    package var weights: [Weight]
    package var marks: [MarkRound.Mark]
}

extension FleetKeeper.Share {
    /// Both by kind of weight.
    static func map(
        _ one: FleetKeeper.Share, _ two: FleetKeeper.Share, _ transform: (Double, Double) -> Double
    ) -> FleetKeeper.Share {
        FleetKeeper.Share(
            agent: 0, weight: transform(one.weight, two.weight),
            equalWeight: transform(one.equalWeight, two.equalWeight),
            mixWeight: transform(one.mixWeight, two.mixWeight))
    }
}

extension FleetKeeper: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&days)
        try coder.visit(&markCount)
        try coder.visit(&growth)
        try coder.visit(&equalWeightGrowth)
        try coder.visit(&cashSum)
        try coder.visit(&turnoverSum)
        try returns.visit(&coder)
        try coder.visit(&drawdown)
        try coder.visit(&carried)
    }
}

extension FleetKeeper.Share: SnapshotVisitable {
    init() { self.init(agent: 0, weight: 0, equalWeight: 0, mixWeight: 0) }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&agent)
        try coder.visit(&weight)
        try coder.visit(&equalWeight)
        try coder.visit(&mixWeight)
    }
}

extension FleetKeeper.Day: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&start)
        try coder.visit(&shares)
    }
}
