import Domain
import JSONText
import Operation
import Testing

struct SignalLineTests {
    private let scratch = Scratch()

    private func parse(_ line: String) -> ParsedLine { scratch.parse(line, .signals) }

    @Test func aFullLineBecomesItsSignal() throws {
        let line = """
            {"ts":"2025-10-24T02:00:00.250Z","agent":" a1 ","symbol":"btc/usdt","direction":"short","prob_up":0.25,\
            "confidence":1,"score_final":-1.5e-1,"regime":"trend","run_id":17,"signal_id":"s1","horizon_hours":4,\
            "strategy_class":"momentum","agent_version":"v2","recorded_at":"2025-10-24T02:00:01Z"}
            """
        let agent = try #require(AgentID("a1"))
        let symbol = try #require(Symbol("BTC"))
        let expected = Signal(
            agent: agent, symbol: symbol, direction: .short, score: -0.15, confidence: 1, probabilityUp: 0.25,
            horizon: .hours(4), generatedAt: Timestamp(milliseconds: 1_761_271_200_250), signalID: "s1", runID: "17",
            strategyClass: "momentum", regime: "trend", agentVersion: "v2",
            unknownFields: #"{"recorded_at":"2025-10-24T02:00:01Z"}"#)
        #expect(parse(line).signal == expected)
    }

    @Test func nullAndEmptyOptionalFieldsAreAbsent() throws {
        let signal = try #require(
            parse(signalLine(1, #","confidence":null,"score_final":null,"signal_id":"","regime":" ","run_id":null"#))
                .signal)
        #expect(signal.confidence == nil && signal.score == nil && signal.signalID == nil)
        #expect(signal.regime == nil && signal.runID == nil && signal.horizon == .standard)
        #expect(signal.unknownFields.isEmpty)
    }

    @Test(arguments: [
        ("1761271200", 1_761_271_200_000), ("1761271200.5", 1_761_271_200_500), ("1761271200123", 1_761_271_200_123),
        ("1761271200123456", 1_761_271_200_123), ("1761271200123456789", 1_761_271_200_123),
        (#""2025-10-24T04:00:00+02:00""#, 1_761_271_200_000), (#""2025-10-24 02:00Z""#, 1_761_271_200_000),
        (#""2025-10-24T02:00:00.9999Z""#, 1_761_271_200_999), (#""2025-10-24T02:00:00.5Z""#, 1_761_271_200_500),
    ])
    func timesOfEveryAllowedFormAreRead(text: String, milliseconds: Int) {
        let line = #"{"ts":\#(text),"agent":"a","symbol":"BTC","direction":"LONG"}"#
        #expect(parse(line).signal?.generatedAt.milliseconds == Int64(milliseconds))
    }

    @Test(arguments: [
        (#""2025-10-24T02:00:00""#, "has no zone"), (#""2025-10-24""#, "has no zone"),
        (#""2025-02-30T02:00:00Z""#, "is not a time between"), (#""2025-10-24T24:00:00Z""#, "is not a time between"),
        (#""soon""#, "is no time"), ("1.5e300", "is not a time between"),
        ("-5", "is not a time between"), ("12", "is not a time between"),
        (#""2999-10-24T02:00:00Z""#, "is not a time between"), ("true", "is no time"), ("[1]", "is no time"),
        ("null", "ts is missing"), (#""1761271200""#, "is no time"),
    ])
    func otherTimesAreRefused(text: String, reason: String) {
        let line = #"{"ts":\#(text),"agent":"a","symbol":"BTC","direction":"LONG"}"#
        let found = parse(line).reason ?? "accepted"
        #expect(found.hasPrefix("ts ") && found.contains(reason), "\(found)")
    }

    @Test(arguments: [
        (#","prob_up":1.01"#, "prob_up 1.01 is outside 0...1"),
        (#","confidence":-0.1"#, "confidence -0.1 is outside 0...1"),
        (#","confidence":"0.5""#, #"confidence "0.5" is a text; a number is expected"#),
        (#","score_final":1e400"#, "score_final 1e400 is not a finite number"),
        (#","score_final":NaN"#, "score_final NaN is not a finite number"),
        (#","score_final":-Infinity"#, "score_final -Infinity is not a finite number"),
        (#","score_final":true"#, "score_final true is no number"),
        (#","score_final":{}"#, "score_final {} is no number"),
        (#","horizon_hours":0"#, "horizon_hours 0 is no horizon"),
        (#","horizon_hours":-24"#, "horizon_hours -24 is no horizon"),
        (#","horizon_hours":1e9"#, "horizon_hours 1e9 is no horizon"),
        (#","agent":"b""#, #"the key "agent" occurs twice"#),
        (#","extra":{"x":1,"x":2}"#, "extra: the key x occurs twice in one object"),
        (#","regime":5"#, "regime 5 is a number; a text is expected"),
        (#","run_id":1.5"#, "run_id 1.5 is no text"),
        (#","regime":"a\u0000b""#, #"regime "a\\u0000b" is longer than 1,000 bytes or holds control characters"#),
    ])
    func aWrongValueIsNamedWithItsField(more: String, reason: String) {
        let found = parse(signalLine(1, more)).reason ?? "accepted"
        #expect(found.hasPrefix(reason), "\(found)")
    }

    @Test(arguments: [
        (#"{"agent":"a","symbol":"BTC","direction":"LONG"}"#, "ts is missing"),
        (#"{"ts":1761271200,"symbol":"BTC","direction":"LONG"}"#, "agent is missing"),
        (#"{"ts":1761271200,"agent":"","symbol":"BTC","direction":"LONG"}"#, #"agent "" is no name"#),
        (#"{"ts":1761271200,"agent":" ","symbol":"BTC","direction":"LONG"}"#, #"agent " " is no name"#),
        (#"{"ts":1761271200,"agent":7,"symbol":"BTC","direction":"LONG"}"#, "agent 7 is no text"),
        (#"{"ts":1761271200,"agent":"a","direction":"LONG"}"#, "symbol is missing"),
        (#"{"ts":1761271200,"agent":"a","symbol":"B C","direction":"LONG"}"#, #"symbol "B C" is no symbol"#),
        (#"{"ts":1761271200,"agent":"a","symbol":"BTC"}"#, "direction is missing"),
        (#"{"ts":1761271200,"agent":"a","symbol":"BTC","direction":"up"}"#,
         #"direction "up" is none of LONG, SHORT, FLAT"#),
        (#"{"ts":1761271200,"agent":"a","symbol":"BTC","direction":"ignore"}"#, #"direction "ignore" is none of"#),
        (#"{"ts":1761271200,"agent":"a","symbol":"BTC","direction":1}"#, "direction 1 is none of"),
        ("[1]", "is no JSON object: an object is expected (at byte 0)"),
        (#"{"ts":1761271200"#, "is no JSON object: the text ends too early"),
        ("{\"agent\":\"a\u{0}\"}", "is no JSON object: a control character in a string must be escaped"),
        ("nonsense", "is no JSON object"),
    ])
    func aLineThatIsNoSignalIsRefused(line: String, reason: String) {
        let found = parse(line).reason ?? "accepted"
        #expect(found.hasPrefix(reason), "\(found)")
    }

    @Test func invalidUTF8IsRefusedWithItsPlace() throws {
        scratch.write("x.jsonl", Array("{\"agent\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n".utf8))
        #expect(try scratch.read(scratch.source("x.jsonl", .signals)).reasons == [
            "is not valid UTF-8 at byte 10 of the line"
        ])
    }

    @Test func unknownFieldsAreKeptAsOneCanonicalObject() throws {
        let more = #","b":1.50,"a":[1, {"z":1,"y":2.0}],"c":"x","B":-0,"d":1e2,"é":null,"aa":true,"e":"\u0041\n""#
        let signal = try #require(parse(signalLine(1, more)).signal)
        #expect(
            signal.unknownFields
                == #"{"B":0,"a":[1,{"y":2,"z":1}],"aa":true,"b":1.5,"c":"x","d":100,"e":"A\n","é":null}"#)
    }

    @Test func unknownFieldsAgreeWithTheCanonicalFormOfTheWholeObject() throws {
        for seed in 1...300 {
            var random = Garbage(state: UInt64(seed))
            var members: [String] = []
            for index in 0..<(random.below(90) + 1) {
                let key = ["k\(index)", "\\u006b\(index)", "é\(index)", "\(index)"][random.below(4)]
                let value = ["1", "-0", "1.0", "2.5e-7", "\"t\"", "\"\\t\"", "null", "false", "[1 , 2]", "1e300", "0.1"]
                members.append("\"\(key)\":\(value[random.below(value.count)])")
            }
            let object = try JSONValue.parse("{" + members.joined(separator: ",") + "}")
            let signal = try #require(parse(signalLine(1, "," + members.joined(separator: " , "))).signal)
            let canonical = String(decoding: object.canonicalBytes, as: UTF8.self)
            #expect(signal.unknownFields == canonical, "seed \(seed)")
        }
    }

    @Test func fastTimesAgreeWithTheCalendar() {
        for seed in 1...2_000 {
            var random = Garbage(state: UInt64(seed))
            let time = Timestamp(milliseconds: 946_684_800_000 + Int64(random.next() % 6_000_000_000_000))
            let line = #"{"ts":"\#(time)","agent":"a","symbol":"BTC","direction":"LONG"}"#
            #expect(parse(line).signal?.generatedAt == time, "seed \(seed)")
        }
    }
}
