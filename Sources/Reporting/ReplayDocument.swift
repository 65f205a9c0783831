package import Domain

/// The answer to a replay, ready to be written down as text, JSON or CSV.
package struct ReplayDocument: Equatable, Sendable {
    package var start: Timestamp
    package var end: Timestamp
    package var factCounts: [FactKind: Int]
    package var agentCount: Int
    package var signalCount: Int
    /// Of the signals, those that nobody saw being written.
    package var unattestedCount: Int
    /// The changes allowed to the succession that regret is measured against.
    package var switchLimit: Int
    /// In the order in which they were asked for.
    package var policies: [ReplayPolicy]
    package var placebo: ReplayPlaceboResult?

    package init(
        start: Timestamp, end: Timestamp, factCounts: [FactKind: Int], agentCount: Int, signalCount: Int,
        unattestedCount: Int, switchLimit: Int, policies: [ReplayPolicy], placebo: ReplayPlaceboResult? = nil
    ) {
        self.start = start
        self.end = end
        self.factCounts = factCounts
        self.agentCount = agentCount
        self.signalCount = signalCount
        self.unattestedCount = unattestedCount
        self.switchLimit = switchLimit
        self.policies = policies
        self.placebo = placebo
    }
}

/// What one policy did. Returns are simple fractions, drawdown is positive.
package struct ReplayPolicy: Equatable, Sendable {
    package struct Day: Equatable, Sendable {
        package var start: Timestamp
        package var netReturn: Double
        package var grossReturn: Double
        package var turnover: Double
        package var cash: Double

        package init(start: Timestamp, netReturn: Double, grossReturn: Double, turnover: Double, cash: Double) {
            self.start = start
            self.netReturn = netReturn
            self.grossReturn = grossReturn
            self.turnover = turnover
            self.cash = cash
        }
    }

    package var name: String
    package var fingerprint: String
    /// Whether an agent without attested evidence may be promoted by the gates.
    package var promotesOnHistory: Bool
    package var decisionEvery: Span
    package var decisionCount: Int
    package var days: [Day]
    package var netReturn: Double
    package var grossReturn: Double
    package var annualVolatility: Evidence<Double>
    package var sharpeRatio: Evidence<Estimate>
    package var maximalDrawdown: Double
    package var averageTurnover: Double
    package var averageCash: Double
    package var investedShare: Double
    package var winningShare: Evidence<Double>
    package var regrets: [Regret]
    package var differences: [Difference]
    package var fates: [Fate]
    /// Entries into probation, promotions back from it, and revivals.
    package var otherStageChangeCount: Int

    package init(
        name: String, fingerprint: String, promotesOnHistory: Bool, decisionEvery: Span, decisionCount: Int,
        days: [Day], netReturn: Double, grossReturn: Double, annualVolatility: Evidence<Double>,
        sharpeRatio: Evidence<Estimate>, maximalDrawdown: Double, averageTurnover: Double, averageCash: Double,
        investedShare: Double, winningShare: Evidence<Double>, regrets: [Regret] = [],
        differences: [Difference] = [], fates: [Fate] = [], otherStageChangeCount: Int = 0
    ) {
        self.name = name
        self.fingerprint = fingerprint
        self.promotesOnHistory = promotesOnHistory
        self.decisionEvery = decisionEvery
        self.decisionCount = decisionCount
        self.days = days
        self.netReturn = netReturn
        self.grossReturn = grossReturn
        self.annualVolatility = annualVolatility
        self.sharpeRatio = sharpeRatio
        self.maximalDrawdown = maximalDrawdown
        self.averageTurnover = averageTurnover
        self.averageCash = averageCash
        self.investedShare = investedShare
        self.winningShare = winningShare
        self.regrets = regrets
        self.differences = differences
        self.fates = fates
        self.otherStageChangeCount = otherStageChangeCount
    }

    /// What the policy fell short of an oracle, in bps of the logarithm of wealth; below 0 where it did better.
    package struct Regret: Equatable, Sendable {
        package enum Oracle: String, Sendable, CaseIterable {
            case bestAgent = "best_agent"
            case bestSuccession = "best_succession"
            case bestRebalanced = "best_rebalanced"
        }

        package var oracle: Oracle
        /// Which agent, or how many changes: for people.
        package var note: String
        package var totalBps: Double
        package var dailyBps: Double
        /// The oracle's own logarithm of wealth, in bps, and by how much the true optimum may exceed it.
        package var oracleLogWealthBps: Double
        package var gapBps: Double

        package init(
            oracle: Oracle, note: String, totalBps: Double, dailyBps: Double, oracleLogWealthBps: Double,
            gapBps: Double = 0
        ) {
            self.oracle = oracle
            self.note = note
            self.totalBps = totalBps
            self.dailyBps = dailyBps
            self.oracleLogWealthBps = oracleLogWealthBps
            self.gapBps = gapBps
        }
    }

    /// Against another policy, day by day.
    package struct Difference: Equatable, Sendable {
        package var other: String
        package var dailyBps: Evidence<Estimate>
        package var sharpe: Evidence<Estimate>

        package init(other: String, dailyBps: Evidence<Estimate>, sharpe: Evidence<Estimate>) {
            self.other = other
            self.dailyBps = dailyBps
            self.sharpe = sharpe
        }
    }

    /// A promotion or a kill, and what became of the agent.
    package struct Fate: Equatable, Sendable {
        package struct Stretch: Equatable, Sendable {
            package var dayCount: Int
            package var netReturn: Double
            package var residual: Double

            package init(dayCount: Int, netReturn: Double, residual: Double) {
                self.dayCount = dayCount
                self.netReturn = netReturn
                self.residual = residual
            }
        }

        package var at: Timestamp
        package var agent: AgentID
        package var isPromotion: Bool
        package var reason: String
        package var after30: Stretch?
        package var after90: Stretch?
        package var untilEnd: Stretch?

        package init(
            at: Timestamp, agent: AgentID, isPromotion: Bool, reason: String, after30: Stretch?, after90: Stretch?,
            untilEnd: Stretch?
        ) {
            self.at = at
            self.agent = agent
            self.isPromotion = isPromotion
            self.reason = reason
            self.after30 = after30
            self.after90 = after90
            self.untilEnd = untilEnd
        }
    }
}

/// What a spoiled history gave.
package struct ReplayPlaceboResult: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// Every signal one bar later.
        case shift
        /// Directions dealt anew, so many times.
        case shuffle(draws: Int, seed: UInt64)
    }

    /// One policy on the spoiled history.
    package struct Row: Equatable, Sendable {
        package var policy: String
        package var realSharpe: Evidence<Estimate>
        package var realNetReturn: Double
        /// One a drawing; one alone for a shift. Drawings without a Sharpe ratio are left out of the first.
        package var sharpeRatios: [Double]
        package var netReturns: [Double]
        /// Real less spoiled, day by day, for a shift.
        package var difference: ReplayPolicy.Difference?

        package init(
            policy: String, realSharpe: Evidence<Estimate>, realNetReturn: Double, sharpeRatios: [Double],
            netReturns: [Double], difference: ReplayPolicy.Difference?
        ) {
            self.policy = policy
            self.realSharpe = realSharpe
            self.realNetReturn = realNetReturn
            self.sharpeRatios = sharpeRatios
            self.netReturns = netReturns
            self.difference = difference
        }
    }

    package var kind: Kind
    package var rows: [Row]
    /// Outcomes of another system, which have no signals to spoil.
    package var importedCount: Int

    package init(kind: Kind, rows: [Row], importedCount: Int) {
        self.kind = kind
        self.rows = rows
        self.importedCount = importedCount
    }
}
