import ArgumentParser
import Domain
import Foundation

/// Measures what the supervisor's decisions reach where the truth is known: the table of docs/METHODS.md.
@main
struct QualityBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality-benchmark",
        abstract: "What a policy reaches in regimes whose truth is known, with standard errors, as Markdown.")

    @Option(name: .long, help: "The policy that is measured, by its name.")
    var policy = "standard"

    @Option(name: .long, help: "KEY=VALUE, a setting of the policy; may be given more than once.")
    var set: [String] = []

    @Option(name: .long, help: "Only these rows; may be given more than once.")
    var row: [Int] = []

    @Flag(name: .long, help: "A tenth of the seeds: for comparisons while working.")
    var quick = false

    @Option(name: .long, help: "The share of the seeds, from 0.01 to 1; in place of --quick.")
    var share: Double?

    @Option(name: .long, help: "The folder of recorded data, for rows 11 and 12.")
    var recorded: String?

    @Option(name: .long, help: "How many seeds are worked on at once.")
    var workers = max(1, min(8, ProcessInfo.processInfo.activeProcessorCount))

    func run() async throws {
        let measured = try resolvedPolicy()
        let bench = Bench(
            policy: measured, seedShare: seedShare, workers: workers, recordedFolder: recorded)
        write("Policy \(policy)\(set.map { ", " + $0 }.joined()), fingerprint \(measured.fingerprint)"
            + (seedShare < 1 ? "; only \(Markdown.text(seedShare * 100, 0)) % of the seeds" : "") + ".\n")
        write(Markdown.head)
        var notes: [String] = []
        let clock = ContinuousClock()
        for (number, measure) in Bench.rows where row.isEmpty || row.contains(number) {
            let begin = clock.now
            let result = try await measure(bench)
            let seconds = Double((clock.now - begin).components.seconds)
            write(Markdown.lines(number, result, seconds: seconds))
            notes += result.notes.map { "Row \(number). " + $0 }
        }
        for note in notes { write("\n" + note) }
    }

    private var seedShare: Double { min(1, max(0.01, share ?? (quick ? 0.1 : 1))) }

    private func resolvedPolicy() throws -> Policy {
        guard var resolved = Policy.named(policy) else {
            throw ValidationError("--policy \(policy): there are \(Policy.names.joined(separator: ", "))")
        }
        for assignment in set {
            let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let key = Policy.keys.first(where: { $0.key == parts[0] }) else {
                throw ValidationError("--set \(assignment): no such setting; `settings` of meta-supervisor lists them")
            }
            guard let value = key.shape.parse(parts[1]) else {
                throw ValidationError("--set \(assignment): \(parts[0]) takes \(key.shape.description)")
            }
            key.write(&resolved, value)
        }
        try resolved.validate()
        return resolved
    }

    /// At once, so that a row can be read while the next is being measured.
    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}

/// What every row needs.
struct Bench: Sendable {
    var policy: Policy
    /// 1, or less to be quick.
    var seedShare: Double
    var workers: Int
    var recordedFolder: String?

    /// So many of the seeds that the whole table takes, at least two.
    func seeds(_ count: Int) -> Int { max(2, Int(exactly: (Double(count) * seedShare).rounded()) ?? count) }

    func forEach<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (_ seed: UInt64) -> Result
    ) async -> [Result] {
        await forEachSeed(count, workers: workers, body)
    }

    static let rows: [(number: Int, measure: @Sendable (Bench) async throws -> RowResult)] = [
        (1, { await $0.mixedFleet() }), (2, { await $0.noSkill() }), (3, { await $0.episodes() }),
        (4, { await $0.falsePromotions() }), (5, { await $0.power() }), (6, { await $0.fiveOfForty() }),
        (7, { await $0.kills() }), (8, { await $0.death() }), (9, { await $0.copies() }),
        (10, { await $0.calibration() }), (11, { try await $0.recordedAgents() }),
        (12, { try await $0.nothingWorks() }),
    ]
}
