import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting
import Supervision

/// `replay --verify RUN`.
enum ReplayVerify {
    /// Runs looked through for a name, the newest first.
    private static let runCountMax = 1_000_000

    static func run(_ name: String, _ workspace: Workspace, asJSON: Bool) throws {
        let runs = try workspace.ledger.runLog.list(runCountMax)
        let record = try find(name, among: runs)
        let bar = ProgressBar("deriving", isQuiet: workspace.isQuiet)
        let verification = try ReplayVerification.verify(
            record, under: try workspace.schedule(), log: workspace.ledger.factLog,
            snapshots: workspace.ledger.snapshotStore
        ) { progress in bar.show(nil, progress.reached.map { "\($0.day) of \(record.asOf.day)" } ?? "") }
        bar.finish()
        if asJSON { json(verification) } else { text(verification) }
        if verification.verdict != .agrees { throw ExitCode(1) }
    }

    private static func find(_ name: String, among runs: [RunRecord]) throws -> RunRecord {
        switch ReplayVerification.find(name, among: runs) {
        case .found(let record): return record
        case .ambiguous(let names):
            let list = names.prefix(5).joined(separator: ", ")
            throw Failure("'\(name)' begins \(names.count) runs: \(list); say more of it")
        case .none:
            guard !runs.isEmpty else {
                throw Failure("no run is on record yet; `meta-supervisor run` makes one")
            }
            let nearest = EditDistance.nearest(to: name, among: runs.prefix(1_000).map(\.runID)) ?? runs[0].runID
            throw Failure("there is no run '\(name)'; the nearest is '\(nearest)', and `last` is \(runs[0].runID)")
        }
    }

    private static func rows(_ found: ReplayVerification) -> [(name: String, recorded: String, now: String)] {
        let isKnown = found.verdict != .notComparable
        return [
            ("method", "\(found.run.methodVersion)", "\(Report.methodVersion)"),
            ("facts", found.run.factsDigest, isKnown ? found.factsDigest : "-"),
            ("policy", found.run.policyFingerprint, isKnown ? found.policyFingerprint : "-"),
            ("report", found.run.reportDigest, isKnown ? found.reportDigest : "-"),
        ]
    }

    private static func text(_ found: ReplayVerification) {
        var page = TextPage(style: Style.current)
        page.paragraph(found.sentence)
        page.blank()
        page.line("run \(found.run.runID), as of \(found.run.asOf), program \(found.run.programVersion)")
        var table = Table([.text(""), .text("recorded"), .text("derived now"), .text("")])
        for row in rows(found) {
            let answer = row.now == "-" ? "" : row.recorded == row.now ? "same" : "DIFFERS"
            table.add([row.name, row.recorded, row.now, answer])
        }
        page.table(table)
        Console.print(page.text, terminator: "")
    }

    private static func json(_ found: ReplayVerification) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/replay-verification/1")
            writer.member("run", found.run.runID)
            writer.member("as_of", "\(found.run.asOf)")
            writer.member("verdict", found.verdict.rawValue)
            writer.member("sentence", found.sentence)
            for row in rows(found) {
                writer.member("recorded_" + row.name, row.recorded)
                writer.member("derived_" + row.name, row.now)
            }
            writer.endObject()
        }
    }
}

/// `replay --placebo future-cut`.
enum ReplayFutureCutTable {
    static func run(
        _ policies: [Policy], _ range: ReplayRange, _ workspace: Workspace, checkpointCount: Int, asJSON: Bool
    ) throws {
        let bar = ProgressBar("cutting", isQuiet: workspace.isQuiet)
        let runner = ReplayRunner(log: workspace.ledger.factLog, onEach: ReplayThreads.onEach)
        let found = try ReplayFutureCut(runner: runner).run(
            policies, from: range.start, through: range.end, checkpointCount: checkpointCount
        ) { done, all in bar.show(Double(done) / Double(all), "\(done) of \(all) moments") }
        bar.finish()
        if asJSON { json(found, range) } else { text(found, range) }
        if found.contains(where: { $0.difference != nil }) { throw ExitCode(1) }
    }

    private static func text(_ found: [ReplayFutureCut.Checkpoint], _ range: ReplayRange) {
        var page = TextPage(style: Style.current)
        page.heading("Placebo: everything known later is deleted, \(range.start.day) to \(range.end)")
        var table = Table([
            .text("policy", atLeast: 14, atMost: 24), .text("moment", atLeast: 20), .number("facts kept"),
            .number("deleted"), .number("report bytes"), .text("decision"),
        ])
        for point in found {
            table.add([
                point.policyName, "\(point.at)", DecimalText.grouped(point.keptCount),
                DecimalText.grouped(point.deletedCount), DecimalText.grouped(point.byteCount),
                point.difference == nil ? "the same" : "DIFFERS",
            ])
        }
        page.table(table)
        page.blank()
        if let point = found.first(where: { $0.difference != nil }), let difference = point.difference {
            page.paragraph(
                "A decision knew the future: under \(point.policyName), as of \(point.at), it is another one without "
                    + "what became known later. No result of this history can be believed; please report it. The first "
                    + "difference, at \(difference.at), line \(difference.lineNumber) of the report:")
            page.paragraph("with the future: " + difference.withFuture, indent: 2, hanging: 2)
            page.paragraph("without: " + difference.withoutFuture, indent: 2, hanging: 2)
        } else {
            page.paragraph(
                "No decision knew the future: with all later facts at hand or deleted, every report is the same to the "
                    + "last byte. This is about the program. Whether the signals themselves knew the future no program "
                    + "can tell from the signals; shift and shuffle give a hint, and only signals that were seen being "
                    + "written (attested) are proof.")
        }
        Console.print(page.text, terminator: "")
    }

    private static func json(_ found: [ReplayFutureCut.Checkpoint], _ range: ReplayRange) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/replay-future-cut/1")
            writer.member("from", "\(range.start)")
            writer.member("to", "\(range.end)")
            writer.key("agrees")
            writer.bool(!found.contains { $0.difference != nil })
            writer.key("checkpoints")
            writer.beginArray()
            for point in found { checkpoint(point, &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func checkpoint(_ point: ReplayFutureCut.Checkpoint, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("policy", point.policyName)
        writer.member("at", "\(point.at)")
        writer.key("facts_kept")
        writer.integer(point.keptCount)
        writer.key("facts_deleted")
        writer.integer(point.deletedCount)
        writer.key("report_bytes")
        writer.integer(point.byteCount)
        writer.key("difference")
        if let difference = point.difference {
            writer.beginObject()
            writer.member("at", "\(difference.at)")
            writer.key("line")
            writer.integer(difference.lineNumber)
            writer.member("with_future", difference.withFuture)
            writer.member("without_future", difference.withoutFuture)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}
