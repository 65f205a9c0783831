import Domain
import Reporting
import Testing

@Suite("Whole documents are as they were recorded")
struct FrozenDocumentTests {
    @Test("The report as text")
    func text() {
        Frozen.expect(Array(TextReport.text(Fixture.morning).utf8), is: "morning.txt")
        Frozen.expect(Array(TextReport.text(Fixture.empty).utf8), is: "empty.txt")
        Frozen.expect(Array(TextReport.text(Fixture.alone).utf8), is: "alone.txt")
    }

    @Test("One agent, explained", arguments: ["momentum", "llm-haiku", "noise"])
    func explanation(name: String) throws {
        let text = try #require(ExplainText.text(of: Fixture.agentID(name), in: Fixture.morning))
        Frozen.expect(Array(text.utf8), is: "explain-\(name).txt")
    }

    @Test("The lists of agents and strategies, and the forecaster")
    func lists() {
        Frozen.expect(Array(AgentsText.text(Fixture.morning).utf8), is: "agents.txt")
        Frozen.expect(Array(StrategyText.text(Fixture.morning).utf8), is: "strategies.txt")
        Frozen.expect(Array(ForecasterText.text(Fixture.forecasterInForce).utf8), is: "forecaster.txt")
        Frozen.expect(JSONReport.bytes(Fixture.forecasterInForce, asOf: Fixture.asOf), is: "forecaster.json")
    }

    @Test("The drop-in files")
    func dropIn() {
        for document in DropIn.documents(for: Fixture.morning, decisions: Fixture.decisions) {
            let name = document.path.split(separator: "/").last.map(String.init) ?? document.path
            Frozen.expect(document.bytes, is: name)
        }
        Frozen.expect(DropIn.allocationHistoryLine(Fixture.morning) ?? [], is: "allocation_history.jsonl")
        Frozen.expect(DropIn.reconciledLines(Fixture.outcomes), is: "reconciled.jsonl")
    }
}

extension Fixture {
    static let outcomes: [Outcome] = [
        outcome(symbol: "BTC", horizon: .hours(24), entry: 100, regime: "calm"),
        outcome(symbol: "ETH/BTC", horizon: .hours(1), entry: nil, regime: nil),
    ]

    private static func outcome(symbol name: String, horizon: Horizon, entry: Double?, regime: String?) -> Outcome {
        Outcome(
            agent: agentID("量化\u{2028}趋势"), trackNumber: 0, symbol: symbol(name), direction: .short, horizon: horizon,
            isPrimary: horizon == .standard, attestation: .attested, isImported: entry == nil,
            generatedAt: asOf - .days(2), closesAt: asOf - .days(1), entryAt: asOf - .days(2), exitAt: asOf - .days(1),
            entryPrice: entry, exitPrice: entry.map { $0 * 1.01 }, grossReturnBps: -100, costBps: 10,
            expectedReturnBps: 12.5, forecasterVersion: "score-linear@1", sigmaBps: entry.map { _ in 177.25 },
            overlapCount: 1, score: 0.5, confidence: nil, probabilityUp: nil, regime: regime, strategyClass: "trend",
            runID: nil, signalID: nil)
    }
}
