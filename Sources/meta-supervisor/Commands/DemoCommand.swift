import ArgumentParser
import Composition
import Domain
import Files
import Foundation
import Ledger
import Operation
import Reporting
import Settings
import Supervision
import Swarm

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Half a year of a seeded market and a fleet of known skill, supervised day by day.",
        discussion: """
            26 agents: skilled, lucky, noisy, inflated, decaying, copying, silent, backdating, and one that writes \
            broken lines. Everything goes through the same ledger, fold and report as your own fleet would, and the \
            bytes are the same every time. At the end, what was true of each kind and what was detected.

            Examples:
              meta-supervisor demo
              meta-supervisor demo --keep my-demo     # then: meta-supervisor explain aurora --root my-demo
            """)

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    @OptionGroup var output: OutputOptions

    @Option(name: .long, help: ArgumentHelp("Keep the folder with its ledger and files here.", valueName: "dir"))
    var keep: String?

    @Option(name: .long, help: "Another market and other luck.")
    var seed = FleetSettings.demonstrationSeed

    func run() throws {
        let folder: String
        if let keep {
            guard !FileManager.default.fileExists(atPath: keep) else {
                throw Failure("\(keep) exists already; a demonstration begins with an empty folder")
            }
            folder = keep
        } else {
            let place = FileManager.default.temporaryDirectory.appendingPathComponent(
                "meta-supervisor-demo-\(getpid())")
            folder = place.path
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { if keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let demonstration = try Demonstration(folder: folder, seed: seed, isQuiet: quiet)
        let report = try demonstration.supervise()
        if output.json {
            Console.print(bytes: JSONReport.bytes(report))
            return
        }
        let style = Style.current
        Console.print(TextReport.text(report, options: TextOptions(isFull: true, style: style)), terminator: "")
        Console.print(
            DetectionTable.text(report, fleet: demonstration.fleet, counts: demonstration.countsByAgent, style: style),
            terminator: "")
        if let keep {
            Console.print(
                "\nKept in \(keep). Try: meta-supervisor explain aurora --root \(keep) --as-of \(report.asOf)")
        } else {
            Console.print("\nTo look around in it: meta-supervisor demo --keep my-demo")
        }
    }
}

/// The simulated half year, fed to the real ledger by a watcher who never sleeps.
final class Demonstration {
    let fleet: SimulatedFleet
    private(set) var countsByAgent: [AgentID: IngestCounts] = [:]
    private let workspace: Workspace
    private let folder: String
    private let isQuiet: Bool

    init(folder: String, seed: UInt64, isQuiet: Bool) throws {
        fleet = SimulatedFleet(.demonstration(seed: seed))
        self.folder = folder
        self.isQuiet = isQuiet
        // The demonstration's clock stands still: every fact is stamped with the moment at which it was written.
        let start = fleet.settings.market.startAt
        let settings = try SettingsLayers().resolve(readFile: { _ throws(SettingsError) in nil })
        workspace = Workspace(
            root: folder, settings: settings,
            ledger: try LedgerFile.open(at: Workspace.ledgerPath(folder), mode: .readWrite),
            clock: Clock { start }, input: .live(root: folder), isQuiet: isQuiet,
            logger: Log.logger(settings.runtime, isQuiet: isQuiet, isVerbose: false))
    }

    func supervise() throws -> Report {
        _ = try workspace.recordPolicy(reason: "demonstration")
        let bar = ProgressBar("supervising", isQuiet: isQuiet)
        defer { bar.finish() }
        let mode = try workspace.schedule()
        let runner = workspace.cycle.runner
        var fold = Fold(mode: mode)
        var last = fleet.settings.market.startAt
        for (index, day) in fleet.days.enumerated() {
            last = day.startAt + .day
            try take(day)
            try runner.run(&fold, asOf: last, savesSnapshots: false)
            bar.show(Double(index + 1) / Double(fleet.days.count), day.startAt.day)
        }
        return try workspace.cycle.run(mode, asOf: last).report
    }

    private static let signals = SourceDescription(
        name: "alpha/events.jsonl", path: nil, kind: .signals, isWatched: true)
    private static let telemetry = SourceDescription(
        name: "telemetry/events.jsonl", path: nil, kind: .telemetry, isWatched: true)
    private static let prices = SourceDescription(
        name: "prices/hourly.csv", path: nil, kind: .prices, barLength: .hours(1), isWatched: true)

    /// One day's lines, each stamped with the moment at which it was written.
    private func take(_ day: FleetDay) throws {
        let end = day.startAt + .day
        var batch = IngestBatch(source: Demonstration.signals, facts: [], recordedAt: end)
        for (index, line) in day.signals.enumerated() {
            let counts = add(
                Array(line.text.utf8), writtenAt: line.writtenAt, number: Int64(index + 1), to: &batch)
            countsByAgent[line.agent, default: IngestCounts()] += counts
        }
        _ = try workspace.ledger.factLog.append(batch)
        var runs = IngestBatch(source: Demonstration.telemetry, facts: [], recordedAt: end)
        for (index, line) in day.telemetry.enumerated() {
            _ = add(Array(line.text.utf8), writtenAt: line.writtenAt, number: Int64(index + 1), to: &runs)
        }
        _ = try workspace.ledger.factLog.append(runs)
        let bars = day.prices.enumerated().map { index, line in
            StampedFact(
                fact: .bar(line.symbol, line.bar), knownAt: line.bar.closeAt, attestation: .attested,
                lineNumber: Int64(index + 1))
        }
        _ = try workspace.ledger.factLog.append(
            IngestBatch(source: Demonstration.prices, facts: bars, recordedAt: end))
        try write(day)
    }

    private func add(
        _ bytes: [UInt8], writtenAt: Timestamp, number: Int64, to batch: inout IngestBatch
    ) -> IngestCounts {
        let source = batch.source ?? Demonstration.signals
        let chunk = SourceChunk(
            lines: [SourceLine(number: number, content: workspace.input.parse(bytes, source))],
            position: SourcePosition(
                name: source.name, device: 0, inode: 0, offset: 0, lineCount: 0, headDigest: StableHash(),
                lookedAt: writtenAt, header: "", generation: 0),
            modifiedAt: writtenAt, remarks: [], bytesRead: 0, bytesTotal: nil, bytesOfLine: { _ in bytes })
        let stamping = Stamping(
            recordedAt: writtenAt, modifiedAt: writtenAt, lookedAt: writtenAt - .minutes(1), isHistory: false,
            grace: workspace.settings.policy.grace)
        let one = Ingest.batch(chunk, of: source, stamping: stamping)
        batch.facts += one.facts
        batch.quarantined += one.quarantined
        batch.blankCount += one.blankCount
        var counts = IngestCounts()
        counts.lines = 1
        counts.quarantined = one.quarantined.count
        counts.late = one.facts.count { $0.attestation == .late }
        return counts
    }

    /// The same lines as files, to be looked at.
    private func write(_ day: FleetDay) throws {
        let files = workspace.publisher.files
        func append(_ path: String, _ text: String) throws {
            guard !text.isEmpty else { return }
            let length = try files.length(path) ?? 0
            try files.append(path, length, Array(text.utf8))
        }
        try append("alpha/events.jsonl", day.signals.map { $0.text + "\n" }.joined())
        try append("telemetry/events.jsonl", day.telemetry.map { $0.text + "\n" }.joined())
        let isFirst = try files.length("prices/hourly.csv") == nil
        try append(
            "prices/hourly.csv", (isFirst ? PriceLine.header + "\n" : "") + day.prices.map { $0.csv + "\n" }.joined())
    }
}
