import Domain
import Foundation
import JSONText
import Ledger
import Operation
import ProgramHarness
import Testing

/// Input files of a small fleet, the same every time.
enum Fixtures {
    /// 2025-01-01T00:00:00Z
    static let start = Timestamp(seconds: 1_735_689_600)

    static func day(_ number: Int64) -> String { "\(start + .days(number))" }

    /// SplitMix64 (Steele, Lea, Flood 2014), so that a failing seed fails again.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    /// Hourly bars with a header.
    static func prices(hours: Range<Int64>, seed: UInt64 = 1, header: Bool = true) -> String {
        var random = Random(state: seed)
        var lines = header ? ["open_time,open,high,low,close,volume"] : []
        var price = 100.0
        for hour in 0..<hours.upperBound {
            let next = price * (1 + Double(Int.random(in: -120...120, using: &random)) / 10_000)
            if hour >= hours.lowerBound {
                let numbers = [price, max(price, next), min(price, next), next].map { DecimalText.fixed($0, 6) }
                lines.append("\(start + .hours(hour))," + numbers.joined(separator: ",") + ",1")
            }
            price = next
        }
        return lines.map { $0 + "\n" }.joined()
    }

    static func signal(
        _ agent: String, at time: Timestamp, symbol: String = "BTC", direction: String = "LONG", more: String = ""
    ) -> String {
        "{\"ts\":\"\(time)\",\"agent\":\"\(agent)\",\"symbol\":\"\(symbol)\",\"direction\":\"\(direction)\","
            + "\"score_final\":0.5,\"confidence\":0.6\(more)}\n"
    }

    static let agents = ["ann", "bob", "carl"]

    /// One signal a day and agent, at 03:00.
    static func signals(days: Range<Int64>) -> String {
        var random = Random(state: 7)
        var text = ""
        for number in 0..<days.upperBound {
            for agent in agents {
                let isLong = Bool.random(using: &random)
                let name = Bool.random(using: &random) ? "BTC" : "ETHUSDT"
                guard days.contains(number) else { continue }
                text += signal(
                    agent, at: start + .days(number) + .hours(3), symbol: name, direction: isLong ? "LONG" : "SHORT",
                    more: agent == "carl" ? ",\"strategy_class\":\"momentum\"" : "")
            }
        }
        return text
    }

    static func telemetry(days: Range<Int64>) -> String {
        days.map { number in
            "{\"run_id\":\"r\(number)\",\"agent\":\"ann\",\"ts\":\"\(start + .days(number) + .hours(4))\","
                + "\"errors\":0}\n"
        }.joined()
    }
}

extension Folder {
    /// A fleet whose files lie where the supervisor finds them.
    func makeFleet(days: Int64 = 6) throws {
        try write("prices/BTCUSDT_1h.csv", Fixtures.prices(hours: 0..<days * 24))
        try write("prices/ETHUSDT_1h.csv", Fixtures.prices(hours: 0..<days * 24, seed: 2))
        try write("alpha/events.jsonl", Fixtures.signals(days: 0..<days))
        try write("telemetry/events.jsonl", Fixtures.telemetry(days: 0..<days))
    }

    /// The program on this folder's fleet, to its end.
    func run(
        _ arguments: String..., environment: [String: String] = [:], input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        let ended = try ChildProcess.start(
            "meta-supervisor", arguments + ["--root", root], environment: environment, in: self, input: input
        ).wait()
        #expect(ended.code < 128, "\(arguments) died of signal \(ended.code - 128)", sourceLocation: sourceLocation)
        return ended
    }

    /// The same, expecting success.
    @discardableResult
    func done(
        _ arguments: String..., environment: [String: String] = [:], input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        let ended = try ChildProcess.start(
            "meta-supervisor", arguments + ["--root", root], environment: environment, in: self, input: input
        ).wait()
        #expect(ended.code == 0, "\(arguments): \(ended.code): \(ended.errorText)", sourceLocation: sourceLocation)
        return ended
    }

    var ledgerPath: String { root + "/.meta-supervisor/ledger.sqlite" }

    /// Every fact with what is known of it, and the counts by source: what a death may not change. Policy changes carry
    /// the time of day and are left out.
    func ledgerContent() throws -> [String] {
        let ledger = try LedgerFile.open(at: ledgerPath, mode: .readOnly)
        var content: [String] = []
        func add<Value>(_ facts: [Dated<Value>], _ identity: (Value) -> FactIdentity) {
            for fact in facts {
                content.append(
                    identity(fact.value).digest(knownAt: fact.knownAt, attestation: fact.attestation).description)
            }
        }
        try ledger.read(after: nil, through: Timestamp(milliseconds: Int64.max)) { batch in
            for series in batch.bars { add(series.bars) { $0.identity(of: series.symbol) } }
            add(batch.signals) { $0.identity }
            add(batch.outcomes) { $0.identity }
            add(batch.telemetry) { $0.identity }
            add(batch.decisions) { $0.identity }
            add(batch.renames) { $0.identity }
            add(batch.barWithdrawals) { $0.identity }
        }
        content.sort()
        for entry in try ledger.sourceCounts() { content.append("\(entry.source): \(entry.counts)") }
        for line in try ledger.quarantinedLines(includingResolved: true) {
            content.append("\(line.source.name):\(line.lineNumber): \(line.reason)")
        }
        try ledger.close()
        return content
    }
}

extension Ended {
    /// The output as one JSON document.
    func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        do {
            return try JSONValue.parse(output)
        } catch {
            Issue.record("not JSON (\(error)): \(text.prefix(200))", sourceLocation: sourceLocation)
            throw error
        }
    }

    /// The numbers of `--json` of an ingest, after checking that they add up.
    func counts(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Int64] {
        let document = try json(sourceLocation: sourceLocation)
        let all = (document["sources"]?.array ?? []).compactMap { $0["counts"] } + [document["total"]].compactMap { $0 }
        var last: [String: Int64] = [:]
        for entry in all {
            last = [:]
            for member in entry.object ?? [] { last[member.key] = member.value.integer }
            let parts = ["blank", "header", "ignored", "accepted", "duplicates", "rejected"]
            let sum = parts.reduce(0) { $0 + (last[$1] ?? 0) }
            #expect(last["lines"] == sum, "\(last)", sourceLocation: sourceLocation)
        }
        return last
    }
}
