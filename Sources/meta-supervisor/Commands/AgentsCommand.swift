import ArgumentParser
import Composition
import Domain
import Foundation
import JSONText
import Ledger
import Operation
import Reporting

struct AgentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract: "Lists agents, shows one, and records what people decide about them.",
        discussion: """
            Decisions are facts: they carry their time, their reason and the evidence of that moment, and nothing \
            removes them. A kill takes the weight away at once; everything else counts from the next decision on.

            Examples:
              meta-supervisor agents list --root my-fleet
              meta-supervisor agents kill aurora --reason "the vendor changed the model" --root my-fleet
              meta-supervisor agents kill --strategy momentum --reason "exchange halted" --root my-fleet
            """,
        subcommands: [
            List.self, Show.self, Promote.self, Veto.self, Kill.self, Revive.self, Rename.self,
        ], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Every agent with its stage, multiplier and weight.",
            discussion: "Example: meta-supervisor agents list --root my-fleet")

        @OptionGroup var common: CommonOptions
        @OptionGroup var policy: PolicyOptions
        @OptionGroup var moment: MomentOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let workspace = try Workspace.open(common, policy, mode: .readOnly)
            let report = try Looking.report(workspace, policy, moment, isQuiet: common.quiet).report
            if output.json {
                Console.print(bytes: JSONReport.agents(report))
            } else {
                Console.print(AgentsText.text(report, style: Style.current), terminator: "")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "One agent in full; the same as `explain`.",
            discussion: "Example: meta-supervisor agents show aurora --root my-fleet")

        @OptionGroup var explain: ExplainCommand

        func run() throws { try explain.run() }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "promote",
            abstract: "Promotes a candidate, whatever its gates say.",
            discussion: "Example: meta-supervisor agents promote aurora --reason \"reviewed by the desk\"")
        @OptionGroup var decision: DecisionOptions
        func run() throws { try decision.record(.promote) }
    }

    struct Veto: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "veto",
            abstract: "Refuses a promotion until a later `promote`.",
            discussion: "Example: meta-supervisor agents veto aurora --reason \"one lucky week\"")
        @OptionGroup var decision: DecisionOptions
        func run() throws { try decision.record(.veto) }
    }

    struct Kill: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "kill",
            abstract: "Takes all capital away, at once and until `revive`.",
            discussion: "Example: meta-supervisor agents kill aurora --reason \"leaks its key\"")
        @OptionGroup var decision: DecisionOptions
        func run() throws { try decision.record(.kill) }
    }

    struct Revive: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revive",
            abstract: "Makes a killed agent a candidate again.",
            discussion: "Example: meta-supervisor agents revive aurora --reason \"key rotated\"")
        @OptionGroup var decision: DecisionOptions
        func run() throws { try decision.record(.revive) }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rename",
            abstract: "Says that an agent goes on under another name: its record and its trials stay.",
            discussion: "Example: meta-supervisor agents rename gpt-a gpt-a-v2")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The name it had.") var old: String
        @Argument(help: "The name it has now; not in use yet.") var new: String

        func run() throws {
            let workspace = try Workspace.open(common, mode: .readWrite)
            let known = try workspace.knownAgents()
            let from = try workspace.agent(named: old, among: known)
            guard let to = AgentID(new) else { throw Failure("'\(new)' is no name for an agent") }
            guard !known.contains(to) else {
                throw Failure("'\(new)' is in use: two track records are not made one")
            }
            let now = try workspace.recordingTime()
            try workspace.store(.rename(AgentRename(old: from, new: to, at: now)), at: now)
            if output.json {
                Console.json { writer in
                    writer.beginObject()
                    writer.member("schema", "meta-supervisor/rename/1")
                    writer.member("at", "\(now)")
                    writer.member("old", from.name)
                    writer.member("new", to.name)
                    writer.endObject()
                }
                return
            }
            Console.print("\(from) is \(to) from the next decision after \(now) on.")
        }
    }
}

/// Whom a decision concerns, and why.
struct DecisionOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The agent's name.") var agent: String?

    @Option(name: .long, help: "In place of an agent: every agent of this strategy class.") var strategy: String?

    @Option(name: .long, help: "Why; kept with the decision.") var reason: String

    @Option(name: .long, help: "Who decides; default: the user's name.") var author: String?

    func validate() throws {
        if (agent == nil) == (strategy == nil) {
            throw ValidationError("name one agent, or a strategy class with --strategy")
        }
        if reason.trimmingSpaces().isEmpty { throw ValidationError("a decision needs a reason: --reason TEXT") }
    }

    func record(_ kind: DecisionKind) throws {
        let workspace = try Workspace.open(common, mode: .readWrite)
        let now = try workspace.recordingTime()
        let report = try workspace.cycle.look(try workspace.schedule(), asOf: now).report
        let scope: DecisionScope
        let evidence: String
        if let agent {
            // Whoever has signed a signal can be stopped, also before the first decision on it.
            let names = Set(report.agents.map(\.agent) + (try workspace.ledger.agentActivity().map(\.agent)))
            let name = try workspace.agent(named: agent, among: names.sorted())
            scope = .agent(name)
            evidence = report.agents.first { $0.agent == name }?.verdict.reason ?? ""
        } else {
            let name = strategy ?? ""
            let members = report.agents.filter { $0.strategyClass == name }
            guard !members.isEmpty else {
                let known = Set(report.agents.map(\.strategyClass)).sorted()
                let nearest = EditDistance.nearest(to: name, among: known).map { "; the nearest is '\($0)'" } ?? ""
                throw Failure("no agent is of the strategy class '\(name)'\(nearest)")
            }
            scope = .strategy(name)
            evidence = members.map { "\($0.agent): \($0.verdict.reason)" }.joined(separator: "; ")
        }
        let decision = HumanDecision(
            kind: kind, scope: scope, at: now, reason: reason,
            author: author ?? Environment.value("USER") ?? NSUserName(), evidence: evidence)
        try workspace.store(.decision(decision), at: now)
        let effect = kind == .kill ? "at once" : "from the next decision on"
        if output.json {
            Console.json { writer in
                writer.beginObject()
                writer.member("schema", "meta-supervisor/decision/1")
                writer.member("at", "\(now)")
                writer.member("decision", kind.rawValue)
                writer.member("agent", agent)
                writer.member("strategy_class", strategy)
                writer.member("reason", reason)
                writer.member("evidence", evidence)
                writer.member("effective", effect)
                writer.endObject()
            }
            return
        }
        let whom = agent ?? "strategy \(strategy ?? "")"
        Console.print("Recorded at \(now): \(kind.rawValue) \(whom), effective \(effect).")
    }
}
