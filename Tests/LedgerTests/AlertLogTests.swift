import Domain
import Ledger
import Operation
import Testing

struct AlertLogTests {
    private func record(_ kind: AlertKind, _ subject: String, episode: Int = 1) -> AlertRecord {
        AlertRecord(
            kind: kind, subject: subject, state: .raised, episode: episode, raisedAt: hour(episode), toldAt: hour(2),
            title: "t", text: "é \(subject)")
    }

    private func message(_ channel: String, _ identity: String, at count: Int = 0, next: Int = 0) -> AlertMessage {
        AlertMessage(
            channel: channel, identity: identity, kind: .kill, subject: "ann", isResolved: false, title: "killed",
            text: "because", at: hour(count), nextAttemptAt: hour(next))
    }

    @Test func `Records come back by kind and subject, each replaced by its latest state`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.alertLog
        try log.commit([record(.noPrices, "BTC"), record(.kill, "bob"), record(.kill, "ann")], [])
        var resolved = record(.kill, "bob", episode: 2)
        resolved.state = .resolved
        resolved.resolvedAt = hour(7)
        resolved.clearSince = hour(6)
        resolved.toldAt = nil
        try log.commit([resolved, record(.fleetDrawdown, "")], [])
        #expect(
            try log.records() == [
                record(.fleetDrawdown, ""), record(.kill, "ann"), resolved, record(.noPrices, "BTC"),
            ])
        for kind in AlertKind.allCases { try log.commit([record(kind, "every")], []) }
        #expect(try log.records().count == 4 + AlertKind.allCases.count)
    }

    @Test func `A message is in the outbox once a channel, however often it is put there, and by whom`() throws {
        let folder = try TemporaryFolder()
        let one = try opened(folder)
        let two = try opened(folder)
        DispatchPair.run { place in
            do {
                for number in 0..<20 {
                    let identity = "kill/ann/\(number)/raised"
                    let messages = ["pager", "chat"].map { message($0, identity) }
                    try (place == 0 ? one : two).alertLog.commit([], messages)
                }
            } catch { Issue.record("\(error)") }
        }
        let messages = try one.alertLog.messages(100)
        #expect(messages.count == 40 && Set(messages.map { $0.channel + $0.identity }).count == 40)
        #expect(try one.alertLog.undeliveredCount() == 40)
    }

    @Test func `Until a delivery is stored the message stays due: who dies after sending sends again`() throws {
        let folder = try TemporaryFolder()
        do {
            let ledger = try opened(folder)
            try ledger.alertLog.commit([record(.kill, "ann")], [message("pager", "a")])
            #expect(try ledger.alertLog.due(hour(1), 10).count == 1)
            // Sent, and the process dies here.
            try ledger.close()
        }
        let ledger = try opened(folder)
        let log = ledger.alertLog
        var sent = try #require(try log.due(hour(1), 10).first)
        sent.attempts = 2
        sent.deliveredAt = hour(1)
        try log.update(sent)
        #expect(try log.due(hour(9), 10) == [] && log.undeliveredCount() == 0 && log.messages(5) == [sent])
        // Told again by a program that does not know: it has been delivered already.
        try log.commit([], [message("pager", "a")])
        #expect(try log.undeliveredCount() == 0 && log.messages(5) == [sent])
    }

    @Test func `What is due comes oldest first, no earlier than its time, as many as asked for`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.alertLog
        let nexts = [5, 1, 3, 9]
        try log.commit([], nexts.enumerated().map { message("pager", "m\($0)", at: $0, next: $1) })
        #expect(try log.due(hour(5), 10).map(\.identity) == ["m0", "m1", "m2"])
        #expect(try log.due(hour(5), 2).map(\.identity) == ["m0", "m1"] && log.due(hour(0), 9) == [])
        var failed = try #require(try log.due(hour(5), 1).first)
        failed.attempts = 1
        failed.nextAttemptAt = hour(7)
        failed.lastFailure = "status 503"
        try log.update(failed)
        #expect(try log.due(hour(5), 10).map(\.identity) == ["m1", "m2"])
        #expect(try log.due(hour(7), 10).first == failed)
        #expect(try log.messages(2).map(\.identity) == ["m3", "m2"])
        var unknown = failed
        unknown.id = 99
        #expect(throws: LedgerError.self) { try log.update(unknown) }
    }

    @Test func `A message without a kind comes back without one, a delivered one is pruned, a waiting one never`()
        throws
    {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.alertLog
        var test = message("chat", "test/1")
        test.kind = nil
        test.isResolved = true
        try log.commit([], [test, message("chat", "old"), message("chat", "waiting")])
        for (stored, delivered) in zip(try log.due(hour(1), 2), [3, 8]) {
            var stored = stored
            stored.deliveredAt = hour(delivered)
            try log.update(stored)
        }
        #expect(try log.messages(9).last?.kind == nil && log.messages(9).last?.isResolved == true)
        try log.prune(hour(8))
        #expect(try log.messages(9).map(\.identity) == ["waiting", "old"])
        try log.prune(hour(1_000))
        #expect(try log.messages(9).map(\.identity) == ["waiting"])
    }

    @Test func `A record that cannot be stored takes its messages with it`() throws {
        let ledger = try opened(try TemporaryFolder())
        #expect(throws: LedgerError.self) {
            try ledger.alertLog.commit([record(.kill, "ann")], [message("chat", "good"), message("chat", "")])
        }
        #expect(try ledger.alertLog.records() == [] && ledger.alertLog.messages(9) == [])
    }
}
