import Domain
import Foundation
import JSONText
import ProgramHarness
import Testing

/// `replay`, as a user meets it.
struct ReplayTests {
    private static let policies = [
        "standard@1", "seed@1, same costs", "equal-weight@1", "inverse-volatility@1", "all-cash@1",
    ]

    private func fleet(days: Int64 = 40) throws -> Folder {
        let folder = try Folder()
        try folder.makeFleet(days: days)
        try folder.done("init", "-q")
        return folder
    }

    private func policy(_ name: String, in document: JSONValue) throws -> JSONValue {
        try #require(document["policies"]?.array?.first { $0["policy"]?.string == name }, "no \(name)")
    }

    @Test("Text, JSON and CSV tell the same story, and the same twice")
    func documents() throws {
        let folder = try fleet()
        let text = try folder.done("replay", "--csv", folder.path + "/days.csv")
        for name in Self.policies { #expect(text.text.contains(name), "\(name)") }
        #expect(text.text.contains("requiresAttestation=false") && text.errorText.isEmpty)
        let json = try folder.done("replay", "--json")
        let document = try json.json()
        #expect(document["schema"]?.string == "meta-supervisor/replay/1")
        #expect(document["policies"]?.array?.compactMap { $0["policy"]?.string } == Self.policies)
        let cash = try policy("all-cash@1", in: document)
        #expect(cash["net_return"]?.double == 0 && cash["average_cash"]?.double == 1)
        #expect(try folder.done("replay", "--json").output == json.output)
        let csv = String(decoding: readFile(folder.path + "/days.csv"), as: UTF8.self)
        #expect(try folder.done("replay", "--csv", "-").text == csv)
        let rows = csv.split(separator: "\n")
        let dayCount = try #require(cash["day_count"]?.integer)
        #expect(rows.first == "day,policy,net_return,gross_return,turnover,cash,equity")
        #expect(rows.count == 1 + Self.policies.count * Int(dayCount) && dayCount > 30)
        // The last equity of a policy is its net return.
        let equal = try policy("equal-weight@1", in: document)
        let last = rows.last { $0.contains(",equal-weight@1,") }
        let equity = try #require(last?.split(separator: ",").last.flatMap { Double($0) })
        #expect(abs(equity - 1 - (equal["net_return"]?.double ?? 9)) < 1e-12 && equity != 1)
    }

    @Test("The last day of a replay is the report of that moment")
    func lastDay() throws {
        let folder = try fleet()
        let end = Fixtures.day(38)
        let replay = try folder.done("replay", "--to", end, "--json").json()
        for (policy, name) in [("standard", "standard@1"), ("equal-weight", "equal-weight@1")] {
            let report = try folder.done("report", "--policy", policy, "--as-of", end, "--json").json()
            let record = try #require(report["fleet"]?["record"])
            let found = try self.policy(name, in: replay)
            for (one, two) in [("total_return_net", "net_return"), ("average_cash", "average_cash")] {
                let values = (record[one]?.double ?? 9, found[two]?.double ?? 8)
                #expect(abs(values.0 - values.1) < 1e-9, "\(name): \(values)")
            }
        }
    }

    @Test("Named policies are joined by the two to compare with; files and settings count")
    func named() throws {
        let folder = try fleet()
        try folder.write("careful.json", "{\"base\": \"standard@1\", \"allocation\": {\"agentCap\": 0.1}}")
        let path = folder.root + "/careful.json"
        let document = try folder.done("replay", "--policy", path, "--json").json()
        let names = document["policies"]?.array?.compactMap { $0["policy"]?.string } ?? []
        #expect(names == ["careful", "standard@1", "equal-weight@1"])
        let differences = try policy("careful", in: document)["differences"]?.array ?? []
        #expect(differences.compactMap { $0["other"]?.string } == ["standard@1", "equal-weight@1"])
        // Costs reach everybody; what makes a benchmark a benchmark stays.
        let dear = try folder.done(
            "replay", "--set", "costs.roundTripBps=100", "--set", "allocation.agentCap=0.01", "--json").json()
        let before = try policy("equal-weight@1", in: document)
        let after = try policy("equal-weight@1", in: dear)
        #expect(after["net_return"]?.double ?? 9 < before["net_return"]?.double ?? -9)
        #expect(after["average_cash"]?.double ?? 9 < 0.01)
        // Another rhythm is another number of decisions, for all.
        let weekly = try folder.done("replay", "--every", "7d", "--json").json()
        let counts = Set(weekly["policies"]?.array?.compactMap { $0["decision_count"]?.integer } ?? [])
        #expect(counts.count == 1 && (counts.first ?? 99) < 7, "\(counts)")
    }

    @Test("Errors are sentences, with the exit code of their kind")
    func errors() throws {
        let folder = try fleet(days: 6)
        let cases: [(arguments: [String], code: Int32, text: String)] = [
            (["--policy", "standrad"], 78, "the nearest is 'standard@1'"),
            (["--policy", "all_cash"], 78, "the nearest is 'all-cash@1'"),
            (["--policy", "none.json"], 78, "there is no policy file"),
            (["--set", "costs.roundTripBp=3"], 78, "costs.roundTripBps"),
            (["--from", Fixtures.day(3), "--to", Fixtures.day(2)], 64, "is not before --to"),
            (["--from", "yesterday"], 64, "is no time"), (["--from", "2025-01-01T05:00:00"], 64, "has no zone"),
            (["--to", "2199-01-01"], 64, "lies in the future"), (["--to", "2010-01-01"], 64, "first signal"),
            (["--from", Fixtures.day(2), "--to", "2025-01-03T07:00:00Z"], 64, "no whole day"),
            (["--every", "5h"], 64, "does not fit the grid"), (["--every", "soon"], 64, "is no span"),
            (["--every", "9d"], 64, "does not fit the grid"), (["--json", "--csv", "-"], 64, "choose one"),
            (["--draws", "0"], 64, "1...10000"), (["--verify", "last", "--placebo", "shift"], 64, "--verify"),
            (["--verify", "nothing"], 1, "no run is on record"), (["--placebo", "sugar"], 64, "sugar"),
            (["--csv", folder.path + "/no/where.csv"], 1, "where.csv cannot be written"),
        ]
        for (arguments, code, text) in cases {
            let ended = try ChildProcess.start(
                "meta-supervisor", ["replay", "--root", folder.root] + arguments, in: folder).wait()
            #expect(ended.code == code, "\(arguments): \(ended.code): \(ended.errorText)")
            #expect(ended.errorText.contains(text) && ended.output.isEmpty, "\(arguments): \(ended.errorText)")
        }
    }

    @Test("A ledger without signals has nothing to replay and says how to get some")
    func noSignals() throws {
        let folder = try Folder()
        try folder.write("prices/BTCUSDT_1h.csv", Fixtures.prices(hours: 0..<48))
        try folder.done("init", "-q")
        let ended = try folder.run("replay")
        #expect(ended.code == 1 && ended.errorText.contains("no signals") && ended.errorText.contains("ingest"))
    }

    @Test("The placebos say what they found and what it means")
    func placebos() throws {
        let folder = try fleet()
        let shift = try folder.done("replay", "--placebo", "shift")
        #expect(shift.text.contains("one bar of its symbol later") && shift.text.contains("look-ahead"))
        let shuffle = try folder.done("replay", "--placebo", "shuffle", "--draws", "4", "--seed", "7", "--json")
        let row = try #require(try shuffle.json()["placebo"]?["policies"]?.array?.first)
        #expect(row["net_returns"]?.array?.count == 4 && row["policy"]?.string == "standard@1")
        #expect(try folder.done("replay", "--placebo", "shuffle", "--draws", "4", "--seed", "7", "--json").output
            == shuffle.output)
        let cut = try folder.done("replay", "--placebo", "future-cut", "--checkpoints", "3")
        #expect(cut.text.contains("No decision knew the future") && !cut.text.contains("DIFFERS"))
        let json = try folder.done("replay", "--placebo", "future-cut", "--checkpoints", "3", "--json").json()
        #expect(json["agrees"]?.bool == true && json["checkpoints"]?.array?.count == 3)
    }

    @Test("A recorded run is derived again from the ledger, and history that came in later is noticed")
    func verify() throws {
        let folder = try fleet(days: 6)
        try folder.done("run", "-q")
        let last = try folder.done("replay", "--verify", "last")
        #expect(last.text.contains("agrees"))
        let json = try folder.done("replay", "--verify", "last", "--json").json()
        #expect(json["verdict"]?.string == "agrees")
        let id = try #require(json["run"]?.string)
        #expect(try folder.done("replay", "--verify", String(id.dropLast(2))).output == last.output)
        let typo = try folder.run("replay", "--verify", "2025-nothing")
        #expect(typo.code == 1 && typo.errorText.contains("the nearest is '\(id)'"))
        let late = try folder.write("late.csv", Fixtures.prices(hours: 0..<72, seed: 9))
        try folder.done("ingest", "prices", late, "--symbol", "SOL", "--bar", "1h", "--as-history", "-q")
        let differs = try folder.run("replay", "--verify", "last")
        #expect(differs.code == 1 && differs.text.contains("other facts") && differs.text.contains("DIFFERS"))
    }
}
