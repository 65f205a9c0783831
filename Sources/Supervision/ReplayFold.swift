package import Domain
internal import PortfolioConstruction

/// A fold under one policy, and the record it makes over a stretch of time.
///
/// It is the fold itself, step for step; what it does besides is to write down the days that were settled and the
/// stages that changed. Facts from before the stretch teach it and leave no record.
///
/// Policies that agree on everything but their decisions share the fold: outcomes, track records and books are made
/// once, and every policy decides on them. `separated()` gives each as if it had been alone.
package struct ReplayFold: Sendable {
    package private(set) var fold: Fold
    package private(set) var record: ReplayRecord
    /// Of the companions of the fold, in their order.
    private var companionRecords: [ReplayRecord] = []

    /// - Parameter others: Policies that decide on the same state: `Fold.keepsAlike`.
    package init(policy: Policy, beside others: [Policy] = [], from start: Timestamp, through end: Timestamp) {
        precondition(others.allSatisfy { Fold.keepsAlike(policy, $0) }, "Invariant: who shares a state keeps it alike")
        fold = Fold(mode: .constant(policy))
        fold.companions = others.map(Companion.init)
        fold.onEveryDecider { decisions, _ in decisions.events.areKept = true }
        record = ReplayRecord(policy: policy, from: start, through: end)
        companionRecords = others.map { ReplayRecord(policy: $0, from: start, through: end) }
    }

    /// Takes facts, none of them known at or before the grid point reached.
    package mutating func apply(_ batch: FactBatch) { fold.apply(batch) }

    /// Visits every grid point up to `time`.
    package mutating func advance(to time: Timestamp) {
        while let next = fold.nextGridPoint, next <= time {
            fold.advance(to: next)
            // Nobody asks for the outcomes one by one, and years of them would fill the memory.
            fold.newOutcomes.removeAll(keepingCapacity: true)
            record.take(fold.decisions.events, at: next)
            for place in companionRecords.indices {
                companionRecords[place].take(fold.companions[place].decisions.events, at: next)
            }
            fold.onEveryDecider { decisions, _ in
                decisions.events.days.removeAll(keepingCapacity: true)
                decisions.events.stageChanges.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Completes the records with the names that agents bear at their end.
    package mutating func finish() {
        let names = fold.agents.map(\.agent)
        record.agents = names
        for place in companionRecords.indices { companionRecords[place].agents = names }
    }

    /// One for each policy, in the order in which they were given.
    package func separated() -> [ReplayFold] {
        var own = self
        own.fold.companions = []
        own.companionRecords = []
        let others = zip(fold.companions, companionRecords).map { companion, record in
            var other = own
            other.fold = fold.alone(companion)
            other.record = record
            return other
        }
        return [own] + others
    }

    package func report(asOf time: Timestamp) -> Report { fold.report(asOf: time) }

    /// Signals taken in, and those of them that nobody saw being written.
    package var signalCounts: (all: Int, unattested: Int) {
        fold.agents.reduce(into: (0, 0)) { sum, agent in
            sum.0 += agent.signalCount
            sum.1 += agent.unattestedCount
        }
    }
}

/// What one policy did over a stretch of time: its days, what every book did on them, and the stages that changed.
///
/// A day counts if it lies in the stretch as a whole and was settled by its end: a day whose prices were not all known
/// by then was not known to the decisions either. Members are numbered by their places in the fold.
package struct ReplayRecord: Sendable {
    package struct Day: Equatable, Sendable {
        package var start: Timestamp
        package var netReturn: Double
        package var grossReturn: Double
        package var turnover: Double
        package var cash: Double
        package var equalWeightNetReturn: Double

        package init(
            start: Timestamp, netReturn: Double, grossReturn: Double, turnover: Double = 0, cash: Double = 0,
            equalWeightNetReturn: Double = 0
        ) {
            self.start = start
            self.netReturn = netReturn
            self.grossReturn = grossReturn
            self.turnover = turnover
            self.cash = cash
            self.equalWeightNetReturn = equalWeightNetReturn
        }
    }

    package let policy: Policy
    package let start: Timestamp
    package let end: Timestamp
    /// One after the other, without a gap from the first on which weights were in force.
    package private(set) var days: [Day] = []
    /// By day, then by place: what the book earned after its costs. A book without a mark earned nothing; a member that
    /// joined later is missing at the end of the list.
    package private(set) var bookReturns: [[Double]] = []
    /// The same without what the market explains.
    package private(set) var bookResiduals: [[Double]] = []
    package private(set) var stageChanges: [StageChange] = []
    package private(set) var decisionCount = 0
    /// The names of the members, by place, once the replay is over.
    package internal(set) var agents: [AgentID] = []

    package init(
        policy: Policy, from start: Timestamp, through end: Timestamp, days: [Day] = [], bookReturns: [[Double]] = [],
        bookResiduals: [[Double]] = [], agents: [AgentID] = []
    ) {
        precondition(
            days.count == bookReturns.count && days.count == bookResiduals.count, "Invariant: books have days")
        self.policy = policy
        self.start = start
        self.end = end
        self.days = days
        self.bookReturns = bookReturns
        self.bookResiduals = bookResiduals
        self.agents = agents
    }

    mutating func take(_ events: DecisionEvents, at time: Timestamp) {
        if time >= start { decisionCount += 1 }
        stageChanges += events.stageChanges.filter { $0.at >= start }
        for day in events.days where day.start >= start && day.start + .day <= end {
            days.append(
                Day(
                    start: day.start, netReturn: day.netReturn, grossReturn: day.grossReturn, turnover: day.turnover,
                    cash: day.cash, equalWeightNetReturn: day.equalWeightNetReturn))
            let count = (day.marks.last?.member ?? -1) + 1
            var returns = [Double](repeating: 0, count: count)
            var residuals = returns
            for mark in day.marks {
                returns[mark.member] = mark.netReturn
                residuals[mark.member] = mark.residual
            }
            bookReturns.append(returns)
            bookResiduals.append(residuals)
        }
    }

    package var netReturns: [Double] { days.map(\.netReturn) }
}
