import Domain
import Glibc
import ProgramHarness
import Testing

/// Whoever dies anywhere goes on as if nothing had been.
struct KillTests {
    enum Phase: CaseIterable {
        /// The first ingest and the first cycle.
        case first
        /// A cycle on what came since the last one.
        case next
    }

    private static let growing = ["prices/BTCUSDT_1h.csv", "alpha/events.jsonl", "telemetry/events.jsonl"]

    private static func milliseconds(_ time: Timestamp) -> String { "\(time.milliseconds)" }

    private func probe(_ folder: Folder, _ phase: Phase, _ mode: String = "before", _ number: Int = 0) throws -> Ended {
        let now = Fixtures.start + (phase == .first ? .days(2) : .days(3))
        return try ChildProcess.start(
            "crash-probe",
            [
                folder.root, mode, "\(number)", Self.milliseconds(now + .hours(1)), Self.milliseconds(now),
            ], in: folder
        ).wait()
    }

    /// Two days, some of it broken.
    private func prepare(_ folder: Folder) throws {
        try folder.write("prices/BTCUSDT_1h.csv", Fixtures.prices(hours: 0..<48))
        try folder.write(
            "alpha/events.jsonl",
            Fixtures.signals(days: 0..<2) + "{\"broken\n\n" + Fixtures.signals(days: 1..<2)
                + Fixtures.signal("ann", at: Fixtures.start + .days(900)))
        try folder.write("telemetry/events.jsonl", Fixtures.telemetry(days: 0..<2))
    }

    /// A third day: in time, late, broken, and a signal from before.
    private func grow(_ folder: Folder) throws {
        try folder.append("prices/BTCUSDT_1h.csv", Fixtures.prices(hours: 48..<72, header: false))
        try folder.append(
            "alpha/events.jsonl",
            Fixtures.signals(days: 2..<3) + "nonsense\n" + Fixtures.signal("ann", at: Fixtures.start + .hours(9))
                + Fixtures.signal("dora", at: Fixtures.start + .days(3) + .hours(1)))
        try folder.append("telemetry/events.jsonl", Fixtures.telemetry(days: 2..<3))
    }

    /// The same files in another folder. What the supervisor only reads is the very same file, to be known again.
    private func copy(_ folder: Folder) throws -> Folder {
        let other = try Folder()
        for (name, bytes) in folder.everything().sorted(by: { $0.key < $1.key }) {
            try other.write(name, bytes)
            if Self.growing.contains(name) {
                unlink(other.root + "/" + name)
                #expect(link(folder.root + "/" + name, other.root + "/" + name) == 0)
            }
        }
        return other
    }

    @Test("Killed at any call of a port, the next run ends as one that was never killed", arguments: Phase.allCases)
    func everyCall(phase: Phase) throws {
        let base = try Folder()
        try prepare(base)
        if phase == .next {
            #expect(try probe(base, .first).code == 0)
            try grow(base)
        }
        let undisturbed = try copy(base)
        let whole = try probe(undisturbed, phase)
        #expect(whole.code == 0, "\(whole.errorText)")
        let words = whole.text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        let callCount = try #require(Int(words[0]))
        let writes = words[2].split(separator: ",").compactMap { Int($0) }
        #expect(callCount > 50 && writes.count >= 8)
        let outputs = undisturbed.outputs()
        let content = try undisturbed.ledgerContent()
        let deaths = (1...callCount).map { ("before", $0) } + writes.map { ("torn", $0) } + [("after", callCount)]
        for (mode, number) in deaths {
            let folder = try copy(base)
            #expect(try probe(folder, phase, mode, number).wasKilled, "\(mode) \(number)")
            let rest = try probe(folder, phase)
            #expect(rest.code == 0, "\(mode) \(number): \(rest.errorText)")
            #expect(rest.text.split(separator: " ").dropFirst().first.map(String.init) == words[1])
            let found = folder.outputs()
            let different = Set(found.keys).union(outputs.keys).filter { found[$0] != outputs[$0] }.sorted()
            #expect(different.isEmpty, "\(phase), killed \(mode) call \(number) of \(callCount)")
            #expect(try folder.ledgerContent() == content, "\(phase), killed \(mode) call \(number)")
        }
    }

    @Test("The program itself, killed at random moments, ends as one that was never killed")
    func program() throws {
        let undisturbed = try Folder()
        try undisturbed.makeFleet()
        let ingest = ["ingest", "--as-history", "--root"]
        let cycle = ["run", "--as-of", Fixtures.day(6), "--root"]
        var lengths: [Double] = []
        for arguments in [ingest, cycle] {
            let began = seconds()
            let ended = try ChildProcess.start(
                "meta-supervisor", arguments + [undisturbed.root], in: undisturbed
            ).wait()
            #expect(ended.code == 0, "\(ended.errorText)")
            lengths.append(seconds() - began)
        }
        let outputs = undisturbed.outputs()
        let content = try undisturbed.ledgerContent()
        let seed: UInt64 = 20_251_122
        var random = Fixtures.Random(state: seed)
        for round in 0..<10 {
            let folder = try Folder()
            try folder.makeFleet()
            var killedCount = 0
            for (arguments, length) in zip([ingest, cycle], lengths) {
                for _ in 0..<2 {
                    let delay = length * Double(Int.random(in: 0...1_000, using: &random)) / 1_000
                    let running = try ChildProcess.start("meta-supervisor", arguments + [folder.root], in: folder)
                    usleep(UInt32(delay * 1_000_000))
                    kill(running.process, SIGKILL)
                    if try running.wait().wasKilled { killedCount += 1 }
                }
                let ended = try ChildProcess.start("meta-supervisor", arguments + [folder.root], in: folder).wait()
                #expect(ended.code == 0, "seed \(seed), round \(round): \(ended.errorText)")
            }
            let found = folder.outputs()
            let different = Set(found.keys).union(outputs.keys).filter { found[$0] != outputs[$0] }.sorted()
            #expect(different.isEmpty, "seed \(seed), round \(round), killed \(killedCount) times")
            #expect(try folder.ledgerContent() == content, "seed \(seed), round \(round)")
        }
    }

    private func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
