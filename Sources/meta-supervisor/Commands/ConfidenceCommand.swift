import ArgumentParser
import Composition
import Domain
import Foundation
import JSONText
import Ledger
import Reporting
import SeedCompatibility
import Settings

struct ConfidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confidence",
        abstract: "The confidence multiplier of every agent.",
        discussion: """
            With --policy seed it does what the notes' confidence_decay.py does, to the last digit: it reads \
            alpha/reconciled.jsonl under --root, updates meta_supervisor/state/confidence_multipliers.json, and prints \
            it. It is a migration tool: each run charges the same history again, as the original does. \
            docs/METHODS.md says why that is wrong. Any other policy reads the ledger and changes nothing.

            Examples:
              meta-supervisor confidence --root my-fleet
              meta-supervisor confidence --policy seed --root old-system --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .long, help: "With --policy seed: how many of the newest rows count.")
    var limitRows = 8_000

    private var isSeed: Bool { policy.policy == "seed" || policy.policy == "seed@1" }

    func run() throws {
        if isSeed { try runSeed() } else { try runLedger() }
    }

    private func runSeed() throws {
        do {
            let result = try SeedConfidence.update(root: common.root, limitRows: limitRows) {
                Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down))
            }
            if output.json {
                Console.print(bytes: result.printed)
                if result.printed.last != UInt8(ascii: "\n") { Console.print("") }
            } else {
                try printTable(result.printed)
            }
        } catch let failure as SeedFailure {
            throw Failure(failure.description)
        } catch let error as SeedFileError {
            throw Failure(error.description)
        }
    }

    /// The multipliers as a table; the document itself where it is not plain JSON (the original may write NaN).
    private func printTable(_ json: [UInt8]) throws {
        guard let members = try? JSONValue.parse(json)["multipliers"]?.object else {
            Console.print(bytes: json)
            Console.print("")
            return
        }
        var table = Table([.text("agent"), .number("multiplier")])
        for member in members { table.add([member.key, String(decoding: member.value.canonicalBytes, as: UTF8.self)]) }
        var page = TextPage(style: Style.current)
        page.table(table, indent: 0)
        Console.print(page.text, terminator: "")
    }

    private func runLedger() throws {
        let workspace = try Workspace.open(common, policy, mode: .readOnly)
        let report = try Looking.report(workspace, policy, moment, isQuiet: common.quiet).report
        if output.json {
            Console.print(bytes: DropIn.multipliers(report))
            Console.print("")
            return
        }
        var table = Table([.text("agent"), .number("multiplier"), .number("skill"), .number("independent signals")])
        for agent in report.agents {
            let skill: String =
                switch agent.multiplier.skill {
                case .known(let value): DecimalText.fixed(value, 4)
                case .insufficient(let count, let needed): "n=\(count) of \(needed)"
                }
            table.add([
                agent.agent.name, DecimalText.fixed(agent.multiplier.value, 4), skill,
                DecimalText.fixed(agent.multiplier.effectiveSignals, 1),
            ])
        }
        var page = TextPage(style: Style.current)
        page.table(table, indent: 0)
        page.paragraph("1.0 is no better and no worse than saying nothing; docs/METHODS.md has the formula.")
        Console.print(page.text, terminator: "")
    }
}
