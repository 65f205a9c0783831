import Domain
import Glibc
import JSONText
import Operation
import ProgramHarness
import Testing

/// What a bad day leaves in the folder.
@Suite struct GarbageTests {
    @Test("A ledger that is none is said to be none: exit 1, no half answer, and the file stays as it is")
    func ledger() throws {
        let scene = try Scene()
        let garbage = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        try scene.folder.write(".meta-supervisor/ledger.sqlite", garbage)
        for arguments in [
            ["serve"], ["jobs"], ["jobs", "--json"], ["jobs", "run", "ingest"], ["prices", "gaps"],
            ["prices", "backfill", "--symbols", "BTC"], ["prices", "check", "--symbols", "BTC"], ["alerts"],
        ] {
            try scene.start("meta-supervisord", arguments).wait().expect(1, "ledger.sqlite")
        }
        #expect(scene.folder.everything()[".meta-supervisor/ledger.sqlite"] == garbage)
    }

    @Test("Half a ledger is no ledger")
    func truncated() throws {
        let scene = try Scene()
        try scene.supervisor("run").expect(0)
        let whole = try #require(scene.folder.everything()[".meta-supervisor/ledger.sqlite"])
        try scene.folder.write(".meta-supervisor/ledger.sqlite", Array(whole.prefix(whole.count / 2)))
        let ended = try scene.failToServe()
        ended.expect(1, "ledger.sqlite")
    }

    @Test("A clock that jumps ten years ahead and back leaves jobs that go on")
    func clock() throws {
        let scene = try Scene(["schedule.ingest": "\"every 1m\"", "schedule.backup": "\"every 6h\""])
        try scene.serve()
        let decade = Span.days(3_653)
        try scene.move(to: Scene.start + decade)
        try scene.daemon.settle(at: scene.now, deliveries: false)
        try scene.signal("aurora", "BTC", at: Scene.start + .minutes(1))
        try scene.move(to: Scene.start + .minutes(2))
        try scene.daemon.settle(at: scene.now, deliveries: false)
        for minute in 3...5 {
            try scene.move(to: Scene.start + .minutes(Int64(minute)))
            try scene.daemon.settle(at: scene.now, deliveries: false)
        }
        let ingests = try scene.runs(of: .ingest).filter { $0.outcome == .succeeded }
        for minute in 3...5 {
            let due = Scene.start + .minutes(Int64(minute))
            #expect(ingests.count { $0.dueAt == due } == 1, "\(due): \(ingests.map(\.dueAt))")
        }
        #expect(ingests.contains { $0.dueAt == Scene.start + decade })
        // And over a restart.
        _ = try scene.daemon.kill()
        try scene.move(to: Scene.start + .minutes(6))
        try scene.serve()
        #expect(try scene.runs(of: .ingest).contains { $0.dueAt == scene.now && $0.outcome == .succeeded })
        let doctor = try scene.supervisor("doctor")
        #expect(doctor.text.contains("2035"), "the difference is named: \(doctor.text)")
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("A file that turns into a folder and a line that never ends fail a job, not the daemon")
    func sources() throws {
        let scene = try Scene(["schedule.ingest": "\"every 1m\"", "schedule.attempts": "1"])
        try scene.serve()
        unlink(scene.folder.root + "/alpha/events.jsonl")
        mkdir(scene.folder.root + "/alpha/events.jsonl", 0o755)
        try scene.folder.write("beta/events.jsonl", [UInt8](repeating: 0x78, count: 3 << 20))
        try scene.move(to: Scene.start + .minutes(1))
        try scene.daemon.settle(at: scene.now, deliveries: false)
        rmdir(scene.folder.root + "/alpha/events.jsonl")
        try scene.signal("aurora", "BTC", at: Scene.start + .minutes(1))
        try scene.move(to: Scene.start + .minutes(2))
        try scene.daemon.settle(at: scene.now, deliveries: false)
        let last = try #require(try scene.runs(of: .ingest).first)
        #expect(last.outcome == .succeeded && last.detail.contains("1 accepted"), "\(last)")
        #expect(try scene.daemon.terminate().code == 0)
    }
}
