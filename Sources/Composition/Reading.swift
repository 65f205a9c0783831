import Domain
import Files
package import JSONText
import Ledger
package import Operation
import Reporting

/// Reading sources, with progress, and telling what became of their lines.
package enum Reading {
    package static func read(
        _ sources: [SourceDescription], _ workspace: Workspace, asHistory: Bool, isQuiet: Bool
    ) throws -> [Ingest.Summary] {
        let bar = ProgressBar("reading", isQuiet: isQuiet)
        defer { bar.finish() }
        return try sources.map { source in
            do {
                return try workspace.ingest.read(source, asHistory: asHistory) { progress in
                    let share = progress.bytesTotal.map { $0 > 0 ? Double(progress.bytesRead) / Double($0) : 1 }
                    bar.show(share, progress.source)
                }
            } catch let failure as FileFailure {
                // One damaged file is no reason to leave the others unread.
                var summary = Ingest.Summary(source: source, counts: IngestCounts(), remarks: [])
                summary.failure = failure.description
                return summary
            }
        }
    }

    /// Ends a command with 1, after all its work, if a source could not be read.
    package static func demandAllRead(_ summaries: [Ingest.Summary]) throws {
        let failures = summaries.compactMap(\.failure)
        if !failures.isEmpty { throw Failure(failures.joined(separator: "\n\(Program.name): ")) }
    }

    /// Everything found under the root by its name.
    package static func all(_ workspace: Workspace, asHistory: Bool, isQuiet: Bool) throws -> [Ingest.Summary] {
        try read(try workspace.sources(), workspace, asHistory: asHistory, isQuiet: isQuiet)
    }

    package static func total(_ summaries: [Ingest.Summary]) -> IngestCounts {
        var total = IngestCounts()
        for summary in summaries { total += summary.counts }
        return total
    }

    /// One line a source that had any, then the sum that must come out.
    package static func printText(_ summaries: [Ingest.Summary]) {
        let busy = summaries.filter { $0.counts.lines > 0 || !$0.remarks.isEmpty }
        guard !busy.isEmpty else {
            Console.print("Nothing new in \(summaries.count) \(summaries.count == 1 ? "source" : "sources").")
            return
        }
        var table = Table(
            [
                .text("source", atLeast: 22), .number("lines"), .number("blank"), .number("header"), .number("ignored"),
                .number("accepted"), .number("(late"), .number("revised"), .number("history)"), .number("duplicates"),
                .number("rejected"),
            ])
        for summary in busy { table.add([shortName(summary.source)] + cells(summary.counts)) }
        if busy.count > 1 { table.add(["all"] + cells(total(busy))) }
        // Wider than other tables: a name cut in the middle is no name to look for.
        for line in table.lines(width: 130, indent: 0, style: Style.current) { Console.print(line) }
        for summary in busy {
            for remark in summary.remarks { Console.print("\(summary.source.name): \(remark)") }
        }
        let rejected = total(busy).quarantined
        if rejected > 0 {
            Console.print(
                "\(rejected) \(rejected == 1 ? "line" : "lines") rejected, kept with the reason: "
                    + "`meta-supervisor quarantine list`.")
        }
    }

    /// The file's own name where it lies outside the root.
    private static func shortName(_ source: SourceDescription) -> String {
        guard source.name.hasPrefix("/"), let last = source.name.split(separator: "/").last else { return source.name }
        return String(last)
    }

    private static func cells(_ counts: IngestCounts) -> [String] {
        [
            counts.lines, counts.blank, counts.header, counts.ignored, counts.accepted, counts.late, counts.revised,
            counts.unattested, counts.duplicates, counts.quarantined,
        ].map(DecimalText.grouped)
    }

    package static func json(_ summaries: [Ingest.Summary]) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/ingest/1")
            write(summaries, into: &writer)
            writer.endObject()
        }
    }

    /// The members `sources` and `total`.
    package static func write(_ summaries: [Ingest.Summary], into writer: inout JSONWriter) {
        writer.key("sources")
        writer.beginArray()
        for summary in summaries {
            writer.beginObject()
            writer.member("source", summary.source.name)
            writer.member("kind", summary.source.kind.rawValue)
            writer.key("counts")
            writer.counts(summary.counts)
            writer.key("remarks")
            writer.strings(summary.remarks)
            writer.endObject()
        }
        writer.endArray()
        writer.key("total")
        writer.counts(total(summaries))
    }
}

extension JSONWriter {
    package mutating func member(_ name: String, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    package mutating func member(_ name: String, _ number: Int) {
        key(name)
        integer(number)
    }

    package mutating func member(_ name: String, flag: Bool) {
        key(name)
        bool(flag)
    }

    package mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// lines = blank + header + ignored + accepted + duplicates + rejected.
    package mutating func counts(_ counts: IngestCounts) {
        beginObject()
        member("lines", counts.lines)
        member("blank", counts.blank)
        member("header", counts.header)
        member("ignored", counts.ignored)
        member("accepted", counts.accepted)
        member("late", counts.late)
        member("revised", counts.revised)
        member("unattested", counts.unattested)
        member("duplicates", counts.duplicates)
        member("rejected", counts.quarantined)
        endObject()
    }
}
