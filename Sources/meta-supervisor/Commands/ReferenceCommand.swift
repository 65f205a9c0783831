import ArgumentParser
import Composition
import Domain
import Ledger
import Swarm

struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "What classical strategies would have signaled on the ledger's prices: yardsticks for your fleet.",
        discussion: """
            Momentum, reversal, breakout, cross-sectional, moving averages, lead-lag, long-only and seeded noise, \
            deciding daily at 00:00 UTC on closed bars only. JSONL on standard output; nothing is changed. An agent \
            that does not beat them has nothing of its own.

            Example:
              meta-supervisor reference --root my-fleet | meta-supervisor ingest signals - --as-history --root my-fleet
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "The symbol that the lead-lag rules follow.")
    var leader = "BTC"

    @Flag(name: .long, help: "Without the two agents that are always long.")
    var withoutBeta = false

    func run() throws {
        let workspace = try Workspace.open(common, mode: .readOnly)
        guard let leader = Symbol(leader) else { throw ValidationError("--leader \(leader) is no symbol") }
        var bars: [Symbol: [Bar]] = [:]
        try workspace.ledger.export(.bar) { batch in
            for series in batch.bars { bars[series.symbol, default: []] += series.bars.map(\.value) }
        }
        guard !bars.isEmpty else { throw Failure("the ledger holds no prices: `ingest prices` first") }
        // A corrected bar is there twice; the first known counts, as it does for fills.
        for symbol in bars.keys.sorted() { bars[symbol] = ReferenceCommand.firstKnown(bars[symbol] ?? []) }
        let agents = ReferenceAgent.classical().filter { !withoutBeta || !$0.isBeta }
        let fleet = ReferenceFleet(bars: bars, agents: agents, leader: leader)
        var sink = RowSink(format: .jsonl)
        for day in fleet.decisionTimes.indices {
            sink.write(fleet.signals(onDay: day).map(ExportRow.written))
        }
        sink.flush()
    }

    private static func firstKnown(_ bars: [Bar]) -> [Bar] {
        var kept: [Bar] = []
        kept.reserveCapacity(bars.count)
        for bar in bars where kept.last.map({ $0.openAt < bar.openAt }) ?? true { kept.append(bar) }
        return kept
    }
}

extension ExportRow {
    /// A signal as an agent would write it: without anything that we know about it.
    static func written(_ signal: Signal) -> ExportRow {
        var row = ExportRow.signal(Dated(signal, knownAt: signal.generatedAt, attestation: .unattested))
        row.cells.removeLast(2)
        return row
    }
}
