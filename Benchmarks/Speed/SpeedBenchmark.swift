import ArgumentParser
import Foundation

/// Measures whole processes against their peers: the table of docs/PERFORMANCE.md.
@main
struct SpeedBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "speed-benchmark",
        abstract: "What each piece of work costs beside its peers, as Markdown.",
        subcommands: [Table.self, Growth.self, RidgeKernel.self, MakeRows.self], defaultSubcommand: Table.self)
}

struct BenchOptions: ParsableArguments {
    @Option(name: .long, help: "The program that is measured.")
    var program = ".build/release/meta-supervisor"

    @Option(name: .long, help: "Where inputs are kept between runs.")
    var cache = ".build-benchmarks/data"

    @Option(name: .long, help: "The folder of the peers' programs.")
    var peers = "scripts/peers"

    @Option(name: .long, help: "The Python in which DuckDB and Polars are installed.")
    var python = "/usr/bin/python3"

    @Option(name: .long, help: "The seed's own confidence_decay.py.")
    var oracle: String?

    @Option(name: .long, help: "How often each contender runs.")
    var rounds = 5

    func bench(scale: Double) throws -> Bench {
        guard access(program, X_OK) == 0 else { throw ValidationError("there is no program \(program): make build") }
        let tell: (String) -> Void = { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
        let cache = try DataCache(folder: absolute(cache), tell: tell)
        let peers = Peers(
            folder: absolute(peers), python: python.contains("/") ? absolute(python) : python,
            buildFolder: cache.folder + "/peers", oracle: oracle.map(absolute))
        return Bench(
            program: absolute(program), cache: cache, peers: peers, scale: scale, rounds: max(1, rounds), tell: tell)
    }

    /// Symbolic links are kept: a virtual environment's Python is one, and knows by its own path where it is.
    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

/// The table itself.
struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The table of docs/PERFORMANCE.md.")

    @OptionGroup var options: BenchOptions

    @Option(name: .long, help: "Only these rows; may be given more than once.")
    var row: [Int] = []

    @Flag(name: .long, help: "A tenth of every size: for comparisons while working.")
    var quick = false

    @Option(name: .long, help: "The share of every size, from 0.001 to 1; in place of --quick.")
    var share: Double?

    @Option(name: .long, help: "A document whose part `table` becomes what is printed.")
    var into: String?

    func run() throws {
        let scale = min(1, max(0.001, share ?? (quick ? 0.1 : 1)))
        let bench = try options.bench(scale: scale)
        var page = Page()
        if scale < 1 { page.write("Sizes: \(Markdown.text(scale * 100, 1)) % of those of the table.\n") }
        page.write(Markdown.head)
        var notes: [String] = []
        var isWrong = false
        for (number, measure) in Bench.rows where row.isEmpty || row.contains(number) {
            let result: SpeedResult
            do { result = try measure(bench) } catch { result = .failed(number, error) }
            page.write(Markdown.lines(number, result))
            for note in result.notes where !notes.contains(note) { notes.append(note) }
            isWrong = isWrong || result.lines.contains { $0.verdict == .wrong || $0.verdict == .failed }
        }
        for note in notes { page.write("\n" + note) }
        if let into { try MeasuredDocument(path: into).replace("table", by: page.text) }
        if isWrong { throw ExitCode(1) }
    }
}

/// For trying a program by hand on what the table is measured on.
struct MakeRows: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-rows", abstract: "Writes rows of reconciled.jsonl to standard output.")

    @Option(name: .long) var rows = 2_000_000
    @Option(name: .long) var agents = 40
    @Option(name: .long) var years = 4

    func run() throws {
        try MadeRows(rowCount: rows, agentCount: agents, years: years).write(to: STDOUT_FILENO)
    }
}
