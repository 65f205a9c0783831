import Domain
import Statistics
import Swarm

// Rows 4 to 7: who is promoted and who is killed, and after how long.

extension Bench {
    /// Verdicts do not look at weights: the same gates over the simplest allocation, in half the time.
    private var gatesAlone: Policy {
        var simple = policy
        simple.allocation = Policy.equalWeight.allocation
        return simple
    }

    /// Row 4.
    func falsePromotions() async -> RowResult {
        let policy = gatesAlone
        let dayCount = 730
        var lines: [Line] = []
        for (number, shape) in ReturnShape.allCases.enumerated() {
            let runs = seeds(10_000)
            let found = await forEach(runs) { seed in
                let path = ReturnPath(shape, seed: UInt64(number + 1) * 1_000_000 + seed, stream: "single")
                return SingleRun(path, dayCount: dayCount, policy: policy).promotedAfter < .infinity
            }
            lines.append(nullLine("one agent, net mean 0, two years, \(shape.rawValue): promoted", found))
        }
        for (number, shape) in ReturnShape.allCases.enumerated() {
            let found = await forEach(seeds(125)) { seed in
                let panel = RegimePanel(
                    skills: [RegimeSkill](repeating: .steady(0), count: 40), shape: shape, volatility: 0.02,
                    dayCount: dayCount, seed: UInt64(number + 1) * 1_000_000 + seed)
                return Self.promotesAnybody(panel, policy)
            }
            lines.append(nullLine("a fleet of 40 of them, \(shape.rawValue): anybody promoted", found))
        }
        var market = RegimeMarketSettings()
        market.annualDrift = 1
        var holding = RegimeHolding()
        holding.side = .longOnly
        holding.roundTripBps = 0
        let (rising, longOnly) = (market, holding)
        for (title, count, fleets) in [("one long-only random agent", 1, 2_000), ("40 of them", 40, 125)] {
            let found = await forEach(seeds(fleets)) { seed in
                let panel = RegimePanel(
                    skills: [RegimeSkill](repeating: .steady(0), count: count), dayCount: dayCount, market: rising,
                    holding: longOnly, seed: 5_000_000 + seed)
                return Self.promotesAnybody(panel, policy)
            }
            lines.append(nullLine("\(title), market up 100 % a year: anybody promoted", found))
        }
        return RowResult(lines: lines)
    }

    private static func promotesAnybody(_ panel: RegimePanel, _ policy: Policy) -> Bool {
        var watch = Watch()
        watch.stopsAtPromotion = true
        return FleetRun(panel, policy: policy, watch: watch).promotedAfter.contains { $0 < .infinity }
    }

    private func nullLine(_ title: String, _ found: [Bool]) -> Line {
        let share = Estimates.share(found.count { $0 }, of: found.count)
        return Line(
            title, asked: "at most 5 %", measured: Markdown.percent(share), passes: share.value <= 0.05,
            seeds: String(found.count))
    }

    /// Row 5.
    func power() async -> RowResult {
        let policy = gatesAlone
        var lines: [Line] = []
        for sharpe in [1.0, 2, 3] {
            for (number, shape) in [ReturnShape.normal, .heavyTailed].enumerated() {
                let days = await forEach(seeds(sharpe == 2 ? 1_000 : 500)) { seed in
                    let path = ReturnPath(
                        shape, mean: dailyMean(ofAnnualSharpe: sharpe, volatility: 0.02),
                        seed: 6_000_000 + UInt64(number) * 100_000 + seed, stream: "single")
                    return SingleRun(path, dayCount: sharpe == 1 ? 3_650 : 1_825, policy: policy).promotedAfter
                }
                let middle = Estimates.bootstrap(days) { Estimates.median($0) }
                let never = Estimates.share(days.count { $0 == .infinity }, of: days.count)
                lines.append(
                    Line(
                        "one agent, true Sharpe ratio \(Markdown.text(sharpe, 0)), \(shape.rawValue): median days to "
                            + "promotion",
                        asked: sharpe == 2 ? "at most 560" : "-",
                        measured: "\(Markdown.text(middle, 0)) (never in \(sharpe == 1 ? 10 : 5) years: "
                            + "\(Markdown.percent(never)))",
                        passes: sharpe == 2 ? middle.value <= 560 : nil, seeds: String(days.count)))
            }
        }
        return RowResult(lines: lines)
    }

    /// Row 6.
    func fiveOfForty() async -> RowResult {
        let policy = gatesAlone
        let fleets = await forEach(seeds(60)) { seed in
            let skills = [RegimeSkill](repeating: .steady(2), count: 5)
                + [RegimeSkill](repeating: .steady(0), count: 35)
            let panel = RegimePanel(
                skills: skills, shape: .normal, dayCount: 2_000, seed: 7_000_000 + seed)
            let days = FleetRun(panel, policy: policy).promotedAfter
            return (skilled: Array(days.prefix(5)), falseCount: days.dropFirst(5).count { $0 < .infinity })
        }
        let middle = Estimates.bootstrap(fleets) { drawn in Estimates.median(drawn.flatMap(\.skilled)) }
        let bound = 1.75 * 569
        return RowResult(lines: [
            Line(
                "five of 40 with Sharpe ratio 2: median days to promotion of the five",
                asked: "at most \(Markdown.text(bound, 0))",
                measured: "\(Markdown.text(middle, 0)) (others promoted: "
                    + "\(Markdown.text(Estimates.mean(fleets.map { Double($0.falseCount) }), 2)) a fleet)",
                passes: middle.value <= bound, seeds: String(fleets.count))
        ])
    }

    /// Row 7.
    func kills() async -> RowResult {
        let policy = gatesAlone
        var lines: [Line] = []
        for (shapeNumber, shape) in [ReturnShape.normal, .heavyTailed].enumerated() {
            for (number, sharpe) in [2.0, 0, -1].enumerated() {
                let runs = seeds(1_000)
                let found = await forEach(runs) { seed in
                    let path = ReturnPath(
                        shape, mean: dailyMean(ofAnnualSharpe: sharpe, volatility: 0.02),
                        seed: 8_000_000 + UInt64(shapeNumber * 10 + number) * 10_000 + seed, stream: "single")
                    return SingleRun(path, dayCount: 730, policy: policy, untilKilled: true).killedAfter < .infinity
                }
                let share = Estimates.share(found.count { $0 }, of: runs)
                lines.append(
                    Line(
                        "killed within two years, true Sharpe ratio \(Markdown.text(sharpe, 0)), \(shape.rawValue)",
                        asked: sharpe == 2 ? "at most 5 %" : sharpe == 0 ? "-" : "at least 85 %",
                        measured: Markdown.percent(share),
                        passes: sharpe == 2 ? share.value <= 0.05 : sharpe == 0 ? nil : share.value >= 0.85,
                        seeds: String(runs)))
            }
        }
        return RowResult(lines: lines)
    }
}
