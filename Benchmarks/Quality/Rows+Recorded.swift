import Books
import Domain
import Statistics
import Swarm

// Rows 11 and 12: recorded markets, and markets in which nothing works.

extension Bench {
    private static let skipped =
        "there are no recorded prices: name their folder by --recorded (`make bench-quality RECORDED=...`)."

    private var recordedPolicy: Policy {
        var policy = policy
        policy.costs.roundTripBps = 6
        return policy
    }

    /// Row 11.
    func recordedAgents() async throws -> RowResult {
        guard let folder = recordedFolder, let market = try RecordedMarket(folder: folder) else {
            return RowResult(lines: [Line("classical agents on recorded prices", measured: "skipped", seeds: "-")],
                notes: [Self.skipped])
        }
        let policy = recordedPolicy
        let found = await forEach(2) { seed in
            let fleet = market.fleet(withBeta: seed == 1)
            let days = market.days(of: fleet)
            let books = RecordedBooks(fleet, days, policy: policy)
            return (
                fold: RecordedFold(days, policy: policy),
                frontier: Self.frontier(books, policy: policy), best: Self.bestAgent(books)
            )
        }
        var result = RowResult(lines: [])
        for (which, name) in zip(found, ["with the two beta agents", "without them"]) {
            let gap = Self.sharpeGap(which.fold.netReturns, which.fold.equalWeightReturns)
            result.lines.append(
                Line(
                    "classical agents on \(market.bars.count) recorded pairs, \(name): Sharpe ratio of the whole "
                        + "supervisor less equal weight's",
                    asked: "at least 1.0",
                    measured: "\(Markdown.text(gap, 2)) (\(Self.sharpeText(which.fold.netReturns)) less "
                        + "\(Self.sharpeText(which.fold.equalWeightReturns)); best agent in hindsight "
                        + "\(Markdown.text(which.best, 2)))",
                    passes: gap.value >= 1, seeds: "\(which.fold.netReturns.count) days"))
            result.notes.append(Self.frontierTable(which.frontier, which.fold, name))
        }
        result.notes.append(
            "Survivorship: only pairs that traded from the first to the last day are in it; those that vanished are "
                + "not, so that whatever is long looks better than it was. Costs: 3 bps a unit of turnover, the books' "
                + "and the capital's alike. The frontier drives the books through the deciding part alone, with "
                + "neutral multipliers and everybody there from the first day; the first line of each table is the "
                + "whole supervisor.")
        return result
    }

    private struct FrontierPoint: Sendable {
        var name: String
        var run: FleetRun
    }

    private static func frontier(_ books: RecordedBooks, policy: Policy) -> [FrontierPoint] {
        var points: [FrontierPoint] = []
        for rule in PriorRule.allCases {
            for isGated in [false, true] {
                var tried = policy
                tried.allocation.prior = rule
                if !isGated {
                    tried.allocation.fleetGateHalfLifeDays = nil
                    tried.allocation.volatilityTargetPercent = nil
                    tried.allocation.brakeFromSigmas = nil
                }
                points.append(
                    FrontierPoint(
                        name: rule.rawValue + (isGated ? ", gated" : ", always invested"),
                        run: FleetRun(books.history, policy: tried)))
            }
        }
        points.append(FrontierPoint(name: "policy inverse-volatility", run: FleetRun(books.history, policy: priced(
            .inverseVolatility, as: policy))))
        points.append(FrontierPoint(name: "policy equal-weight", run: FleetRun(books.history, policy: priced(
            .equalWeight, as: policy))))
        return points
    }

    private static func priced(_ policy: Policy, as other: Policy) -> Policy {
        var policy = policy
        policy.costs = other.costs
        return policy
    }

    /// The greatest Sharpe ratio of a book.
    private static func bestAgent(_ books: RecordedBooks) -> Double {
        books.standings.indices.map { member in
            Estimates.sharpe(books.marks.map { $0[member]?.netReturn ?? 0 })
        }.max() ?? 0
    }

    private static func frontierTable(_ points: [FrontierPoint], _ fold: RecordedFold, _ name: String) -> String {
        var text = "The frontier, \(name):\n\n| rule | Sharpe ratio | bps a day | maximal drawdown | in cash | "
            + "turnover a day |\n|---|---|---|---|---|---|\n"
        func line(_ name: String, _ returns: [Double], cash: Double, turnover: Double) {
            let bps = Estimates.mean(returns.map { $0 * 10_000 })
            let drawdown = maxDrawdown(ofReturns: returns)?.fraction ?? 0
            text += "| \(name) | \(sharpeText(returns)) | \(Markdown.text(bps, 2)) | "
                + "\(Markdown.text(drawdown * 100, 0)) % | \(Markdown.text(cash * 100, 0)) % | "
                + "\(Markdown.text(turnover, 3)) |\n"
        }
        line("**the whole supervisor**", fold.netReturns, cash: fold.cash, turnover: fold.turnover)
        for point in points {
            line(
                point.name, point.run.netReturns, cash: 1 - (Statistics.mean(of: point.run.invested) ?? 0),
                turnover: Statistics.mean(of: point.run.turnover) ?? 0)
        }
        return text
    }

    private static func sharpeText(_ returns: [Double]) -> String {
        guard let ratio = sharpeRatio(ofReturns: returns) else { return "n/a" }
        return Markdown.text(
            Measured(
                value: ratio.annualized(periodsPerYear: 365),
                standardError: ratio.annualizedStandardError(periodsPerYear: 365)), 2)
    }

    /// Paired, its error by a bootstrap over blocks of twenty days (Politis & Romano 1992).
    private static func sharpeGap(_ own: [Double], _ equal: [Double]) -> Measured {
        let pairs = Array(zip(own, equal))
        let blocks = stride(from: 0, to: pairs.count, by: 20).map { Array(pairs[$0..<min($0 + 20, pairs.count)]) }
        return Estimates.bootstrap(blocks) { drawn in
            let days = drawn.flatMap { $0 }
            return Estimates.sharpe(days.map(\.0)) - Estimates.sharpe(days.map(\.1))
        }
    }

    /// Row 12.
    func nothingWorks() async throws -> RowResult {
        var lines: [Line] = []
        var means: [Measured] = []
        let seedCount = seeds(24)
        for regime in DeadRegime.all {
            let policy = policy
            let found = await forEach(seedCount) { seed in
                FleetSummary(FleetRun(regime.panel(seed: 30_000 + seed), policy: policy))
            }
            note(regime.name, found, &means, &lines)
        }
        var result = RowResult(lines: [])
        if let folder = recordedFolder, let market = try RecordedMarket(folder: folder) {
            let policy = recordedPolicy
            let fleet = market.fleet(withBeta: false)
            let days = market.days(of: fleet)
            for isWhole in [false, true] {
                let found = await forEach(seeds(8)) { seed in
                    let flip = isWhole ? SignFlip.wholeFleet(seed: seed) : .eachPosition(seed: seed)
                    return FleetSummary(
                        FleetRun(RecordedBooks(fleet, days, policy: policy, flip: flip).history, policy: policy))
                }
                note(
                    "recorded agents, signs drawn every 21 days "
                        + (isWhole ? "for the whole fleet" : "for each agent and pair"), found, &means, &lines)
            }
        } else {
            result.notes.append("Without recorded agents: " + Self.skipped)
        }
        let (pooled, bound) = Self.pooled(means)
        let simulated = Self.pooled(Array(means.prefix(DeadRegime.all.count)))
        result.lines = [
            Line(
                "nothing works: 95 % upper bound of the loss, bps a day, \(means.count) regimes pooled",
                asked: "at most .3",
                measured: "\(Markdown.text(bound, 3)) (mean \(Markdown.text(pooled, 3)); simulated ones alone "
                    + "\(Markdown.text(simulated.bound, 3)))",
                passes: bound <= 0.3, seeds: String(seedCount))
        ] + lines
        return result
    }

    /// The mean over regimes, each counting the same, and the upper end of what the loss may be, at 95 %.
    private static func pooled(_ means: [Measured]) -> (mean: Measured, bound: Double) {
        let count = Double(means.count)
        let squares = means.reduce(0) { $0 + ($1.standardError ?? 0) * ($1.standardError ?? 0) }
        let mean = Measured(
            value: means.reduce(0) { $0 + $1.value } / count, standardError: squares.squareRoot() / count)
        return (mean, -mean.value + 1.645 * (mean.standardError ?? 0))
    }

    private func note(_ name: String, _ found: [FleetSummary], _ means: inout [Measured], _ lines: inout [Line]) {
        let bps = Estimates.mean(found.map(\.bpsADay))
        means.append(bps)
        lines.append(
            Line(
                "- " + name,
                measured: "\(Markdown.text(bps, 3)); out of cash "
                    + Markdown.percent(Estimates.mean(found.map(\.lateInvested))),
                seeds: String(found.count)))
    }
}

/// A market in which no agent has an edge.
struct DeadRegime: Sendable {
    var name: String
    var agentCount = 40
    var market = RegimeMarketSettings()
    var holding = RegimeHolding()
    var sharpe = 0.0

    func panel(seed: UInt64) -> RegimePanel {
        RegimePanel(
            skills: [RegimeSkill](repeating: .steady(sharpe), count: agentCount), dayCount: 1_000, market: market,
            holding: holding, seed: seed)
    }

    static let all: [DeadRegime] = {
        var free = DeadRegime(name: "noise on 8 instruments, own trading free")
        free.holding.roundTripBps = 0
        let charged = DeadRegime(name: "the same, own trading charged")
        var narrow = free
        narrow.name = "two instruments that move together: few bets"
        narrow.market.instrumentCount = 2
        narrow.market.commonShare = 0.8
        var wild = free
        wild.name = "twice as volatile, volatility that lasts"
        wild.market.dailyVolatility = 0.06
        wild.market.variancePersistence = 0.89
        var small = free
        small.name = "six agents"
        small.agentCount = 6
        var slow = free
        slow.name = "positions held for months"
        slow.holding.dailyChange = 0.01
        var bad = free
        bad.name = "everybody at a Sharpe ratio of -0.5"
        bad.sharpe = -0.5
        return [free, charged, narrow, wild, small, slow, bad]
    }()
}
