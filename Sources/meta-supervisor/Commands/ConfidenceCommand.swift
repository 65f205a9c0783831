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

            With --reconciled it reads a file of rows like alpha/reconciled.jsonl in their place, without a ledger, \
            and says what the ledger would say of the same rows taken in as outcomes: multiplier, skill and hit rate \
            of every agent, the gates that rows can fill, and P&L and tail of each strategy. Volatility is the rows' \
            own expected_sigma_bps. Rows are read in one pass of bounded memory, so they must be ordered by their \
            times or by their closes; what comes after its grid step is over is left out and counted, as is every \
            line that is no row. Where --root has no ledger but alpha/reconciled.jsonl, that is read this way.

            Examples:
              meta-supervisor confidence --root my-fleet
              meta-supervisor confidence --reconciled old-system/alpha/reconciled.jsonl --strict
              meta-supervisor confidence --policy seed --root old-system --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .long, help: "With --policy seed: how many of the newest rows count.")
    var limitRows = 8_000

    @Option(
        name: .long,
        help: ArgumentHelp("Rows that another system reconciled, in place of the ledger.", valueName: "file"))
    var reconciled: String?

    @Option(name: .long, help: "With --reconciled: only the rows of this horizon.")
    var horizonHours: Double?

    @Flag(name: .long, help: "With --reconciled: exit with 2 if a line was refused or out of order.")
    var strict = false

    private var isSeed: Bool { policy.policy == "seed" || policy.policy == "seed@1" }

    func validate() throws {
        if isSeed, reconciled != nil {
            throw ValidationError(
                "--policy seed reads alpha/reconciled.jsonl under --root, as the original does: --reconciled is for "
                    + "every other policy")
        }
    }

    func run() throws {
        if isSeed { return try runSeed() }
        if let reconciled { return try runReconciled(reconciled) }
        let found = common.root + "/" + DocumentPath.reconciled
        guard !FileManager.default.fileExists(atPath: Workspace.ledgerPath(common.root)),
            FileManager.default.fileExists(atPath: found)
        else { return try runLedger() }
        if !common.quiet { Console.note("there is no ledger under \(common.root): reading \(found)") }
        try runReconciled(found)
    }

    private func runReconciled(_ path: String) throws {
        try ReconciledConfidence(
            path: path, common: common, policy: policy, moment: moment, horizonHours: horizonHours, isStrict: strict,
            isJSON: output.json
        ).run()
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
