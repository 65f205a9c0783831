package import Domain
internal import Statistics
internal import StatisticsState

/// How far an agent has come, and what the next judgment has to remember.
package struct StageState: Equatable, Sendable {
    package private(set) var stage = Stage.candidate
    package private(set) var since: Timestamp?
    /// The judgment before.
    package private(set) var judgedAt: Timestamp?
    /// How many decisions were known to it: what became known since is news.
    private(set) var knownDecisionCount = 0
    /// Why it is killed, in words; `nil` unless it is.
    package private(set) var killReason: String?
    /// Whether a person killed it, rather than a limit.
    package private(set) var isKilledByDecision = false
    /// Whether it was ever promoted on evidence: it counts among the promotions that later thresholds are made of.
    package private(set) var wasPromotedOnEvidence = false
    private(set) var fall = FallTracker()
    /// The wealth of the gambler against the agent when it was revived; what killed it does not kill it twice.
    private(set) var lossEValueAtRevival: Double?

    package init() {}

    /// How many were ever promoted on evidence. Count once for a grid point, before its first judgment, so that the
    /// order in which agents are judged decides nothing.
    package static func promotionCount(among states: some Sequence<StageState>) -> Int {
        states.reduce(0) { $0 + ($1.wasPromotedOnEvidence ? 1 : 0) }
    }

    /// The state with which a new version of the agent begins: a candidate with a record of its own, to which what a
    /// person approved of the old version is no news. A kill outlives the version, and so does the fall: the money was
    /// lost, and an agent that renamed its version every fortnight would never reach its limit.
    package var successor: StageState {
        guard stage != .killed else { return self }
        var state = StageState()
        state.judgedAt = judgedAt
        state.knownDecisionCount = knownDecisionCount
        state.fall = fall
        return state
    }

    mutating func take(returns: [Double]) { fall.take(returns) }

    mutating func move(to stage: Stage, at time: Timestamp) {
        guard stage != self.stage || since == nil else { return }
        self.stage = stage
        since = time
        if stage != .killed {
            killReason = nil
            isKilledByDecision = false
        }
    }

    mutating func kill(at time: Timestamp, reason: String, byDecision: Bool) {
        move(to: .killed, at: time)
        killReason = reason
        isKilledByDecision = byDecision
    }

    /// A candidate again, measured from where it stands: the fall that killed it does not kill it twice.
    mutating func revive(at time: Timestamp, lossEValue: Double?) {
        move(to: .candidate, at: time)
        fall.beginAnew()
        lossEValueAtRevival = lossEValue
    }

    /// The evidence of a negative edge since the revival, if there was one: the growth of the wealth, which from any
    /// moment on is a wager as fair as from the beginning. A gambler who was bankrupt then never returns.
    func lossEvidence(_ eValue: Evidence<Double>) -> Evidence<Double> {
        eValue.map { eValue in
            guard let base = lossEValueAtRevival else { return eValue }
            return base > 0 ? min(.greatestFiniteMagnitude, eValue / base) : 0
        }
    }

    mutating func notePromotionOnEvidence() { wasPromotedOnEvidence = true }

    mutating func noteJudgment(at time: Timestamp, knownDecisionCount: Int) {
        judgedAt = time
        self.knownDecisionCount = knownDecisionCount
        if since == nil { since = time }
    }
}

/// The fall of an agent's book from its best point, in sums of daily returns.
///
/// The supervisor brings every agent back to its weight daily, so what an agent takes from the capital is its weight
/// times the *sum* of its returns; the fall of that sum from its maximum is the loss since the best moment. A fall of
/// compounded equity is at most 1, and an agent of 5 % daily volatility could never fall by thirty of them.
struct FallTracker: Equatable, Sendable {
    var sum = CompensatedSum()
    /// The greatest sum since the beginning, or since the revival.
    var peak = 0.0
    /// All marks, those before a revival included: they are what the volatility rests on.
    var markCount = 0
    /// The deepest point among the returns taken last.
    var deepest = 0.0

    /// Now: 0 at a new peak.
    var current: Double { max(0, peak - sum.value) }

    mutating func take(_ returns: [Double]) {
        deepest = current
        for value in returns {
            sum.add(value)
            markCount += 1
            peak = max(peak, sum.value)
            deepest = max(deepest, current)
        }
    }

    mutating func beginAnew() {
        peak = sum.value
        deepest = 0
    }
}

extension StageState: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(choice: &stage)
        try coder.visit(&since)
        try coder.visit(&judgedAt)
        try coder.visit(&knownDecisionCount)
        try coder.visit(&killReason)
        try coder.visit(&isKilledByDecision)
        try coder.visit(&wasPromotedOnEvidence)
        try coder.visit(&fall.sum)
        try coder.visit(&fall.peak)
        try coder.visit(&fall.markCount)
        try coder.visit(&fall.deepest)
        try coder.visit(&lossEValueAtRevival)
    }
}

extension SnapshotCoder {
    /// A case by its place among all cases.
    mutating func visit<Choice: CaseIterable & Equatable>(choice: inout Choice) throws(Failure) {
        let cases = Array(Choice.allCases)
        guard let index = cases.firstIndex(of: choice) else { throw .malformed }
        var place = UInt8(index)
        try visit(&place)
        guard Int(place) < cases.count else { throw .malformed }
        choice = cases[Int(place)]
    }
}
