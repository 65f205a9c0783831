import Composition
import Domain
import JSONText
import Operation
import Reporting

/// What `alerts list` shows.
struct AlertList {
    let standing: [AlertRecord]
    /// The newest first.
    let ended: [AlertRecord]
    let endedCount: Int
    /// The oldest first.
    let undelivered: [AlertMessage]
    let undeliveredCount: Int
    /// The newest first.
    let recent: [AlertMessage]

    init(_ log: AlertLog, limit: Int) throws {
        let records = try log.records()
        standing = records.filter { $0.state == .raised }.sorted {
            ($0.kind.urgency, $0.raisedAt, $0.subject) < ($1.kind.urgency, $1.raisedAt, $1.subject)
        }
        let past = records.filter { $0.state == .resolved }
        endedCount = past.count
        let newestFirst = past.sorted {
            ($1.resolvedAt ?? $1.raisedAt, $0.kind, $0.subject) < ($0.resolvedAt ?? $0.raisedAt, $1.kind, $1.subject)
        }
        ended = Array(newestFirst.prefix(limit))
        undelivered = try log.due(Timestamp.plausible.upperBound, limit)
        undeliveredCount = try log.undeliveredCount()
        recent = try log.messages(limit)
    }

    var text: String {
        var page = TextPage(style: Style.current)
        page.heading(standing.isEmpty ? "Nothing stands." : "Standing (\(standing.count))")
        for record in standing {
            let over = record.clearSince.map { ", gone since \($0)" } ?? ""
            let told = record.toldAt.map { "told \($0)" } ?? "not told yet"
            page.paragraph("\(record.title): since \(record.raisedAt)\(over), \(told)", indent: 2, hanging: 2)
            page.paragraph(record.text, indent: 4)
        }
        if undeliveredCount > 0 { addUndelivered(&page) }
        if !ended.isEmpty {
            page.heading("Over")
            var table = Table([.text("over since", atLeast: 20), .text("kind"), .prose("what")])
            for record in ended {
                table.add([record.resolvedAt?.description ?? "", record.kind.rawValue, record.title])
            }
            page.table(table)
            addRest(&page, endedCount - ended.count)
        }
        if !recent.isEmpty {
            page.heading("Messages, the newest first")
            var table = Table([
                .text("at", atLeast: 20), .text("channel"), .text("delivered", atLeast: 20), .prose("title"),
            ])
            for message in recent {
                table.add([
                    message.at.description, message.channel, message.deliveredAt?.description ?? "not yet",
                    message.title,
                ])
            }
            page.table(table)
        }
        return page.text
    }

    private func addUndelivered(_ page: inout TextPage) {
        page.heading("Not delivered yet (\(undeliveredCount))")
        var table = Table([
            .text("channel"), .text("of", atMost: 50), .number("attempts"), .text("next", atLeast: 20), .prose("why"),
        ])
        for message in undelivered {
            table.add([
                message.channel, message.identity, "\(message.attempts)", message.nextAttemptAt.description,
                message.lastFailure,
            ])
        }
        page.table(table)
        addRest(&page, undeliveredCount - undelivered.count)
    }

    private func addRest(_ page: inout TextPage, _ count: Int) {
        if count > 0 { page.paragraph("\(count) more are not shown: --limit.", indent: 2) }
    }

    func printJSON() {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/alerts/1")
            writer.key("standing")
            writer.list(standing) { $0.alert($1) }
            writer.member("ended_count", endedCount)
            writer.key("ended")
            writer.list(ended) { $0.alert($1) }
            writer.member("undelivered_count", undeliveredCount)
            writer.key("undelivered")
            writer.list(undelivered) { $0.message($1) }
            writer.key("messages")
            writer.list(recent) { $0.message($1) }
            writer.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func list<Element>(_ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
        beginArray()
        for element in elements {
            beginObject()
            body(&self, element)
            endObject()
        }
        endArray()
    }

    fileprivate mutating func alert(_ record: AlertRecord) {
        member("kind", record.kind.rawValue)
        member("subject", record.subject)
        member("state", record.state.rawValue)
        member("episode", record.episode)
        member("raised_at", record.raisedAt.description)
        member("resolved_at", record.resolvedAt?.description)
        member("told_at", record.toldAt?.description)
        member("clear_since", record.clearSince?.description)
        member("title", record.title)
        member("text", record.text)
    }

    fileprivate mutating func message(_ message: AlertMessage) {
        member("channel", message.channel)
        member("identity", message.identity)
        member("kind", message.kind?.rawValue ?? "digest")
        member("subject", message.subject)
        member("is_resolved", flag: message.isResolved)
        member("title", message.title)
        member("at", message.at.description)
        member("attempts", message.attempts)
        member("next_attempt_at", message.deliveredAt == nil ? message.nextAttemptAt.description : nil)
        member("delivered_at", message.deliveredAt?.description)
        member("last_failure", message.lastFailure.isEmpty ? nil : message.lastFailure)
    }
}
