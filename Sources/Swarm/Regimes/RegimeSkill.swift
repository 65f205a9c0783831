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
    /// and 10 bps a round trip, and equal weights one of 0.9 (60 seeds, 750 days), and that nearly all of the oracle's
    /// is lasting skill, which can be learned.
    package static func mixedFleet(seed: UInt64) -> [RegimeSkill] {
        var draw = SkillDraw(seed: seed)
        let lasting = draw.many(5, 2.3, 3.5).map(RegimeSkill.steady) + draw.many(4, -2.2, -0.8).map(RegimeSkill.steady)
        return fleet(lasting, drifting: draw.many(6, 0.8, 1.6), flipping: draw.many(3, 0.6, 1.2), &draw)
    }

    /// The same with about a fifth of the oracle's success in skill that comes and goes, of which a learner sees what
    /// is over: the oracle at 5.9, equal weights at 0.9.
    package static func restlessFleet(seed: UInt64) -> [RegimeSkill] {
        var draw = SkillDraw(seed: seed)
        let lasting = draw.many(5, 2, 3.5).map(RegimeSkill.steady) + draw.many(4, -2.5, -0.9).map(RegimeSkill.steady)
        return fleet(lasting, drifting: draw.many(6, 1.3, 2.5), flipping: draw.many(3, 0.9, 1.7), &draw)
    }

    /// Of the drifting ones the first half fades to nothing, the second grows from it.
    private static func fleet(
        _ lasting: [RegimeSkill], drifting: [Double], flipping: [Double], _ draw: inout SkillDraw
    ) -> [RegimeSkill] {
        let half = drifting.count / 2
        let fading = drifting.prefix(half).map { RegimeSkill.drifting(from: $0, to: 0) }
        let growing = drifting.dropFirst(half).map { RegimeSkill.drifting(from: 0, to: $0) }
        let turning = flipping.map { RegimeSkill.flipping($0, period: 250, phase: draw.whole(below: 500)) }
        let skills = lasting + fading + growing + turning
        return skills + [RegimeSkill](repeating: .steady(0), count: 40 - skills.count)
    }

    /// Forty agents, those skilled or bad of `mixedFleet` during `days` only, the rest noise.
    package static func episode(seed: UInt64, days: Range<Int>) -> [RegimeSkill] {
        var draw = SkillDraw(seed: seed)
        let skills = (draw.many(5, 2.3, 3.5) + draw.many(4, -2.2, -0.8)).map { RegimeSkill.during($0, days: days) }
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

    mutating func many(_ count: Int, _ low: Double, _ high: Double) -> [Double] {
        (0..<count).map { _ in between(low, high) }
    }
}
