internal import Statistics

/// How good a simulated agent is, day by day: the Sharpe ratio that its book would have in a year of such days, before
/// its own costs.
package enum RegimeSkill: Equatable, Sendable {
    case steady(Double)
    /// From the first number at the beginning to the second at the end, in a straight line.
    case drifting(from: Double, to: Double)
    /// The number and its opposite by turns of so many days, the first turn shortened by `phase`.
    case flipping(Double, period: Int, phase: Int)
    /// The number on those days, 0 on all others.
    case during(Double, days: Range<Int>)

    package func sharpe(onDay day: Int, of dayCount: Int) -> Double {
        switch self {
        case .steady(let sharpe): return sharpe
        case .drifting(let first, let last):
            return first + (last - first) * Double(day) / Double(max(1, dayCount - 1))
        case .flipping(let sharpe, let period, let phase):
            return ((day + phase) / period).isMultiple(of: 2) ? sharpe : -sharpe
        case .during(let sharpe, let days): return days.contains(day) ? sharpe : 0
        }
    }
}

extension RegimeSkill {
    /// Forty agents: 12 % skilled and 10 % bad for good, 22 % whose skill fades, grows or turns, the rest noise.
    ///
    /// The ranges are such that who knows the conditional means reaches a Sharpe ratio of about 6 under a cap of 25 %
    /// and 10 bps a round trip, and equal weights one of 0.9 (60 seeds, 750 days).
    package static func mixedFleet(seed: UInt64) -> [RegimeSkill] {
        var draw = SkillDraw(seed: seed)
        var skills = draw.skilledAndBad()
        for _ in 0..<3 { skills.append(.drifting(from: draw.between(1.3, 2.5), to: 0)) }
        for _ in 0..<3 { skills.append(.drifting(from: 0, to: draw.between(1.3, 2.5))) }
        for _ in 0..<3 {
            skills.append(.flipping(draw.between(0.9, 1.7), period: 250, phase: draw.whole(below: 500)))
        }
        return skills + [RegimeSkill](repeating: .steady(0), count: 40 - skills.count)
    }

    /// Forty agents, those skilled or bad of `mixedFleet` during `days` only, the rest noise.
    package static func episode(seed: UInt64, days: Range<Int>) -> [RegimeSkill] {
        var draw = SkillDraw(seed: seed)
        let skills = draw.skilledAndBad().map { RegimeSkill.during($0.sharpe(onDay: 0, of: 1), days: days) }
        return skills + [RegimeSkill](repeating: .steady(0), count: 40 - skills.count)
    }
}

private struct SkillDraw {
    var generator: Xoshiro256

    init(seed: UInt64) { generator = Xoshiro256(seed: seed, stream: "regime-skills") }

    mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * generator.uniform() }

    mutating func whole(below bound: Int) -> Int {
        Int(exactly: (generator.uniform() * Double(bound)).rounded(.down)) ?? 0
    }

    mutating func skilledAndBad() -> [RegimeSkill] {
        (0..<5).map { _ in .steady(between(2, 3.5)) } + (0..<4).map { _ in .steady(-between(0.9, 2.5)) }
    }
}
