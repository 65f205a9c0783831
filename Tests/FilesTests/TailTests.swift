import Domain
import Files
import Glibc
import Operation
import Testing

struct TailTests {
    private let scratch = Scratch()
    private var source: SourceDescription { scratch.source("alpha/events.jsonl", .signals, isWatched: true) }

    private func write(_ text: String) { scratch.write("alpha/events.jsonl", text) }

    @Test func aMissingFileIsRememberedAndIsNoRotationLater() throws {
        let looked = try scratch.read(source)
        #expect(looked.lines.isEmpty && looked.remarks.isEmpty && looked.chunkCount == 1)
        #expect(looked.position?.offset == 0 && looked.position?.inode == 0)
        write(signalLine(1) + "\n")
        let met = try scratch.read(source, from: looked.position)
        #expect(met.kinds == "F" && met.remarks.isEmpty && met.position?.generation == 0)
    }

    @Test func nothingNewStillSaysWhereTheSourceStands() throws {
        write(signalLine(1) + "\n\r\n")
        let first = try scratch.read(source)
        #expect(first.kinds == "FB" && first.position?.lineCount == 2)
        let second = try scratch.read(source, from: first.position)
        #expect(second.lines.isEmpty && second.chunkCount == 1 && second.position == first.position)
    }

    @Test func halfALineIsLeftForLater() throws {
        write(signalLine(1) + "\n" + signalLine(2).prefix(30))
        let first = try scratch.read(source)
        #expect(first.kinds == "F" && first.remarks == ["the last line has no line feed yet; left for later"])
        scratch.append("alpha/events.jsonl", signalLine(2).dropFirst(30) + "\n")
        let second = try scratch.read(source, from: first.position)
        #expect(second.facts.count == 1 && second.lines.map(\.number) == [2] && second.remarks.isEmpty)
    }

    @Test func aFileReadOnceTakesItsLastLineAndGoesOnBehindIt() throws {
        write(signalLine(1) + "\n" + signalLine(2))
        let once = scratch.source("alpha/events.jsonl", .signals)
        let first = try scratch.read(once)
        #expect(first.kinds == "FF")
        scratch.append("alpha/events.jsonl", "\r\n" + signalLine(3))
        let second = try scratch.read(once, from: first.position)
        #expect(second.kinds == "F" && second.lines.map(\.number) == [3])
        scratch.append("alpha/events.jsonl", " \n")
        let third = try scratch.read(once, from: second.position)
        #expect(third.kinds == "FFF")
        #expect(third.remarks == ["the last line read before went on; read again from the beginning"])
    }

    @Test func theRestOfARotatedFileIsReadBeforeTheNewOne() throws {
        write(signalLine(1) + "\n")
        let first = try scratch.read(source)
        scratch.append("alpha/events.jsonl", signalLine(2) + "\n" + signalLine(3))
        rename(scratch.path("alpha/events.jsonl"), scratch.path("alpha/events.jsonl.1"))
        write(signalLine(4) + "\n")
        let second = try scratch.read(source, from: first.position)
        #expect(second.lines.compactMap(\.content.signal).map(\.agent.name) == ["a2", "a3", "a4"])
        #expect(second.lines.map(\.number) == [2, 3, 1])
        #expect(second.position?.generation == 1 && second.position?.lineCount == 1)
        #expect(second.remarks == [
            "rotated: the rest of events.jsonl.1 is read first",
            "rotated: another file stands in its place; read from its beginning",
        ])
    }

    @Test func aReplacedFileIsReadFromItsBeginning() throws {
        write(signalLine(1) + "\n")
        let first = try scratch.read(source)
        scratch.write("alpha/other", signalLine(2) + "\n" + signalLine(3) + "\n")
        rename(scratch.path("alpha/other"), scratch.path("alpha/events.jsonl"))
        let second = try scratch.read(source, from: first.position)
        #expect(second.kinds == "FF" && second.position?.generation == 1)
        #expect(second.remarks.count == 2 && second.remarks[0].contains("was not found"))
    }

    @Test func aCutFileAndARewrittenOneAreReadFromTheirBeginning() throws {
        write(signalLine(1) + "\n" + signalLine(2) + "\n")
        let first = try scratch.read(source)
        write(signalLine(1) + "\n")
        let cut = try scratch.read(source, from: first.position)
        #expect(cut.kinds == "F" && cut.position?.generation == 1 && cut.remarks[0].hasPrefix("cut: it has "))
        write(signalLine(5) + "\n" + signalLine(6) + "\n")
        let rewritten = try scratch.read(source, from: cut.position)
        #expect(rewritten.kinds == "FF" && rewritten.position?.generation == 2)
        #expect(rewritten.remarks == ["rewritten: it begins with other bytes than before; read from its beginning"])
    }

    @Test(arguments: [true, false])
    func aFileCutOrRewrittenWhileItIsReadGivesNothingInDoubt(isRewritten: Bool) throws {
        let lines = (0..<40).map { signalLine($0) + "\n" }
        write(lines.joined())
        let limits = FileLimits(blockLength: 256)
        let first = try scratch.read(source, limits: limits) { chunk in
            guard chunk == 2 else { return }
            if isRewritten {
                write((50..<90).map { signalLine($0) + "\n" }.joined())
            } else {
                truncate(scratch.path("alpha/events.jsonl"), 300)
            }
        }
        #expect(first.kinds.allSatisfy { $0 == "F" } && first.lines.count < 10)
        #expect(first.remarks.last?.contains("cut or rewritten while it was read") == true)
        #expect(first.lines.count == Int(first.position?.lineCount ?? -1))
        let second = try scratch.read(source, from: first.position)
        #expect(second.position?.generation == 1 && second.lines.first?.number == 1)
        #expect(second.kinds == String(repeating: "F", count: isRewritten ? 40 : 3))
    }

    @Test func aFileReplacedWhileItIsReadIsReadToItsEndAndTheNewOneNextTime() throws {
        write((0..<40).map { signalLine($0) + "\n" }.joined())
        let first = try scratch.read(source, limits: FileLimits(blockLength: 256)) { chunk in
            guard chunk == 2 else { return }
            rename(scratch.path("alpha/events.jsonl"), scratch.path("alpha/old"))
            write(signalLine(99) + "\n")
        }
        #expect(first.facts.count == 40)
        let second = try scratch.read(source, from: first.position)
        #expect(second.lines.compactMap(\.content.signal).map(\.agent.name) == ["a99"])
    }

    @Test func whatIsAppendedWhileReadingIsNewTheNextTime() throws {
        write((0..<20).map { signalLine($0) + "\n" }.joined())
        let first = try scratch.read(source, limits: FileLimits(blockLength: 256)) { chunk in
            if chunk == 1 { scratch.append("alpha/events.jsonl", signalLine(20) + "\n") }
        }
        #expect(first.facts.count == 20)
        #expect(try scratch.read(source, from: first.position).lines.map(\.number) == [21])
    }

    @Test func stoppingAtEveryByteGivesTheSameFactsAsReadingAtOnce() throws {
        let texts = [
            (signalLine(1) + "\n\n" + signalLine(2, #","é":"ü""#) + "\r\nbroken\n" + signalLine(3) + "\n", "jsonl"),
            ("\u{FEFF}agent,ts,symbol,direction\na,1761271200,BTC,long\n\"b\",1761271201,ETH,short\nx\n", "csv"),
        ]
        for (text, ending) in texts {
            let bytes = Array(text.utf8)
            let name = "cut." + ending
            let source = scratch.source(name, .signals, isWatched: true)
            scratch.write(name, bytes)
            let whole = try scratch.read(source)
            for cut in 0...bytes.count {
                scratch.write(name, Array(bytes[..<cut]))
                let first = try scratch.read(source)
                scratch.write(name, Array(bytes[cut...]), appends: true)
                let second = try scratch.read(source, from: first.position)
                #expect(first.facts + second.facts == whole.facts, "cut at byte \(cut) of \(ending)")
                #expect(first.kinds + second.kinds == whole.kinds, "cut at byte \(cut) of \(ending)")
                #expect(second.position?.offset == whole.position?.offset && second.position?.generation == 0)
            }
        }
    }

    @Test func everyBlockLengthGivesTheSameLines() throws {
        let lines = (0..<12).map { signalLine($0, #","note":"\#(String(repeating: "n", count: $0 * 9))""#) + "\n" }
        write(lines.joined() + "\u{1}\n")
        let whole = try scratch.read(source)
        for length in [1, 2, 3, 7, 64, 100, 1_000] {
            let limits = FileLimits(blockLength: length, chunkLineCountMax: 3)
            let reading = try scratch.read(source, limits: limits)
            #expect(reading.facts == whole.facts && reading.kinds == whole.kinds, "blocks of \(length)")
            #expect(reading.position == whole.position)
        }
    }

    @Test func aReadThatDiedGoesOnBehindEveryCommittedChunk() throws {
        write((0..<12).map { signalLine($0) + "\n" }.joined())
        let limits = FileLimits(blockLength: 200)
        let whole = try scratch.read(source, limits: limits)
        for died in 1...whole.chunkCount {
            var committed: [SourceLine] = []
            var position: SourcePosition?
            var count = 0
            try InputFiles.live(root: scratch.root, limits: limits).read(source, nil) { chunk in
                count += 1
                guard count <= died else { return }
                committed += chunk.lines
                position = chunk.position
            }
            let rest = try scratch.read(source, from: position)
            #expect((committed + rest.lines).map(\.number) == Array(1...12), "after \(died) chunks")
            #expect(rest.remarks.isEmpty)
        }
    }
}
