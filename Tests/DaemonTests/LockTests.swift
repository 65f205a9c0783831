import Domain
import Glibc
import JSONText
import Operation
import ProgramHarness
import Testing

/// Who may be on a folder at one time.
@Suite struct LockTests {
    @Test("Beside a daemon a second one and a run end with 79 and name the holder; commands that look or add work")
    func beside() throws {
        let scene = try Scene(["schedule.ingest": "\"every 1m\""])
        try scene.signal("aurora", "BTC", at: Scene.start - .minutes(1))
        try scene.serve()
        let holder = "process \(try #require(scene.daemon.running).process) on "

        try scene.run("serve").expect(79, "already running", holder, "meta-supervisord serve")
        try scene.supervisor("run").expect(79, "already running", holder, "meta-supervisord serve")

        for arguments in [
            ["ingest"], ["report"], ["agents", "list"], ["agents", "kill", "aurora", "--reason", "leaks its key"],
        ] {
            try scene.start("meta-supervisor", arguments).wait().expect(0)
        }
        let doctor = try scene.supervisor("doctor")
        #expect([0, 1].contains(doctor.code), "\(doctor.errorText)")
        #expect(doctor.text.contains("jobs"), "\(doctor.text)")
        #expect(!doctor.errorText.contains("already running"))
        try scene.run("jobs").expect(0)
        try scene.run("alerts").expect(0)
        try scene.run("prices", "gaps").expect(0)

        #expect(try scene.daemon.terminate().code == 0)
        try scene.supervisor("run").expect(0)
    }

    @Test("A daemon killed at once leaves no lock behind")
    func killed() throws {
        let scene = try Scene()
        try scene.serve()
        _ = try scene.daemon.kill()
        try scene.supervisor("run").expect(0)
        try scene.serve()
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("A request that meets a run in place of a daemon stands, and says who holds the lock")
    func requestWithoutDaemon() throws {
        let scene = try Scene()
        try scene.supervisor("run").expect(0)
        let descriptor = open(scene.folder.root + "/.meta-supervisor/lock", O_RDWR | O_CREAT, 0o644)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let words = Array("process 4 on there: meta-supervisor run\n".utf8)
        #expect(write(descriptor, words, words.count) == words.count)

        try scene.run("jobs", "run", "ingest", "--wait", "0.3", "--quiet")
            .expect(1, "ingest was asked for and not done", "process 4 on there")
        let asked = try scene.run("jobs", "run", "report", "--wait", "0")
        asked.expect(0)
        #expect(asked.text.contains("process 4 on there"))
    }

    @Test("A root that is not there is no new fleet")
    func noFolder() throws {
        let scene = try Scene()
        for arguments in [["serve"], ["jobs"], ["jobs", "run", "ingest"], ["prices", "gaps"], ["alerts"]] {
            let ended = try ChildProcess.start(
                "meta-supervisord", arguments + ["--root", scene.folder.path + "/typo"],
                environment: scene.daemon.environment, in: scene.folder
            ).wait()
            ended.expect(1, "typo")
        }
        #expect(access(scene.folder.path + "/typo", F_OK) != 0)
    }
}
