import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Lines that could not be read as facts, kept with the reason.",
        discussion: """
            Examples:
              meta-supervisor quarantine list --root my-fleet
              meta-supervisor quarantine retry --root my-fleet
            """,
        subcommands: [List.self, Retry.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "File, line and reason of every rejected line.",
            discussion: "Example: meta-supervisor quarantine list --root my-fleet --limit 50")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Flag(name: .long, help: "Also those that were accepted on a later try.") var all = false
        @Option(name: .long, help: "At most so many, the newest last.") var limit = 100

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit takes a whole number from 1 on") }
        }

        func run() throws {
            let workspace = try Workspace.open(common, mode: .readOnly)
            let lines = try workspace.ledger.quarantineStore.list(all)
            if output.json { printJSON(lines) } else { printText(lines) }
        }

        private func printText(_ lines: [QuarantinedLine]) {
            guard !lines.isEmpty else {
                Console.print("The quarantine is empty.")
                return
            }
            var table = Table([
                .number("id"), .text("source"), .number("line"), .prose("reason"), .text("content", atMost: 40),
            ])
            for line in lines.suffix(limit) {
                let content = String(decoding: line.bytes.prefix(200), as: UTF8.self)
                table.add([
                    "\(line.id)", line.source.name, "\(line.lineNumber)",
                    line.reason + (line.isResolved ? " (accepted since)" : ""), DisplayText.printable(content),
                ])
            }
            var page = TextPage(style: Style.current)
            page.table(table, indent: 0)
            if lines.count > limit { page.paragraph("\(lines.count - limit) older ones are not shown: --limit.") }
            Console.print(page.text, terminator: "")
        }

        private func printJSON(_ lines: [QuarantinedLine]) {
            Console.json { writer in
                writer.beginObject()
                writer.member("schema", "meta-supervisor/quarantine/1")
                writer.member("count", lines.count)
                writer.key("lines")
                writer.beginArray()
                for line in lines.suffix(limit) {
                    writer.beginObject()
                    writer.key("id")
                    writer.integer(line.id)
                    writer.member("source", line.source.name)
                    writer.key("line")
                    writer.integer(line.lineNumber)
                    writer.member("reason", line.reason)
                    writer.member("quarantined_at", "\(line.quarantinedAt)")
                    writer.member("is_resolved", flag: line.isResolved)
                    writer.member("content", String(decoding: line.bytes, as: UTF8.self))
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: "Tries the rejected lines again, after a mapping was mended or a bar was finished.",
            discussion: """
                What is accepted now enters as history: nobody knows any more when it was written.

                Example: meta-supervisor quarantine retry --root my-fleet
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let workspace = try Workspace.open(common, mode: .readWrite)
            let result = try workspace.ingest.retry(workspace.ledger.quarantineStore)
            if output.json {
                Console.json { writer in
                    writer.beginObject()
                    writer.member("schema", "meta-supervisor/quarantine-retry/1")
                    writer.member("tried", result.tried)
                    writer.member("resolved", result.resolved)
                    writer.endObject()
                }
            } else {
                Console.print(
                    "Tried \(result.tried): \(result.resolved) accepted now, \(result.tried - result.resolved) stay.")
            }
        }
    }
}
