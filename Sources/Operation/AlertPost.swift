internal import Domain

/// Something to say of one alert.
struct AlertNotice: Equatable, Sendable {
    enum News: Int, Sendable {
        case raised
        case resolved
        case repeated
    }

    var key: AlertKey
    /// Before it is told.
    var record: AlertRecord
    var news: News

    /// The same for the same news, whoever tells it when: `kill/aurora/1/raised`.
    func identity(at now: Timestamp) -> String {
        let episode = "\(key.kind.rawValue)/\(key.subject)/\(record.episode)/"
        switch news {
        case .raised: return episode + "raised"
        case .resolved: return episode + "resolved"
        case .repeated: return episode + "repeated/\(now)"
        }
    }

    var title: String {
        switch news {
        case .raised: record.title
        case .resolved: "Resolved: " + record.title
        case .repeated: "Still so: " + record.title
        }
    }

    func text(at now: Timestamp) -> String {
        let over = record.clearSince.map { ", over since \($0)" } ?? ""
        switch news {
        case .raised:
            guard record.raisedAt < now || record.clearSince != nil else { return record.text }
            return "Raised at \(record.raisedAt)\(over). \(record.text)"
        case .resolved: return "\(key.kind.endText) Raised at \(record.raisedAt)\(over). It was said: \(record.text)"
        case .repeated: return "Since \(record.raisedAt). \(record.text)"
        }
    }

    /// For a list.
    var line: String {
        let subject = key.subject.isEmpty ? "" : " " + key.subject
        switch news {
        case .raised: return "- \(key.kind.rawValue)\(subject): \(record.title)"
        case .resolved: return "- resolved \(key.kind.rawValue)\(subject): \(record.title)"
        case .repeated: return "- still \(key.kind.rawValue)\(subject): \(record.title)"
        }
    }

    static func precedes(_ left: AlertNotice, _ right: AlertNotice) -> Bool {
        if left.news != right.news { return left.news.rawValue < right.news.rawValue }
        if left.key.kind != right.key.kind { return left.key.kind.urgency < right.key.kind.urgency }
        return left.key < right.key
    }
}

/// Which notices go out now, alone or together, within the limit of messages an hour. What does not go out stays owed.
struct AlertPost {
    static let digestPrefix = "digest/"

    let rules: AlertRules
    let now: Timestamp
    /// Messages of the last hour still allowed; may be negative.
    private let room: Int
    private let mayDigest: Bool

    init(rules: AlertRules, now: Timestamp, recent: [AlertMessage]) {
        self.rules = rules
        self.now = now
        // A clock that was set back has sent messages in what is now the future; those count like the others.
        let distance = { (message: AlertMessage) in (now - message.at).milliseconds.magnitude }
        let hour = Span.hours(1).milliseconds.magnitude
        room = rules.messagesPerHour - Set(recent.filter { distance($0) < hour }.map(\.identity)).count
        mayDigest = !recent.contains {
            $0.identity.hasPrefix(AlertPost.digestPrefix)
                && distance($0) < AlertRules.digestEvery.milliseconds.magnitude
        }
    }

    /// - Parameter isFirst: nobody was ever told of anything in a report: many such alerts are then told together.
    func admitted(_ notices: [AlertNotice], isFirst: Bool) -> (told: [AlertNotice], messages: [AlertMessage]) {
        var single = notices.sorted(by: AlertNotice.precedes)
        var gathered: [AlertNotice] = []
        if isFirst {
            let standing = single.filter { $0.key.kind.isOfReport }
            if standing.count > AlertRules.firstAlone {
                gathered = standing
                single.removeAll { $0.key.kind.isOfReport }
            }
        }
        let isOpening = !gathered.isEmpty
        let roomForSingles = isOpening ? room - 1 : room
        if single.count > roomForSingles {
            // The last place is the digest's.
            let alone = max(0, isOpening ? roomForSingles : roomForSingles - 1)
            gathered += single[alone...]
            single = Array(single[..<alone])
        }
        if room <= 0 && !mayDigest {
            gathered = []
        }
        var messages = single.flatMap(messages)
        if !gathered.isEmpty { messages += digest(gathered, isOpening: isOpening) }
        return (single + gathered, messages)
    }

    private func messages(_ notice: AlertNotice) -> [AlertMessage] {
        rules.channels.map { channel in
            AlertMessage(
                channel: channel, identity: notice.identity(at: now), kind: notice.key.kind,
                subject: notice.key.subject, isResolved: notice.news == .resolved, title: notice.title,
                text: notice.text(at: now), at: now, nextAttemptAt: now)
        }
    }

    /// One message for many. Its identity is made of theirs, so that two of the same moment are two.
    private func digest(_ notices: [AlertNotice], isOpening: Bool) -> [AlertMessage] {
        let members = notices.map { $0.identity(at: now) }.joined(separator: "\n")
        let count = DecimalText.grouped(notices.count) + (notices.count == 1 ? " alert" : " alerts")
        var counts: [AlertKind: Int] = [:]
        for notice in notices { counts[notice.key.kind, default: 0] += 1 }
        let kinds = AlertKind.allCases.sorted { $0.urgency < $1.urgency }
            .compactMap { kind in counts[kind].map { "\($0) \(kind.rawValue)" } }.joined(separator: ", ")
        let reason = isOpening
            ? "They are the first of this fleet and told together."
            : "More than \(rules.messagesPerHour) messages an hour (alerts.messagesPerHour) are told together."
        let text = "\(kinds). \(reason) `meta-supervisord alerts list` shows each with its numbers.\n"
            + notices.map(\.line).joined(separator: "\n")
        return rules.channels.map { channel in
            AlertMessage(
                channel: channel, identity: AlertPost.digestPrefix + StableHash(members).description, kind: nil,
                subject: "", isResolved: notices.allSatisfy { $0.news == .resolved }, title: "\(count) at once",
                text: text, at: now, nextAttemptAt: now)
        }
    }
}
