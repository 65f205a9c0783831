import Domain
import Files
import Operation
import Testing

struct LongLineTests {
    private let scratch = Scratch()

    @Test func aLineOfTenMegabytesIsRead() throws {
        let note = String(repeating: "x", count: 10 << 20)
        scratch.write("x.jsonl", signalLine(1, #","note":"\#(note)""#) + "\n" + signalLine(2) + "\n")
        let reading = try scratch.read(scratch.source("x.jsonl", .signals))
        #expect(reading.kinds == "FF")
        #expect(reading.lines[0].content.signal?.unknownFields.utf8.count == (10 << 20) + 11)
    }

    @Test func aLineOverTheLimitIsRefusedWhereverItsBytesAreCut() throws {
        let long = signalLine(1, #","note":"\#(String(repeating: "x", count: 2_000))""#)
        let text = signalLine(0) + "\n" + long + "\n" + signalLine(2) + "\n" + long
        scratch.write("x.jsonl", text)
        for length in [1, 50, 128, 1_000, 5_000] {
            let limits = FileLimits(blockLength: length, lineLengthMax: 1_000)
            let reading = try scratch.read(scratch.source("x.jsonl", .signals), limits: limits)
            #expect(reading.kinds == "FRFR", "blocks of \(length)")
            #expect(reading.reasons == [
                "the line has \(long.utf8.count + 1) bytes, more than the 1000 allowed",
                "the line has \(long.utf8.count) bytes, more than the 1000 allowed",
            ])
            #expect(reading.position?.offset == Int64(text.utf8.count))
            let watched = scratch.source("x.jsonl", .signals, isWatched: true)
            let tail = try scratch.read(watched, limits: limits)
            #expect(tail.kinds == "FRF" && tail.position?.offset == Int64(text.utf8.count - long.utf8.count))
        }
    }

    @Test func onlyTheBeginningOfALongRejectedLineIsKept() throws {
        let line = signalLine(1, #","confidence":2,"note":"\#(String(repeating: "x", count: 100_000))""#)
        scratch.write("x.jsonl", line)
        let source = scratch.source("x.jsonl", .signals)
        guard case .rejected(_, let bytes) = try scratch.read(source).lines[0].content else {
            Issue.record("accepted")
            return
        }
        #expect(bytes == Array(line.utf8.prefix(65_536)))
        let again = InputFiles.live(root: scratch.root).parse(bytes, source)
        #expect(again.reason?.hasPrefix("only the first 65536 bytes") == true)
    }

    @Test func aLineOfAMillionFieldsIsRead() throws {
        let fields = (0..<200_000).map { "\"k\($0)\":1" }.joined(separator: ",")
        scratch.write("x.jsonl", signalLine(1, "," + fields))
        #expect(try scratch.read(scratch.source("x.jsonl", .signals)).kinds == "F")
    }
}
