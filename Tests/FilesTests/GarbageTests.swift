import Domain
import Files
import Operation
import Testing

/// Whatever the bytes are, every line of them ends as exactly one thing, and nothing dies.
struct GarbageTests {
    private let scratch = Scratch()

    private static let good: [SourceKind: String] = [
        .signals: signalLine(1, #","prob_up":0.5,"score_final":-1.25e2,"x":{"y":[1,null]},"run_id":"r""#),
        .telemetry: #"{"run_id":"r","agent":"a","ts":1761271200.5,"errors":0,"latency_ms":1.5,"tokens_in":3}"#,
        .reconciled: #"{"ts":1761271200,"agent":"a","symbol":"BTC","direction":"LONG","realized_pnl_bps":1,"#
            + #""expected_pnl_bps":2}"#,
        .prices: #"{"ts":1761271200,"open":1,"high":2,"low":0.5,"close":1.5,"symbol":"BTC","interval":"1h"}"#,
    ]
    private static let tables: [SourceKind: String] = [
        .signals: "agent,ts,symbol,direction,note\na,2025-10-24T02:00:00Z,BTC,long,\"n \"\"q\"\"\"\n",
        .telemetry: "run_id,agent,ts,errors\nr,a,1761271200,0\n",
        .reconciled: "ts,agent,symbol,direction,realized_pnl_bps,expected_pnl_bps\n1761271200,a,BTC,LONG,5,1\n",
        .prices: "ts,open,high,low,close,symbol,interval\n1761271200,1,2,0.5,1.5,BTC,1h\n",
    ]

    private func lineCount(_ bytes: [UInt8]) -> Int {
        bytes.count { $0 == 0x0A } + (bytes.isEmpty || bytes.last == 0x0A ? 0 : 1)
    }

    private func check(_ bytes: [UInt8], _ name: String, _ kind: SourceKind, _ seed: Int) throws {
        // A text that begins like a compressed one is judged as such, and refused whole.
        guard !bytes.starts(with: [0x1F, 0x8B]) else { return }
        scratch.write(name, bytes)
        let limits = FileLimits(blockLength: 37, lineLengthMax: 400, chunkLineCountMax: 5)
        let reading = try scratch.read(scratch.source(name, kind), limits: limits)
        #expect(reading.lines.count == lineCount(bytes), "seed \(seed), \(kind), \(name)")
        #expect(reading.lines.map(\.number) == (0..<reading.lines.count).map { Int64($0 + 1) }, "seed \(seed)")
        #expect(reading.position?.offset == Int64(bytes.count), "seed \(seed)")
        let files = InputFiles.live(root: scratch.root)
        for case .rejected(let reason, let kept) in reading.lines.map(\.content) {
            #expect(!reason.isEmpty)
            if reason.hasPrefix("the line has ") { continue }
            // What is read again unchanged is refused again.
            #expect(files.parse(kept, scratch.source(name, kind)).reason != nil, "seed \(seed), \(name): \(reason)")
        }
    }

    @Test(arguments: SourceKind.allCases)
    func randomBytes(kind: SourceKind) throws {
        for seed in 1...150 {
            var random = Garbage(state: UInt64(seed))
            let alphabet = Array("{}[]\",:\\\n\r\t 0123456789.eE+-truefalsnuNaI\u{0}".utf8) + [0xC3, 0x28, 0xEF, 0xFF]
            let bytes = (0..<random.below(600)).map { _ in
                seed % 2 == 0 ? UInt8(random.below(256)) : alphabet[random.below(alphabet.count)]
            }
            for name in ["g.jsonl", "g.csv", "g"] { try check(bytes, name, kind, seed) }
        }
    }

    @Test(arguments: SourceKind.allCases)
    func goodLinesWithABitWrong(kind: SourceKind) throws {
        let line = try #require(Self.good[kind])
        let table = try #require(Self.tables[kind])
        for seed in 1...300 {
            var random = Garbage(state: UInt64(seed))
            for (name, text) in [("m.jsonl", line + "\n" + line + "\r\n" + line), ("m.csv", table)] {
                var bytes = Array(text.utf8)
                for _ in 0...random.below(3) {
                    let place = random.below(bytes.count)
                    switch random.below(4) {
                    case 0: bytes[place] = UInt8(random.below(256))
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(bytes[random.below(bytes.count)], at: place)
                    default: bytes[place] ^= 1 << UInt8(random.below(8))
                    }
                }
                try check(bytes, name, kind, seed)
            }
        }
    }

    @Test func emptyAndNearlyEmptyFiles() throws {
        let cases = [("", ""), ("\n", "B"), ("\u{FEFF}", "B"), ("\r\n \t\n", "BB"), ("\u{0}\n", "R"), ("{}", "R")]
        for (text, kinds) in cases {
            for name in ["e.jsonl", "e.csv", "e"] {
                scratch.write(name, text)
                let reading = try scratch.read(scratch.source(name, .signals))
                #expect(reading.kinds == kinds, "\(text.debugDescription) in \(name)")
            }
        }
    }

    @Test func inAFileWithoutAnEndingOneBadLineDoesNotSpoilTheRest() throws {
        scratch.write("log", "# a comment\n" + signalLine(1) + "\nx,y\n" + signalLine(2))
        #expect(try scratch.read(scratch.source("log", .signals)).kinds == "RFRF")
        scratch.write("log", "junk\nagent,ts,symbol,direction\na,1761271200,BTC,long\n")
        #expect(try scratch.read(scratch.source("log", .signals)).kinds == "RHF")
    }
}
