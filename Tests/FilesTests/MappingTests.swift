import Domain
import Files
import Operation
import Testing

struct MappingTests {
    private let scratch = Scratch()

    /// The example of docs/MAPPING.md.
    static let arena = """
        {
          "kind": "signals",
          "fields": {
            "ts": "ts",
            "agent": "agent",
            "symbol": "asset",
            "direction": "signal",
            "confidence": "confidence"
          },
          "values": {
            "direction": { "buy": "long", "hold": "ignore", "close_position": "flat" }
          },
          "timeOffsetHours": 4,
          "constants": { "horizon_hours": 24, "strategy_class": "llm" },
          "unknownFields": "drop"
        }
        """

    private func line(_ signal: String, _ more: String = "") -> String {
        """
        {"agent":"anthropic_temp01_trial10","family":"anthropic","temperature":0.10,"trial":10,"iteration":2,\
        "ts":"2025-10-17T04:00:00Z","asset":"BNB","signal":"\(signal)","confidence":0.72,"quantity":9.0,\
        "leverage":12,"invalidation":"If price closes below 1000 on the 3-minute candle"\(more)}
        """
    }

    private func parse(_ line: String, _ mapping: String, _ kind: SourceKind = .signals) -> ParsedLine {
        scratch.write("mapping.json", mapping)
        return scratch.parse(line, kind, mapping: "mapping.json")
    }

    private func refusal(_ mapping: String, _ kind: SourceKind = .signals) -> String {
        scratch.write("mapping.json", mapping)
        do {
            try InputFiles.checkMapping(scratch.path("mapping.json"), kind: kind)
            return "accepted"
        } catch {
            return "\(error)".replacing(scratch.path("mapping.json") + ": ", with: "")
        }
    }

    @Test func aBuyIsKnownWhenItsCandleCloses() throws {
        let expected = Signal(
            agent: try #require(AgentID("anthropic_temp01_trial10")), symbol: try #require(Symbol("BNB")),
            direction: .long, confidence: 0.72, horizon: .hours(24),
            generatedAt: Timestamp(seconds: 1_760_688_000), strategyClass: "llm")
        #expect(parse(line("buy"), Self.arena).signal == expected)
        #expect(expected.generatedAt.description == "2025-10-17T08:00:00Z")
        #expect(parse(line("close_position"), Self.arena).signal?.direction == .flat)
    }

    @Test func aHoldIsIgnoredAndAnUnknownWordRefused() {
        guard case .ignored = parse(line("hold"), Self.arena) else {
            Issue.record("a hold is a fact")
            return
        }
        #expect(
            parse(line("sell"), Self.arena).reason == #"direction "sell" is none of buy, close_position, hold"#)
    }

    @Test func unknownFieldsAreKeptUnlessDropped() {
        let kept = parse(line("buy"), Self.arena.replacing("\"drop\"", with: "\"keep\"")).signal?.unknownFields
        #expect(
            kept
                == #"{"family":"anthropic","invalidation":"If price closes below 1000 on the 3-minute candle","#
                + #""iteration":2,"leverage":12,"quantity":9,"temperature":0.1,"trial":10}"#)
    }

    @Test func aTemplateNamesTheAgentAndNestedFieldsAreFound() {
        let mapping = """
            {"fields":{"ts":"meta.at.open","symbol":"asset","direction":"signal","score_final":"meta.score"},
             "values":{"direction":{"BUY":"Long"}},"scale":{"score_final":0.01},
             "agentTemplate":"{family}-{temperature}/{trial}","unknownFields":"drop"}
            """
        let signal = parse(line("buy", #","meta":{"x":[{}],"score":"250","at":{"open":1760688000}}"#), mapping).signal
        #expect(signal?.agent.name == "anthropic-0.1/10")
        #expect(signal?.score == 2.5)
        #expect(signal?.generatedAt == Timestamp(seconds: 1_760_688_000))
        #expect(parse(line("buy"), mapping).reason == "ts is missing")
        let literal = #","meta.at.open":1760688001,"meta":{"score":1,"at":{"open":1760688000}}"#
        #expect(parse(line("buy", literal), mapping).signal?.generatedAt == Timestamp(seconds: 1_760_688_001))
    }

    @Test func aConstantScoreAndTheSameFieldTwice() {
        let fields = #""ts":"ts","agent":"agent","symbol":"asset","direction":"signal""#
        let values = #""values":{"direction":{"buy":"long"}}"#
        let constant = "{\"fields\":{\(fields)},\(values),\"constants\":{\"score_final\":0.5}}"
        #expect(parse(line("buy"), constant).signal?.score == 0.5)
        let twice = "{\"fields\":{\(fields),\"score_final\":\"confidence\",\"confidence\":\"confidence\"},\(values)}"
        let signal = parse(line("buy"), twice).signal
        #expect(signal?.score == 0.72 && signal?.confidence == 0.72)
    }

    @Test func pricesTakeSymbolAndLengthFromConstants() throws {
        let mapping = """
            {"fields":{"ts":"t","open":"o","high":"h","low":"l","close":"c"},
             "constants":{"symbol":"XBT/USD","interval":"1h"},"timeOffsetHours":-1}
            """
        scratch.write("mapping.json", mapping)
        scratch.write("k.csv", "T,O,H,L,C\n1761271200,1,2,0.5,1.5\n")
        let reading = try scratch.read(scratch.source("k.csv", .prices, mapping: scratch.path("mapping.json")))
        guard case .fact(.bar(let symbol, let bar)) = reading.lines[1].content else {
            Issue.record("\(reading.reasons)")
            return
        }
        #expect(symbol.name == "BTC" && bar.closeAt == Timestamp(seconds: 1_761_271_200))
    }

    @Test(arguments: [
        (#"{"field":{}}"#, #"unknown key "field"; did you mean "fields"?"#),
        (#"{"fields":{"agnet":"a"}}"#, #"unknown key "agnet" in fields; did you mean "agent"?"#),
        (#"{"constants":{"horizon":24}}"#, #"unknown key "horizon" in constants; did you mean "horizon_hours"?"#),
        (#"{"fields":{"ts":"ts"}}"#, "fields must say which field is agent"),
        (#"{"fields":{"ts":"t","agent":"a","symbol":"s","direction":"d"},"constants":{"agent":"x"}}"#,
         "agent is both a field and a constant"),
        (#"{"values":{"direction":{"buy":"up"}}}"#, "values.direction.buy must be one of long, short, flat, ignore"),
        (#"{"values":{"direction":{"buy":"long","BUY":"short"}}}"#, "values.direction names BUY twice"),
        (#"{"values":{"symbol":{}}}"#, #"unknown key "symbol" in values; did you mean "direction"?"#),
        (#"{"timeOffsetHours":"4"}"#, "timeOffsetHours must be a number of hours within a year"),
        (#"{"constants":{"ts":1}}"#, "constants.ts: a time must come from the line"),
        (#"{"constants":{"horizon_hours":"24"}}"#, "constants.horizon_hours must be a number"),
        (#"{"scale":{"agent":2}}"#, "scale.agent: only numbers can be scaled"),
        (#"{"scale":{"confidence":0}}"#, "scale.confidence must be a number other than 0"),
        (#"{"agentTemplate":"{a"}"#, "agentTemplate: each { needs a field's name and a }"),
        (#"{"agentTemplate":"a}"}"#, "agentTemplate: a } without its {"),
        (#"{"agentTemplate":"a"}"#, "agentTemplate names no field"),
        (#"{"kind":"prices"}"#, "is for prices, but the source holds signals"),
        (#"{"kind":"price"}"#, "kind must be one of signals, prices, telemetry, reconciled"),
        (#"{"unknownFields":false}"#, #"unknownFields must be "keep" or "drop""#),
        (#"{"fields":{},"fields":{}}"#, "is not JSON: the key fields occurs twice in one object"),
        ("[]", "must be one JSON object"), ("{", "is not JSON"),
    ])
    func aWrongMappingIsRefusedWithWhatToWriteInstead(mapping: String, reason: String) {
        let found = refusal(mapping)
        #expect(found.hasPrefix(reason), "\(found)")
    }

    @Test func aMissingMappingIsNamed() {
        let source = scratch.source("x.jsonl", .signals, mapping: "none.json")
        #expect(throws: FileFailure(path: scratch.path("none.json"), message: "there is no such mapping file")) {
            try scratch.read(source)
        }
        #expect(scratch.parse("{}", .signals, mapping: "none.json").reason?.contains("no such mapping file") == true)
    }
}
