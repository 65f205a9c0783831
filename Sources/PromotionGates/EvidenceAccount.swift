package import Domain
internal import Statistics
internal import StatisticsState

/// The evidence on one agent, in a form that survives being looked at every day: that it earns more than nothing, and
/// that it earns less.
///
/// Two gamblers bet on every mark of the residual net return of the book (`BettingEProcess`), each with a loss reckoned
/// with before the mark (`ReckonedLoss`): one against "the mean is not positive", the other, on the returns with their
/// signs reversed, against "the mean is not negative". The residual, not the return: an agent that is always long in a
/// bull market has no edge. Reversed, a loss is a gain: a buyer of lottery tickets, who loses a little daily and wins
/// much at last, is guarded by the gains reckoned with as a seller of insurance is by the losses.
///
/// **Attestation.** A mark that rests on unattested signals teaches what is reckoned with and stakes nothing: a
/// forecast written after the fact would win every bet, and lose the other gambler all there is to lose.
///
/// **Share of the error budget** (`errorBudgetShare`). Fixed before the first bet and for ever: by the place in the
/// order of joining, for agents of the first fleet when that fleet is complete (`TrialRegistry`). An agent that comes
/// again under another name, or announces another version and so begins a new record, is another trial.
///
/// **Where it is exact**: see `BettingEProcess`; for daily residual losses up to what was reckoned with, whatever their
/// distribution. The floor of that is a setting, `gates.assumedDailyLoss`.
package struct EvidenceAccount: Equatable, Sendable {
    package private(set) var rank: Int
    /// As many as there are so far while the first fleet gathers.
    package private(set) var firstFleetCount: Int
    /// The share of the budget, in (0, 1); `nil` while the first fleet gathers.
    private var share: Double?
    private(set) var gain = Side()
    private(set) var loss = Side()
    /// Marks that stake nothing because they are unattested.
    package private(set) var unattestedMarkCount = 0
    /// Days since the first bet on which nothing was held.
    private var idleDayCount = 0

    /// One of the two gamblers.
    struct Side: Equatable, Sendable {
        var process = BettingEProcess()
        var reckoned = ReckonedLoss()

        mutating func take(_ value: Double, isStaked: Bool, floor: Double) {
            if isStaked { process.update(value, reckonedLoss: reckoned.bound(atLeast: floor)) }
            reckoned.update(value)
        }
    }

    package init() { self.init(rank: 1, firstFleetCount: 1) }

    /// An account with the share that belongs to its rank.
    package init(rank: Int, firstFleetCount: Int) {
        self.init(
            rank: rank, firstFleetCount: firstFleetCount,
            share: errorBudgetShare(rank: rank, firstFleetCount: firstFleetCount))
    }

    init(rank: Int, firstFleetCount: Int, share: Double?) {
        precondition(rank >= 1 && firstFleetCount >= 1, "Invariant: ranks count from 1")
        self.rank = rank
        self.firstFleetCount = firstFleetCount
        self.share = share
    }

    /// Fixes the share of a member of the first fleet, now that the fleet is complete; no other account changes.
    package mutating func settle(firstFleetCount: Int) {
        guard share == nil else { return }
        precondition(rank <= firstFleetCount, "Invariant: only the first fleet waits for its shares")
        self.firstFleetCount = firstFleetCount
        share = errorBudgetShare(rank: rank, firstFleetCount: firstFleetCount)
    }

    /// Takes in one final mark. A return of exactly 0, a day asleep, changes nothing: it is no bet, and many of them
    /// would make the scale too small for the next one.
    ///
    /// Nothing is staked while the share is not fixed: a share that could depend on how the bets went would be worth
    /// nothing. That costs nothing either, as no loss can be reckoned with before ten marks.
    ///
    /// - Parameters:
    ///   - residualReturn: What the market does not explain, net, as a fraction of equity.
    ///   - isCounted: Whether it may be bet on: attested, or the policy requires no attestation.
    ///   - assumedDailyLoss: `GatePolicy.assumedDailyLoss`.
    /// - Complexity: O(1).
    package mutating func update(
        residualReturn: Double, isCounted: Bool, assumedDailyLoss: Double = GatePolicy().assumedDailyLoss
    ) {
        guard residualReturn != 0 else { return }
        if !isCounted { unattestedMarkCount += 1 }
        gain.take(residualReturn, isStaked: isCounted && share != nil, floor: assumedDailyLoss)
        loss.take(-residualReturn, isStaked: isCounted, floor: assumedDailyLoss)
    }

    /// Notes a day without a position: it is no bet, and counts where days are told, not marks.
    package mutating func noteIdleDay() {
        if gain.process.count > 0 { idleDayCount += 1 }
    }

    package var reading: EvidenceReading {
        EvidenceReading(
            eValue: eValue(gain), logEValue: gain.process.count > 0 ? gain.process.logEValue : nil,
            stakedMarkCount: gain.process.count, unattestedMarkCount: unattestedMarkCount,
            budgetShare: share ?? errorBudgetShare(rank: rank, firstFleetCount: max(rank, firstFleetCount)),
            idleDayCount: idleDayCount, lossEValue: eValue(loss))
    }

    private func eValue(_ side: Side) -> Evidence<Double> {
        guard side.process.count > 0 else {
            let taught = max(0, side.reckoned.scale.count - unattestedMarkCount)
            return .insufficient(
                count: min(taught, EvidenceAccount.neededMarks - 1), needed: EvidenceAccount.neededMarks)
        }
        return .known(side.process.eValue)
    }

    /// What is reckoned with takes so many, the first bet is on the next.
    private static let neededMarks = VolatilityScale.minimumCount + 1
}

/// What an `EvidenceAccount` says at one moment.
package struct EvidenceReading: Equatable, Sendable {
    /// Of "earns more than nothing".
    package var eValue: Evidence<Double>
    /// `nil` before the first bet, and where the gambler is bankrupt.
    package var logEValue: Double?
    package var stakedMarkCount: Int
    package var unattestedMarkCount: Int
    /// The agent's share of the fleet's budget of false promotions, in (0, 1]; while the first fleet gathers, what it
    /// would be if nobody else came.
    package var budgetShare: Double
    /// Days since the first bet on which nothing was held.
    package var idleDayCount: Int
    /// Of "earns less than nothing".
    package var lossEValue: Evidence<Double>

    package init(
        eValue: Evidence<Double>, logEValue: Double?, stakedMarkCount: Int, unattestedMarkCount: Int,
        budgetShare: Double, idleDayCount: Int = 0, lossEValue: Evidence<Double> = .insufficient(count: 0, needed: 1)
    ) {
        precondition(budgetShare > 0 && budgetShare <= 1, "Invariant: a share lies in (0, 1]")
        self.eValue = eValue
        self.logEValue = logEValue
        self.stakedMarkCount = stakedMarkCount
        self.unattestedMarkCount = unattestedMarkCount
        self.budgetShare = budgetShare
        self.idleDayCount = idleDayCount
        self.lossEValue = lossEValue
    }

    /// The e-value at which the agent is promoted: `1 / (level * share * promotions, this one included)`.
    ///
    /// Controls the false discovery rate over every agent ever tried, looked at as often as one likes. With R
    /// promotions at the moment and at least R in the end, a null agent's part of the false share is at most
    /// `1{E >= 1 / (level share R)} / R <= E level share`; the mean of E at any stopping time is at most 1, and the
    /// shares add up to at most 1 (the argument for e-LOND: Xu & Ramdas 2024, "Online multiple testing with e-values").
    /// R may count agents that are promoted at the same moment (`judge(together:)`). Where nobody has an edge, every
    /// promotion is false, and the chance that there is ever one is at most `level`.
    ///
    /// - Parameter earlierPromotionCount: Agents promoted on evidence before, the killed ones included.
    package func threshold(level: Double, earlierPromotionCount: Int) -> Double {
        precondition(level > 0 && level <= 1 && earlierPromotionCount >= 0, "Invariant: a level lies in (0, 1]")
        return 1 / (level * budgetShare * Double(earlierPromotionCount + 1))
    }

    /// Days still needed at the rate at which wealth has grown since the first bet, days without a position included;
    /// `nil` where it has not grown, or is enough. The rate of a short record is mostly luck: an orientation.
    package func daysNeeded(for threshold: Double) -> Double? {
        guard let logEValue else { return nil }
        return marksNeeded(
            toReach: threshold, logEValue: logEValue, after: stakedMarkCount + idleDayCount)
    }
}

extension EvidenceAccount: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&rank)
        try coder.visit(&firstFleetCount)
        try coder.visit(&share)
        try coder.visit(&unattestedMarkCount)
        try coder.visit(&idleDayCount)
        try coder.visit(&gain.process)
        try coder.visit(&gain.reckoned)
        try coder.visit(&loss.process)
        try coder.visit(&loss.reckoned)
        guard rank >= 1, firstFleetCount >= 1, share.map({ $0 > 0 && $0 <= 1 }) ?? true else { throw .malformed }
    }
}
