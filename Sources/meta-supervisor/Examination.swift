import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting
import Settings

/// What doctor found, in the order in which it looked.
struct Examination {
    enum Grade: String { case fine, notice, problem }

    struct Remark {
        var grade: Grade
        var subject: String
        var text: String
    }

    let workspace: Workspace
    private(set) var remarks: [Remark] = []

    init(_ workspace: Workspace) { self.workspace = workspace }

    mutating func examine() throws {
        try examineSettings()
        try examineLedger()
        try examineClock()
        try examineSources()
        try examinePrices()
        try examineExchanges()
        try examineAgents()
        try examineJobs()
        try examineAlerts()
    }

    mutating func add(_ grade: Grade, _ subject: String, _ text: String) {
        remarks.append(Remark(grade: grade, subject: subject, text: text))
    }

    private mutating func examineSettings() throws {
        let changed = workspace.settings.resolved.filter { $0.origin != .standard && $0.key != "name" }
        add(
            .fine, "settings",
            "policy \(workspace.settings.policy.name), fingerprint \(workspace.settings.policy.fingerprint); "
                + (changed.isEmpty
                    ? "all defaults"
                    : "\(changed.count) not default: "
                        + changed.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")))
        let changes = try workspace.ledger.policyChanges()
        if let inForce = try workspace.ledger.policyChange(inForceAt: workspace.clock.now()) {
            if inForce.policyText != workspace.settings.policy.text {
                let old = try Policy(text: inForce.policyText)
                add(
                    .notice, "settings",
                    "the policy in force (\(old.name), since \(inForce.at)) differs from the settings; the next run "
                        + "puts the settings into force: \(difference(old, workspace.settings.policy))")
            }
        } else {
            add(.notice, "settings", "no policy is on record yet; the first run puts one there")
        }
        if changes.count > 1 {
            add(.fine, "settings", "\(changes.count) policies on record, each judging its own time")
        }
    }

    private func difference(_ old: Policy, _ new: Policy) -> String {
        Policy.keys.filter { $0.read(old) != $0.read(new) }
            .map { "\($0.key): \($0.read(old).text) -> \($0.read(new).text)" }.joined(separator: ", ")
    }

    private mutating func examineLedger() throws {
        let problems = try workspace.ledger.integrityProblems()
        let megabytes = DecimalText.fixed(Double(workspace.ledger.sizeInBytes()) / 1_048_576, 1)
        if problems.isEmpty {
            let facts = try workspace.ledger.factSummaries().filter { $0.count > 0 }
                .map { "\(DecimalText.grouped($0.count)) \($0.kind.noun)\($0.count == 1 ? "" : "s")" }
            add(.fine, "ledger", "sound, \(megabytes) MB: " + (facts.isEmpty ? "empty" : facts.joined(separator: ", ")))
        }
        for problem in problems { add(.problem, "ledger", problem) }
        if let holder = try ProcessLock.holder(path: ProcessLock.path(besideLedger: workspace.ledger.path)) {
            add(.fine, "lock", "held by \(holder)")
        }
        if let last = try workspace.ledger.runLog.list(1).first {
            let age = workspace.clock.now() - last.startedAt
            add(
                last.outcome == "done" ? .fine : .problem, "runs",
                "the last began \(last.startedAt) (\(DecimalText.fixed(age.inHours, 1)) h ago), took "
                    + "\(last.durationMilliseconds) ms: \(last.outcome)")
        } else {
            add(.notice, "runs", "none yet")
        }
    }

    private mutating func examineClock() throws {
        let now = workspace.clock.now()
        guard let recorded = try workspace.ledger.lastRecordedAt() else { return }
        let ahead = recorded - now
        if ahead > .minutes(1) {
            add(
                .problem, "clock",
                "the ledger's last record is \(DecimalText.fixed(ahead.inHours, 2)) h ahead of this clock (\(now)): "
                    + "the clock jumped back, or was ahead before. Facts are stamped \(recorded) until it catches up")
        } else {
            add(.fine, "clock", "\(now), \(DecimalText.fixed((now - recorded).inHours, 1)) h after the last record")
        }
    }

    private mutating func examineSources() throws {
        for entry in try workspace.ledger.sourceCounts() {
            let counts = entry.counts
            add(
                counts.addsUp ? (counts.quarantined > 0 ? .notice : .fine) : .problem, "source",
                "\(entry.source): \(DecimalText.grouped(counts.lines)) lines = \(counts.blank) blank + "
                    + "\(counts.header) header + \(counts.ignored) ignored + "
                    + "\(DecimalText.grouped(counts.accepted)) accepted + \(counts.duplicates) duplicates + "
                    + "\(counts.quarantined) rejected")
        }
    }

    private mutating func examinePrices() throws {
        let now = workspace.clock.now()
        for coverage in try workspace.ledger.barCoverage() {
            let age = now - coverage.lastCloseAt
            let stale = age > workspace.settings.policy.pricing.maximalStaleness
            var text =
                "\(coverage.symbol): \(DecimalText.grouped(coverage.barCount)) bars, \(coverage.firstOpenAt) to "
                + "\(coverage.lastCloseAt)"
            if stale { text += ", nothing for \(DecimalText.fixed(age.inDays, 1)) days" }
            if coverage.gapCount > 0 {
                let shown = coverage.gaps.prefix(3).map { "\($0.from) to \($0.through)" }.joined(separator: ", ")
                text += "; \(coverage.gapCount) gaps (\(shown)\(coverage.gapCount > 3 ? ", …" : ""))"
            }
            add(stale || coverage.gapCount > 0 ? .notice : .fine, "prices", text)
        }
    }

    private mutating func examineAgents() throws {
        let now = workspace.clock.now()
        let activity = try workspace.ledger.agentActivity()
        let silentAfter = workspace.settings.policy.allocation.silentAfterDays ?? 3
        let silent = activity.filter { (now - $0.lastGeneratedAt).inDays > silentAfter }
        add(.fine, "agents", "\(activity.count) known, \(activity.count - silent.count) heard of lately")
        for agent in silent.prefix(20) {
            add(
                .notice, "agents",
                "\(agent.agent): silent for \(DecimalText.fixed((now - agent.lastGeneratedAt).inDays, 1)) days, last "
                    + "at \(agent.lastGeneratedAt)")
        }
        if silent.count > 20 { add(.notice, "agents", "and \(silent.count - 20) more are silent") }
    }

    func printText() {
        var table = Table([.text("", atMost: 8), .text("subject"), .prose("finding")])
        for remark in remarks { table.add([remark.grade.rawValue, remark.subject, remark.text]) }
        var page = TextPage(style: Style.current)
        page.table(table, indent: 0)
        Console.print(page.text, terminator: "")
    }

    func printJSON() {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/doctor/1")
            writer.key("findings")
            writer.beginArray()
            for remark in remarks {
                writer.beginObject()
                writer.member("grade", remark.grade.rawValue)
                writer.member("subject", remark.subject)
                writer.member("text", remark.text)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}
