internal import Domain
internal import Statistics
internal import StatisticsState

/// The paper record of the supervisor's own weights: decided at a grid point, in force until the next, paid for when
/// they change.
///
/// The weights in force at the start of a day earn that day's book returns. Capital that moves between agents pays half
/// the round-trip cost on what moves, for the benchmark too. A day counts once every book that held weight has a final
/// mark for it.
struct FleetKeeper: Sendable {
    struct Share: Equatable, Sendable {
        var agent: Int
        var weight: Double
        var equalWeight: Double
    }

    struct Day: Sendable {
        var start = Timestamp(milliseconds: 0)
        var shares: [Share] = []
        var cash = 1.0
        var cost = 0.0
        var equalWeightCost = 0.0
        var earned = 0.0
        var equalWeightEarned = 0.0
        var waitingCount = 0
    }

    private(set) var days: [Day] = []
    private(set) var markCount = 0
    private(set) var growth = 1.0
    private(set) var equalWeightGrowth = 1.0
    private(set) var cashSum = 0.0
    private(set) var returns = RecentValues()
    private(set) var drawdown = DrawdownTracker()
    private var previous: [Share] = []

    init() {}

    /// Puts weights into force for the days from `start` to `end`.
    mutating func decide(
        from start: Timestamp, to end: Timestamp, shares: [Share], cash: Double, roundTripBps: Double
    ) {
        // The record begins with the first agent that could be given weight.
        guard !shares.isEmpty || markCount > 0 || !days.isEmpty else { return }
        var day = start
        while day < end {
            if day == day.floored(to: .day), days.last.map({ $0.start < day }) ?? true {
                var entry = Day()
                entry.start = day
                entry.shares = shares.filter { $0.weight > 0 || $0.equalWeight > 0 }
                entry.cash = cash
                entry.waitingCount = entry.shares.count
                entry.cost = turnover(to: shares, \.weight) * roundTripBps / 2 / 10_000
                entry.equalWeightCost = turnover(to: shares, \.equalWeight) * roundTripBps / 2 / 10_000
                days.append(entry)
                previous = entry.shares
            }
            day = day + .day
        }
    }

    private func turnover(to shares: [Share], _ weight: (Share) -> Double) -> Double {
        var before: [Int: Double] = [:]
        for share in previous { before[share.agent] = weight(share) }
        var sum = 0.0
        for share in shares { sum += abs(weight(share) - (before.removeValue(forKey: share.agent) ?? 0)) }
        // Those that are gone were sold; in the order of the earlier list, not of the dictionary.
        for share in previous { sum += before[share.agent] ?? 0 }
        return sum
    }

    /// Takes an agent's final mark.
    mutating func take(agent: Int, mark: Timestamp, netReturn: Double) {
        let start = mark - .day
        guard let index = days.firstIndex(where: { $0.start == start }),
            let share = days[index].shares.first(where: { $0.agent == agent })
        else { return }
        days[index].earned += share.weight * netReturn
        days[index].equalWeightEarned += share.equalWeight * netReturn
        days[index].waitingCount -= 1
    }

    /// Closes the days whose marks are all in, oldest first.
    mutating func settle(before time: Timestamp, window: Int) {
        while let day = days.first, day.waitingCount == 0, day.start + .day <= time {
            days.removeFirst()
            let earned = max(day.earned - day.cost, -1)
            growth *= 1 + earned
            equalWeightGrowth *= 1 + max(day.equalWeightEarned - day.equalWeightCost, -1)
            cashSum += day.cash
            markCount += 1
            returns.append(earned, capacity: window)
            drawdown.update(earned)
        }
    }

    var record: FleetRecord {
        var sharpe: Evidence<Estimate> = .insufficient(count: markCount, needed: 20)
        if markCount >= 20, let ratio = sharpeRatio(ofReturns: returns.values) {
            sharpe = .known(
                Estimate(
                    value: ratio.annualized(periodsPerYear: 365),
                    standardError: ratio.annualizedStandardError(periodsPerYear: 365), count: returns.count))
        }
        return FleetRecord(
            markCount: markCount, totalReturnNet: growth - 1, sharpeRatio: sharpe,
            maximalDrawdown: drawdown.maximum?.fraction ?? 0,
            averageCash: markCount > 0 ? cashSum / Double(markCount) : nil,
            equalWeightTotalReturnNet: equalWeightGrowth - 1)
    }
}

extension FleetKeeper: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&days)
        try coder.visit(&markCount)
        try coder.visit(&growth)
        try coder.visit(&equalWeightGrowth)
        try coder.visit(&cashSum)
        try returns.visit(&coder)
        try coder.visit(&drawdown)
        try coder.visit(&previous)
    }
}

extension FleetKeeper.Share: SnapshotVisitable {
    init() { self.init(agent: 0, weight: 0, equalWeight: 0) }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&agent)
        try coder.visit(&weight)
        try coder.visit(&equalWeight)
    }
}

extension FleetKeeper.Day: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&start)
        try coder.visit(&shares)
        try coder.visit(&cash)
        try coder.visit(&cost)
        try coder.visit(&equalWeightCost)
        try coder.visit(&earned)
        try coder.visit(&equalWeightEarned)
        try coder.visit(&waitingCount)
    }
}
