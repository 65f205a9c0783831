import Domain
import Files
import Operation
import Testing

struct GzipTests {
    private let scratch = Scratch()
    private let header = "ts,open,high,low,close,volume\n"
    private var source: SourceDescription { scratch.source("prices/BTC_1h.csv.gz", .prices, isWatched: true) }

    private func row(_ hour: Int) -> String { "\(1_761_271_200 + 3_600 * hour),1,2,0.5,1.5,7\n" }
    private func write(_ bytes: [UInt8]) { scratch.write("prices/BTC_1h.csv.gz", bytes) }

    @Test func compressedLinesAreReadAndAnUnchangedFileIsNotReadAgain() throws {
        write(gzip(header + row(0) + row(1).dropLast()))
        let first = try scratch.read(source)
        #expect(first.kinds == "HFF")
        let second = try scratch.read(source, from: first.position)
        #expect(second.lines.isEmpty && second.chunkCount == 1 && second.position == first.position)
    }

    @Test func joinedMembersAndPaddingAreOneText() throws {
        let whole = header + row(0) + row(1) + row(2)
        let cut = whole.index(whole.startIndex, offsetBy: 40)
        write(gzip(String(whole[..<cut])) + gzip("") + gzip(String(whole[cut...])) + [UInt8](repeating: 0, count: 512))
        #expect(try scratch.read(source).kinds == "HFFF")
    }

    @Test func aCompressedFileThatGrewIsReadWhole() throws {
        write(gzip(header + row(0)))
        let first = try scratch.read(source)
        scratch.write("prices/BTC_1h.csv.gz", gzip(row(1)), appends: true)
        let second = try scratch.read(source, from: first.position)
        #expect(second.kinds == "HFF" && second.position?.generation == 0)
        #expect(second.remarks == ["the compressed file grew; read again from its beginning"])
    }

    @Test func aReadThatDiedBeginsACompressedFileAgain() throws {
        write(gzip(header + row(0)))
        let first = try scratch.read(source)
        scratch.write("prices/BTC_1h.csv.gz", gzip((1..<20).map(row).joined()), appends: true)
        var position = first.position
        try InputFiles.live(root: scratch.root, limits: FileLimits(blockLength: 100)).read(source, position) { chunk in
            if chunk.position.offset == 0 { position = chunk.position }
        }
        #expect(position?.offset == 0 && position?.inode == first.position?.inode)
        let again = try scratch.read(source, from: position)
        #expect(again.lines.map(\.number) == Array(1...21) && again.remarks.isEmpty && again.position?.generation == 0)
    }

    @Test func contentCountsNotTheName() throws {
        scratch.write("a.jsonl", gzip(signalLine(1)))
        scratch.write("b.jsonl.gz", signalLine(1))
        #expect(try scratch.read(scratch.source("a.jsonl", .signals)).kinds == "F")
        #expect(try scratch.read(scratch.source("b.jsonl.gz", .signals)).kinds == "F")
    }

    @Test func aCutOrCorruptFileIsNamedAndNoneOfItIsBelieved() throws {
        let text = header + (0..<2_000).map(row).joined()
        let bytes = gzip(text)
        for cut in [3, 12, bytes.count / 2, bytes.count - 5, bytes.count - 1] {
            write(Array(bytes[..<cut]))
            var chunkCount = 0
            let error = #expect(throws: FileFailure.self) {
                try scratch.read(source) { chunkCount = $0 }
            }
            #expect(error?.path == scratch.path("prices/BTC_1h.csv.gz"))
            #expect(error?.message.hasPrefix("the gzip data end too early, after \(cut) bytes") == true)
            #expect(chunkCount == 0)
        }
        for seed in 1...40 {
            var random = Garbage(state: UInt64(seed))
            var broken = bytes
            // Behind the header, whose time and name nobody checks.
            broken[10 + random.below(bytes.count - 10)] ^= UInt8(1 + random.below(255))
            write(broken)
            var chunkCount = 0
            #expect(throws: FileFailure.self, "seed \(seed)") { try scratch.read(source) { chunkCount = $0 } }
            #expect(chunkCount == 0, "seed \(seed)")
        }
        write(bytes + Array("x".utf8))
        #expect(throws: FileFailure.self) { try scratch.read(source) }
    }
}
