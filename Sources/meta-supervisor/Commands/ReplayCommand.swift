import ArgumentParser
import Composition
import Dispatch
import Domain
import Files
import Foundation
import Ledger
import Operation
import Reporting
import Settings
import Supervision

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "What each policy would have earned on your own history, deciding with what was known at each step.",
        discussion: """
            One pass over the ledger feeds all policies. What came before --from still teaches them; the record is \
            over the days from --from to --to. By default: your settings where they differ from standard, then \
            standard, seed, equal-weight, inverse-volatility and all-cash. Named ones are joined by standard and \
            equal-weight, to compare with. All but policy files pay the costs of your settings, seed too, which \
            knows none. --set changes every policy, but of the three that are only there to compare no more than \
            prices, costs and times.

            Placebos ask whether a result is look-ahead: shift (every signal one bar later), shuffle (each agent's \
            directions dealt anew, --draws times), future-cut (later facts deleted: every decision must be the same \
            to the byte, else exit 1; the whole history is held in memory).

            Examples:
              meta-supervisor replay --root my-fleet
              meta-supervisor replay --root my-fleet --from 2024-01-01 --to 2024-12-31 --policy my-policy.json
              meta-supervisor replay --root my-fleet --set costs.roundTripBps=20 --csv days.csv
              meta-supervisor replay --root my-fleet --placebo shuffle --draws 99 --seed 7
              meta-supervisor replay --root my-fleet --verify last
            """)

    enum Placebo: String, CaseIterable, ExpressibleByArgument {
        case shift, shuffle
        case futureCut = "future-cut"
    }

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    @Option(
        name: .long,
        help: ArgumentHelp("First day, or time with a zone; default: the first signal.", valueName: "time"))
    var from: String?

    @Option(
        name: .long,
        help: ArgumentHelp("End, a day (00:00 UTC of it) or time; default: the last price.", valueName: "time"))
    var to: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Time between decisions, for every policy (6h, 1d, 7d); default: its own.", valueName: "span"))
    var every: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "standard, seed, equal-weight, inverse-volatility, all-cash, or the path of a policy file; repeatable.",
            valueName: "name|file"))
    var policy: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One setting, for every policy; repeatable.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("One line a day and policy, to a file, or - for standard output.", valueName: "file"))
    var csv: String?

    @Option(name: .long, help: "shift, shuffle or future-cut.")
    var placebo: Placebo?

    @Option(name: .long, help: "Of the drawings of shuffle.")
    var seed: UInt64 = 1

    @Option(name: .long, help: "How many drawings shuffle makes.")
    var draws = 20

    @Option(name: .long, help: "At how many moments future-cut looks.")
    var checkpoints = 8

    @Option(name: .long, help: "How often the best succession of agents may change.")
    var switches = 3

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Derives a recorded run again and compares: its id, the beginning of it, or last.", valueName: "run"))
    var verify: String?

    @Flag(name: .long, help: "Every promotion and kill, however many.")
    var full = false

    func validate() throws {
        if csv == "-" && output.json { throw ValidationError("--csv - and --json are two answers; choose one") }
        if verify != nil, placebo != nil || csv != nil || from != nil || to != nil || every != nil || !policy.isEmpty {
            throw ValidationError("--verify looks at one recorded run, under its own policy and moment; leave the rest")
        }
        if placebo == .futureCut && csv != nil {
            throw ValidationError("--placebo future-cut compares decisions and has no days to write; leave --csv")
        }
        guard (1...10_000).contains(draws) else { throw ValidationError("--draws \(draws) is not in 1...10000") }
        guard (1...1_000).contains(checkpoints) else {
            throw ValidationError("--checkpoints \(checkpoints) is not in 1...1000")
        }
        guard (0...1_000).contains(switches) else { throw ValidationError("--switches \(switches) is not in 0...1000") }
        _ = try every.map(ReplayRange.hours)
        let start = try from.map { try ReplayRange.time($0, "--from") }
        let end = try to.map { try ReplayRange.time($0, "--to") }
        if let start, let end, start >= end { throw ValidationError("--from \(start) is not before --to \(end)") }
    }

    func run() throws {
        let rhythm = try every.map { ["decisionEveryHours=\(try ReplayRange.hours($0))"] } ?? []
        let policies = try ReplayPolicies(root: common.root, assignments: assignments + rhythm).load(
            named: policy, isPlacebo: placebo != nil)
        let workspace = try Workspace.open(common, mode: .readOnly)
        if let verify {
            try ReplayVerify.run(verify, workspace, asJSON: output.json)
            return
        }
        let range = try ReplayRange(from, to, workspace)
        if placebo == .futureCut {
            try ReplayFutureCutTable.run(
                policies, range, workspace, checkpointCount: checkpoints, asJSON: output.json)
            return
        }
        let document = try replay(policies, range, workspace)
        if let csv, csv != "-" { try ReplayFile.write(ReplayCSV.bytes(document), to: csv) }
        if csv == "-" {
            Console.print(bytes: ReplayCSV.bytes(document))
        } else if output.json {
            Console.print(bytes: ReplayJSON.bytes(document))
        } else {
            Console.print(
                ReplayText.text(document, options: .fitting(workspace.settings.runtime, isFull: full)), terminator: "")
        }
    }

    private func replay(
        _ policies: [Policy], _ range: ReplayRange, _ workspace: Workspace
    ) throws -> ReplayDocument {
        let bar = ProgressBar("replaying", isQuiet: common.quiet)
        defer { bar.finish() }
        let runner = ReplayRunner(log: workspace.ledger.factLog, onEach: ReplayThreads.onEach)
        let folds = try runner.run(
            policies.map { ReplayRunner.Seat(policy: $0) }, from: range.start, through: range.end
        ) { bar.show(range.share(of: $0), "\($0.day) of \(range.end.day)") }
        let comparison = ReplayComparison(switchLimit: switches, references: ReplayPolicies.references(policies))
        guard var document = comparison.document(folds, from: range.start, through: range.end) else {
            throw Failure(range.emptiness)
        }
        let experiment = ReplayExperiment(runner: runner, start: range.start, end: range.end)
        switch placebo {
        case .shift:
            document.placebo = try experiment.shift(folds.map(\.record)) { bar.show(range.share(of: $0), "shifted") }
        case .shuffle:
            document.placebo = try experiment.shuffle(folds.map(\.record), draws: draws, seed: seed) {
                bar.show(Double($0) / Double(draws), "drawing \($0) of \(draws)")
            }
        case .futureCut, nil: break
        }
        return document
    }
}

/// As many folds at a time as there are cores: they share nothing.
enum ReplayThreads {
    static let onEach: @Sendable (inout [ReplayFold], @Sendable (inout ReplayFold) -> Void) -> Void = { folds, body in
        folds.withUnsafeMutableBufferPointer { buffer in
            // Each iteration touches an element of its own.
            nonisolated(unsafe) let elements = buffer
            DispatchQueue.concurrentPerform(iterations: elements.count) { body(&elements[$0]) }
        }
    }
}

/// Which policies are replayed.
struct ReplayPolicies {
    let root: String
    let assignments: [String]

    static let standard = ["standard", "seed", "equal-weight", "inverse-volatility", "all-cash"]
    /// Those that are only there to compare with.
    static let benchmarks = ["equal-weight@1", "inverse-volatility@1", "all-cash@1"]
    /// What a setting may begin with to reach them too: prices, costs and times, the same for all.
    private static let sharedKeys = [
        "costs.", "pricing.", "window", "graceMinutes", "strategies", "decisionEveryHours", "log.", "prices.",
    ]

    /// - Parameter named: by the user; by nobody: the policy of the settings and the standard ones.
    func load(named: [String], isPlacebo: Bool) throws -> [Policy] {
        let own = try SettingsLoader.load(root: root, assignments: assignments).policy
        var names = named
        // The policies to compare with take their time, and a placebo has its own comparison.
        if !isPlacebo { names += named.isEmpty ? ReplayPolicies.standard : ["standard", "equal-weight"] }
        var policies = named.isEmpty ? [own] : []
        for name in names { policies.append(try policy(name, costs: own.costs)) }
        var kept: [Policy] = []
        for policy in policies {
            // The settings of most users are those of standard: once is enough.
            guard !kept.contains(where: { ReplayPolicies.decideAlike($0, policy) }) else { continue }
            guard !kept.contains(where: { $0.name == policy.name }) else {
                throw Failure("two different policies are called '\(policy.name)'; rename one of the files", code: 78)
            }
            kept.append(policy)
        }
        return kept
    }

    private static func decideAlike(_ one: Policy, _ two: Policy) -> Bool {
        var renamed = one
        renamed.name = two.name
        return renamed == two
    }

    private func policy(_ name: String, costs: CostPolicy) throws -> Policy {
        guard let known = Policy.named(name) else {
            if !name.contains("/"), !name.hasSuffix(".json") {
                let nearest = EditDistance.nearest(to: name, among: Policy.names) ?? "standard@1"
                throw Failure(
                    "unknown policy '\(name)'; the nearest is '\(nearest)', and a policy file is given by its path, "
                        + "with a '/' in it or '.json' at its end", code: 78)
            }
            return try SettingsLoader.load(root: root, policy: name, assignments: assignments).policy
        }
        let isBenchmark = ReplayPolicies.benchmarks.contains(known.name)
        let reaching = assignments.filter { text in
            !isBenchmark || ReplayPolicies.sharedKeys.contains { text.hasPrefix($0) }
        }
        var policy = try SettingsLoader.load(root: root, policy: name, assignments: reaching).policy
        if isBenchmark { policy.name = known.name }
        // Free trading would look like skill.
        if policy.costs != costs {
            policy.costs = costs
            if !isBenchmark { policy.name += ", same costs" }
        }
        return policy
    }

    /// The names, as changed by settings, of the two that every other one is compared with.
    static func references(_ policies: [Policy]) -> [String] {
        policies.map(\.name).filter { $0.hasPrefix("equal-weight@1") || $0.hasPrefix("standard@1") }
    }
}

/// The stretch of time that is recorded.
struct ReplayRange {
    let start: Timestamp
    let end: Timestamp
    /// When the first and the last fact became known that an agent's record can come from.
    private let first: Timestamp
    private let last: Timestamp

    init(_ from: String?, _ to: String?, _ workspace: Workspace) throws {
        let all = try workspace.ledger.factSummaries()
        let summaries = all.filter { $0.kind == .signal || $0.kind == .outcome }
        guard let first = summaries.compactMap(\.firstKnownAt).min(),
            let last = summaries.compactMap(\.lastKnownAt).max()
        else {
            throw Failure(
                "the ledger holds no signals, so there is nothing to replay; read some: "
                    + "meta-supervisor ingest --as-history signals FILE")
        }
        let now = try workspace.recordingTime()
        self.first = first
        self.last = last
        start = try from.map { try ReplayRange.time($0, "--from") } ?? first.floored(to: .day)
        // Days after the last price and signal would be empty and make any record look quiet.
        let lastEvidence = all.filter { $0.kind == .bar }.compactMap(\.lastKnownAt).max().map { max($0, last) } ?? last
        end = try to.map { try ReplayRange.time($0, "--to") } ?? min(now, lastEvidence)
        guard end <= now else { throw Failure("--to \(end) lies in the future: it is \(now)", code: 64) }
        guard start < end else {
            throw Failure(
                from == nil
                    ? "--to \(end) is not after the first signal, which became known \(first)"
                    : "--from \(start) is not before the end, \(end)", code: 64)
        }
        guard end - start >= .day else {
            throw Failure(
                "between \(start) and \(end) there is no whole day; days are counted from 00:00 UTC", code: 64)
        }
        guard first < end, last + .days(366) > start else { throw Failure(emptiness) }
    }

    /// Why there is nothing to show.
    var emptiness: String {
        "no day between \(start) and \(end) was settled: signals became known from \(first) to \(last), and a day is "
            + "settled when the prices of all that was held on it are known. `meta-supervisor doctor` says what is "
            + "missing"
    }

    func share(of time: Timestamp) -> Double {
        Double((time - first).milliseconds) / Double(max(1, (end - first).milliseconds))
    }

    static func time(_ text: String, _ option: String) throws -> Timestamp {
        do {
            return try CivilTime.timestamp(text, acceptsDate: true)
        } catch .withoutZone {
            throw ValidationError("\(option) \(text) has no zone: write \(text)Z for UTC")
        } catch {
            throw ValidationError("\(option) \(text) is no time: write 2025-10-24 or 2025-10-24T02:00:00Z")
        }
    }

    /// `6h`, `1d`: what divides a day or is a number of days, up to a week.
    static func hours(_ text: String) throws -> Double {
        let unit: Double? = text.hasSuffix("h") ? 1 : text.hasSuffix("d") ? 24 : nil
        guard let unit, let count = Int(text.dropLast()), (1...168).contains(count) else {
            throw ValidationError("--every \(text) is no span: write 6h, 1d or 7d")
        }
        let hours = Double(count) * unit
        let isPart = 24.truncatingRemainder(dividingBy: hours) == 0
        guard hours <= 168, isPart || hours.truncatingRemainder(dividingBy: 24) == 0 else {
            throw ValidationError(
                "--every \(text) does not fit the grid: decisions fall on 00:00 UTC, so it divides 24 h (1h, 2h, 3h, "
                    + "4h, 6h, 8h, 12h) or is a number of days up to 7")
        }
        return hours
    }
}

enum ReplayFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
