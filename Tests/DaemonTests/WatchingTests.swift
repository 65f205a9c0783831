import Domain
import Foundation
import Glibc
import JSONText
import LocalExchange
import Operation
import ProgramHarness
import Testing

/// The daemon's server, its alerts and its secrets.
@Suite struct WatchingTests {
    @Test("Ready only after a cycle; every metric is described once, weights included; promtool has nothing to say")
    func server() throws {
        let scene = try Scene(["schedule.ingest": "\"every 1m\""])
        try scene.signal("aurora", "BTC", at: Scene.start - .minutes(1))
        try scene.serve()
        #expect(try scene.daemon.get("/healthz").status == 200)
        let early = try scene.daemon.get("/readyz")
        #expect(early.status == 503, "\(String(decoding: early.body, as: UTF8.self))")
        try scene.run("jobs", "run", "supervise", "--quiet").expect(0)
        let late = try scene.daemon.get("/readyz")
        #expect(late.status == 200, "\(String(decoding: late.body, as: UTF8.self))")
        #expect(try scene.daemon.get("/nowhere").status == 404)

        let page = String(decoding: try scene.daemon.get("/metrics").body, as: UTF8.self)
        let types = page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            .map { String($0.split(separator: " ")[2]) }
        #expect(types.count > 10 && Set(types).count == types.count, "\(types)")
        let lines = page.split(separator: "\n")
        let isWeighed = lines.contains { $0.contains("weight") && $0.contains("agent=\"aurora\"") }
        #expect(isWeighed, "\(page)")
        let jobs = try JSONValue.parse(try scene.daemon.get("/jobs").body)["jobs"]?.array
        #expect(jobs?.count == JobName.allCases.count)
        try check(page, in: scene)

        // A daemon whose last cycle is long over is not ready.
        try scene.move(to: Scene.start + .hours(4))
        #expect(try scene.daemon.get("/readyz").status == 503)
        #expect(try scene.daemon.get("/healthz").status == 200)
        #expect(try scene.daemon.terminate().code == 0)
    }

    /// Where there is a promtool.
    private func check(_ page: String, in scene: Scene) throws {
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
        let tools = folders.map { String($0) + "/promtool" }
        guard let tool = tools.first(where: { access($0, X_OK) == 0 }) else {
            print("promtool is not on the PATH: its opinion is skipped")
            return
        }
        let input = try scene.folder.write("metrics.txt", page)
        let ended = try ChildProcess.startPath(
            tool, ["check", "metrics"], in: scene.folder, input: input
        ).wait()
        #expect(ended.code == 0, "\(ended.errorText)\(ended.text)")
    }

    @Test("A test message arrives; one that is refused ends with 1; the secret is in no word and no file")
    func secrets() throws {
        let scene = try Scene([
            "alerts.channels": "{\"desk\": \"webhook\"}", "alerts.throttleMinutes": "0",
            "schedule.ingest": "\"every 1m\"", "schedule.supervise": "\"every 30m\"",
            "schedule.report": "\"every 30m\"", "schedule.backup": "\"every 30m\"",
        ])
        var words: [String] = []
        let test = try scene.run("alerts", "test")
        test.expect(0)
        #expect(test.text.contains("desk (webhook): delivered"))
        #expect(scene.messages.last?["identity"]?.string?.hasPrefix("test/") == true)
        words.append(test.text + test.errorText)

        let secret = Scene.hookSecret
        let echo = Array("no such hook: /\(secret)".utf8)
        for mishap in [
            Mishap.status(404), .status(500), .reset, .garbage, .closeInBody, .html,
            .reply(status: 403, headers: [], body: echo),
            .reply(status: 302, headers: [.init("Location", "http://127.0.0.1:1/\(secret)")], body: []),
        ] {
            scene.exchange.script(mishap, on: secret)
            let ended = try scene.run("alerts", "test", "--verbose")
            if mishap != .html && mishap != .closeInBody { #expect(ended.code == 1, "\(mishap): \(ended.text)") }
            words.append(ended.text + ended.errorText)
            scene.exchange.script(mishap, on: secret)
            let document = try scene.run("alerts", "test", "--json")
            #expect((try? JSONValue.parse(document.output)) != nil, "\(mishap): \(document.text)")
            words.append(document.text + document.errorText)
        }
        try scene.run("alerts", "test", "--channel", "dek").expect(78, "'desk'")

        // A daemon whose messages are refused, with all that it writes.
        scene.exchange.calm()
        scene.exchange.script(.reply(status: 403, headers: [], body: echo), on: secret, count: 3)
        try scene.signal("aurora", "BTC", at: Scene.start - .minutes(1))
        try scene.serve()
        try scene.supervisor("agents", "kill", "aurora", "--reason", "leaks").expect(0)
        for minutes in [30, 31, 100, 101] as [Int64] {
            try scene.move(to: Scene.start + .minutes(minutes))
            try scene.daemon.settle(at: scene.now, deliveries: false)
        }
        try eventually("a refused message is tried") { scene.exchange.webhooks.last?.mishap != nil }
        for path in ["/metrics", "/jobs", "/readyz", "/healthz", "/"] {
            words.append(String(decoding: try scene.daemon.get(path).body, as: UTF8.self))
        }
        for arguments in [["alerts"], ["alerts", "list", "--json"], ["jobs", "--runs", "9"]] {
            words.append(try scene.start("meta-supervisord", arguments).wait().text)
        }
        for arguments in [["report"], ["doctor"], ["settings"], ["settings", "--json"]] {
            let ended = try scene.start("meta-supervisor", arguments).wait()
            words.append(ended.text + ended.errorText)
        }
        let ended = try scene.daemon.terminate()
        #expect(ended.code == 0)
        words.append(ended.text + ended.errorText)
        #expect(!words.contains { $0.contains(secret) }, "\(words.first { $0.contains(secret) } ?? "")")
        let files = scene.folder.everything()
        #expect(files.keys.contains { $0.hasSuffix("ledger.sqlite") } && files.count > 4, "\(files.keys)")
        for (path, bytes) in files {
            #expect(Data(bytes).range(of: Data(secret.utf8)) == nil, "\(path) holds the secret")
        }
    }

    @Test("Nobody to tell is said with the setting and the variable")
    func nobody() throws {
        try Scene().run("alerts", "test").expect(78, "alerts.channels", "META_SUPERVISOR_SECRET_DESK_URL")
    }
}
