package import Domain

/// What changes: records that are new or different, and messages for the outbox, once a channel.
package struct AlertTurn: Equatable, Sendable {
    package var records: [AlertRecord]
    package var messages: [AlertMessage]

    package init(records: [AlertRecord], messages: [AlertMessage]) {
        self.records = records
        self.messages = messages
    }
}

/// From the alerts on record and the conditions of this moment to the alerts after it: what is raised, what is over,
/// and what is said of it.
///
/// An alert goes through four stations, and each is told by the fields of its record alone:
/// 1. raised, and owed: `toldAt` is `nil`. It is told at once, but for the throttle of a message about the same thing,
///    for the limit of messages an hour, and for a kind that has to settle first.
/// 2. raised and told. While it stands it may be repeated.
/// 3. gone: `clearSince` is set. If it comes back it is the same episode, and nothing is said: that is what keeps a
///    fluttering condition quiet.
/// 4. resolved: gone for long enough, told, and the throttle is over. The next time is another episode.
///
/// An episode that was raised and settled is told even if it is over by then, and is resolved in words after it was
/// told. The same moment evaluated twice changes nothing the second time. A clock that was set back makes moments of
/// the record lie in the future; they count as now, so that nothing waits for the clock to catch up.
package struct AlertBook: Sendable {
    package var rules: AlertRules
    package var now: Timestamp

    package init(rules: AlertRules, now: Timestamp) {
        self.rules = rules
        self.now = now
    }

    /// - Parameter recent: The newest messages of the outbox, at least those of the last hour.
    package func turn(
        records: [AlertRecord], observation: AlertObservation, recent: [AlertMessage]
    ) -> AlertTurn {
        var alerts: [AlertKey: AlertRecord] = [:]
        var stored: [AlertKey: AlertRecord] = [:]
        for record in records {
            stored[AlertKey(record)] = record
            alerts[AlertKey(record)] = notAfterNow(record)
        }
        let conditions = Dictionary(
            observation.conditions.map { (AlertKey(kind: $0.kind, subject: $0.subject), $0) },
            uniquingKeysWith: { first, _ in first })
        let keys = Set(alerts.keys).union(conditions.keys).sorted()
        for key in keys {
            let isObserved = observation.observed.contains(key.kind)
            alerts[key] = advanced(alerts[key], conditions[key], key, isObserved: isObserved)
        }
        let notices = AlertPost(rules: rules, now: now, recent: recent)
            .admitted(keys.compactMap { key in alerts[key].flatMap { notice(key, $0) } }, isFirst: isFirst(records))
        for notice in notices.told { alerts[notice.key] = told(notice) }
        let changed = keys.compactMap { key in alerts[key] == stored[key] ? nil : alerts[key] }
        return AlertTurn(records: changed, messages: notices.messages)
    }

    /// Nobody was ever told of anything in a report: what is in it now may have stood for a year. What the daemon goes
    /// through may have been told before, while the first report was made.
    private func isFirst(_ records: [AlertRecord]) -> Bool {
        records.allSatisfy { !$0.kind.isOfReport || ($0.toldAt == nil && $0.resolvedAt == nil) }
    }

    private func notAfterNow(_ record: AlertRecord) -> AlertRecord {
        var record = record
        record.raisedAt = min(record.raisedAt, now)
        record.resolvedAt = record.resolvedAt.map { min($0, now) }
        record.toldAt = record.toldAt.map { min($0, now) }
        record.clearSince = record.clearSince.map { min($0, now) }
        return record
    }

    /// The record after what is seen, before anything is said.
    private func advanced(
        _ record: AlertRecord?, _ condition: AlertCondition?, _ key: AlertKey, isObserved: Bool
    ) -> AlertRecord? {
        if rules.muted.contains(key.kind) { return record.map(resolvedInSilence) }
        guard var record, record.state == .raised else {
            guard let condition, condition.isRaising else { return record }
            return AlertRecord(
                kind: key.kind, subject: key.subject, state: .raised, episode: (record?.episode ?? 0) + 1,
                raisedAt: now, resolvedAt: record?.resolvedAt, title: condition.title, text: condition.text)
        }
        if let condition {
            record.clearSince = nil
            record.title = condition.title
            record.text = condition.text
        } else if isObserved {
            if !isSettled(record) { return resolvedInSilence(record) }
            record.clearSince = record.clearSince ?? now
            // Nobody is there to be told, so nothing is owed.
            if rules.channels.isEmpty, isOver(record) { return resolvedInSilence(record) }
        }
        return record
    }

    private func resolvedInSilence(_ record: AlertRecord) -> AlertRecord {
        guard record.state == .raised else { return record }
        var record = record
        record.state = .resolved
        record.resolvedAt = now
        record.clearSince = nil
        return record
    }

    /// Told, or old enough to be: what is gone before was nothing.
    private func isSettled(_ record: AlertRecord) -> Bool {
        record.toldAt != nil || now - record.raisedAt >= record.kind.settlesFor
    }

    private func isOver(_ record: AlertRecord) -> Bool {
        guard let since = record.clearSince else { return false }
        return record.kind.endsAtOnce || now - since >= rules.clearAfter
    }

    /// What there is to say of an alert now, if anybody may be told anything.
    private func notice(_ key: AlertKey, _ record: AlertRecord) -> AlertNotice? {
        guard !rules.channels.isEmpty, record.state == .raised else { return nil }
        guard let toldAt = record.toldAt else {
            guard isSettled(record) else { return nil }
            // The message before was that the last episode is over.
            guard record.resolvedAt.map({ now - $0 >= rules.throttle }) ?? true else { return nil }
            return AlertNotice(key: key, record: record, news: .raised)
        }
        guard now - toldAt >= rules.throttle else { return nil }
        if isOver(record) { return AlertNotice(key: key, record: record, news: .resolved) }
        guard record.clearSince == nil, key.kind.isRepeated, let repeatAfter = rules.repeatAfter,
            now - toldAt >= repeatAfter
        else { return nil }
        return AlertNotice(key: key, record: record, news: .repeated)
    }

    private func told(_ notice: AlertNotice) -> AlertRecord {
        var record = notice.record
        record.toldAt = now
        guard notice.news == .resolved else { return record }
        return resolvedInSilence(record)
    }
}

/// Kind and subject, by the bytes of the subject: two spellings that Unicode calls equivalent are two agents.
struct AlertKey: Hashable, Comparable, Sendable {
    var kind: AlertKind
    var subject: String
    private let bytes: [UInt8]

    init(kind: AlertKind, subject: String) {
        self.kind = kind
        self.subject = subject
        bytes = Array(subject.utf8)
    }

    init(_ record: AlertRecord) { self.init(kind: record.kind, subject: record.subject) }

    static func < (left: AlertKey, right: AlertKey) -> Bool {
        left.kind == right.kind ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.kind < right.kind
    }
}
