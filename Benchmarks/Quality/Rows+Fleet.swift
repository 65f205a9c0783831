import Domain
import Statistics
import Swarm

// Rows 1 to 3: what the fleet as a whole earns, against what could be known and where there is nothing to know.

extension Bench {
    private struct MixedFinding: Sendable {
        var fleet: Double
        var oracle: Double
        var equal: Double
        /// Over the oracle's, from day 120 on.
        var late: Double
        var invested: Double
    }

    /// Row 1.
    func mixedFleet() async -> RowResult {
        let found = await mixed(seeds(48)) { RegimeSkill.mixedFleet(seed: $0) }
        let restless = await mixed(seeds(24)) { RegimeSkill.restlessFleet(seed: $0) }
        let ratio = Self.ratio(found)
        let others = await aggregatorsAlone()
        return RowResult(lines: [
            Line(
                "40 agents of mixed skill on 8 instruments, 750 days: Sharpe ratio over the oracle's, all days",
                asked: "at least .65", measured: Markdown.text(ratio, 3), passes: ratio.value >= 0.65,
                seeds: String(found.count)),
            Line("the same, in numbers", measured: Self.numbers(found), seeds: String(found.count)),
            Line(
                "the same with more skill that comes and goes",
                measured: "\(Markdown.text(Self.ratio(restless), 3)); \(Self.numbers(restless))",
                seeds: String(restless.count)),
            Line(
                "for orientation: rules alone, half-life 250, always invested, no clusters or band, all promoted",
                measured: others.text, seeds: String(others.seedCount)),
        ])
    }

    private func mixed(
        _ seedCount: Int, _ skills: @escaping @Sendable (UInt64) -> [RegimeSkill]
    ) async -> [MixedFinding] {
        let policy = policy
        return await forEach(seedCount) { seed in
            let panel = RegimePanel(skills: skills(seed), dayCount: 750, seed: seed)
            let run = FleetRun(panel, policy: policy)
            let costs = policy.costs.roundTripBps
            let oracle = panel.oracleReturns(cap: 0.25, roundTripBps: costs)
            return MixedFinding(
                fleet: Estimates.sharpe(run.netReturns), oracle: Estimates.sharpe(oracle),
                equal: Estimates.sharpe(panel.equalWeightReturns(roundTripBps: costs)),
                late: Estimates.sharpe(Array(run.netReturns.dropFirst(120)))
                    / Estimates.sharpe(Array(oracle.dropFirst(120))),
                invested: Statistics.mean(of: Array(run.invested.dropFirst(120))) ?? 0)
        }
    }

    private static func ratio(_ found: [MixedFinding]) -> Measured {
        Estimates.bootstrap(found) { drawn in
            drawn.reduce(0) { $0 + $1.fleet } / drawn.reduce(0) { $0 + $1.oracle }
        }
    }

    private static func numbers(_ found: [MixedFinding]) -> String {
        "fleet \(Markdown.text(Estimates.mean(found.map(\.fleet)), 2)), oracle "
            + "\(Markdown.text(Estimates.mean(found.map(\.oracle)), 2)), equal weight "
            + "\(Markdown.text(Estimates.mean(found.map(\.equal)), 2)); from day 120 on ratio "
            + "\(Markdown.text(Estimates.mean(found.map(\.late)), 3)), invested "
            + Markdown.percent(Estimates.mean(found.map(\.invested)))
    }

    /// Sharpe ratios of the rules for prior weights, without anything after the caps.
    private func aggregatorsAlone() async -> (text: String, seedCount: Int) {
        let seedCount = seeds(16)
        var texts: [String] = []
        for rule in [PriorRule.adaHedge, .polynomial, .bernstein] {
            var alone = policy
            alone.gates.errorLevel = nil
            alone.risk.killErrorLevel = nil
            alone.risk.killDrawdownSigmas = nil
            alone.allocation.switchOffFleetSteps()
            alone.allocation.prior = rule
            alone.allocation.priorHalfLifeDays = 250
            let tried = alone
            let found = await forEach(seedCount) { seed in
                let panel = RegimePanel(skills: RegimeSkill.mixedFleet(seed: seed), dayCount: 750, seed: seed)
                return Estimates.sharpe(FleetRun(panel, policy: tried).netReturns)
            }
            texts.append("\(rule.rawValue) \(Markdown.text(Estimates.mean(found), 2))")
        }
        return (texts.joined(separator: ", "), seedCount)
    }

    /// Row 2.
    func noSkill() async -> RowResult {
        let policy = policy
        var lines: [Line] = []
        for (title, cost, count) in [
            ("capital's turnover charged", 0.0, 200), ("the books' own trading charged too", 10, 60),
        ] {
            let seedCount = seeds(count)
            let found = await forEach(seedCount) { seed in
                var holding = RegimeHolding()
                holding.roundTripBps = cost
                let panel = RegimePanel(
                    skills: [RegimeSkill](repeating: .steady(0), count: 40), dayCount: 750, holding: holding,
                    seed: 10_000 + seed)
                return FleetSummary(FleetRun(panel, policy: policy))
            }
            let bps = Estimates.mean(found.map(\.bpsADay))
            let invested = Estimates.mean(found.map(\.lateInvested))
            let mix = Estimates.mean(found.map(\.mixBpsADay))
            lines.append(
                Line(
                    "the same without any skill, \(title): bps a day; out of cash after day 120",
                    asked: "at least -.15; at most 10 %",
                    measured: "\(Markdown.text(bps, 3)); \(Markdown.percent(invested)) (before the gate "
                        + "\(Markdown.text(mix, 3)))",
                    passes: bps.value >= -0.15 && invested.value <= 0.10, seeds: String(seedCount)))
        }
        return RowResult(lines: lines)
    }

    /// Row 3.
    func episodes() async -> RowResult {
        let seedCount = seeds(40)
        let policy = policy
        let turn = 1_000
        let starts = await forEach(seedCount) { seed in
            let panel = RegimePanel(
                skills: RegimeSkill.episode(seed: seed, days: turn..<1_500), dayCount: 1_500, seed: 20_000 + seed)
            let invested = FleetRun(panel, policy: policy).invested
            let first = invested.indices.first { $0 >= turn && invested[$0] >= 0.4 }
            return (days: first.map { Double($0 - turn) } ?? .infinity, at120: invested[turn + 120])
        }
        let ends = await forEach(seedCount) { seed in
            let panel = RegimePanel(
                skills: RegimeSkill.episode(seed: seed, days: 0..<turn), dayCount: 1_500, seed: 20_000 + seed)
            let invested = FleetRun(panel, policy: policy).invested
            func mean(_ days: Range<Int>) -> Double { Statistics.mean(of: Array(invested[days])) ?? 0 }
            return (
                before: mean(turn - 100..<turn), at120: mean(turn + 120..<turn + 150), later: mean(turn + 120..<1_500)
            )
        }
        let days = Estimates.bootstrap(starts.map(\.days)) { Estimates.median($0) }
        let at120 = Estimates.mean(ends.map(\.at120))
        let later = Estimates.mean(ends.map(\.later))
        return RowResult(lines: [
            Line(
                "skill starts after 1,000 days of noise: days until 40 % is invested, median",
                asked: "at most 120",
                measured: "\(Markdown.text(days, 0)) (invested on day 120: "
                    + "\(Markdown.percent(Estimates.mean(starts.map(\.at120)))))",
                passes: days.value <= 120, seeds: String(seedCount)),
            Line(
                "skill ends after 1,000 days: invested in days 120-149 after; in all days from 120 on",
                asked: "at most 25 %",
                measured: "\(Markdown.percent(at120)); \(Markdown.percent(later)) (in the 100 days before "
                    + "\(Markdown.percent(Estimates.mean(ends.map(\.before)))))",
                passes: at120.value <= 0.25 && later.value <= 0.25, seeds: String(seedCount)),
        ])
    }
}

/// A run in a few numbers.
struct FleetSummary: Sendable {
    var bpsADay: Double
    var mixBpsADay: Double
    /// Mean share out of cash after day 120.
    var lateInvested: Double

    init(_ run: FleetRun) {
        bpsADay = (Statistics.mean(of: run.netReturns) ?? 0) * 10_000
        mixBpsADay = (Statistics.mean(of: run.mixReturns) ?? 0) * 10_000
        lateInvested = Statistics.mean(of: Array(run.invested.dropFirst(120))) ?? 0
    }
}
