import ArgumentParser
import Composition
import Domain
import Reporting
import Settings

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "The resolved settings, and where each value comes from.",
        discussion: """
            Layers, the weakest first: defaults, the policy, .meta-supervisor/settings.json, environment, --set.

            Example: meta-supervisor settings show --root my-fleet --documentation
            """,
        subcommands: [Show.self, Example.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Every key with its value and origin.",
            discussion: "Example: meta-supervisor settings show --set costs.roundTripBps=4")

        @OptionGroup var common: CommonOptions
        @OptionGroup var policy: PolicyOptions
        @OptionGroup var output: OutputOptions

        @Flag(name: .long, help: "What each key means.") var documentation = false

        func run() throws {
            let settings = try Workspace.settings(common, policy)
            if output.json {
                Console.print(bytes: settings.json)
                return
            }
            var table = Table(
                [.text("key", atMost: 44), .text("value"), .text("origin")]
                    + (documentation ? [.prose("meaning")] : []))
            for setting in settings.resolved {
                table.add(
                    [setting.key, setting.value, "\(setting.origin)"] + (documentation ? [setting.documentation] : []))
            }
            var page = TextPage(style: Style.current)
            page.table(table, indent: 0)
            page.paragraph("Policy \(settings.policy.name), fingerprint \(settings.policy.fingerprint).")
            Console.print(page.text, terminator: "")
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "example",
            abstract: "A settings file with every key, its default and its meaning.",
            discussion: "Example: meta-supervisor settings example > my-fleet/.meta-supervisor/settings.json")

        func run() throws { Console.print(bytes: SettingsExample.bytes) }
    }
}
