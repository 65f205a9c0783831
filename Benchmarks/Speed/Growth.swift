import ArgumentParser
import Foundation

/// How cost grows: one series for each thing that there can be more of.
struct Growth: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How cost grows with rows, outcomes, agents, symbols and years, as Markdown and a log-log plot.")

    @OptionGroup var options: BenchOptions

    @Option(name: .long, help: "The share of every size, from 0.001 to 1.")
    var share = 1.0

    @Option(name: .long, help: "Only these: rows, outcomes, agents, years, symbols; may be given more than once.")
    var series: [String] = []

    @Option(name: .long, help: "Where the plot is written; without it there is none.")
    var svg: String?

    @Option(name: .long, help: "A document whose part `growth` becomes what is printed.")
    var into: String?

    func run() throws {
        let bench = try options.bench(scale: 1)
        var page = Page()
        var panels: [LogLogPlot.Panel] = []
        page.write("| what grows | work | measured | slope |")
        page.write("|---|---|---|---|")
        for plan in plans where series.isEmpty || series.contains(plan.name) {
            var panel = LogLogPlot.Panel(title: plan.title, xLabel: plan.name, points: [])
            for size in plan.sizes {
                let scaled = max(1, Int((Double(size) * (plan.isScaled ? share : 1)).rounded()))
                let samples = try plan.measure(bench, scaled)
                panel.points.append((Double(scaled), samples.medianSeconds))
                bench.tell("\(plan.name) \(Markdown.grouped(scaled)): \(samples.text)")
            }
            panels.append(panel)
            let points = panel.points.map { point in
                "\(Markdown.grouped(Int(point.x))): \(Samples.time(point.y))"
            }
            page.write(
                "| \(plan.name) | \(plan.title) | \(points.joined(separator: "; ")) "
                    + "| \(Markdown.text(panel.slope, 2)) |")
        }
        if let into { try MeasuredDocument(path: into).replace("growth", by: page.text) }
        if let svg { try DataFile.make(svg) { try DataFile.write(Array(LogLogPlot(panels: panels).svg.utf8), to: $0) } }
    }

    private struct Plan {
        var name: String
        var title: String
        var sizes: [Int]
        var isScaled = true
        var measure: (Bench, Int) throws -> Samples
    }

    private var plans: [Plan] {
        [
            Plan(
                name: "rows", title: "confidence --policy seed, 40 agents",
                sizes: [10_000, 100_000, 1_000_000, 10_000_000], measure: Growth.confidence),
            Plan(
                name: "outcomes", title: "rebuild, 1,000 agents, 3 years",
                sizes: [10_000, 100_000, 1_000_000, 10_000_000], measure: Growth.rebuild),
            Plan(
                name: "agents", title: "replay, 1 year, 6 symbols", sizes: [10, 30, 100, 300, 1_000, 2_000],
                measure: { try Growth.replay($0, ReplayFleet(agentCount: $1, years: 1)) }),
            Plan(
                name: "years", title: "replay, 200 agents, 6 symbols", sizes: [1, 2, 3, 4], isScaled: false,
                measure: { try Growth.replay($0, ReplayFleet(agentCount: 200, years: $1)) }),
            Plan(
                name: "symbols", title: "replay, 200 agents, 1 year", sizes: [1, 3, 6, 12, 24], isScaled: false,
                measure: { try Growth.replay($0, ReplayFleet(agentCount: 200, years: 1, symbolCount: $1)) }),
        ]
    }

    private static func confidence(_ bench: Bench, _ rowCount: Int) throws -> Samples {
        let rows = MadeRows(rowCount: rowCount, agentCount: 40, years: 4)
        let root = try bench.cache.reconciled(rows)
        defer { if rowCount > 2_000_000 { try? bench.cache.remove(root) } }
        return try Contender.race([bench.seedContender(root)], rounds: bench.rounds)[0]
    }

    private static func rebuild(_ bench: Bench, _ outcomeCount: Int) throws -> Samples {
        let ledger = try bench.outcomeLedger(outcomeCount)
        return try Contender.race(
            [Contender("rebuild", bench.rebuildProcess(ledger))], rounds: min(bench.rounds, 2), warmUp: false)[0]
    }

    private static func replay(_ bench: Bench, _ fleet: ReplayFleet) throws -> Samples {
        let ledger = try bench.replayLedger(fleet)
        defer { try? bench.cache.remove(ledger.root) }
        return try Contender.race(
            [Contender("replay", bench.replayProcess(ledger, policies: ["standard"]))], rounds: 1, warmUp: false)[0]
    }
}
