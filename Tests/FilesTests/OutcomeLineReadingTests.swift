import Domain
import Files
import Operation
import Testing

/// Histories of outcomes are read many lines at a time: nobody can tell from what is read.
struct OutcomeLineReadingTests {
    private let scratch = Scratch()

    private static let usual = """
        {"ts": "2025-10-24T02:00:00Z", "agent": "agent-1", "symbol": "BTCUSDT", "direction": "LONG", \
        "horizon_hours": 24, "realized_pnl_bps": 92.4096, "expected_pnl_bps": 0.1827, "expected_sigma_bps": 146.78, \
        "pnl_error_bps": 92.2269, "abs_error_bps": 92.2269, "strategy_class": "carry"}
        """
    private static let ours = """
        {"ts":"2025-10-24T02:00:00.250Z","agent":"a","run_id":"r1","symbol":"ETH","direction":"SHORT",\
        "entry_price":100,"exit_price":101.5,"horizon_hours":1.5,"realized_pnl_bps":-150,"expected_pnl_bps":40.5,\
        "expected_sigma_bps":null,"pnl_error_bps":-190.5,"abs_error_bps":190.5,"sim_version":"h24@3",\
        "strategy_class":" ","regime":"calm","confidence":0.5,"score_final":-1}
        """

    /// Lines of two forms; among them some that are none, and some that only look different.
    private static let lines: [String] = (0..<400).map { number in
        switch number % 23 {
        case 3: ""
        case 5: usual.replacing("LONG", with: "FLAT")
        case 7: usual.replacing("agent-1", with: "\\u0061gent-1")
        case 9: usual.replacing("\"abs_error_bps\": 92.2269", with: "\"abs_error_bps\": 1")
        case 11: ours.replacing("\"r1\"", with: "17") + "\r"
        case 13: "not a row"
        case 14...: ours.replacing("r1", with: "run-\(number)")
        default: usual.replacing("agent-1", with: "agent-\(number % 7)")
        }
    }

    @Test(arguments: [16, 97, 1_000, 1 << 20])
    func `Line by line or many at a time, in whatever blocks: the same lines`(blockLength: Int) throws {
        scratch.write("rows.jsonl", Self.lines.joined(separator: "\n") + "\n")
        let found = try scratch.read(
            scratch.source("rows.jsonl", .reconciled), limits: FileLimits(blockLength: blockLength))
        let expected = Self.lines.map { "\(scratch.parse($0, .reconciled))" }
        #expect(found.lines.map { "\($0.content)" } == expected)
        #expect(found.lines.map(\.number) == (1...400).map { Int64($0) })
        #expect(found.position?.lineCount == 400)
        #expect(found.position?.offset == Int64(Self.lines.joined(separator: "\n").utf8.count + 1))
    }

    @Test func `The bytes of every outcome's line are at hand for the quarantine`() throws {
        scratch.write("rows.jsonl", Self.lines.joined(separator: "\n") + "\n")
        var count = 0
        try InputFiles.live(root: scratch.root).read(scratch.source("rows.jsonl", .reconciled), nil) { chunk in
            for (index, number) in chunk.outcomes.lineNumbers.enumerated() {
                #expect(chunk.bytesOfOutcome(index) == Array(Self.lines[Int(number) - 1].utf8))
            }
            count += chunk.outcomes.count
        }
        #expect(count > 300)
    }

    @Test func `A file cut while it is read gives back what was read before, once`() throws {
        let text = Array(repeating: Self.usual, count: 300).joined(separator: "\n") + "\n"
        scratch.write("rows.jsonl", text)
        let limits = FileLimits(blockLength: 4_096, chunkLineCountMax: 100)
        let scratch = self.scratch
        let found = try scratch.read(scratch.source("rows.jsonl", .reconciled), limits: limits) { chunk in
            if chunk == 1 { scratch.write("rows.jsonl", String(text.prefix(40_000))) }
        }
        #expect(found.lines.map(\.number) == (1...Int64(found.lines.count)).map { $0 })
        #expect(found.position?.lineCount == Int64(found.lines.count))
        #expect(found.remarks.contains { $0.contains("left for the next look") })
    }
}
