import Domain
import Files
import Operation
import Testing

struct CSVTests {
    private let scratch = Scratch()
    private let header = "agent,ts,symbol,direction,confidence,note\n"

    private func read(_ text: String, _ kind: SourceKind = .signals) throws -> Reading {
        scratch.write("x.csv", text)
        return try scratch.read(scratch.source("x.csv", kind))
    }

    @Test func signalsAreReadByColumnNames() throws {
        let reading = try read(
            header + "a,2025-10-24T02:00:00Z,BTC,long,0.5,\"x, \"\"y\"\"\"\r\nb,1761271200,\"ETH\",SHORT,,\r\n")
        let signals = reading.lines.compactMap(\.content.signal)
        #expect(reading.kinds == "HFF")
        #expect(signals.map(\.agent.name) == ["a", "b"])
        #expect(signals.map(\.confidence) == [0.5, nil])
        #expect(signals.map(\.unknownFields) == [#"{"note":"x, \"y\""}"#, ""])
    }

    @Test func telemetryAndOutcomesAreReadFromTablesToo() throws {
        #expect(try read("run_id,agent,ts,errors\nr,a,1761271200,0\n", .telemetry).kinds == "HF")
        let row = "ts,agent,symbol,direction,realized_pnl_bps,expected_pnl_bps\n1761271200,a,BTC,LONG,5,1\n"
        #expect(try read(row, .reconciled).kinds == "HF")
    }

    @Test func aHeaderInTheMiddleIsAHeaderEvenWithOtherColumns() throws {
        let reading = try read(
            header + "a,1761271200,BTC,long,0.5,\n" + header + "direction,symbol,ts,agent\nshort,ETH,1761271200,b\n")
        #expect(reading.kinds == "HFHHF")
        #expect(reading.lines.last?.content.signal?.agent.name == "b")
    }

    @Test(arguments: [
        ("a,1761271200,BTC,long,0.5,\"x", "has a quote that is not closed on its line"),
        ("a,1761271200,BTC,long,0.5,\"x\"y", "has text behind a closing quote"),
        ("a,1761271200,BTC,long,0.5,x\"y", "has a quote inside a cell"),
        ("a,1761271200,BTC,long,0.5,x\u{0}y", "holds the control character 0"),
        ("a,1761271200,BTC,long,0.5", "has 5 cells, but the header names 6 columns"),
        (",1761271200,BTC,long,0.5,", "agent is missing"),
        (",,,,,", "direction is missing"),
    ])
    func aBrokenRowIsRefused(row: String, reason: String) throws {
        let reading = try read(header + row + "\na,1761271200,BTC,long,0.5,\n")
        #expect(reading.kinds == "HRF")
        #expect(reading.reasons[0].hasPrefix(reason), "\(reading.reasons)")
    }

    @Test func withoutAHeaderEveryRowIsRefusedAndNoneIsLost() throws {
        let reading = try read("a,1761271200,BTC,long,0.5,\nb,1761271200,BTC,long,0.5,\n\n")
        #expect(reading.kinds == "RRB")
        #expect(reading.reasons[0].hasPrefix("the header names no column ts, agent, symbol, direction; it has a, "))
        #expect(reading.reasons[1].hasPrefix("there is no header to read it by"))
    }

    @Test func aColumnTwiceOrAnotherSeparatorIsRefused() throws {
        #expect(try read("agent,ts,symbol,direction,Agent\n").reasons == ["the header names the column agent twice"])
        #expect(try read("agent;ts;symbol;direction\n").reasons[0].hasSuffix("cells are separated by commas"))
    }

    @Test func aMarkAtTheBeginningIsNoPartOfTheFirstColumn() throws {
        #expect(try read("\u{FEFF}" + header + "a,1761271200,BTC,long,0.5,\n").kinds == "HF")
    }

    @Test func aRejectedRowKeepsItsHeaderSoThatItCanBeReadAgain() throws {
        let source = scratch.source("x.csv", .signals)
        let reading = try read(header + "a,1761271200,BTC,hold,0.5,\n")
        guard case .rejected(_, let bytes) = reading.lines[1].content else {
            Issue.record("accepted")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == header + "a,1761271200,BTC,hold,0.5,")
        var mapped = source
        mapped.mappingPath = "m.json"
        scratch.write(
            "m.json",
            """
            {"fields":{"ts":"ts","agent":"agent","symbol":"symbol","direction":"direction"},
             "values":{"direction":{"hold":"flat"}}}
            """)
        let files = InputFiles.live(root: scratch.root)
        #expect(files.parse(bytes, source).reason?.hasPrefix("direction hold is none of") == true)
        #expect(files.parse(bytes, mapped).signal?.direction == .flat)
    }

    @Test func aTailIsReadByTheHeaderMetBefore() throws {
        let first = try read(header + "a,1761271200,BTC,long,0.5,\n")
        scratch.append("x.csv", "b,1761271200,BTC,long,0.5,\n")
        let source = scratch.source("x.csv", .signals)
        let second = try scratch.read(source, from: first.position)
        #expect(second.lines.map(\.number) == [3])
        #expect(second.lines.first?.content.signal?.agent.name == "b")
    }
}
