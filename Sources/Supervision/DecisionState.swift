package import Books
package import Domain
package import PortfolioConstruction
package import PromotionGates
internal import Statistics

/// The part of the supervisor that decides: from final marks of books to verdicts, stages and weights.
///
/// It knows members by their places, in the order of joining, and neither signals nor prices: the fold drives it with
/// the marks of real books, a simulation with marks of its own, and both decide by the same lines. Per grid point: take
/// every mark that has become final, close the days that are complete, decide.
package struct DecisionState: Sendable {
    /// What is kept of one member.
    package struct Member: Sendable {
        package internal(set) var record = BookRecord()
        package internal(set) var stage = StageState()
        package internal(set) var evidence = EvidenceAccount()
        /// The last judgment; `nil` before the first.
        var judgment: Judged?
        /// Marks since the last judgment; empty between steps.
        var newReturns: [Double] = []

        package init() {}

        /// Of the last judgment, made of it now; `nil` before the first.
        package var verdict: Verdict? {
            switch judgment {
            case .made(let judgments, let index): judgments.verdict(at: index)
            case .read(let verdict): verdict
            case nil: nil
            }
        }
    }

    /// A judgment whose words nobody has asked for, or the words that a snapshot has kept of one.
    enum Judged: Sendable {
        case made(Judgments, index: Int)
        case read(Verdict)
    }

    /// What is known of a member besides its marks, at a decision.
    package struct Standing: Sendable {
        package var agent: AgentID
        package var strategyClass: String
        package var multiplier: Double
        /// The 95 % CVaR of the forecast shortfall of its strategy class, in sigmas.
        package var strategyCVaR95Sigmas: Evidence<Double>
        /// Days without an open signal; 0 while one is open, `nil` where it never had one.
        package var silentDays: Double?
        /// Whether it has a book: one that never had a signal that counts has no marks to wait for.
        package var hasBook: Bool
        package var isRuined: Bool
        package var outcomes: OutcomeFigures
        /// Errors by telemetry record.
        package var errorRate: Evidence<Double>

        package init(
            agent: AgentID, strategyClass: String, multiplier: Double = 1,
            strategyCVaR95Sigmas: Evidence<Double> = .insufficient(count: 0, needed: 100), silentDays: Double? = 0,
            hasBook: Bool = true, isRuined: Bool = false, outcomes: OutcomeFigures = .none,
            errorRate: Evidence<Double> = .insufficient(count: 0, needed: 1)
        ) {
            self.agent = agent
            self.strategyClass = strategyClass
            self.multiplier = multiplier
            self.strategyCVaR95Sigmas = strategyCVaR95Sigmas
            self.silentDays = silentDays
            self.hasBook = hasBook
            self.isRuined = isRuined
            self.outcomes = outcomes
            self.errorRate = errorRate
        }
    }

    /// What the gates look at of a member's outcomes.
    package struct OutcomeFigures: Sendable {
        package var pnlSumBps: Evidence<Double>
        package var hitRate: Evidence<Double>
        package var averageAbsoluteErrorBps: Evidence<Double>
        package var averageErrorBps: Evidence<Double>

        package init(
            pnlSumBps: Evidence<Double>, hitRate: Evidence<Double>, averageAbsoluteErrorBps: Evidence<Double>,
            averageErrorBps: Evidence<Double>
        ) {
            self.pnlSumBps = pnlSumBps
            self.hitRate = hitRate
            self.averageAbsoluteErrorBps = averageAbsoluteErrorBps
            self.averageErrorBps = averageErrorBps
        }

        package static let none = OutcomeFigures(
            pnlSumBps: .insufficient(count: 0, needed: 1), hitRate: .insufficient(count: 0, needed: 1),
            averageAbsoluteErrorBps: .insufficient(count: 0, needed: 1),
            averageErrorBps: .insufficient(count: 0, needed: 1))
    }

    /// By place.
    package internal(set) var members: [Member] = []
    var trials = TrialRegistry()
    /// Promotions on evidence of versions that are gone: they still count among the promotions ever made.
    var retiredPromotionCount = 0
    var decisions = DecisionRecord()
    var medianBeta: Double?
    var rounds = MarkRounds()
    package internal(set) var capital = CapitalState()
    package internal(set) var fleet = FleetKeeper()

    /// What happened in the steps since it was last taken away; not part of the state.
    package var events = DecisionEvents()

    package init() {}

    /// Adds members at the next places. Give each its trial by `register` before the next decision.
    package mutating func add(count: Int = 1) {
        for _ in 0..<count { members.append(Member()) }
    }

    /// Opens an account of evidence and of capital for new members, or for members whose new version begins a new
    /// record, in the given order. Call at every grid point, with none where nobody is new: the first fleet is complete
    /// when its time is over.
    package mutating func register(_ places: [Int], at time: Timestamp) {
        if let count = trials.completeFirstFleet(at: time) {
            for place in members.indices { members[place].evidence.settle(firstFleetCount: count) }
        }
        var waiting: [Int: Double] = [:]
        for (place, account) in zip(places, trials.register(newcomerCount: places.count, at: time)) {
            members[place].evidence = account
            let mass = CapitalState.newcomerMass(rank: account.rank, firstFleetCount: account.firstFleetCount)
            guard place >= capital.memberCount else {
                capital.join(place, priorMass: mass)
                continue
            }
            // Trials are counted by name, accounts of capital opened by place: one that lies behind others waits.
            waiting[place] = mass
            while let next = waiting.removeValue(forKey: capital.memberCount) {
                capital.join(capital.memberCount, priorMass: next)
            }
        }
    }

    /// Decisions on the old name are decisions on the new one.
    mutating func rename(_ old: AgentID, to new: AgentID) { decisions.rename(old, to: new) }

    /// A new version of the member begins a new record; a kill outlives the version, anything earned does not.
    mutating func beginNewTrack(of place: Int) {
        members[place].record = BookRecord.successor(of: members[place].record)
        guard members[place].stage.stage != .killed else { return }
        retiredPromotionCount += members[place].stage.wasPromotedOnEvidence ? 1 : 0
        members[place].stage = members[place].stage.successor
    }

    /// Takes a final mark.
    ///
    /// - Parameters:
    ///   - trackSince: When the member's present version announced itself. A day that was over by then is the old
    ///     one's, and of the day on which it happened the old one's positions earned a part: no evidence for the new.
    package mutating func take(_ mark: BookMark, of place: Int, trackSince: Timestamp? = nil, policy: Policy) {
        let isPresentTrack = trackSince.map { mark.at > $0 } ?? true
        var residual = 0.0
        if isPresentTrack {
            let split = members[place].record.take(mark, fleetMedianBeta: medianBeta, window: policy.window)
            residual = split.residual
            members[place].newReturns.append(mark.netReturn)
            if mark.isExposed {
                let isOwnDay = trackSince.map { $0 <= mark.at - .day } ?? true
                members[place].evidence.update(
                    residualReturn: split.residual,
                    isCounted: isOwnDay && (mark.isAttested || !policy.gates.requiresAttestation),
                    assumedDailyLoss: policy.gates.assumedDailyLoss)
            } else {
                members[place].evidence.noteIdleDay()
            }
        }
        rounds.take(
            MarkRound.Mark(
                member: place, netReturn: mark.netReturn, residual: residual,
                isExposed: mark.isExposed && isPresentTrack),
            at: mark.at)
    }

    /// Hands on the days that are complete: every book is marked through `time`.
    package mutating func closeDays(through time: Timestamp?, policy: Policy) {
        guard let time else { return }
        for round in rounds.close(through: time) {
            let day = fleet.settle(round, roundTripBps: policy.costs.roundTripBps, window: policy.window)
            if events.areKept, let day { events.days.append(day) }
            capital.take(
                round, mixNetReturn: day.flatMap { $0.hasMix ? $0.mixNetReturn : nil },
                fleetNetReturn: day?.netReturn, policy: policy.allocation)
        }
    }

    /// Judges every member and puts weights into force until the next decision.
    ///
    /// - Parameters:
    ///   - standings: By place.
    ///   - order: All places, in the order of the members' names.
    ///   - news: Decisions of people that have become known, oldest first.
    package mutating func decide(
        at time: Timestamp, standings: [Standing], order: [Int], news: [HumanDecision], policy: Policy
    ) {
        precondition(standings.count == members.count && order.count == members.count, "Invariant: one a member")
        for decision in news { decisions.append(decision) }
        let promotionCount =
            retiredPromotionCount + members.indices.count { members[$0].stage.wasPromotedOnEvidence }
        var cases: [JudgmentCase] = []
        cases.reserveCapacity(order.count)
        for place in order {
            cases.append(
                DecisionState.judgmentCase(
                    &members[place], standings[place], promotionCount: promotionCount, trialCount: trials.trialCount,
                    decisions))
        }
        let judgments = PromotionGates.judge(together: cases, gates: policy.gates, risk: policy.risk, asOf: time)
        for (index, place) in order.enumerated() { note(judgments, index, of: place, at: time) }
        medianBeta = median(of: members.indices.compactMap { DecisionState.ownBeta(of: &members[$0]) })
        guard !members.isEmpty else { return }
        capital.beginDecision()
        let inputs = DecisionState.allocationInputs(
            standings, of: &members, order: order, capital.readings(policy.allocation))
        let decided = targetWeights(inputs, condition: capital.condition(policy.allocation), policy: policy.allocation)
        let livingCount = members.indices.count { members[$0].stage.stage != .killed }
        let equalWeight = livingCount > 0 ? 1 / Double(livingCount) : 0
        // The share of a member without a book is cash.
        let shares = order.indices.filter { standings[order[$0]].hasBook }.map { index in
            FleetKeeper.Share(
                agent: order[index], weight: decided.weights[index],
                equalWeight: members[order[index]].stage.stage == .killed ? 0 : equalWeight,
                mixWeight: decided.mix[index])
        }
        fleet.decide(from: time, to: time + policy.decisionEvery, shares: shares)
        capital.putIntoForce(zip(order, decided.mix).map { (member: $0, weight: $1) })
    }

    /// Field by field, and the member in its place.
    private static func judgmentCase(
        _ member: inout Member, _ standing: Standing, promotionCount: Int, trialCount: Int, _ decisions: DecisionRecord
    ) -> JudgmentCase {
        let inputs = GateInputs(
            pnlSumBps: standing.outcomes.pnlSumBps, hitRate: standing.outcomes.hitRate,
            averageAbsoluteErrorBps: standing.outcomes.averageAbsoluteErrorBps,
            averageErrorBps: standing.outcomes.averageErrorBps, unattestedOutcomeCount: 0,
            errorRate: standing.errorRate, evidence: member.evidence.reading, promotionCount: promotionCount,
            trialCount: trialCount, newReturns: member.newReturns, dailyVolatility: member.record.dailyVolatility,
            isRuined: standing.isRuined)
        return JudgmentCase(
            inputs: inputs, state: member.stage,
            decisions: decisions.decisions(on: standing.agent, strategyClass: standing.strategyClass))
    }

    private mutating func note(_ judgments: Judgments, _ index: Int, of place: Int, at time: Timestamp) {
        let stage = judgments.states[index]
        if events.areKept, stage.stage != members[place].stage.stage {
            events.stageChanges.append(
                StageChange(
                    at: time, member: place, from: members[place].stage.stage, to: stage.stage,
                    reason: judgments.verdict(at: index).reason))
        }
        if stage.stage == .killed { capital.retire(place) } else { capital.reinstate(place) }
        members[place].judgment = .made(judgments, index: index)
        members[place].stage = stage
        members[place].newReturns = []
    }

    /// What the allocation is told, in the order of the members' names.
    func allocationInputs(_ standings: [Standing], order: [Int], _ policy: Policy) -> [AllocationInput] {
        var members = members
        return DecisionState.allocationInputs(
            standings, of: &members, order: order, capital.readings(policy.allocation))
    }

    private static func allocationInputs(
        _ standings: [Standing], of members: inout [Member], order: [Int], _ readings: [CapitalState.Reading]
    ) -> [AllocationInput] {
        order.map { place in
            let standing = standings[place]
            return AllocationInput(
                agent: standing.agent, strategyClass: standing.strategyClass, multiplier: standing.multiplier,
                strategyCVaR95Sigmas: standing.strategyCVaR95Sigmas, stage: members[place].stage.stage,
                silentDays: standing.silentDays, dailyVolatility: dailyVolatility(of: &members[place]),
                capital: readings[place])
        }
    }

    // A record is asked where it stands: a call into another module would be given a copy of it, and all its lists
    // retained.

    private static func ownBeta(of member: inout Member) -> Double? { member.record.ownBeta }

    private static func dailyVolatility(of member: inout Member) -> Evidence<Double> { member.record.dailyVolatility }
}

/// What a replay writes down of the decisions: days settled, stages changed.
package struct DecisionEvents: Sendable {
    /// Nothing is kept unless somebody takes it away.
    package var areKept = false
    package var days: [SettledDay] = []
    package var stageChanges: [StageChange] = []

    package init() {}
}

package struct StageChange: Equatable, Sendable {
    package var at: Timestamp
    /// The member's place.
    package var member: Int
    package var from: Stage
    package var to: Stage
    package var reason: String
}
