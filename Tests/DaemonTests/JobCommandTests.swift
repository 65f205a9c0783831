import Domain
import Glibc
import JSONText
import Operation
import ProgramHarness
import Testing

/// `meta-supervisord jobs`, with a daemon and without.
@Suite struct JobCommandTests {
    @Test("Jobs are listed with schedule, outcome and next due time, before the first run and after")
    func list() throws {
        let scene = try Scene(["schedule.ingest": "\"every 5m\"", "schedule.backup": "\"45 2 * * *\""])
        try scene.supervisor("run").expect(0)
        let before = try scene.run("jobs")
        before.expect(0)
        #expect(before.text.contains("never ran") && before.text.contains("every 5m"), "\(before.text)")
        try scene.serve()
        let listed = try scene.run("jobs", "list", "--json", "--runs", "2")
        listed.expect(0)
        let document = try JSONValue.parse(listed.output)
        let jobs = try #require(document["jobs"]?.array)
        #expect(jobs.compactMap { $0["job"]?.string } == JobName.allCases.map(\.rawValue))
        let ingest = try #require(jobs.first { $0["job"]?.string == "ingest" })
        #expect(ingest["last_run"]?["outcome"]?.string == "succeeded", "\(listed.text)")
        #expect(ingest["next_due_at"]?.string == "\(Scene.start + .minutes(5))", "\(listed.text)")
        #expect(ingest["runs"]?.array?.count == 1)
        let off = try #require(jobs.first { $0["job"]?.string == "train" })
        #expect(off["schedule"]?.string == "off" && off["next_due_at"]?.string == nil)
        let text = try scene.run("jobs", "--runs", "3")
        #expect(text.text.contains("succeeded") && text.text.contains("\(Scene.start)"), "\(text.text)")
        #expect(try scene.run("jobs", "list", "--runs", "-1").code == 64)
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("A job by hand: a daemon takes the request, without one the command does it; both say what was done")
    func run() throws {
        let scene = try Scene()
        try scene.signal("aurora", "BTC", at: Scene.start - .minutes(1))
        let alone = try scene.run("jobs", "run", "ingest", "--quiet")
        alone.expect(0)
        #expect(alone.text.contains("1 accepted"), "\(alone.text)")

        try scene.serve()
        try scene.signal("aurora", "ETH", at: Scene.start)
        try scene.move(to: Scene.start + .minutes(1))
        let asked = try scene.run("jobs", "run", "ingest", "--quiet")
        asked.expect(0)
        #expect(asked.text.contains("1 accepted"), "\(asked.text)")
        let runs = try scene.runs(of: .ingest)
        #expect(runs.count == 2 && runs.allSatisfy { $0.isRequested && $0.outcome == .succeeded }, "\(runs)")
        #expect(try scene.run("jobs", "run", "ingset").code == 64)
        #expect(try scene.daemon.terminate().code == 0)

        // Each of them works alone, too.
        for job in JobName.allCases { try scene.run("jobs", "run", job.rawValue, "--quiet").expect(0) }
    }

    @Test("A failing backup is retried, told, and told again as over once somebody has mended it")
    func failing() throws {
        let scene = try Scene([
            "schedule.backup": "\"every 6h\"", "schedule.ingest": "\"every 1m\"", "backup.directory": "\"copies\"",
            "schedule.retryBackoffSeconds": "30", "schedule.attempts": "10",
            "alerts.channels": "{\"desk\": \"webhook\"}", "alerts.throttleMinutes": "0", "alerts.clearMinutes": "0",
        ])
        try scene.folder.write("copies", "in the way")
        try scene.serve()
        let path = scene.folder.root + "/copies"
        for minute in 1...8 {
            try scene.move(to: Scene.start + .minutes(Int64(minute)))
            try scene.daemon.settle(at: scene.now, deliveries: false)
        }
        let failed = try scene.runs(of: .backup)
        let haveFailed = failed.allSatisfy { $0.outcome == .failed && $0.detail.contains(path) }
        #expect(failed.count >= 3 && haveFailed, "\(failed)")
        #expect(Set(failed.map(\.attempt)).count == failed.count)
        try eventually("backup-failing is told") {
            scene.messages.contains { $0["kind"]?.string == "backup-failing" && $0["state"]?.string == "raised" }
        }
        let standing = try scene.run("alerts")
        #expect(standing.text.contains("Standing"), "\(standing.text)")
        try scene.run("jobs", "run", "backup", "--quiet").expect(1, "copies")

        unlink(path)
        for minute in stride(from: Int64(20), through: 24, by: 1) {
            try scene.move(to: Scene.start + .minutes(minute))
            try scene.daemon.settle(at: scene.now, deliveries: false)
        }
        #expect(try scene.runs(of: .backup).first?.outcome == .succeeded)
        #expect(Folder.names(in: path).count == 1)
        try eventually("backup-failing is over") {
            scene.messages.contains { $0["kind"]?.string == "backup-failing" && $0["state"]?.string == "resolved" }
        }
        #expect(scene.messages.count { $0["kind"]?.string == "backup-failing" } == 2, "\(scene.messages)")
        #expect(try scene.daemon.terminate().code == 0)
    }
}
