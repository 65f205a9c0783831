import Domain
import Foundation
import Glibc
import JSONText
import ProgramHarness
import Testing

/// Whatever is in a file, nothing dies, every line is accounted for, and the good lines get through.
struct GarbageTests {
    private static let time = "\(Fixtures.start + .hours(3))"

    private static func line(_ members: String) -> [UInt8] {
        Array("{\"ts\":\"\(time)\",\"symbol\":\"BTC\",\"direction\":\"LONG\"\(members)}\n".utf8)
    }

    /// Each spoiled line and how it ends; beside them stand good ones.
    private static let signals: [(name: String, bytes: [UInt8], ends: String)] = [
        ("not a number", line(",\"agent\":\"a\",\"score_final\":NaN"), "rejected"),
        ("too large a number", line(",\"agent\":\"a\",\"score_final\":1e400"), "rejected"),
        ("minus infinity", line(",\"agent\":\"a\",\"confidence\":-Infinity"), "rejected"),
        ("a key twice", line(",\"agent\":\"a\",\"agent\":\"b\""), "rejected"),
        ("a wrong type", line(",\"agent\":17"), "rejected"),
        ("a list for a number", line(",\"agent\":\"a\",\"score_final\":[1]"), "rejected"),
        ("no agent", line(""), "rejected"),
        ("an empty agent", line(",\"agent\":\"\""), "rejected"),
        ("invalid UTF-8", line(",\"agent\":\"a").dropLast(2) + [0xFF, 0xC0, 0x22, 0x7D, 0x0A], "rejected"),
        ("half a surrogate", line(",\"agent\":\"\\ud800\""), "rejected"),
        ("a negative horizon", line(",\"agent\":\"a\",\"horizon_hours\":-1"), "rejected"),
        ("an endless horizon", line(",\"agent\":\"a\",\"horizon_hours\":1e300"), "rejected"),
        ("a probability of seven", line(",\"agent\":\"a\",\"prob_up\":7"), "rejected"),
        ("no zone", Array(Fixtures.signal("a", at: Fixtures.start).replacing("Z\"", with: "\"").utf8), "rejected"),
        ("the far future", Array(Fixtures.signal("a", at: Fixtures.start + .days(60_000)).utf8), "rejected"),
        (
            "a year of five digits",
            Array(Fixtures.signal("a", at: Fixtures.start).replacing("2025-", with: "12025-").utf8), "rejected"
        ),
        ("no direction we know", Array(Fixtures.signal("a", at: Fixtures.start, direction: "UP").utf8), "rejected"),
        ("a symbol of blanks", Array(Fixtures.signal("a", at: Fixtures.start, symbol: "  ").utf8), "rejected"),
        ("a list", Array("[1,2]\n".utf8), "rejected"),
        ("a number", Array("42\n".utf8), "rejected"),
        ("a cut object", Array("{\"ts\":\"2025\n".utf8), "rejected"),
        ("zero bytes", [0, 0, 0, 0x0A], "rejected"),
        ("deep nesting", line(",\"agent\":\"a\",\"x\":" + String(repeating: "[", count: 5_000)), "rejected"),
        ("ten megabytes", line(",\"agent\":\"" + String(repeating: "x", count: 10_000_000) + "\""), "rejected"),
        ("an empty line", [0x0A], "blank"),
        ("blanks and a carriage return", Array("  \t\r\n".utf8), "blank"),
        ("an unknown field", line(",\"agent\":\"a\",\"mood\":{\"x\":[null,1e5]}"), "accepted"),
        (
            "a carriage return", Array(Fixtures.signal("crlf", at: Fixtures.start).dropLast().utf8) + [0x0D, 0x0A],
            "accepted"
        ),
    ]

    @Test("Each spoiled signal ends alone; the lines around it get through, and the counts add up")
    func signalLines() throws {
        for spoiled in Self.signals {
            let folder = try Folder()
            let good = Array(Fixtures.signals(days: 0..<1).utf8)
            // A mark of byte order stands before the first line.
            try folder.write("alpha/events.jsonl", [0xEF, 0xBB, 0xBF] + good + spoiled.bytes + good)
            let counts = try folder.done("ingest", "--json").counts()
            var expected: [String: Int64] = ["accepted": 3, "duplicates": 3, "lines": 7]
            expected[spoiled.ends, default: 0] += 1
            for (key, number) in expected { #expect(counts[key] == number, "\(spoiled.name): \(key), \(counts)") }
            if spoiled.ends == "rejected" {
                let entry = try folder.done("quarantine", "--json").json()["lines"]?.array?.first
                #expect(entry?["line"]?.integer == 4 && entry?["source"]?.string == "alpha/events.jsonl")
                #expect(entry?["reason"]?.string?.isEmpty == false)
                #expect(try folder.run("ingest", "--strict").code == 0, "nothing new is no rejected input")
            }
        }
    }

    @Test(
        "All of them together, in any order: the report is that of the good lines alone",
        arguments: [11, 12] as [UInt64])
    func together(seed: UInt64) throws {
        let clean = try Folder()
        try clean.makeFleet(days: 3)
        let dirty = try Folder()
        try dirty.makeFleet(days: 3)
        var random = Fixtures.Random(state: seed)
        let good = Fixtures.signals(days: 0..<3).split(separator: "\n").map { Array(($0 + "\n").utf8) }
        let bad = Self.signals.filter { $0.ends != "accepted" }.map(\.bytes)
        try dirty.write("alpha/events.jsonl", (good + bad).shuffled(using: &random).flatMap(\.self))
        let counts = try dirty.done("ingest", "--as-history", "--json").counts()
        #expect(counts["rejected"] == Int64(Self.signals.count { $0.ends == "rejected" }), "seed \(seed)")
        try clean.done("ingest", "--as-history", "-q")
        let reports = try [clean, dirty].map { try $0.done("report", "--json", "--as-of", Fixtures.day(3)).output }
        #expect(reports[0] == reports[1], "seed \(seed)")
    }

    @Test("Zero, negative, senseless, unsorted, doubled and contradicting bars: counted, each for what it is")
    func bars() throws {
        let folder = try Folder()
        let rows = [
            "open_time,open,high,low,close,volume", "2025-01-01T02:00:00Z,1,2,0.5,1.5,1",
            "2025-01-01T00:00:00Z,1,2,0.5,1.5,1", "2025-01-01T00:00:00Z,1,2,0.5,1.5,1",
            "2025-01-01T00:00:00Z,1,2,0.5,1.6,1", "2025-01-01T01:00:00Z,0,2,0.5,1.6,1",
            "2025-01-01T01:00:00Z,-1,2,0.5,1.6,1", "2025-01-01T01:00:00Z,3,2,0.5,1.6,1",
            "2025-01-01T01:00:00Z,1,inf,0.5,1.6,1", "2025-01-01T01:00:00Z,1,2", "2025-01-01 01:00:00,1,2,0.5,1,1",
            "2225-01-01T01:00:00Z,1,2,0.5,1.6,1", "", "open_time,open,high,low,close,volume",
            "\"2025-01-01T03:00:00Z\",\"1\",2,0.5,1.5,",
        ]
        let path = try folder.write("BTCUSDT_1h.csv", rows.joined(separator: "\r\n") + "\r\n")
        let counts = try folder.done("ingest", "prices", path, "--json").counts()
        #expect(counts["lines"] == 15 && counts["header"] == 2 && counts["blank"] == 1)
        #expect(counts["accepted"] == 4 && counts["revised"] == 1 && counts["duplicates"] == 1)
        #expect(counts["rejected"] == 7)
        try folder.done("report")
        #expect(try folder.run("doctor").code <= 1)
    }

    @Test("A truncated last line waits until it is whole")
    func truncatedLastLine() throws {
        let folder = try Folder()
        let whole = Fixtures.signals(days: 0..<1)
        try folder.write("alpha/events.jsonl", String(whole.dropLast(20)))
        #expect(try folder.done("ingest", "--json").counts()["lines"] == 2)
        try folder.append("alpha/events.jsonl", String(whole.suffix(20)))
        let counts = try folder.done("ingest", "--json").counts()
        #expect(counts["accepted"] == 1 && counts["rejected"] == 0)
    }

    @Test("A file that shrinks or is replaced between two looks is read again, and nothing is counted twice as new")
    func shrinkingFile() throws {
        let folder = try Folder()
        let text = Fixtures.signals(days: 0..<2)
        try folder.write("alpha/events.jsonl", text)
        #expect(try folder.done("ingest", "--json").counts()["accepted"] == 6)
        // Shrinks: the same file, cut.
        try folder.write("alpha/events.jsonl", text.split(separator: "\n").prefix(2).map { $0 + "\n" }.joined())
        let cut = try folder.done("ingest", "--json")
        #expect(try cut.counts()["duplicates"] == 2 && cut.text.contains("cut:"))
        // Replaced: another file in its place.
        unlink(folder.root + "/alpha/events.jsonl")
        try folder.write("alpha/events.jsonl", text + Fixtures.signal("dora", at: Fixtures.start + .days(1)))
        let replaced = try folder.done("ingest", "--json").counts()
        #expect(replaced["duplicates"] == 6 && replaced["accepted"] == 1)
        // Gone, and back as a folder.
        unlink(folder.root + "/alpha/events.jsonl")
        #expect(try folder.done("ingest", "--json").counts()["lines"] == 0)
        mkdir(folder.root + "/alpha/events.jsonl", 0o755)
        let odd = try folder.run("ingest")
        #expect(odd.code == 1 && odd.errorText.contains("is a folder"))
    }

    @Test("A file that is cut and written while it is read: never a crash, and every line is accounted for")
    func changingFile() throws {
        let folder = try Folder()
        let text = String(repeating: Fixtures.signals(days: 0..<2), count: 400)
        try folder.write("alpha/events.jsonl", text)
        let running = try ChildProcess.start("meta-supervisor", ["ingest", "--json", "--root", folder.root], in: folder)
        for round in 0..<40 {
            let keep = text.utf8.count * ((round * 7) % 10) / 10
            truncate(folder.root + "/alpha/events.jsonl", off_t(keep))
            try folder.append("alpha/events.jsonl", Fixtures.signal("e\(round)", at: Fixtures.start))
        }
        let ended = try running.wait()
        #expect(ended.code == 0 || ended.code == 1, "\(ended.code): \(ended.errorText)")
        if ended.code == 0 { _ = try ended.counts() }
        try folder.write("alpha/events.jsonl", Fixtures.signals(days: 0..<2))
        _ = try folder.done("ingest", "--json").counts()
        #expect(try folder.done("export", "signals").text.contains("carl"))
    }

    @Test("A damaged compressed file is refused whole, by its name")
    func damagedGzip() throws {
        let folder = try Folder()
        let path = try folder.compress("BTCUSDT_1h.csv.gz", Fixtures.prices(hours: 0..<200))
        let bytes = readFile(path)
        try folder.write("BTCUSDT_1h.csv.gz", Array(bytes.dropLast(bytes.count / 2)))
        let ended = try folder.run("ingest", "prices", path)
        #expect(ended.code == 1 && ended.errorText.contains("BTCUSDT_1h.csv.gz"))
        #expect(try folder.done("export", "prices").output.isEmpty)
    }

    @Test(
        "Random bytes, thousands of them: never a crash, and every line is accounted for",
        arguments: 1...6 as ClosedRange<UInt64>)
    func noise(seed: UInt64) throws {
        let folder = try Folder()
        var random = Fixtures.Random(state: seed)
        var bytes = Array(Fixtures.signals(days: 0..<20).utf8)
        for _ in 0..<bytes.count / 40 {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
        }
        try folder.write("alpha/events.jsonl", bytes)
        let path = try folder.write("noise.csv", bytes)
        let lines = bytes.count { $0 == 0x0A }
        let counts = try folder.done("ingest", "--json").counts()
        #expect(counts["lines"] == Int64(lines), "seed \(seed)")
        for kind in ["prices", "telemetry", "reconciled"] {
            _ = try folder.done("ingest", kind, path, "--json").counts()
        }
        try folder.done("quarantine")
        try folder.done("quarantine", "retry")
        try folder.done("report", "--as-of", Fixtures.day(20))
    }
}
