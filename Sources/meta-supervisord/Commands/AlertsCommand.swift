import ArgumentParser
import Composition
import Domain
import Foundation
import HTTPPort
import HTTPTransport
import JSONText
import Ledger
import Operation
import Reporting
import Settings
import Webhooks

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "What stands, what was told, what is not delivered yet; a test of the channels.",
        discussion: """
            Whom to tell is alerts.channels in the settings; addresses and tokens come from the environment alone:
            META_SUPERVISOR_SECRET_<CHANNEL>_URL, for telegram _TOKEN and _CHAT.

            Examples:
              meta-supervisord alerts list --root my-fleet
              meta-supervisord alerts test --root my-fleet --channel desk
            """,
        subcommands: [List.self, Test.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Standing alerts with their numbers, messages not delivered yet, and the newest ones.",
            discussion: "Example: meta-supervisord alerts list --root my-fleet --limit 50")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Option(name: .long, help: "At most so many messages and ended alerts, the newest first.") var limit = 20

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit takes a whole number from 1 on") }
        }

        func run() async throws {
            let workspace = try Workspace.open(common, mode: .readOnly)
            let list = try AlertList(workspace.ledger.alertLog, limit: limit)
            if output.json { list.printJSON() } else { Console.print(list.text, terminator: "") }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Sends one message to each channel, past the outbox, and says what came back.",
            discussion: """
                Exit code 1 if any channel did not take it, 78 if one is not configured.

                Example: meta-supervisord alerts test --root my-fleet --channel desk
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Option(name: .long, help: ArgumentHelp("Only this one.", valueName: "name")) var channel: String?

        func run() async throws {
            let channels = try chosen(try Workspace.settings(common))
            let clock = Workspace.clock()
            let pool = ConnectionPool()
            let post = MessagePost(sender: HTTPSender.live(pool), clock: clock)
            var results: [(channel: Channel, failure: String?)] = []
            for channel in channels {
                results.append((channel, await post.send(message(to: channel, at: clock.now()), to: channel)))
            }
            await pool.shutDown()
            if output.json { printJSON(results) } else { printText(results) }
            if results.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
        }

        private func chosen(_ settings: ResolvedSettings) throws -> [Channel] {
            let kinds = settings.runtime.alerts.channels
            guard !kinds.isEmpty else {
                throw Failure(
                    "alerts.channels names nobody to tell; write alerts.channels = {\"desk\": \"slack\"} in the"
                        + " settings and set META_SUPERVISOR_SECRET_DESK_URL", code: 78)
            }
            guard let channel else { return try Channel.all(settings) }
            guard kinds[channel] != nil else {
                let nearest = EditDistance.nearest(to: channel, among: kinds.keys.sorted()) ?? ""
                throw Failure(
                    "there is no channel '\(channel)' in alerts.channels; the nearest is '\(nearest)'", code: 78)
            }
            // The others need not be configured yet.
            return try Channel.all(settings, named: channel)
        }

        private func message(to channel: Channel, at now: Timestamp) -> AlertMessage {
            AlertMessage(
                channel: channel.name, identity: "test/\(now)", kind: nil, subject: "", isResolved: false,
                title: "MetaSupervisor can reach you",
                text: "This is a test of the channel \(channel), sent by hand. Nothing has happened.", at: now,
                nextAttemptAt: now)
        }

        private func printText(_ results: [(channel: Channel, failure: String?)]) {
            for (channel, failure) in results {
                let result = failure.map { "not delivered: " + DisplayText.printable($0) } ?? "delivered"
                Console.print("\(channel): \(result)")
            }
        }

        private func printJSON(_ results: [(channel: Channel, failure: String?)]) {
            Console.json { writer in
                writer.beginObject()
                writer.member("schema", "meta-supervisor/alerts-test/1")
                writer.key("channels")
                writer.beginArray()
                for (channel, failure) in results {
                    writer.beginObject()
                    writer.member("channel", channel.name)
                    writer.member("kind", channel.kind.rawValue)
                    writer.member("is_delivered", flag: failure == nil)
                    writer.member("failure", failure)
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
            }
        }
    }
}

extension Channel {
    /// The channels of the settings with their secrets; what is wrong with them is exit code 78.
    static func all(_ settings: ResolvedSettings, named name: String? = nil) throws -> [Channel] {
        let alerts = settings.runtime.alerts
        do {
            return try all(
                kinds: alerts.channels.filter { name == nil || $0.key == name }, template: alerts.template,
                environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(error.description, code: 78)
        }
    }
}
