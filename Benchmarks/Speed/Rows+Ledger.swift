import Foundation
import Glibc

/// Rows 3 to 5 and the second half of 8: work on a ledger.
extension Bench {
    private static let ledgerPath = "/.meta-supervisor/ledger.sqlite"

    func firstIngest() throws -> SpeedResult {
        let rows = MadeRows(rowCount: count(2_000_000), agentCount: 40, years: 4)
        let file = try cache.reconciled(rows) + "/alpha/reconciled.jsonl"
        try cache.demand(rows.rowCount * 700, for: "row 3")
        let root = cache.folder + "/first-ingest"
        let ours = Contender(
            "ours",
            process(["ingest", "reconciled", file, "--as-history", "--root", root, "--quiet"]),
            prepare: {
                try cache.remove(root)
                try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            })
        defer { try? cache.remove(root) }
        let database = cache.folder + "/peer.sqlite"
        let removeDatabase = { for ending in ["", "-wal", "-shm"] { try cache.remove(database + ending) } }
        defer { try? removeDatabase() }
        var contenders = [ours]
        var result = SpeedResult()
        for mode in ["same", "bare"] {
            let peer = peers.compiled(
                "sqlite_insert", libraries: ["sqlite3"], needs: "libsqlite3-dev",
                [database, "\(rows.rowCount)", "40", mode])
            switch peer {
            case .ready(let process): contenders.append(Contender(mode, process, prepare: removeDatabase))
            case .missing(let reason, let remedy):
                if !result.notes.contains(remedy) { result.notes.append(remedy) }
                result.lines = [.skipped("first ingest", asked: "0.8 of the C API", measured: "-", reason: reason)]
            }
        }
        let samples = try Contender.race(contenders, rounds: min(rounds, 3), warmUp: false)
        let rate = { (samples: Samples) in Double(rows.rowCount) / samples.medianSeconds }
        let text = { (samples: Samples) in
            "\(Markdown.text(rate(samples) / 1_000, 0)) k rows/s: \(samples.text)"
        }
        let names = [
            "same": "SQLite's C API, the same table",
            "bare": "SQLite's C API, the same columns, no key",
        ]
        for index in contenders.indices.dropFirst() {
            let ratio = rate(samples[0]) / rate(samples[index])
            result.lines.append(
                SpeedLine(
                    "first ingest of \(Markdown.grouped(rows.rowCount)) outcomes, parsed, checked and durable",
                    asked: contenders[index].name == "same" ? "at least 0.8 of the rate" : "reported",
                    measured: text(samples[0]),
                    peer: "\(names[contenders[index].name] ?? ""): \(text(samples[index]))",
                    ratio: samples[index].ratioText(to: samples[0]),
                    verdict: contenders[index].name != "same" ? .reported : ratio >= 0.8 ? .met : .missed))
        }
        result.notes.append(
            "Row 3. The peer makes its rows in memory and keeps them; ours are read from JSON lines, checked, and "
                + "numbered by line and batch.")
        return result
    }

    // MARK: Ledgers of outcomes

    struct OutcomeLedger {
        var root: String
        var rows: MadeRows
        var clock: SimulatedClock
    }

    /// A ledger with outcomes of 1,000 agents over three years, decided up to its clock.
    func outcomeLedger(_ rowCount: Int, agents: Int = 1_000) throws -> OutcomeLedger {
        let rows = MadeRows(rowCount: rowCount, agentCount: agents, years: 3, seed: 11)
        // The ledger and its log, and the outcomes that a run publishes.
        let root = try cache.folder("ledger-\(rowCount)-of-\(agents)", bytes: rowCount * 900) { root in
            let clock = SimulatedClock(path: root + "/clock")
            try clock.set(rows.endSeconds)
            let ingest = process(
                ["ingest", "reconciled", "-", "--as-history", "--root", root, "--quiet"], clock: clock)
            _ = try ingest.run(feed: { try rows.write(to: $0) })
            _ = try process(["run", "--root", root, "--quiet"], clock: clock).run()
        }
        return OutcomeLedger(root: root, rows: rows, clock: SimulatedClock(path: root + "/clock"))
    }

    /// A day passes: every agent's next outcome is read, the fold goes on, everything is published.
    private func nextDay(_ ledger: OutcomeLedger) throws -> (ingest: ProcessCost, run: ProcessCost) {
        let day = MadeRows.daySeconds
        guard let now = ledger.clock.seconds else { throw BenchmarkFailure("\(ledger.clock.path) holds no time") }
        // Generated from seven in the morning to eleven at night of the day before; closed before
        // the clock's new six o'clock.
        let generated = now / day * day - day + 7 * 3_600
        let path = ledger.root + "/day.jsonl"
        try DataFile.make(path) { try ledger.rows.writeDay(from: generated, day: now / day, to: $0) }
        try ledger.clock.set(now + day)
        let ingest = try process(
            ["ingest", "reconciled", path, "--as-history", "--root", ledger.root, "--quiet"], clock: ledger.clock
        ).run()
        let run = try process(["run", "--root", ledger.root, "--quiet"], clock: ledger.clock).run()
        return (ingest, run)
    }

    private func cycleContender(_ name: String, _ ledger: OutcomeLedger) -> Contender {
        Contender(name) {
            let (ingest, run) = try nextDay(ledger)
            return ProcessCost(
                wallSeconds: ingest.wallSeconds + run.wallSeconds,
                processorSeconds: ingest.processorSeconds + run.processorSeconds,
                peakMegabytes: max(ingest.peakMegabytes, run.peakMegabytes))
        }
    }

    /// Of a fleet of forty, as the file of rows 1 to 3 has it, and of a thousand: the state and the report grow with
    /// the agents, and nothing with what is stored.
    func cycle() throws -> SpeedResult {
        var result = SpeedResult()
        for agentCount in [40, 1_000] { result.lines += try cycle(agentCount: agentCount) }
        return result
    }

    private func cycle(agentCount: Int) throws -> [SpeedLine] {
        let large = try outcomeLedger(count(10_000_000), agents: agentCount)
        // A day adds a hundredth to the small one: a copy of it moves on.
        let smallCount = count(100_000)
        var small = try outcomeLedger(smallCount, agents: agentCount)
        let copy = cache.folder + "/small-ledger"
        try cache.remove(copy)
        try FileManager.default.copyItem(atPath: small.root, toPath: copy)
        defer { try? cache.remove(copy) }
        small.root = copy
        small.clock = SimulatedClock(path: copy + "/clock")
        let samples = try Contender.race(
            [cycleContender("large", large), cycleContender("small", small)], rounds: max(rounds, 5))
        let ratio = samples[0].medianSeconds / samples[1].medianSeconds
        let work = "a cycle (`ingest` of 1,000 new outcomes, then `run`) on a ledger of "
            + "\(Markdown.grouped(large.rows.rowCount)), \(Markdown.grouped(agentCount)) agents"
        return [
            SpeedLine(
                work, asked: "at most 1.3 times the same on \(Markdown.grouped(smallCount))",
                measured: samples[0].text, peer: "on \(Markdown.grouped(smallCount)): \(samples[1].text)",
                ratio: samples[0].ratioText(to: samples[1]), verdict: ratio <= 1.3 ? .met : .missed),
            SpeedLine(
                "the same", asked: "at most 150 ms", measured: Samples.time(samples[0].medianSeconds),
                verdict: samples[0].medianSeconds <= 0.150 ? .met : .missed),
        ]
    }

    func rebuild() throws -> SpeedResult {
        let ledger = try outcomeLedger(count(10_000_000))
        let ours = Contender("ours", rebuildProcess(ledger))
        let peer = peers.compiled(
            "sqlite_scan", libraries: ["sqlite3"], needs: "libsqlite3-dev", [ledger.root + Bench.ledgerPath])
        let work = "full rebuild from \(Markdown.grouped(ledger.rows.rowCount)) outcomes of 1,000 agents"
        let asked = "at most 1.5 times a bare scan of the table"
        switch peer {
        case .missing(let reason, let remedy):
            let samples = try Contender.race([ours], rounds: min(rounds, 3))
            return SpeedResult(
                lines: [.skipped(work, asked: asked, measured: samples[0].text, reason: reason)], notes: [remedy])
        case .ready(let process):
            let samples = try Contender.race([ours, Contender("scan", process)], rounds: min(rounds, 3))
            let ratio = samples[0].medianSeconds / samples[1].medianSeconds
            return SpeedResult(lines: [
                SpeedLine(
                    work, asked: asked, measured: samples[0].text,
                    peer: "bare scan of every column " + samples[1].text, ratio: samples[0].ratioText(to: samples[1]),
                    verdict: ratio <= 1.5 ? .met : .missed)
            ])
        }
    }

    /// A what-if begins at the first fact, whatever was decided before.
    func rebuildProcess(_ ledger: OutcomeLedger) -> ChildProcess {
        process(["report", "--policy", "standard", "--root", ledger.root, "--quiet"], clock: ledger.clock)
    }

    func startUp() throws -> SpeedResult {
        let ledger = try outcomeLedger(count(10_000_000))
        let version = Contender("version", process(["--version"]))
        let explain = Contender(
            "explain", process(["explain", "agent-0001", "--root", ledger.root, "--quiet"], clock: ledger.clock))
        var contenders = [version, explain]
        contenders.append(Contender("true", ChildProcess("/bin/true", [])))
        let samples = try Contender.race(contenders, rounds: max(rounds, 9))
        return SpeedResult(lines: [
            SpeedLine(
                "start-up (`--version`)", asked: "at most 15 ms", measured: samples[0].text,
                peer: "`/bin/true` " + samples[2].text,
                verdict: samples[0].medianSeconds <= 0.015 ? .met : .missed),
            SpeedLine(
                "`explain` on a ledger of \(Markdown.grouped(ledger.rows.rowCount))", asked: "at most 50 ms",
                measured: samples[1].text, verdict: samples[1].medianSeconds <= 0.050 ? .met : .missed),
        ])
    }
}
