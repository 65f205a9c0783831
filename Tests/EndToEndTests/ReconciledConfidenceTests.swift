import Domain
import Foundation
import JSONText
import ProgramHarness
import Testing

/// `confidence --reconciled`: rows of another system in the place of a ledger.
struct ReconciledConfidenceTests {
    /// Three agents, hourly rows in the order of their times: one good, one that overstates, one without a volatility.
    private static func rows(hours: Range<Int64>) -> [String] {
        hours.map { hour in
            let agent = ["good", "loud", "mute"][Int(hour % 3)]
            let realized = Double((hour * 7_919) % 401 - 200)
            let expected = agent == "good" ? realized / 2 : -40
            let sigma = agent == "mute" ? "" : "\"expected_sigma_bps\":150,"
            return "{\"ts\":\"\(Fixtures.start + .hours(hour))\",\"agent\":\"\(agent)\",\"symbol\":\"BTCUSDT\","
                + "\"direction\":\"LONG\",\"horizon_hours\":24,\(sigma)\"realized_pnl_bps\":\(realized),"
                + "\"expected_pnl_bps\":\(expected),\"strategy_class\":\"\(hour % 2 == 0 ? "carry" : "trend")\"}"
        }
    }

    private func text(_ rows: [String]) -> String { rows.map { $0 + "\n" }.joined() }

    /// The member `name` of every agent in a document.
    private func numbers(_ document: JSONValue, _ name: String) -> [String] {
        (document["agents"]?.array ?? []).map { agent in
            let value = agent[name].map { String(decoding: $0.canonicalBytes, as: UTF8.self) }
            return "\(agent["agent"]?.string ?? "?"): \(value ?? "?")"
        }
    }

    @Test("rows alone say what the ledger says of the same rows, and nothing is written")
    func sameAsTheLedger() throws {
        let folder = try Folder()
        let rows = Self.rows(hours: 0..<480)
        try folder.write("alpha/reconciled.jsonl", text(rows))
        let before = Folder.names(in: folder.root)
        let alone = try folder.done("confidence", "--json")
        #expect(alone.errorText.contains("there is no ledger under"))
        #expect(Folder.names(in: folder.root) == before, "a reading command wrote something")
        let document = try JSONValue.parse(alone.output)
        #expect(document["schema"]?.string == "meta-supervisor/reconciled-confidence/1")
        #expect(document["lines"]?["counted"]?.double == 480)

        try folder.done("init", "-q")
        try folder.done("ingest", "reconciled", folder.root + "/alpha/reconciled.jsonl", "--as-history")
        let asOf = try #require(document["as_of"]?.string)
        let report = try JSONValue.parse(try folder.done("report", "--json", "--as-of", asOf).output)
        for name in ["multiplier", "pnl_sum_bps"] { #expect(numbers(document, name) == numbers(report, name)) }
        let hitRates = (report["agents"]?.array ?? []).map { $0["scorecard"]?["hit_rate"] }
        #expect((document["agents"]?.array ?? []).map { $0["hit_rate"] } == hitRates)
        let attribution = (report["strategies"]?.array ?? []).map { $0["shortfall_cvar_95_bps"] }
        #expect((document["strategies"]?.array ?? []).map { $0["shortfall_cvar_95_bps"] } == attribution)
        #expect(attribution.count == 2)

        // With a ledger the same command reads that; a named file is read all the same.
        let fromLedger = try folder.done("confidence", "--json")
        #expect(!fromLedger.text.contains("reconciled-confidence"))
        let named = try folder.done("confidence", "--json", "--reconciled", folder.root + "/alpha/reconciled.jsonl")
        #expect(try JSONValue.parse(named.output)["agents"] == document["agents"])
    }

    @Test("bad lines are told with their number and reason, and --strict ends with 2")
    func badLines() throws {
        let folder = try Folder()
        var rows = Self.rows(hours: 0..<120)
        rows.insert("{\"ts\":\"yesterday\"}", at: 10)
        rows.insert("", at: 20)
        rows.append(rows[0])
        try folder.write("rows.jsonl", text(rows))
        let told = try folder.done("confidence", "--reconciled", folder.root + "/rows.jsonl")
        #expect(told.text.contains("123 lines: 120 counted, 1 blank, 1 refused, 1 out of order and left out."))
        #expect(told.text.contains("line 11: direction is missing"))
        #expect(told.text.contains("line 123 is the first that came after its grid step was over"))
        #expect(told.text.contains("no book") && told.text.contains("rows without expected_sigma_bps"))
        #expect(told.errorText.contains("1 lines refused, 1 out of order"))
        let strict = try folder.run("confidence", "--strict", "--reconciled", folder.root + "/rows.jsonl")
        #expect(strict.code == 2 && strict.text == told.text)
    }

    @Test("what rows cannot be read for is said in words")
    func refusals() throws {
        let folder = try Folder()
        try folder.write("rows.jsonl", text(Self.rows(hours: 0..<30)))
        let seed = try folder.run("confidence", "--policy", "seed", "--reconciled", folder.root + "/rows.jsonl")
        #expect(seed.code == 64 && seed.errorText.contains("as the original does"))
        let none = try folder.run("confidence", "--reconciled", folder.root + "/none.jsonl")
        #expect(none.code == 1 && none.errorText.contains("there is no such file"))
        let horizon = try folder.run(
            "confidence", "--horizon-hours", "0", "--reconciled", folder.root + "/rows.jsonl")
        #expect(horizon.code == 64)
        let one = try folder.done("confidence", "--horizon-hours", "1", "--reconciled", folder.root + "/rows.jsonl")
        #expect(one.text.contains("No row counts in") && one.text.contains("30 of other horizons"))
    }
}
