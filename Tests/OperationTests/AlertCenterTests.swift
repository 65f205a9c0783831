import Domain
import Operation
import Testing

/// The use case over the outbox, and what holds for any sequence of conditions.
struct AlertCenterTests {
    private typealias Sample = AlertSample

    @Test("Killed before the commit the same is said afterwards, repeated after it nothing is")
    func killedInTheMiddle() throws {
        let ledger = AlertLedger()
        let center = AlertCenter(log: ledger.log, rules: AlertRules(channels: ["desk", "phone"]))
        let report = Sample.report([Sample.killed("aurora")])
        let state = OperationalState(now: Sample.start)
        ledger.with { $0.commitsLeft = 0 }
        #expect(throws: Interruption.self) { try center.evaluate(report: report, previous: nil, state: state) }
        #expect(ledger.with { $0.records.isEmpty && $0.messages.isEmpty })
        ledger.with { $0.commitsLeft = 1 }
        let turn = try center.evaluate(report: report, previous: nil, state: state)
        #expect(turn.messages.map(\.identity) == ["kill/aurora/1/raised", "kill/aurora/1/raised"])
        // There is nothing to commit, so that a commit would fail.
        let again = try center.evaluate(report: report, previous: report, state: state)
        #expect(again == AlertTurn(records: [], messages: []))
        #expect(ledger.with { $0.messages.map(\.channel) } == ["desk", "phone"])
    }

    @Test("An edge is not lost with the process: the report before is not what is compared with")
    func lostEdge() throws {
        let ledger = AlertLedger()
        let center = AlertCenter(log: ledger.log, rules: AlertRules(channels: ["desk"]))
        let killed = Sample.report([Sample.killed("aurora")])
        // The process that saw the change died; the next one sees the same report twice.
        let turn = try center.evaluate(report: killed, previous: killed, state: OperationalState(now: Sample.start))
        #expect(turn.messages.map(\.identity) == ["kill/aurora/1/raised"])
    }

    @Test("Where no cycle comes to an end, jobs and prices are told all the same")
    func withoutReport() throws {
        let ledger = AlertLedger()
        let center = AlertCenter(log: ledger.log, rules: AlertRules(channels: ["desk"]))
        let state = OperationalState(
            now: Sample.start, prices: [Sample.prices("BTC", hours: 5, now: Sample.start)],
            jobs: [JobStanding(job: .supervise, runs: [3, 2, 1].map { Sample.run(.supervise, .failed, at: $0) })])
        let turn = try center.evaluate(report: nil, previous: nil, state: state)
        #expect(turn.messages.map(\.identity) == ["job-failing/supervise/1/raised"])
        var later = state
        later.now = Sample.start + .minutes(15)
        let lacking = try center.evaluate(report: nil, previous: nil, state: later)
        #expect(lacking.messages.map(\.identity) == ["no-prices/BTC/1/raised"])
    }

    @Test("A revived agent resolves its kill")
    func revived() throws {
        let ledger = AlertLedger()
        let center = AlertCenter(log: ledger.log, rules: AlertRules(channels: ["desk"]))
        try center.evaluate(
            report: Sample.report([Sample.killed("aurora")]), previous: nil,
            state: OperationalState(now: Sample.start))
        let revived = Sample.report([Sample.agent("aurora", Sample.verdict(.hold, .candidate))])
        let turn = try center.evaluate(
            report: revived, previous: nil, state: OperationalState(now: Sample.start + .hours(1)))
        #expect(turn.messages.map(\.identity) == ["kill/aurora/1/resolved"])
    }
}

/// Random sequences of conditions, processes that die before their commit, moments looked at twice.
struct AlertPropertyTests {
    private struct Chance {
        var state: UInt64

        mutating func below(_ bound: UInt64) -> UInt64 {
            state = state &+ 0x9E37_79B9_7F4A_7C15
            return StableHash.mixed(state) % bound
        }
    }

    private static let kinds: [AlertKind] = [.kill, .warningBand, .tailRiskBreach, .jobFailing, .fleetDrawdown]

    private static func conditions(_ chance: inout Chance) -> [AlertCondition] {
        kinds.flatMap { kind in
            (0..<4).compactMap { number in
                guard chance.below(3) > 0 else { return nil }
                let value = Double(chance.below(100)) / 10
                let hasLevels = kind == .tailRiskBreach || kind == .fleetDrawdown
                if hasLevels, value < 4 { return nil }
                return AlertCondition(
                    kind, "s\(number)", title: "\(kind.rawValue) of s\(number)", text: "\(value)", value: value,
                    raisesAt: hasLevels ? 6 : nil, clearsBelow: hasLevels ? 4 : nil)
            }
        }
    }

    /// How many raises and ends a message tells of.
    private static func counts(_ message: AlertMessage) -> (raised: Int, resolved: Int) {
        guard message.kind == nil else {
            return message.identity.hasSuffix("/raised") ? (1, 0) : message.isResolved ? (0, 1) : (0, 0)
        }
        let lines = message.text.split(separator: "\n").filter { $0.hasPrefix("- ") }
        let resolved = lines.count { $0.hasPrefix("- resolved ") }
        return (lines.count - resolved - lines.count { $0.hasPrefix("- still ") }, resolved)
    }

    @Test(
        "Every episode is told and ends in words, nothing is said twice, and limits hold",
        arguments: UInt64(1)...24)
    func anySequence(seed: UInt64) throws {
        var chance = Chance(state: seed)
        let ledger = AlertLedger()
        let isMonotone = seed % 3 != 0
        let rules = AlertRules(
            channels: ["desk"], repeatAfter: seed % 2 == 0 ? .hours(2) : nil,
            throttle: .minutes(Int64(chance.below(40))), messagesPerHour: 1 + Int(chance.below(seed % 4 == 0 ? 8 : 60)),
            clearAfter: .minutes(Int64(chance.below(90))))
        var now = AlertSample.start
        var present: [AlertCondition] = []
        func look() throws {
            let turn = AlertBook(rules: rules, now: now).turn(
                records: try ledger.log.records(),
                observation: AlertObservation(conditions: present, observed: Set(AlertKind.allCases)),
                recent: try ledger.log.messages(300))
            // The process dies before the commit, or after it.
            guard chance.below(4) > 0 else { return }
            try ledger.log.commit(turn.records, turn.messages)
        }
        for _ in 0..<120 {
            if chance.below(3) == 0 { present = Self.conditions(&chance) }
            let step = Int64(chance.below(25))
            now = now + .minutes(!isMonotone && chance.below(10) == 0 ? -20 * step : step)
            try look()
            try look()
        }
        present = []
        for _ in 0..<400 where ledger.with({ $0.records.contains { $0.state == .raised } }) {
            now = now + .minutes(7)
            try look()
        }
        let (records, messages, offered) = ledger.with { ($0.records, $0.messages, $0.offered) }
        let episodes = records.reduce(0) { $0 + $1.episode }
        let told = messages.map(Self.counts)
        #expect(records.allSatisfy { $0.state == .resolved && $0.toldAt != nil }, "seed \(seed)")
        #expect(told.reduce(0) { $0 + $1.raised } == episodes, "seed \(seed)")
        #expect(told.reduce(0) { $0 + $1.resolved } == episodes, "seed \(seed)")
        #expect(offered == messages.count, "seed \(seed): an identity was used twice")
        #expect(episodes > 20, "seed \(seed) tries too little")
        if isMonotone { Self.checkLimits(messages, rules, seed) }
    }

    private static func checkLimits(_ messages: [AlertMessage], _ rules: AlertRules, _ seed: UInt64) {
        for (index, message) in messages.enumerated() {
            let hour = messages[...index].count { message.at - $0.at < .hours(1) }
            #expect(hour <= rules.messagesPerHour + 6, "seed \(seed): \(hour) messages in an hour")
            guard message.kind != nil else { continue }
            let before = messages[..<index].last { $0.kind == message.kind && $0.subject == message.subject }
            #expect(before.map { message.at - $0.at >= rules.throttle } ?? true, "seed \(seed): \(message.identity)")
        }
    }
}
