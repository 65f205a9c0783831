import Domain
import Foundation
import Glibc
import JSONText
import ProgramHarness
import Testing

/// A fleet from its first file to its last decision.
struct FleetTests {
    private func ready(days: Int64 = 6) throws -> Folder {
        let folder = try Folder()
        try folder.makeFleet(days: days)
        try folder.done("ingest", "--as-history", "-q")
        try folder.done("run", "-q", "--as-of", Fixtures.day(days))
        return folder
    }

    @Test("Files of another program stay untouched until they are adopted, and then a copy is kept")
    func adoption() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 3)
        let path = "meta_supervisor/state/confidence_multipliers.json"
        try folder.write(path, "{\"old\": true}")
        let noted = try folder.done("init")
        #expect(noted.errorText.contains(path))
        try folder.done("run", "-q", "--as-of", Fixtures.day(3))
        #expect(folder.everything()[path] == Array("{\"old\": true}".utf8))
        let ours = try #require(folder.everything()[".meta-supervisor/out/" + path])
        try folder.done("init", "--adopt")
        try folder.done("run", "-q", "--as-of", Fixtures.day(3))
        #expect(folder.everything()[path] == ours)
        #expect(folder.everything()[".meta-supervisor/adopted/" + path] == Array("{\"old\": true}".utf8))
    }

    @Test("Running twice changes no file, and a report at a moment has the same bytes whenever it is asked")
    func idempotent() throws {
        let folder = try ready()
        let files = folder.outputs()
        let report = try folder.done("report", "--json", "--as-of", Fixtures.day(4))
        let again = try folder.done("run", "-q", "--as-of", Fixtures.day(6))
        #expect(folder.outputs() == files)
        #expect(again.text.contains("as of \(Fixtures.day(6))"))
        #expect(try folder.done("report", "--json", "--as-of", Fixtures.day(4)).output == report.output)
        // Without its snapshots and files, from the ledger alone.
        let html = try folder.done("report", "--html", "--as-of", Fixtures.day(4))
        #expect(try folder.done("report", "--html", "--as-of", Fixtures.day(4)).output == html.output)
        #expect(folder.outputs() == files, "looking changed a file")
    }

    @Test(
        "Shuffled lines, and files in pieces and compressed, give the same report bytes",
        arguments: [1, 2, 3] as [UInt64])
    func orderFree(seed: UInt64) throws {
        let plain = try ready(days: 4)
        var random = Fixtures.Random(state: seed)
        let shuffled = try Folder()
        let signals = Fixtures.signals(days: 0..<4).split(separator: "\n").shuffled(using: &random)
        let half = signals.count / 2
        let parts = [signals[..<half], signals[half...]].map { $0.map { $0 + "\n" }.joined() }
        let first = try shuffled.compress("a.jsonl.gz", parts[0])
        let second = try shuffled.write("b.jsonl", parts[1])
        let telemetry = try shuffled.write("t.jsonl", Fixtures.telemetry(days: 0..<4))
        for (name, priceSeed) in [("ETHUSDT", 2), ("BTCUSDT", 1)] as [(String, UInt64)] {
            let rows = Fixtures.prices(hours: 0..<96, seed: priceSeed).split(separator: "\n")
            let body = rows.dropFirst().shuffled(using: &random)
            let path = try shuffled.compress(
                "\(name)_1h.csv.gz", ([rows[0]] + body).map { $0 + "\n" }.joined())
            try shuffled.done("ingest", "prices", path, "--as-history", "-q")
        }
        try shuffled.done("ingest", "signals", second, first, "--as-history", "-q")
        try shuffled.done("ingest", "telemetry", telemetry, "--as-history", "-q")
        for policy in ["standard", "seed"] {
            let arguments = ["report", "--json", "--policy", policy, "--as-of", Fixtures.day(4)]
            let reports = try [plain, shuffled].map { folder in
                try ChildProcess.start("meta-supervisor", arguments + ["--root", folder.root], in: folder).wait()
            }
            #expect(reports[0].code == 0 && reports[0].output == reports[1].output, "seed \(seed), \(policy)")
        }
    }

    @Test("A what-if under another policy says so, and changes nothing")
    func whatIf() throws {
        let folder = try ready()
        let files = folder.outputs()
        let seed = try folder.done("report", "--policy", "seed", "--json", "--as-of", Fixtures.day(6)).json()
        #expect(seed["policy"]?.string == "seed@1")
        let asOf = ["--json", "--as-of", Fixtures.day(6)]
        let cheap = try folder.done("report", "--set", "costs.roundTripBps=0", asOf[0], asOf[1], asOf[2]).json()
        let usual = try folder.done("report", asOf[0], asOf[1], asOf[2]).json()
        #expect(cheap["policy_fingerprint"] != usual["policy_fingerprint"])
        #expect(folder.outputs() == files)
    }

    @Test("Later facts change nothing in an earlier report")
    func causal() throws {
        let whole = try ready(days: 6)
        let part = try ready(days: 3)
        let asOf = "\(Fixtures.start + .days(2) + .hours(7))"
        #expect(
            try whole.done("report", "--json", "--as-of", asOf).output
                == part.done("report", "--json", "--as-of", asOf).output)
    }

    @Test("A foreign log is read through a mapping; a word it does not know is quarantined, and accepted once it does")
    func mapping() throws {
        let folder = try ready()
        let lines = ["buy", "hold", "dump", "close"].enumerated().map { index, word in
            "{\"when\":\"\(Fixtures.start + .days(1) + .hours(Int64(index)))\",\"bot\":\"zed\",\"asset\":\"BTC-USD\","
                + "\"what\":\"\(word)\",\"extra\":1}\n"
        }.joined()
        let log = try folder.write("foreign.log", lines)
        func mapping(_ more: String) -> String {
            "{\"fields\":{\"ts\":\"when\",\"agent\":\"bot\",\"symbol\":\"asset\",\"direction\":\"what\"},"
                + "\"values\":{\"direction\":{\"buy\":\"long\",\"hold\":\"ignore\",\"close\":\"flat\"\(more)}},"
                + "\"timeOffsetHours\":4,\"constants\":{\"strategy_class\":\"llm\"}}"
        }
        let path = try folder.write("map.json", mapping(""))
        let strict = try folder.run(
            "ingest", "signals", log, "--mapping", path, "--as-history", "--strict", "--json")
        #expect(strict.code == 2)
        let counts = try strict.counts()
        #expect(counts["accepted"] == 2 && counts["ignored"] == 1 && counts["rejected"] == 1)
        let listed = try folder.done("quarantine", "list", "--json").json()
        #expect(listed["count"]?.integer == 1)
        let line = try #require(listed["lines"]?.array?.first)
        #expect(line["line"]?.integer == 3 && line["source"]?.string == "foreign.log")
        #expect(line["reason"]?.string?.contains("dump") == true)
        try folder.write("map.json", mapping(",\"dump\":\"short\""))
        let retried = try folder.done("quarantine", "retry", "--json").json()
        #expect(retried["resolved"]?.integer == 1)
        #expect(try folder.done("quarantine", "list", "--json").json()["count"]?.integer == 0)
        let exported = try folder.done("export", "signals").text.split(separator: "\n").filter { $0.contains("zed") }
        #expect(exported.count == 3)
        #expect(exported.allSatisfy { $0.contains("\"strategy_class\":\"llm\"") })
        #expect(exported.first?.contains("\(Fixtures.start + .days(1) + .hours(4))") == true, "four hours later")
        let wrong = try folder.write("wrong.json", "{\"feelds\":{}}")
        let refused = try folder.run("ingest", "signals", log, "--mapping", wrong)
        #expect(refused.code == 1 && refused.errorText.contains("fields"))
    }

    @Test("A bar that was not finished is accepted by a later retry, though it came from a CSV file")
    func unfinishedBar() throws {
        let folder = try Folder()
        let future = Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 4)
        let opened = future - .hours(1)
        let path = try folder.write(
            "SOLUSDT_1h.csv", "open_time,open,high,low,close,volume\n\(opened),1,2,0.5,1.5,1\n")
        let counts = try folder.done("ingest", "prices", path, "--json").counts()
        #expect(counts["rejected"] == 1)
        let deadline = Date().addingTimeInterval(30)
        var resolved: Int64 = 0
        while resolved == 0, Date() < deadline {
            resolved = try folder.done("quarantine", "retry", "--json").json()["resolved"]?.integer ?? 0
        }
        #expect(resolved == 1)
        #expect(try folder.done("export", "prices").text.contains("\"symbol\":\"SOL\""))
    }

    @Test("Standard input is read; the same lines twice are duplicates")
    func standardInput() throws {
        let folder = try Folder()
        let path = try folder.write("in.jsonl", Fixtures.signals(days: 0..<2))
        #expect(try folder.done("ingest", "signals", "-", "--json", input: path).counts()["accepted"] == 6)
        let again = try folder.done("ingest", "signals", "-", "--json", input: path).counts()
        #expect(again["duplicates"] == 6 && again["late"] == 0)
    }

    @Test("People decide: promote, veto, kill, revive and rename are on record with reason and evidence")
    func decisions() throws {
        let folder = try ready()
        for (command, agent) in [("promote", "ann"), ("veto", "bob"), ("kill", "carl"), ("revive", "carl")] {
            let document = try folder.done("agents", command, agent, "--reason", "because, \"so\"", "--json").json()
            #expect(document["decision"]?.string == command)
            #expect(document["evidence"]?.string?.isEmpty == false)
        }
        try folder.done("agents", "kill", "--strategy", "momentum", "--reason", "all of them")
        try folder.done("agents", "rename", "bob", "robert")
        let rows = try folder.done("export", "decisions", "--format", "csv").text.split(separator: "\n")
        #expect(rows.count == 6)
        #expect(rows[1].contains("promote,ann,,\"because, \"\"so\"\"\",tester"))
        let listed = try folder.done("agents", "--json").json()
        let stages = (listed["agents"]?.array ?? []).map {
            "\($0["agent"]?.string ?? "?") \($0["stage"]?.string ?? $0["verdict"]?["stage"]?.string ?? "?")"
        }
        #expect(stages.contains("carl killed"), "\(stages)")
        let unknown = try folder.run("agents", "kill", "anne", "--reason", "typo")
        #expect(unknown.code == 1 && unknown.errorText.contains("'ann'"))
        let empty = try folder.run("agents", "kill", "ann", "--reason", "  ")
        #expect(empty.code == 64)
        let taken = try folder.run("agents", "rename", "ann", "carl")
        #expect(taken.code == 1 && taken.errorText.contains("in use"))
    }

    @Test("Whoever signed a signal can be killed before the first decision on it")
    func killNewcomer() throws {
        let folder = try ready()
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let path = try folder.write("new.jsonl", Fixtures.signal("newcomer", at: now - .minutes(1)))
        try folder.done("ingest", "signals", path, "-q")
        try folder.done("agents", "kill", "newcomer", "--reason", "unknown author")
    }

    @Test("Explanations, training and exports speak of the agent that was asked about")
    func looking() throws {
        let folder = try ready()
        let explained = try folder.done("explain", "ann", "--as-of", Fixtures.day(6))
        #expect(explained.text.contains("ann"))
        #expect(try folder.done("agents", "show", "ann", "--as-of", Fixtures.day(6)).output == explained.output)
        #expect(try folder.done("train", "--as-of", Fixtures.day(6)).text.contains("score-linear"))
        let outcomes = try folder.done("export", "outcomes", "--as-of", Fixtures.day(6)).text.split(separator: "\n")
        let published = String(decoding: folder.everything()["alpha/reconciled.jsonl"] ?? [], as: UTF8.self)
        #expect(outcomes.count == published.split(separator: "\n").count && outcomes.count > 20)
        for line in outcomes { _ = try JSONValue.parse(String(line)) }
        #expect(outcomes.contains { $0.contains("\"is_primary\":true") })
        let early = try folder.done("export", "signals", "--as-of", Fixtures.day(2)).text.split(separator: "\n")
        let all = try folder.done("export", "signals").text.split(separator: "\n")
        #expect(early.count == 6 && all.count == 18)
        for subject in ["signals", "prices", "telemetry", "outcomes", "agents"] {
            let table = try folder.done("export", subject, "--format", "csv").text.split(separator: "\n")
            let widths = Set(table.map { $0.count { $0 == "," } })
            #expect(table.count > 1 && widths.count == 1, "\(subject)")
        }
        let settings = try folder.done("settings", "show", "--set", "costs.roundTripBps=7")
        #expect(settings.text.contains("costs.roundTripBps"))
        #expect(try folder.run("doctor").text.contains("sound"))
    }

    @Test("The classical reference agents read back as signals of this ledger")
    func reference() throws {
        let folder = try ready(days: 40)
        let path = try folder.write("reference.jsonl", folder.done("reference").output)
        let counts = try folder.done("ingest", "signals", path, "--as-history", "--json").counts()
        #expect((counts["accepted"] ?? 0) > 100 && counts["rejected"] == 0)
    }

    @Test("What another system reconciled is taken over, and what we publish can be read by it again")
    func reconciled() throws {
        let folder = try ready()
        let other = try Folder()
        let bytes = try #require(folder.everything()["alpha/reconciled.jsonl"])
        let path = try other.write("alpha/reconciled.jsonl", bytes)
        let counts = try other.done("ingest", "reconciled", path, "--json").counts()
        #expect(counts["rejected"] == 0 && (counts["accepted"] ?? 0) > 20)
        #expect(try other.done("init").text.contains("takes its outcomes over"))
        try other.done("run", "-q")
        #expect(try other.done("confidence", "--json").json()["multipliers"]?["ann"] != nil)
    }
}
