import ArgumentParser
import Composition

@main
struct MetaSupervisorDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meta-supervisord",
        abstract: "Runs MetaSupervisor unattended: prices, ingest, cycles, backups, alerts, metrics.",
        discussion: """
            First steps:
              meta-supervisor init --root my-fleet
              meta-supervisord prices backfill --root my-fleet --symbols BTC,ETH
              meta-supervisord serve --root my-fleet

            It places no orders. docs/OPERATIONS.md says what it does when, and what to do when it complains.

            Exit codes: 0 done, 1 failed, 64 usage, 78 configuration, 79 already running.
            """,
        version: Program.version,
        subcommands: [ServeCommand.self, JobsCommand.self, PricesCommand.self, AlertsCommand.self])

    static func main() async {
        Console.preparePipes()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Ending.exit(of: self, for: error)
        }
    }
}
