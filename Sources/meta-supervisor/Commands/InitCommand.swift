import ArgumentParser
import Composition
import Domain
import Files
import Foundation
import JSONText
import Ledger
import Operation
import Reporting
import Settings

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a folder ready: ledger, settings, and a first look at its files.",
        discussion: """
            Files that are there already are met as history: their signals count for reports and replay and for no \
            automatic promotion. What is appended from now on is seen as it is written.

            Files at our output places that somebody else wrote are left alone, and ours goes to \
            .meta-supervisor/out/, until --adopt: then a copy is kept and ours takes their place.

            What --policy and --set say goes into settings.json, so that it lasts.

            Example: meta-supervisor init --root my-fleet --set costs.roundTripBps=6
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Take over output files that another program wrote; copies are kept.")
    var adopt = false

    func run() throws {
        do {
            try FileManager.default.createDirectory(atPath: common.root, withIntermediateDirectories: true)
        } catch {
            throw Failure("the folder \(common.root) cannot be made: \(error.localizedDescription)")
        }
        let lock = try Workspace.lock(common, command: "init")
        let workspace = try Workspace.open(common, policy, mode: .readWrite, lock: lock)
        defer { withExtendedLifetime(lock) {} }
        _ = try workspace.recordPolicy(reason: "init")
        let settingsPath = common.root + "/.meta-supervisor/settings.json"
        if !FileManager.default.fileExists(atPath: settingsPath) {
            try workspace.publisher.files.replace(
                ".meta-supervisor/settings.json", SettingsExample.bytes(ofFlagsIn: workspace.settings))
        }
        let adopted = adopt ? try adoptOutputs(workspace) : []
        if !adopt { try noteForeignOutputs(workspace) }
        let summaries = try Reading.all(workspace, asHistory: false, isQuiet: common.quiet)
        if output.json {
            printJSON(adopted, summaries)
        } else {
            try printText(adopted, summaries, workspace)
        }
        try Reading.demandAllRead(summaries)
    }

    private func printJSON(_ adopted: [String], _ summaries: [Ingest.Summary]) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/init/1")
            writer.member("root", common.root)
            writer.key("adopted")
            writer.strings(adopted)
            Reading.write(summaries, into: &writer)
            writer.endObject()
        }
    }

    private func printText(_ adopted: [String], _ summaries: [Ingest.Summary], _ workspace: Workspace) throws {
        for path in adopted { Console.print("Adopted \(path); the copy is .meta-supervisor/adopted/\(path).") }
        Reading.printText(summaries)
        Console.print("Ready: \(common.root)/.meta-supervisor holds the ledger and settings.json.")
        let old = common.root + "/" + DocumentPath.reconciled
        if !adopt, FileManager.default.fileExists(atPath: old), try workspace.publisher.log.entry(
            DocumentPath.reconciled) == nil
        {
            Console.print(
                "\(old) is there already: `meta-supervisor ingest reconciled \(old) --root \(common.root)` takes its "
                    + "outcomes over.")
        }
        Console.print("Next: `meta-supervisor run --root \(common.root)`.")
    }

    private var outputs: [String] {
        [
            DocumentPath.multipliers, DocumentPath.allocation, DocumentPath.strategyAttribution,
            DocumentPath.promotions, DocumentPath.forecaster, DocumentPath.reportJSON, DocumentPath.reportHTML,
            DocumentPath.allocationHistory, DocumentPath.reconciled,
        ]
    }

    private func noteForeignOutputs(_ workspace: Workspace) throws {
        for path in outputs where try workspace.publisher.place(of: path) != path {
            Console.note(
                "\(path) was written by another program: ours goes to .meta-supervisor/out/\(path) until "
                    + "`init --adopt`.")
        }
    }

    private func adoptOutputs(_ workspace: Workspace) throws -> [String] {
        try outputs.filter { try workspace.publisher.adopt($0) }
    }
}
