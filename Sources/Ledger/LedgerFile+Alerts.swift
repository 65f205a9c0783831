package import Domain
import GRDB
package import Operation

// Alerts and their outbox; see `AlertLog`.

extension LedgerFile {
    /// In the order of kind and subject.
    package func alertRecords() throws -> [AlertRecord] {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT kind, subject, state, episode, raisedAt, resolvedAt, toldAt, clearSince, title, text FROM alert
                """)
            return try statement.all { row in
                guard let state = AlertRecord.State(rawValue: row.text(2)) else {
                    throw LedgerNames.damage(path, "state of an alert", row.text(2))
                }
                return AlertRecord(
                    kind: try alertKind(row.text(0)), subject: row.text(1), state: state,
                    episode: Int(row.integer(3)), raisedAt: row.time(4), resolvedAt: row.optionalTime(5),
                    toldAt: row.optionalTime(6), clearSince: row.optionalTime(7), title: row.text(8),
                    text: row.text(9))
            }
        }.sorted { ($0.kind, $0.subject) < ($1.kind, $1.subject) }
    }

    private func alertKind(_ text: String) throws -> AlertKind {
        guard let kind = AlertKind(rawValue: text) else { throw LedgerNames.damage(path, "kind of alert", text) }
        return kind
    }

    /// What was raised or resolved and what is to be told of it: both, or neither. A message that is in the outbox
    /// already, delivered or not, is not added again.
    package func commit(_ records: [AlertRecord], telling messages: [AlertMessage]) throws {
        guard !records.isEmpty || !messages.isEmpty else { return }
        try write { database in
            try store(records, in: database)
            try add(messages, in: database)
        }
    }

    private func store(_ records: [AlertRecord], in database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO alert (kind, subject, state, episode, raisedAt, resolvedAt, toldAt, clearSince, title, text)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (kind, subject) DO UPDATE SET state = ?3, episode = ?4, raisedAt = ?5, resolvedAt = ?6,
                toldAt = ?7, clearSince = ?8, title = ?9, text = ?10
            """)
        for record in records {
            statement.bind(record.kind.rawValue, at: 1)
            statement.bind(record.subject, at: 2)
            statement.bind(record.state.rawValue, at: 3)
            statement.bind(Int64(record.episode), at: 4)
            statement.bind(record.raisedAt, at: 5)
            statement.bind(record.resolvedAt?.milliseconds, at: 6)
            statement.bind(record.toldAt?.milliseconds, at: 7)
            statement.bind(record.clearSince?.milliseconds, at: 8)
            statement.bind(record.title, at: 9)
            statement.bind(record.text, at: 10)
            try statement.run()
        }
    }

    private func add(_ messages: [AlertMessage], in database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO alert_message (channel, identity, kind, subject, isResolved, title, text, at, attempts,
                nextAttemptAt, deliveredAt, lastFailure)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            ON CONFLICT (channel, identity) DO NOTHING
            """)
        for message in messages {
            statement.bind(message.channel, at: 1)
            statement.bind(message.identity, at: 2)
            statement.bind(message.kind?.rawValue, at: 3)
            statement.bind(message.subject, at: 4)
            statement.bind(Int64(message.isResolved ? 1 : 0), at: 5)
            statement.bind(message.title, at: 6)
            statement.bind(message.text, at: 7)
            statement.bind(message.at, at: 8)
            statement.bind(Int64(message.attempts), at: 9)
            statement.bind(message.nextAttemptAt, at: 10)
            statement.bind(message.deliveredAt?.milliseconds, at: 11)
            statement.bind(message.lastFailure, at: 12)
            try statement.run()
        }
    }

    /// Not delivered and due, in the order in which they were put into the outbox. The plus keeps SQLite from walking
    /// through all that was ever delivered for the sake of that order.
    package func dueMessages(at now: Timestamp, limit: Int) throws -> [AlertMessage] {
        try messages(" WHERE deliveredAt IS NULL AND nextAttemptAt <= ?2 ORDER BY +id LIMIT ?1", limit, now)
    }

    /// The newest first.
    package func messages(limit: Int) throws -> [AlertMessage] {
        try messages(" ORDER BY id DESC LIMIT ?1", limit, nil)
    }

    private func messages(_ condition: String, _ limit: Int, _ now: Timestamp?) throws -> [AlertMessage] {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT id, channel, identity, kind, subject, isResolved, title, text, at, attempts, nextAttemptAt,
                    deliveredAt, lastFailure FROM alert_message
                """ + condition)
            statement.bind(Int64(max(0, limit)), at: 1)
            if let now { statement.bind(now, at: 2) }
            return try statement.all { row in
                AlertMessage(
                    id: row.integer(0), channel: row.text(1), identity: row.text(2),
                    kind: try row.optionalText(3).map(alertKind), subject: row.text(4),
                    isResolved: row.integer(5) != 0, title: row.text(6), text: row.text(7), at: row.time(8),
                    attempts: Int(row.integer(9)), nextAttemptAt: row.time(10), deliveredAt: row.optionalTime(11),
                    lastFailure: row.text(12))
            }
        }
    }

    /// Stores what became of an attempt. Who dies between the delivery and this delivers again: at least once.
    package func update(_ message: AlertMessage) throws {
        try write { database in
            let statement = try RawStatement(
                database,
                """
                UPDATE alert_message SET attempts = ?2, nextAttemptAt = ?3, deliveredAt = ?4, lastFailure = ?5
                WHERE id = ?1
                """)
            statement.bind(message.id, at: 1)
            statement.bind(Int64(message.attempts), at: 2)
            statement.bind(message.nextAttemptAt, at: 3)
            statement.bind(message.deliveredAt?.milliseconds, at: 4)
            statement.bind(message.lastFailure, at: 5)
            guard try statement.run() == 1 else {
                throw LedgerError.failed(path: path, detail: "there is no message \(message.id) in the outbox")
            }
        }
    }

    package func undeliveredMessageCount() throws -> Int {
        try read { database in
            try RawStatement(database, "SELECT count(*) FROM alert_message WHERE deliveredAt IS NULL")
                .first { Int($0.integer(0)) } ?? 0
        }
    }

    /// A message that nobody has received yet is never deleted, however old.
    package func pruneMessages(deliveredBefore time: Timestamp) throws {
        try write { database in
            let statement = try RawStatement(database, "DELETE FROM alert_message WHERE deliveredAt < ?1")
            statement.bind(time, at: 1)
            try statement.run()
        }
    }
}
