import ArgumentParser
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
        version: ProgramVersion.text,
        subcommands: [
            InitCommand.self, IngestCommand.self, RunCommand.self, ReportCommand.self, ReplayCommand.self,
            ExplainCommand.self, AgentsCommand.self, TrainCommand.self, ConfidenceCommand.self, QuarantineCommand.self,
            ExportCommand.self, ReferenceCommand.self, DoctorCommand.self, SettingsCommand.self, DemoCommand.self,
        ])

    static func main() {
        Console.preparePipes()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as LockError {
            Console.fail(error.description, code: 79)
        } catch let error as SettingsError {
            Console.fail(error.description, code: 78)
        } catch let error as LedgerError {
            if case .newer = error { Console.fail(error.description, code: 78) }
            Console.fail(error.description, code: 1)
        } catch let error as ExitCode {
            Console.flush()
            exit(withError: error)
        } catch let error as Failure {
            Console.fail(error.description, code: error.code)
        } catch {
            Console.flush()
            // Usage, help and version speak through the parser; it knows their exit codes (64, 0, 0).
            if exitCode(for: error) != .failure || error is ValidationError { exit(withError: error) }
            Console.fail("\(error)", code: 1)
        }
    }
}

/// The version of the program; which numbers it computes is `Report.methodVersion`.
enum ProgramVersion {
    static let text = "0.1.0"
}

/// An error with the words a user needs and the code a script needs.
struct Failure: Error, CustomStringConvertible {
    var description: String
    var code: Int32 = 1

    init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }
}
