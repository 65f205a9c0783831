package import Domain

/// A classical strategy. Lookbacks in days.
package enum ReferenceRule: Hashable, Sendable {
    /// The sign of the return over the lookback, always in the market (Moskowitz, Ooi & Pedersen 2012).
    case timeSeriesMomentum(days: Int)
    /// Its opposite over days (Lehmann 1990).
    case shortTermReversal(days: Int)
    /// Long from a close above the highest price of the lookback, short from one below the lowest, until the other
    /// (Donchian 1960).
    case breakout(days: Int)
    /// Long the best third by return over the lookback, short the worst third (Jegadeesh & Titman 1993).
    case crossSectionalMomentum(days: Int)
    /// Long the worst third, short the best.
    case crossSectionalReversal(days: Int)
    /// Long while the fast mean of daily closes is above the slow one, else short (Brock, Lakonishok & LeBaron 1992).
    case movingAverageCrossover(fast: Int, slow: Int)
    /// The direction in which the leading symbol moved over its last day, on all others.
    case leaderDay
    /// The same over its last six hours.
    case leaderSixHours
    /// Momentum over the lookback where it exceeds half its expected volatility; else out.
    case scaledMomentum(days: Int)
    /// Long every symbol, always: the market.
    case equalWeightLong
    /// Long the leading symbol, always.
    case leaderLong
    /// A coin a day and symbol.
    case noise(seed: UInt64)
}

/// A classical strategy under the name of an agent.
package struct ReferenceAgent: Equatable, Sendable {
    package var id: AgentID
    package var rule: ReferenceRule
    package var strategyClass: String

    package init(id: AgentID, rule: ReferenceRule, strategyClass: String) {
        self.id = id
        self.rule = rule
        self.strategyClass = strategyClass
    }

    /// Whether it only holds the market.
    package var isBeta: Bool { rule == .equalWeightLong || rule == .leaderLong }

    /// The whole set, 29 agents, sorted by name; two of them only hold the market and six toss coins.
    package static func classical(noiseSeed: UInt64 = 1) -> [ReferenceAgent] {
        var agents: [ReferenceAgent] = []
        func add(_ name: String, _ rule: ReferenceRule, _ strategyClass: String) {
            agents.append(ReferenceAgent(id: identifier(name), rule: rule, strategyClass: strategyClass))
        }
        for days in [3, 7, 14, 30, 90] {
            add("momentum-" + twoDigits(days), .timeSeriesMomentum(days: days), "momentum")
        }
        for days in [1, 3] { add("reversal-" + twoDigits(days), .shortTermReversal(days: days), "reversal") }
        for days in [10, 20, 55] { add("breakout-" + twoDigits(days), .breakout(days: days), "breakout") }
        for days in [7, 30] {
            add("cross-momentum-" + twoDigits(days), .crossSectionalMomentum(days: days), "cross-sectional")
        }
        for days in [1, 3] {
            add("cross-reversal-" + twoDigits(days), .crossSectionalReversal(days: days), "cross-sectional")
        }
        for (fast, slow) in [(5, 20), (10, 50), (20, 100)] {
            let name = "crossover-" + twoDigits(fast) + "-" + twoDigits(slow)
            add(name, .movingAverageCrossover(fast: fast, slow: slow), "moving-average")
        }
        add("lead-lag-day", .leaderDay, "lead-lag")
        add("lead-lag-six-hours", .leaderSixHours, "lead-lag")
        for days in [14, 30] {
            add("scaled-momentum-" + twoDigits(days), .scaledMomentum(days: days), "momentum")
        }
        add("beta-equal-weight", .equalWeightLong, "long-only")
        add("beta-leader", .leaderLong, "long-only")
        for number in 1...6 {
            add("noise-" + twoDigits(number), .noise(seed: noiseSeed &* 1_000 &+ UInt64(number)), "noise")
        }
        return agents.sorted { $0.id < $1.id }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0" + String(number) : String(number) }
}
