package import Domain
internal import Reporting

/// Something that is so now and that somebody should hear of.
package struct AlertCondition: Equatable, Sendable {
    package var kind: AlertKind
    /// An agent, a strategy class, a symbol, a job; empty for the fleet.
    package var subject: String
    package var title: String
    /// With the numbers, and what to do.
    package var text: String
    /// What is compared, the level at which it is told, and the one below which it is over; `nil` where nothing is.
    package var value: Double?
    package var raisesAt: Double?
    package var clearsBelow: Double?

    package init(
        _ kind: AlertKind, _ subject: String, title: String, text: String, value: Double? = nil,
        raisesAt: Double? = nil, clearsBelow: Double? = nil
    ) {
        self.kind = kind
        self.subject = subject
        // Names and reasons come from other people's files and programs, and end in other people's chats.
        self.title = AlertCondition.oneLine(title)
        self.text = AlertCondition.oneLine(text)
        self.value = value
        self.raisesAt = raisesAt
        self.clearsBelow = clearsBelow
    }

    private static func oneLine(_ text: String) -> String {
        DisplayText.printable(String(text.map { $0.isNewline ? " " : $0 }))
    }

    /// Enough to be told. Between the two levels a condition stands if it was told, and is not told if it was not.
    package var isRaising: Bool {
        guard let value, let raisesAt else { return true }
        return value >= raisesAt
    }
}

/// The conditions of one moment, and which kinds were looked at: what was not looked at is neither raised nor over.
package struct AlertObservation: Equatable, Sendable {
    /// By kind, then subject; each of them once.
    package var conditions: [AlertCondition]
    package var observed: Set<AlertKind>

    package init(conditions: [AlertCondition], observed: Set<AlertKind>) {
        self.conditions = conditions
        self.observed = observed
    }

    /// Everything in the report and in the daemon's own state that is worth an alert. It is a level, not a difference:
    /// what was told already stands in the records, so that a process that dies loses no edge.
    ///
    /// - Parameters:
    ///   - report: `nil` where no cycle came to an end.
    ///   - previous: The report before, for the words alone.
    package init(report: Report?, previous: Report?, state: OperationalState, rules: AlertRules) {
        var conditions: [AlertCondition] = []
        var observed: Set<AlertKind> = []
        if let report {
            conditions += ReportAlerts(report: report, previous: previous, rules: rules).conditions
            observed.formUnion(AlertKind.allCases.filter(\.isOfReport))
        }
        if let prices = state.prices {
            conditions += prices.compactMap { AlertCondition(prices: $0, now: state.now, rules: rules) }
            observed.insert(.noPrices)
        }
        if let jobs = state.jobs {
            conditions += jobs.compactMap { AlertCondition(job: $0, rules: rules) }
            observed.formUnion([.jobFailing, .backupFailing])
        }
        self.init(conditions: conditions, observed: observed)
    }
}

extension AlertCondition {
    /// No bar for too long, or none to come, of a symbol on which signals are open.
    init?(prices standing: PriceStanding, now: Timestamp, rules: AlertRules) {
        guard standing.openSignalCount > 0 else { return nil }
        let age = now - standing.lackingSince
        let isStopped = standing.state == .halted || standing.state == .delisted
        guard isStopped || age >= rules.noPricesAfter else { return nil }
        let hours = DecimalText.fixed(max(0, age.inHours), 1)
        var text = standing.newestCloseAt.map { "The newest bar closed at \($0), \(hours) hours ago" }
            ?? "There is no bar at all; one has been needed for \(hours) hours, since \(standing.lackingSince)"
        text += "; signals on it are open. Told after \(DecimalText.fixed(rules.noPricesAfter.inHours, 1)) hours."
        let venue = standing.venue.map { " at \($0)" } ?? ""
        switch standing.state {
        case .halted: text += " It is halted\(venue): positions stay at the last price until it trades again."
        case .delisted:
            text += " It is delisted\(venue): open positions are closed at the punitive price when nobody quotes it"
                + " any more. Tell the agents, or name another venue in prices.venues."
        case .trading, nil:
            text += " See `meta-supervisord prices gaps`; is prices.venues right, and do the venues answer?"
        }
        self.init(
            .noPrices, standing.symbol.name, title: "No prices of \(standing.symbol)", text: text,
            value: isStopped ? nil : age.inHours, raisesAt: isStopped ? nil : rules.noPricesAfter.inHours)
    }

    /// A job that failed too often in a row, or hangs.
    init?(job standing: JobStanding, rules: AlertRules) {
        if standing.isHanging {
            self.init(hanging: standing)
            return
        }
        guard standing.failureCount >= rules.jobFailures else { return nil }
        let isBackup = standing.job == .backup
        var text = "It failed \(standing.failureCount) times in a row, told from \(rules.jobFailures) on"
        if let first = standing.firstFailureAt { text += ", since \(first)" }
        if let last = standing.lastFailureAt { text += ", last at \(last)" }
        text += standing.lastFailure.isEmpty ? "." : ": " + standing.lastFailure
        if !text.hasSuffix(".") { text += "." }
        text += isBackup
            ? " The facts are safe as long as the disk is; is there room in backup.directory, and may it be written?"
            : " It is tried again at its times; `meta-supervisord jobs` lists the runs."
        self.init(
            isBackup ? .backupFailing : .jobFailing, isBackup ? "" : standing.job.rawValue,
            title: isBackup ? "The ledger is not backed up" : "The job \(standing.job) fails", text: text,
            value: Double(standing.failureCount), raisesAt: Double(rules.jobFailures))
    }

    /// Told at once: it would be silent for ever.
    private init(hanging standing: JobStanding) {
        let since = standing.lastFailureAt.map { " at \($0)" } ?? ""
        let isBackup = standing.job == .backup
        self.init(
            isBackup ? .backupFailing : .jobFailing, isBackup ? "" : standing.job.rawValue,
            title: "The job \(standing.job) hangs",
            text: "It was cancelled at its limit\(since) and has not stopped. Until it does, it does not start again,"
                + " nor does any job that must not run beside it (supervise, train and report are of one kind). Restart"
                + " the daemon; the next start makes up for what is owed.")
    }
}
