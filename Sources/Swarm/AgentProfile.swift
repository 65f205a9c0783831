package import Domain

/// What is true about a simulated agent, which a supervisor can only guess from what it writes.
package enum AgentKind: String, Sendable, CaseIterable {
    case skilled
    case lucky
    case noisy
    case inflated
    case decaying
    case misguided
    case copycat
    case silent
    case backdating
    case broken
    case longOnly = "long-only"
    case revising

    /// One sentence for a reader who compares it with what was detected.
    package var truth: String {
        switch self {
        case .skilled: "Knows a little of the next day's return and says how little."
        case .lucky: "Knows nothing; is here because its first half happened to look best among many."
        case .noisy: "Knows nothing and claims to know a little."
        case .inflated: "Knows a little and claims five times as much."
        case .decaying: "Knows a little in the first half and nothing in the second."
        case .misguided: "Is wrong a little more often than right, and confident."
        case .copycat: "Repeats the signals of a skilled agent some minutes later."
        case .silent: "Knows a little and stops after two months."
        case .backdating: "Writes yesterday's signal today, with yesterday's time and the outcome known."
        case .broken: "Knows nothing; between its signals it writes lines that cannot be read."
        case .longOnly: "Knows nothing and is always long, in a market that drifts up."
        case .revising: "Knows nothing; repeats some lines word for word and corrects some minutes later."
        }
    }
}

/// One agent of a simulated fleet: its name, its habits and the truth about its skill.
package struct AgentProfile: Equatable, Sendable {
    package var id: AgentID
    package var kind: AgentKind
    /// Traded once a day each.
    package var symbols: [Symbol]
    /// The correlation between the agent's information and the forward return in units of its volatility.
    package var skill: Double
    /// The correlation its forecasts claim. Honest where equal to `skill`.
    package var claimedSkill: Double
    /// Minutes after 00:00 UTC at which it decides.
    package var minuteOfDay: Int
    package var strategyClass: String
    /// Whose signals a copycat repeats.
    package var leader: AgentID?

    package init(
        id: AgentID, kind: AgentKind, symbols: [Symbol], skill: Double, claimedSkill: Double, minuteOfDay: Int,
        strategyClass: String, leader: AgentID? = nil
    ) {
        self.id = id
        self.kind = kind
        self.symbols = symbols
        self.skill = skill
        self.claimedSkill = claimedSkill
        self.minuteOfDay = minuteOfDay
        self.strategyClass = strategyClass
        self.leader = leader
    }

    /// What is true about the agent, its numbers included.
    package var truth: String {
        guard skill != 0 || claimedSkill != 0 else { return kind.truth }
        return kind.truth + " Skill " + DecimalText.fixed(skill, 2) + ", claimed " + DecimalText.fixed(claimedSkill, 2)
            + "."
    }
}

extension AgentProfile {
    /// The fleet of the demonstration: 26 agents of every kind on five symbols.
    package static let demonstration: [AgentProfile] = {
        let btc = name("BTC"), eth = name("ETH"), sol = name("SOL"), xrp = name("XRP"), doge = name("DOGE")
        return [
            profile("aurora", .skilled, [btc, sol], skill: 0.22, claims: 0.22, minute: 365, "order-flow"),
            profile("borealis", .skilled, [eth, sol], skill: 0.18, claims: 0.18, minute: 727, "order-flow"),
            profile("cassini", .skilled, [btc, xrp], skill: 0.14, claims: 0.14, minute: 1_213, "news"),
            profile("delphi", .skilled, [eth, xrp], skill: 0.10, claims: 0.10, minute: 188, "macro"),
            profile(
                "echo", .copycat, [btc, sol], skill: 0.22, claims: 0.22, minute: 376, "order-flow", leader: "aurora"),
            profile("fortuna", .lucky, [btc, eth], skill: 0, claims: 0.12, minute: 490, "breakout"),
            profile("goldfinger", .lucky, [sol, xrp], skill: 0, claims: 0.12, minute: 915, "news"),
            profile("hyperbole", .inflated, [btc, eth], skill: 0.12, claims: 0.60, minute: 606, "macro"),
            profile("icarus", .inflated, [sol, xrp], skill: 0.10, claims: 0.50, minute: 1_085, "momentum"),
            profile("juno", .decaying, [btc, sol], skill: 0.22, claims: 0.22, minute: 307, "carry"),
            profile("kelvin", .decaying, [eth, xrp], skill: 0.18, claims: 0.18, minute: 846, "order-flow"),
            profile("lemming", .misguided, [btc, eth], skill: -0.15, claims: 0.15, minute: 1_330, "momentum"),
            profile("mute", .silent, [eth, sol], skill: 0.18, claims: 0.18, minute: 429, "news"),
            profile("nostradamus", .backdating, [btc, eth], skill: 1, claims: 0.50, minute: 544, "macro"),
            profile("oops", .broken, [btc, xrp], skill: 0, claims: 0.12, minute: 785, "breakout"),
            profile("perma-bull", .longOnly, [btc, eth], skill: 0, claims: 0.10, minute: 67, "long-only"),
            profile("quixote", .longOnly, [sol, xrp], skill: 0, claims: 0.10, minute: 128, "long-only"),
            profile("rewrite", .revising, [btc, sol], skill: 0, claims: 0.12, minute: 963, "reversal"),
            profile("static-1", .noisy, [btc], skill: 0, claims: 0.12, minute: 245, "momentum"),
            profile("static-2", .noisy, [eth], skill: 0, claims: 0.12, minute: 667, "reversal"),
            profile("static-3", .noisy, [sol, xrp], skill: 0, claims: 0.15, minute: 1_027, "reversal"),
            profile("static-4", .noisy, [doge], skill: 0, claims: 0.12, minute: 1_146, "momentum"),
            profile("static-5", .noisy, [btc, doge], skill: 0, claims: 0.10, minute: 1_270, "breakout"),
            profile("static-6", .noisy, [eth, xrp], skill: 0, claims: 0.12, minute: 1_389, "carry"),
            profile("static-7", .noisy, [btc, sol], skill: 0, claims: 0.20, minute: 904, "news"),
            profile("static-8", .noisy, [eth, sol], skill: 0, claims: 0.12, minute: 26, "carry"),
        ]
    }()

    private static func profile(
        _ agent: String, _ kind: AgentKind, _ symbols: [Symbol], skill: Double, claims: Double, minute: Int,
        _ strategyClass: String, leader: String? = nil
    ) -> AgentProfile {
        AgentProfile(
            id: identifier(agent), kind: kind, symbols: symbols, skill: skill, claimedSkill: claims,
            minuteOfDay: minute, strategyClass: strategyClass, leader: leader.map(identifier))
    }
}

/// A symbol written in this module.
func name(_ text: String) -> Symbol {
    guard let symbol = Symbol(text) else { preconditionFailure("Invariant: \(text) is a symbol") }
    return symbol
}

/// An agent named in this module.
func identifier(_ text: String) -> AgentID {
    guard let agent = AgentID(text) else { preconditionFailure("Invariant: \(text) is an agent's name") }
    return agent
}
