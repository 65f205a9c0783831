import ArgumentParser
import Composition
import Domain
import Files
import Foundation
import Ledger
import Operation

extension SourceKind: ExpressibleByArgument {}

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Reads signals, prices, telemetry or reconciled rows into the ledger.",
        discussion: """
            JSONL or CSV, plain or gzip; `-` is standard input. Without a kind, everything found under --root by its \
            name. Every line ends as a fact, a duplicate, a blank, or in the quarantine, and the counts add up:
            lines = blank + header + ignored + accepted + duplicates + rejected.

            Foreign logs are read through a mapping file (docs/MAPPING.md).

            Examples:
              meta-supervisor ingest prices BTCUSDT_1h.csv.gz ETHUSDT_1h.csv.gz --as-history
              meta-supervisor ingest signals decisions.jsonl --mapping decisions.mapping.json --as-history
              my-agent | meta-supervisor ingest signals -
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "signals, prices, telemetry or reconciled; nothing for all files found by their names.")
    var kind: SourceKind?

    @Argument(help: "The files.", completion: .file())
    var files: [String] = []

    @Option(name: .long, help: ArgumentHelp("How to read a foreign log.", valueName: "file"), completion: .file())
    var mapping: String?

    @Option(name: .long, help: "The symbol of prices whose file and name say none.")
    var symbol: String?

    @Option(name: .long, help: ArgumentHelp("The length of a bar, where nothing says it.", valueName: "1h|30m|1d"))
    var bar: String?

    @Flag(name: .long, help: "All of it is history: believed for reports and replay, never for a promotion.")
    var asHistory = false

    @Flag(name: .long, help: "Exit with 2 if a line was rejected.")
    var strict = false

    func validate() throws {
        if kind != nil && files.isEmpty { throw ValidationError("name the files to read, or - for standard input") }
        if kind == nil && (mapping != nil || symbol != nil || bar != nil) {
            throw ValidationError("--mapping, --symbol and --bar go with a kind and files")
        }
        if let bar, SourceDescription.barLength(bar) == nil {
            throw ValidationError("--bar \(bar) is no length: write 1m, 30m, 1h, 4h, 1d or the like")
        }
    }

    func run() throws {
        let workspace = try Workspace.open(common, mode: .readWrite)
        let summaries: [Ingest.Summary]
        if let kind {
            let path = mapping.map { $0.hasPrefix("/") ? $0 : Workspace.absolute($0) }
            if let path { try InputFiles.checkMapping(path, kind: kind) }
            // A watched file may come later; one named by hand is there, or its name is mistyped.
            for file in files where file != "-" && !FileManager.default.fileExists(atPath: file) {
                throw Failure("there is no file \(file); nothing was read")
            }
            let sources = files.map { file in
                SourceDescription.file(
                    file, root: common.root, kind: kind, mappingPath: path, symbol: symbol,
                    barLength: bar.flatMap(SourceDescription.barLength))
            }
            summaries = try Reading.read(sources, workspace, asHistory: asHistory, isQuiet: common.quiet)
        } else {
            summaries = try Reading.all(workspace, asHistory: asHistory, isQuiet: common.quiet)
        }
        if output.json { Reading.json(summaries) } else { Reading.printText(summaries) }
        try Reading.demandAllRead(summaries)
        if strict, Reading.total(summaries).quarantined > 0 { throw ExitCode(2) }
    }
}
