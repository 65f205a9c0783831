import ArgumentParser
import Composition
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
        if let note = try workspace.recordPolicy(reason: "settings at run") { Console.note(note) }
        let summaries = try Reading.all(workspace, asHistory: false, isQuiet: common.quiet)
        let asOf = try moment.resolved(now: try workspace.recordingTime())
        let bar = ProgressBar("deciding", isQuiet: common.quiet)
        let result = try workspace.supervise(
            command: "run", asOf: asOf, startedAt: started, counts: Reading.total(summaries)
        ) { progress in
            bar.show(nil, progress.reached.map { "\($0.day) of \(asOf.day)" } ?? "")
        }
        bar.finish()
        if output.json {
            Console.print(bytes: JSONReport.bytes(result.report))
        } else {
            if !common.quiet { Notes.write(summaries, result) }
            Console.print(
                TextReport.text(
                    result.report, options: .fitting(workspace.settings.runtime, isFull: full)), terminator: "")
        }
        try Reading.demandAllRead(summaries)
        if strict, Reading.total(summaries).quarantined > 0 { throw ExitCode(2) }
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
