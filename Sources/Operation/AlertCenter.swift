package import Domain

/// Looks at a report and at the daemon's own state, and puts what is worth telling into the outbox.
package struct AlertCenter: Sendable {
    package var log: AlertLog
    package var rules: AlertRules

    package init(log: AlertLog, rules: AlertRules) {
        self.log = log
        self.rules = rules
    }

    /// Compares what is so with what is on record and commits the difference in one transaction. Killed before the
    /// commit, it does the same again; after it, nothing.
    ///
    /// - Parameters:
    ///   - report: The latest; `nil` where there is none, and what was read from the last one stands.
    ///   - previous: The one before, for the words alone.
    @discardableResult
    package func evaluate(report: Report?, previous: Report?, state: OperationalState) throws -> AlertTurn {
        let observation = AlertObservation(report: report, previous: previous, state: state, rules: rules)
        let turn = AlertBook(rules: rules, now: state.now)
            .turn(records: try log.records(), observation: observation, recent: try log.messages(recentLimit))
        if !turn.records.isEmpty || !turn.messages.isEmpty { try log.commit(turn.records, turn.messages) }
        return turn
    }

    /// What can go out in an hour, and as much again: a channel taken from the settings has left its messages.
    private var recentLimit: Int {
        let digests = Int(Span.hours(1).milliseconds / AlertRules.digestEvery.milliseconds) + 2
        return 2 * (rules.messagesPerHour + digests) * max(1, rules.channels.count)
    }
}
