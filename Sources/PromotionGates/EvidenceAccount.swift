package import Domain
internal import Statistics
internal import StatisticsState

/// The evidence that one agent earns more than nothing, in a form that survives being looked at every day.
///
/// It bets against "the residual net return of the book is not positive in the mean", mark by mark
/// (`BettingEProcess`), on a scale known before each mark (`VolatilityScale`). The residual, not the return: an agent
/// that is always long in a bull market has no edge.
///
/// **Attestation.** A mark that rests on unattested signals teaches the scale and stakes nothing: a forecast written
/// after the fact would win every bet.
///
/// **Share of the error budget.** Fixed when the agent is first seen, by its place in the order of joining
/// (`errorBudgetShare`). An agent that comes again under another name, or that announces another version and so
/// begins a new record, is another trial with a later place and a smaller share.
///
/// **Where the bound is exact**: for daily residual losses of up to `largestLoss` of the book, whatever their
/// distribution; beyond it the gambler is bankrupt at once instead of in debt. It is there for sellers of insurance,
/// who earn a little daily and lose much at last. Measured on fleets of six that earn 0.1 % a day and lose 10 % on one
/// day in 101: polled daily for a year, 99 of 100 fleets promoted somebody without the bound, none with it. It holds
/// the stake to `scale / 0.25`, which a book of 2 % daily volatility hardly notices: a daily Sharpe of 0.4 is found
/// after 234 days in the median, 211 without; with a bound of 1 it is not found in 500. The figure is ours.
package struct EvidenceAccount: Equatable, Sendable {
    package private(set) var rank: Int
    package private(set) var firstFleetCount: Int
    private(set) var process = BettingEProcess()
    private(set) var scale = VolatilityScale()
    /// Marks that stake nothing because they are unattested.
    package private(set) var unattestedMarkCount = 0

    static let largestLoss = 0.25

    package init() { self.init(rank: 1, firstFleetCount: 1) }

    package init(rank: Int, firstFleetCount: Int) {
        precondition(rank >= 1 && firstFleetCount >= 1, "Invariant: ranks count from 1")
        self.rank = rank
        self.firstFleetCount = firstFleetCount
    }

    /// Takes in one final mark. A return of exactly 0, a day asleep, changes nothing: it is no bet, and many of them
    /// would make the scale too small for the next one.
    ///
    /// - Parameters:
    ///   - residualReturn: What the market does not explain, net, as a fraction of equity.
    ///   - isCounted: Whether it may be bet on: attested, or the policy requires no attestation.
    /// - Complexity: O(1).
    package mutating func update(residualReturn: Double, isCounted: Bool) {
        guard residualReturn != 0 else { return }
        if isCounted {
            process.update(residualReturn, scale: scale.scale, largestLoss: EvidenceAccount.largestLoss)
        } else {
            unattestedMarkCount += 1
        }
        scale.update(residualReturn)
    }

    package var reading: EvidenceReading {
        EvidenceReading(
            eValue: process.count > 0
                ? .known(process.eValue)
                : .insufficient(count: max(0, scale.count - unattestedMarkCount), needed: EvidenceAccount.neededMarks),
            logEValue: process.count > 0 ? process.logEValue : nil, stakedMarkCount: process.count,
            unattestedMarkCount: unattestedMarkCount,
            budgetShare: errorBudgetShare(rank: rank, firstFleetCount: firstFleetCount))
    }

    /// The scale takes so many, the first bet is on the next.
    private static let neededMarks = VolatilityScale.minimumCount + 1
}

/// What an `EvidenceAccount` says at one moment.
package struct EvidenceReading: Equatable, Sendable {
    package var eValue: Evidence<Double>
    /// `nil` before the first bet, and where the gambler is bankrupt.
    package var logEValue: Double?
    package var stakedMarkCount: Int
    package var unattestedMarkCount: Int
    /// The agent's share of the fleet's budget of false promotions, in (0, 1].
    package var budgetShare: Double

    package init(
        eValue: Evidence<Double>, logEValue: Double?, stakedMarkCount: Int, unattestedMarkCount: Int,
        budgetShare: Double
    ) {
        precondition(budgetShare > 0 && budgetShare <= 1, "Invariant: a share lies in (0, 1]")
        self.eValue = eValue
        self.logEValue = logEValue
        self.stakedMarkCount = stakedMarkCount
        self.unattestedMarkCount = unattestedMarkCount
        self.budgetShare = budgetShare
    }

    /// The e-value at which the agent is promoted: `1 / (level * share * promotions, this one included)`.
    ///
    /// Controls the false discovery rate over every agent ever tried, looked at as often as one likes. With R
    /// promotions at the moment and at least R in the end, a null agent's part of the false share is at most
    /// `1{E >= 1 / (level share R)} / R <= E level share`; the mean of E at any stopping time is at most 1, and the
    /// shares add up to at most 1 (the argument for e-LOND: Xu & Ramdas 2024, "Online multiple testing with e-values").
    /// Where nobody has an edge, every promotion is false, and the chance that there is ever one is at most `level`.
    ///
    /// - Parameter earlierPromotionCount: Agents promoted on evidence before, the killed ones included.
    package func threshold(level: Double, earlierPromotionCount: Int) -> Double {
        precondition(level > 0 && level <= 1 && earlierPromotionCount >= 0, "Invariant: a level lies in (0, 1]")
        return 1 / (level * budgetShare * Double(earlierPromotionCount + 1))
    }

    /// Marks still needed at the rate at which wealth has grown so far; `nil` where it has not grown, or is enough.
    /// The rate of a short record is mostly luck: an orientation, not a promise.
    package func marksNeeded(for threshold: Double) -> Double? {
        guard let logEValue, logEValue > 0, stakedMarkCount > 0, threshold > 1 else { return nil }
        // Statistics has the logarithm: the wealth of a gambler who stakes threshold - 1 and wins once.
        var once = BettingEProcess(stakes: [threshold - 1])
        once.update(1, scale: 1)
        guard let goal = once.logEValue, goal > logEValue else { return nil }
        return (goal - logEValue) / (logEValue / Double(stakedMarkCount))
    }
}

/// Counts every agent ever tried and hands out the shares of the error budget.
package struct TrialRegistry: Equatable, Sendable {
    /// How many were ever tried.
    package private(set) var trialCount = 0
    /// How many there were at the first grid point that had any.
    package private(set) var firstFleetCount = 0

    package init() {}

    /// Accounts for agents (or new versions of them) that are seen for the first time at this grid point, in the order
    /// of their names. The first call with any fixes the first fleet.
    package mutating func register(newcomerCount: Int) -> [EvidenceAccount] {
        precondition(newcomerCount >= 0, "Invariant: a count")
        if trialCount == 0 { firstFleetCount = newcomerCount }
        let accounts = (0..<newcomerCount).map {
            EvidenceAccount(rank: trialCount + $0 + 1, firstFleetCount: firstFleetCount)
        }
        trialCount += newcomerCount
        return accounts
    }
}

extension EvidenceAccount: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&rank)
        try coder.visit(&firstFleetCount)
        try coder.visit(&unattestedMarkCount)
        try coder.visit(&scale)
        try coder.visit(&process.count)
        try coder.visit(&process.logWealths, blank: nil) { coder, wealth throws(SnapshotCoder.Failure) in
            try coder.visit(&wealth)
        }
        guard rank >= 1, firstFleetCount >= 1, process.logWealths.count == process.stakes.count
        else { throw .malformed }
    }
}

extension TrialRegistry: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&trialCount)
        try coder.visit(&firstFleetCount)
    }
}
