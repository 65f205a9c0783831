import ArgumentParser
import Composition
import Ledger
import Settings

@main
struct MetaSupervisor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meta-supervisor",
        abstract: "Says which of your trading agents deserve capital, how much, and why.",
        discussion: """
            Agents write down what they expect. The supervisor waits for the market's answer, compares, scores, gates, \
            attributes tail risk and allocates, and explains every number. It places no orders.

            First steps:
              meta-supervisor demo
              meta-supervisor init --root my-fleet
              meta-supervisor ingest --root my-fleet --as-history prices BTCUSDT_1h.csv.gz
              meta-supervisor run --root my-fleet

            Exit codes: 0 done, 1 failed, 2 done with rejected input under --strict, 64 usage, 78 configuration,
            79 already running.
            """,
        version: Program.version,
        subcommands: [
            InitCommand.self, IngestCommand.self, RunCommand.self, ReportCommand.self, ReplayCommand.self,
            ExplainCommand.self, AgentsCommand.self, TrainCommand.self, ConfidenceCommand.self, QuarantineCommand.self,
            ExportCommand.self, ReferenceCommand.self, DoctorCommand.self, SettingsCommand.self, DemoCommand.self,
        ])

    static func main() {
        Console.preparePipes()
        // Probes and installers ask for it often; telling all commands to the parser takes three quarters of a start.
        if CommandLine.arguments.dropFirst().elementsEqual(["--version"]) { return Console.print(Program.version) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Ending.exit(of: self, for: error)
        }
    }
}
