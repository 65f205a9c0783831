import Domain
import Files
import Foundation
import Operation
import Statistics
import Supervision
import Swarm
import Testing

@Suite("On recorded markets and agents", .enabled(if: RecordedData.folder != nil))
struct RecordedDataTests {
    private let end = Timestamp(seconds: 1_761_350_400)  // 2025-10-25T00:00:00Z

    @Test("An agent that repeats the sign of the running bar earns nothing before costs, on real bars")
    func lookAhead() throws {
        let prices = try RecordedData.octoberPrices()
        let agent = try #require(AgentID("trap"))
        var signals: [Dated<Signal>] = []
        var own: [Double] = []
        for series in prices {
            let bars = series.bars.map(\.value)
            signals += LookAheadTrap(agent: agent, moment: .lastInstant).signals(for: series.symbol, over: bars).map {
                Dated($0, knownAt: $0.generatedAt, attestation: .unattested)
            }
            own += bars.filter { $0.close != $0.open }.map { ($0.close / $0.open - 1).magnitude * 10_000 }
        }
        var fold = Fold(mode: .constant(.standard))
        fold.apply(FactBatch(bars: prices, signals: signals))
        fold.advance(to: end)
        let gross = fold.newOutcomes.filter(\.isPrimary).map(\.grossReturnBps)
        let error = try #require(standardErrorOfMean(of: gross))
        let average = try #require(mean(of: gross))
        #expect(gross.count > 3_000)
        #expect(average.magnitude < 4 * error, "\(average) +- \(error) bps over \(gross.count) outcomes")
        // What it would seem to earn, scored on the bar it was made in.
        #expect(try #require(mean(of: own)) > 25)
    }

    @Test("Forty language-model agents: the outcomes that a direct reading of the files gives, and no edge claimed")
    func languageModels() throws {
        let mapping = FileManager.default.temporaryDirectory.appendingPathComponent("llm-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: mapping) }
        let text = """
            {"fields": {"ts": "ts", "agent": "agent", "symbol": "asset", "direction": "signal",
             "confidence": "confidence", "score_final": "confidence"},
             "values": {"direction": {"buy": "long", "hold": "ignore", "close_position": "flat"}},
             "timeOffsetHours": 4, "constants": {"horizon_hours": 24, "strategy_class": "llm"}, "unknownFields": "drop"}
            """
        try Data(text.utf8).write(to: mapping)
        let (batch, rejectedCount) = try RecordedData.facts(
            "llm_arena_signals_2025_10/signals.jsonl.gz", kind: .signals, mappingPath: mapping.path)
        #expect(rejectedCount == 0)
        #expect(batch.signals.count == 791)
        var evidence = batch
        evidence.bars = try RecordedData.octoberPrices()
        let report = supervise(evidence, under: .constant(.standard), asOf: end)
        #expect(report.agents.count == 40)
        #expect(report.fleet.outcomeCount == 474)
        #expect(report.fleet.pendingCount == 3)
        #expect(report.fleet.rejections == [.flat: 314])
        let sum = report.agents.reduce(0) { $0 + $1.scorecard.pnlSumBps }
        // A few lines of Python over the same files: the first open at or after ts + 4 h, that after ts + 28 h, 10 bps.
        #expect((sum - 31_697.182814232856).magnitude < 1e-6)
        #expect(report.agents.allSatisfy { $0.verdict.stage == .candidate })
        #expect(report.allocation.cash > 0.7)
    }
}
