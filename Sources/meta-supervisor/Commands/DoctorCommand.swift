import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting
import Settings

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what is wrong: settings, ledger, clock, gaps in prices, stale agents, failing jobs.",
        discussion: """
            Changes nothing. Exits with 1 if something needs a person.

            Example: meta-supervisor doctor --root my-fleet
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let workspace = try Workspace.open(common, mode: .readOnly)
        var examination = Examination(workspace)
        try examination.examine()
        if output.json { examination.printJSON() } else { examination.printText() }
        if examination.remarks.contains(where: { $0.grade == .problem }) { throw ExitCode(1) }
    }
}
