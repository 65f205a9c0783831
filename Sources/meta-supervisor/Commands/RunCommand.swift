import ArgumentParser
import Domain
import Foundation
import Ledger
import Logging
import Operation
import Reporting
import Settings
import Supervision

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "One cycle: reads what is new, decides, writes the files, prints the report.",
        discussion: """
            Safe to run as often as you like and to kill at any moment: the ledger is the truth, and the next run goes \
            on from it. One supervisor at a time (exit 79). The policy of the settings is put on record; changing it \
            changes what is decided from then on.

            Example: meta-supervisor run --root my-fleet
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Exit with 2 if a line was rejected.")
    var strict = false

    @Flag(name: .long, help: "Every agent, however many.")
    var full = false

    func run() throws {
        let lock = try Workspace.lock(common, command: "run")
        defer { withExtendedLifetime(lock) {} }
        let workspace = try Workspace.open(common, policy, mode: .readWrite, lock: lock)
        let started = workspace.clock.now()
        let watch = DispatchTime.now().uptimeNanoseconds
        if let note = try workspace.recordPolicy(reason: "settings at run") { Console.note(note) }
        let summaries = try Reading.all(workspace, asHistory: false, isQuiet: common.quiet)
        let counts = Reading.total(summaries)
        let asOf = try moment.resolved(now: try workspace.recordingTime())
        if let published = try workspace.ledger.runLog.list(1).first?.asOf, asOf < published {
            throw Failure(
                "the files already hold the decisions of \(published); `run --as-of \(asOf)` would put older ones in "
                    + "their place. To look at the past: meta-supervisor report --as-of \(asOf)")
        }
        let bar = ProgressBar("deciding", isQuiet: common.quiet)
        let result = try workspace.cycle.run(try workspace.schedule(), asOf: asOf) { progress in
            bar.show(nil, progress.reached.map { "\($0.day) of \(asOf.day)" } ?? "")
        }
        bar.finish()
        workspace.logger.debug(
            "\(result.restoredFrom.map { "went on from the snapshot of \($0)" } ?? "folded from the first fact")")
        for path in result.written { workspace.logger.debug("wrote \(path)") }
        let elapsed = Int64((DispatchTime.now().uptimeNanoseconds - watch) / 1_000_000)
        let reportBytes = JSONReport.bytes(result.report)
        try workspace.ledger.runLog.append(
            RunRecord(
                runID: RunIdentity.make(report: result.report, startedAt: started), command: "run", asOf: asOf,
                startedAt: started, durationMilliseconds: elapsed, host: ProcessInfo.processInfo.hostName,
                programVersion: ProgramVersion.text, methodVersion: Report.methodVersion,
                policyFingerprint: result.report.policyFingerprint,
                factsDigest: result.report.facts.description, reportDigest: StableHash(reportBytes).description,
                counts: counts, outcome: "done"))
        if output.json {
            Console.print(bytes: reportBytes)
        } else {
            if !common.quiet { Notes.write(summaries, result) }
            Console.print(
                TextReport.text(
                    result.report, options: .fitting(workspace.settings.runtime, isFull: full)), terminator: "")
        }
        try Reading.demandAllRead(summaries)
        if strict, counts.quarantined > 0 { throw ExitCode(2) }
    }
}

/// What a run did, for the person at the terminal; the report itself says nothing of it.
private enum Notes {
    static func write(_ summaries: [Ingest.Summary], _ result: Cycle.Result) {
        for summary in summaries where summary.counts.lines > 0 {
            let counts = summary.counts
            Console.note(
                "\(summary.source.name): \(DecimalText.grouped(counts.lines)) lines, "
                    + "\(DecimalText.grouped(counts.accepted)) accepted, \(counts.duplicates) duplicates, "
                    + "\(counts.quarantined) rejected")
        }
        for summary in summaries {
            for remark in summary.remarks { Console.note("\(summary.source.name): \(remark)") }
        }
        if result.rewroteOutcomes {
            Console.note("\(DocumentPath.reconciled) was written anew: facts older than its last rows came in")
        }
        Console.note(
            "\(DecimalText.grouped(result.newOutcomeCount)) new outcomes; \(result.written.count) files written")
    }
}

enum RunIdentity {
    /// Eight digits that tell runs apart: of the report's facts, its moment and when it was made.
    static func make(report: Report, startedAt: Timestamp) -> String {
        let text = report.facts.description + "\(report.asOf.milliseconds)-\(startedAt.milliseconds)"
        return startedAt.day + "-" + String(StableHash(text).description.prefix(8))
    }
}
