import Domain
import JSONText
import Reporting
import Testing

@Suite("Documents that leave the program")
struct DocumentTests {
    @Test(
        "Every JSON document reads back, is ASCII, and the same report gives the same bytes", arguments: Fleet.allCases)
    func readsBack(fleet: Fleet) throws {
        let report = fleet.report
        let documents = DropIn.documents(for: report, decisions: Fixture.decisions)
        #expect(documents == DropIn.documents(for: report, decisions: Fixture.decisions))
        for document in documents where document.path.hasSuffix(".json") {
            #expect(throws: Never.self) { try JSONValue.parse(document.bytes) }
            #expect(document.bytes.allSatisfy { $0 < 0x7F }, "\(document.path)")
        }
    }

    @Test("No two documents have the same path")
    func paths() {
        let paths = DropIn.documents(for: Fixture.empty, decisions: []).map(\.path)
        #expect(Set(paths).count == paths.count)
    }

    @Test("Multipliers are laid out as Python's json.dumps lays them out")
    func pythonLayout() {
        let text = String(decoding: DropIn.multipliers(Fixture.hostile), as: UTF8.self)
        #expect(
            text.hasPrefix(
                "{\n  \"version\": 1,\n  \"generated_at\": \"2025-10-25T00:00:00Z\",\n  \"multipliers\": {\n    "))
        #expect(text.contains("\n    \"<script>alert('x')</script>\": 0.93,\n    \"a\\u202edellik\": 1.0,\n"))
        #expect(text.hasSuffix("\n  }\n}"))
        let empty = String(decoding: DropIn.multipliers(Fixture.empty), as: UTF8.self)
        #expect(
            empty == "{\n  \"version\": 1,\n  \"generated_at\": \"2025-10-25T00:00:00Z\",\n  \"multipliers\": {}\n}")
    }

    @Test("Letters beyond the basic plane are two escapes, as Python writes them")
    func surrogates() throws {
        var report = Fixture.alone
        report.agents[0].agent = Fixture.agentID("\u{1F680}")
        let text = String(decoding: DropIn.multipliers(report), as: UTF8.self)
        #expect(text.contains("\"\\ud83d\\ude80\": 1.0"))
        let read = try JSONValue.parse(DropIn.multipliers(report))
        #expect(read["multipliers"]?["\u{1F680}"]?.double == 1)
    }

    @Test("Numbers in JSON are the report's, to the last bit")
    func fullPrecision() throws {
        var report = Fixture.morning
        report.allocation.agents[2].weight = 0.1 + 0.2
        report.agents[2].scorecard.averageReturnBps = Fixture.estimate(1.0 / 3, .pi, 730)
        let read = try JSONValue.parse(JSONReport.bytes(report))
        #expect(read["allocation"]?["weights"]?["momentum"]?.double == 0.1 + 0.2)
        let mean = read["agents"]?.array?[2]["scorecard"]?["average_return_bps"]
        #expect(mean?["value"]?.double == 1.0 / 3)
        #expect(mean?["standard_error"]?.double == .pi)
        #expect(mean?["count"]?.integer == 730)
    }

    @Test("Too little evidence is an object that says how little, and null in the flat fields of the old readers")
    func insufficient() throws {
        let newcomer = try #require(try JSONValue.parse(JSONReport.bytes(Fixture.morning))["agents"]?.array?[1])
        #expect(newcomer["scorecard"]?["hit_rate"]?["insufficient"]?["count"]?.integer == 3)
        #expect(newcomer["scorecard"]?["hit_rate"]?["insufficient"]?["needed"]?.integer == 10)
        for field in ["hit_rate", "error_rate", "avg_abs_error_bps", "avg_pnl_error_bps", "sim_version"] {
            #expect(newcomer[field] == .null)
        }
        #expect(newcomer["pnl_sum_bps"]?.double == 37.5)
    }

    @Test("A reconciled line has the fields of the contract, in their order, null where there is nothing")
    func reconciledFields() throws {
        let lines = DropIn.reconciledLines(Fixture.outcomes).split(separator: 0x0A)
        #expect(lines.count == 2)
        for line in lines {
            let fields = try #require(try JSONValue.parse(Array(line)).object)
            #expect(
                fields.map(\.key) == [
                    "ts", "agent", "run_id", "symbol", "direction", "entry_price", "exit_price", "horizon_hours",
                    "realized_pnl_bps", "expected_pnl_bps", "expected_sigma_bps", "pnl_error_bps", "abs_error_bps",
                    "sim_version", "strategy_class", "regime", "confidence", "score_final",
                ])
        }
        let first = try JSONValue.parse(Array(lines[0]))
        #expect(first["pnl_error_bps"]?.double == -122.5)
        #expect(first["abs_error_bps"]?.double == 122.5)
        #expect(first["horizon_hours"] == .integer("24"))
        #expect(first["agent"]?.string == "量化\u{2028}趋势")
        #expect(try JSONValue.parse(Array(lines[1]))["entry_price"] == .null)
    }

    @Test("The history has no line before the first decision, and one line for each")
    func history() throws {
        #expect(DropIn.allocationHistoryLine(Fixture.empty) == nil)
        let line = try #require(DropIn.allocationHistoryLine(Fixture.large(1_000)))
        #expect(line.count { $0 == 0x0A } == 1 && line.last == 0x0A)
    }

    @Test("The forecaster's file is enough to recompute a prediction by hand")
    func forecaster() throws {
        var report = Fixture.morning
        report.forecaster = Fixture.forecasterInForce
        let ridge = try #require(try JSONValue.parse(DropIn.forecaster(report))["ridge"])
        let values = [0.75, 222.5]
        var sum = try #require(ridge["intercept"]?.double)
        for (feature, value) in zip(try #require(ridge["features"]?.array), values) {
            let mean = try #require(feature["mean"]?.double)
            let scale = try #require(feature["scale"]?.double)
            sum += try #require(feature["coefficient"]?.double) * (value - mean) / scale
        }
        #expect(sum == report.forecaster.inForce.ridge?.expectedReturnBps(values))
    }

    @Test("Human decisions are in the promotions, with their scope")
    func decisions() throws {
        let read = try JSONValue.parse(DropIn.promotions(Fixture.morning, decisions: Fixture.decisions))
        let decisions = try #require(read["decisions"]?.array)
        #expect(decisions.map { $0["decision"]?.string } == ["kill", "veto"])
        #expect(decisions[0]["agent"]?.string == "noise")
        #expect(decisions[1]["strategy_class"]?.string == "llm")
        #expect(read["agents"]?.array?[2]["gates"]?.array?.count == 3)
    }
}

@Suite("The report as a page")
struct HTMLReportTests {
    @Test("Names, strategies, findings and reasons are shown, never interpreted")
    func escapes() {
        let page = String(decoding: HTMLReport.bytes(Fixture.hostile), as: UTF8.self)
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
        #expect(page.contains("&amp;amp;&quot;quoted&quot;"))
        for harm in ["<script", "<img", "<b>", "<i>", "\u{202E}", "\u{1B}", "\u{7}"] {
            #expect(!page.contains(harm), "\(harm)")
        }
    }

    @Test("Nothing is loaded from elsewhere")
    func selfContained() {
        let page = String(decoding: HTMLReport.bytes(Fixture.morning), as: UTF8.self)
        for word in ["http://", "https://", "src=", "href=", "@import", "url("] { #expect(!page.contains(word)) }
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("width=device-width"))
    }

    @Test(
        "What is opened is closed, in order",
        arguments: Fleet.allCases)
    func balanced(fleet: Fleet) {
        let page = String(decoding: HTMLReport.bytes(fleet.report), as: UTF8.self)
        var open: [Substring] = []
        for piece in page.split(separator: "<").dropFirst() {
            let name = piece.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
            if name == "meta" || name.hasPrefix("!") || piece.prefix(while: { $0 != ">" }).hasSuffix("/") { continue }
            if name.hasPrefix("/") {
                guard open.popLast() != name.dropFirst() else { continue }
                Issue.record("\(name) closes nothing")
            } else {
                open.append(name)
            }
        }
        #expect(open.isEmpty)
    }
}
