import Domain
import Scoring
import Statistics
import Swarm

// Rows 8 to 10: how capital follows one agent, and what copies and honesty are worth.

extension Bench {
    /// Row 8.
    func death() async -> RowResult {
        let seedCount = seeds(100)
        var lines: [Line] = []
        for (sharpe, window) in [(4.0, 46..<76), (2, 106..<136)] {
            let found = await forEach(seedCount) { [self] seed in death(sharpe: sharpe, window: window, seed: seed) }
            let counted = found.filter { $0.before >= 2.0 / 20 }
            let dead = Estimates.bootstrap(counted) { drawn in Estimates.median(drawn.map { $0.dead / $0.before }) }
            let alive = Estimates.bootstrap(counted) { drawn in Estimates.median(drawn.map { $0.alive / $0.before }) }
            lines.append(
                Line(
                    "an agent of Sharpe ratio \(Markdown.text(sharpe, 0)) among 20 (three more of 2, two of -2) dies: "
                        + "its weight in days \(window.lowerBound)-\(window.upperBound - 1) over that before; a "
                        + "paired survivor's, medians",
                    asked: "at most .5; at least .8",
                    measured: "\(Markdown.text(dead, 2)); \(Markdown.text(alive, 2)) (\(counted.count) of "
                        + "\(seedCount) had a weight of 2/20)",
                    passes: counted.isEmpty ? false : dead.value <= 0.5 && alive.value >= 0.8,
                    seeds: String(seedCount)))
        }
        return RowResult(lines: lines)
    }

    private func death(
        sharpe: Double, window: Range<Int>, seed: UInt64
    ) -> (before: Double, dead: Double, alive: Double) {
        let dies = 500
        let dayCount = dies + window.upperBound
        let others = [2.0, 2, 2, -2, -2].map(RegimeSkill.steady)
            + [RegimeSkill](repeating: .steady(0), count: 14)
        var watch = Watch()
        watch.weightsOf = [0]
        func weights(_ skill: RegimeSkill) -> [Double] {
            let panel = RegimePanel(
                skills: [skill] + others, shape: .heavyTailed, dayCount: dayCount, seed: 9_000_000 + seed)
            return FleetRun(panel, policy: policy, watch: watch).weights[0]
        }
        func mean(_ values: ArraySlice<Double>) -> Double { Statistics.mean(of: Array(values)) ?? 0 }
        let dead = weights(.during(sharpe, days: 0..<dies))
        let alive = weights(.steady(sharpe))
        let after = dies + window.lowerBound..<dies + window.upperBound
        return (mean(dead[dies - 30..<dies]), mean(dead[after]), mean(alive[after]))
    }

    /// Row 9.
    func copies() async -> RowResult {
        var lines: [Line] = []
        for (shape, sharpes) in [(ReturnShape.normal, [1.0, 2]), (.heavyTailed, [2])] {
            for sharpe in sharpes {
                let originals = await forEach(seeds(40)) { [self] seed in
                    meanWeight(panel(sharpe, shape, seed), of: 1).weight
                }
                for correlation in [1.0, 0.9, 0.5] {
                    let found = await forEach(seeds(40)) { [self] seed in
                        let copied = panel(sharpe, shape, seed).replacingFirst(
                            withCopies: 10, correlation: correlation, shape: shape, seed: 12_000_000 + seed)
                        return meanWeight(copied, of: 10)
                    }
                    let findings = zip(originals, found).map {
                        CopyFinding(original: $0, together: $1.weight, sharedPairs: $1.sharedPairs)
                    }
                    lines.append(copyLine(findings, sharpe, correlation, shape))
                }
            }
        }
        return RowResult(lines: lines)
    }

    private struct CopyFinding: Sendable {
        var original: Double
        var together: Double
        var sharedPairs: Double
    }

    private func copyLine(
        _ found: [CopyFinding], _ sharpe: Double, _ correlation: Double, _ shape: ReturnShape
    ) -> Line {
        let ratio = Estimates.bootstrap(found) { drawn in
            drawn.reduce(0) { $0 + $1.together } / drawn.reduce(0) { $0 + $1.original }
        }
        let shared = Estimates.mean(found.map(\.sharedPairs))
        let original = Estimates.mean(found.map(\.original))
        let isMerged = correlation >= 0.9
        let passes = isMerged ? ratio.value <= 1.25 : shared.value <= 0.05
        return Line(
            "ten copies, correlation \(Markdown.text(correlation, 1)), \(shape.rawValue), of an agent of Sharpe ratio "
                + "\(Markdown.text(sharpe, 0)) among 20: their weight together over the original's alone; pairs in "
                + "one cluster",
            asked: shape != .normal ? "-" : isMerged ? "at most 1.25" : "not merged (at most 5 %)",
            measured: "\(Markdown.text(ratio, 2)); \(Markdown.percent(shared)) (the original's weight: "
                + "\(Markdown.percent(original)))",
            passes: shape == .normal ? passes : nil, seeds: String(found.count))
    }

    private func panel(_ sharpe: Double, _ shape: ReturnShape, _ seed: UInt64) -> RegimePanel {
        let skills = [RegimeSkill.steady(sharpe)] + [RegimeSkill](repeating: .steady(0), count: 19)
        return RegimePanel(skills: skills, shape: shape, dayCount: 750, seed: 11_000_000 + seed)
    }

    /// Of the first members together, after day 120.
    private func meanWeight(_ panel: RegimePanel, of count: Int) -> (weight: Double, sharedPairs: Double) {
        var watch = Watch()
        watch.weightsOf = Array(0..<count)
        watch.clustersOf = watch.weightsOf
        let run = FleetRun(panel, policy: policy, watch: watch)
        let weight = run.weights.reduce(0) { $0 + (Statistics.mean(of: Array($1.dropFirst(120))) ?? 0) }
        return (weight, run.sharedPairs)
    }

    /// Row 10.
    func calibration() async -> RowResult {
        let seedCount = seeds(40)
        let confidence = policy.confidence
        var lines: [Line] = []
        for (rms, asked) in [(0.14, 0.45), (0.3, 0.75), (0.6, 0.9)] {
            let found = await forEach(seedCount) { seed in
                let fleet = HonestyFleet(seed: 13_000_000 + seed, forecastRMS: rms)
                let multipliers = fleet.agents.map { agent in
                    var skill = ForecastSkill()
                    for forecast in agent.forecasts {
                        skill.take(
                            realizedSigmas: forecast.realized, expectedSigmas: forecast.expected, overlapCount: 1,
                            halfLife: confidence.halfLifeSignals, winsorizedAt: confidence.winsorizedAtSigmas)
                    }
                    return skill.multiplier(confidence).value
                }
                let correlation = spearmanCorrelation(multipliers, fleet.agents.map(\.honesty))?.coefficient ?? 0
                return (correlation: correlation, honest: multipliers[multipliers.count - 1])
            }
            let correlation = Estimates.mean(found.map(\.correlation))
            let honest = Estimates.mean(found.map(\.honest))
            lines.append(
                Line(
                    "100 agents that differ in honesty, forecast rms \(Markdown.text(rms, 2)) sigma, 1,000 signals: "
                        + "rank correlation of multiplier and honesty; multiplier of the honest",
                    asked: "at least \(Markdown.text(asked, 2)); at least 1",
                    measured: "\(Markdown.text(correlation, 3)); \(Markdown.text(honest, 3))",
                    passes: correlation.value >= asked && honest.value >= 1, seeds: String(seedCount)))
        }
        return RowResult(lines: lines)
    }
}
