import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting
import Settings

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints the report at any moment, under any policy; changes nothing.",
        discussion: """
            With --policy or --set it is a what-if: all of history judged under that policy. The same facts, policy \
            and moment give the same bytes, whenever it is asked.

            Examples:
              meta-supervisor report --root my-fleet
              meta-supervisor report --root my-fleet --as-of 2025-10-20T00:00:00Z
              meta-supervisor report --root my-fleet --policy seed
              meta-supervisor report --root my-fleet --set costs.roundTripBps=3 --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Adds the record of the last run: when, where, how long, by which program.")
    var manifest = false

    @Flag(name: .long, help: "Every agent, however many.")
    var full = false

    @Flag(name: .long, help: "One self-contained page, in place of text.")
    var html = false

    func validate() throws {
        if html && manifest { throw ValidationError("--manifest goes with text or --json") }
        if html && output.json { throw ValidationError("--html and --json are two answers; choose one") }
    }

    func run() throws {
        let workspace = try Workspace.open(common, policy, mode: .readOnly)
        let report = try Looking.report(workspace, policy, moment, isQuiet: common.quiet).report
        let record = manifest ? try workspace.ledger.runLog.list(1).first : nil
        if output.json {
            let bytes = JSONReport.bytes(report)
            Console.print(bytes: record.map { Manifest.joined(to: bytes, $0) } ?? bytes)
        } else if html {
            Console.print(bytes: HTMLReport.bytes(report))
        } else {
            Console.print(
                TextReport.text(report, options: .fitting(workspace.settings.runtime, isFull: full)), terminator: "")
        }
        if let record, !output.json, !html { Manifest.text(record) }
    }
}

/// The record of a run.
enum Manifest {
    private static func rows(_ record: RunRecord) -> [(String, String)] {
        [
            ("run", record.runID), ("command", record.command), ("as_of", "\(record.asOf)"),
            ("started_at", "\(record.startedAt)"), ("duration_ms", "\(record.durationMilliseconds)"),
            ("host", record.host), ("program_version", record.programVersion),
            ("method_version", "\(record.methodVersion)"), ("policy_fingerprint", record.policyFingerprint),
            ("facts_digest", record.factsDigest), ("report_digest", record.reportDigest),
            ("outcome", record.outcome),
        ]
    }

    static func text(_ record: RunRecord) {
        Console.print("\nThe last run")
        for (name, value) in rows(record) {
            Console.print("  " + name + String(repeating: " ", count: 20 - name.count) + value)
        }
    }

    /// The report's one JSON object with the record as its last member.
    static func joined(to report: [UInt8], _ record: RunRecord) -> [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.beginObject()
        for (name, value) in rows(record) { writer.member(name, value) }
        writer.key("counts")
        writer.counts(record.counts)
        writer.endObject()
        guard let end = report.lastIndex(of: UInt8(ascii: "}")) else { return report }
        // Texts hold no line feed in JSON, so every one of them begins a line.
        let indented = writer.bytes.flatMap { $0 == 0x0A ? [0x0A, 0x20, 0x20] : [$0] }
        var start = report[..<end]
        while start.last == 0x0A || start.last == 0x20 { start.removeLast() }
        return Array(start) + Array(",\n  \"manifest\": ".utf8) + indented + Array("\n}\n".utf8)
    }
}
