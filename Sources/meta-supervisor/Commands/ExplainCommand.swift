import ArgumentParser
import Composition
import Domain
import Ledger
import Reporting

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "How one agent came by its weight: every step, every number, and the weight without each step.",
        discussion: """
            Example: meta-supervisor explain aurora --root my-fleet
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The agent's name.")
    var agent: String

    func run() throws {
        let workspace = try Workspace.open(common, policy, mode: .readOnly)
        let explanation = try Looking.explanation(of: agent, workspace, policy, moment, isQuiet: common.quiet)
        if output.json {
            Console.print(bytes: JSONReport.bytes(explanation))
        } else {
            Console.print(ExplainText.text(explanation, style: Style.current), terminator: "")
        }
    }
}

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Shows the expected-return model that the fold fits, and whether it beats saying nothing.",
        discussion: """
            Changes nothing: the model is fitted at its own grid points, on outcomes known before each fit, and goes \
            into force only if it beats both the score-linear fallback and the zero forecast out of sample.

            Example: meta-supervisor train --root my-fleet
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let workspace = try Workspace.open(common, policy, mode: .readOnly)
        let report = try Looking.report(workspace, policy, moment, isQuiet: common.quiet).report
        if output.json {
            Console.print(bytes: JSONReport.bytes(report.forecaster, asOf: report.asOf))
        } else {
            Console.print(ForecasterText.text(report.forecaster, style: Style.current), terminator: "")
        }
    }
}
