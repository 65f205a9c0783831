import Dashboard
import Domain
import JSONText
import Logging
import Operation
import ServiceLifecycle
import Synchronization
import Testing

struct WatchServerTests {
    /// What the closures say, to be changed while the server runs.
    final class World: Sendable {
        struct State {
            var now = FleetSample.start
            var heartbeat: Timestamp? = FleetSample.start
            var checks = WatchServerTests.ready
            var jobs: [WatchedJob] = []
            var page: [UInt8] = []
            var isBroken = false
        }

        struct Broken: Error, CustomStringConvertible {
            var description: String { "/srv/somebody/ledger.sqlite: token=hunter2" }
        }

        private let state = Mutex(State())

        func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
            try state.withLock { try body(&$0) }
        }

        private func read<Value: Sendable>(_ body: (State) -> Value) throws -> Value {
            try with { state in
                if state.isBroken { throw Broken() }
                return body(state)
            }
        }

        var sources: WatchSources {
            WatchSources(
                lastHeartbeat: { try self.read(\.heartbeat) }, readiness: { try self.read(\.checks) },
                metrics: { try self.read(\.page) }, jobs: { try self.read(\.jobs) })
        }
    }

    static let ready = ReadinessCheck.standard(
        ledgerAnswers: true, lastCycleAt: FleetSample.start, now: FleetSample.start, within: .hours(2),
        isLockHeld: true)

    /// Runs a server on a free port in a group of its own, and ends it as a daemon would.
    private static func serving(
        _ world: World, host: String = "127.0.0.1", limits: WatchServer.Limits = WatchServer.Limits(),
        log: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = WatchServer(
            host: host, port: 0, sources: world.sources, clock: Clock { world.with(\.now) }, limits: limits, log: log,
            onListening: { port.yield($0) })
        let group = ServiceGroup(services: [server], logger: log)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
            }
            tasks.addTask {
                for await bound in ports {
                    do { try await body(bound) } catch { Issue.record(error) }
                    await group.triggerGracefulShutdown()
                }
            }
            try await tasks.waitForAll()
        }
    }

    @Test("Every route answers over a real socket, with its type and length")
    func routes() async throws {
        let world = World()
        let metrics = FleetMetricsTests.everything()
        let page = metrics.registry.render()
        world.with {
            $0.page = page
            $0.jobs = [
                FleetSample.standing(.prices, lastRun: FleetSample.run(.prices, .timedOut)),
                FleetSample.standing(.train, lastRun: nil, runningSince: FleetSample.start),
            ]
        }
        try await WatchServerTests.serving(world) { port in
            #expect(port > 0)
            for (path, type) in [
                ("/", "text/html; charset=utf-8"), ("/healthz", "application/json"), ("/readyz", "application/json"),
                ("/jobs", "application/json"), ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
                ("/metrics?name=x", "text/plain; version=0.0.4; charset=utf-8"),
            ] {
                let answer = try await LoopbackClient.get(path, port: port)
                #expect(answer.status == 200, "\(path)")
                #expect(answer.headers["content-type"] == type, "\(path)")
                #expect(answer.headers["content-length"] == String(answer.body.count), "\(path)")
                #expect(answer.headers["cache-control"] == "no-store" && answer.headers["server"] == nil)
                let head = try await LoopbackClient.get(path, port: port, method: "HEAD")
                #expect(head.status == 200 && head.body.isEmpty, "HEAD \(path)")
                #expect(head.headers["content-length"] == answer.headers["content-length"], "HEAD \(path)")
                #expect(head.headers["content-type"] == type, "HEAD \(path)")
            }
            #expect(try await LoopbackClient.get("/metrics", port: port).body == page)
            _ = try Exposition(try await LoopbackClient.get("/metrics", port: port).body)
            let index = try await LoopbackClient.get("/", port: port).text
            for path in ["/healthz", "/readyz", "/jobs", "/metrics"] { #expect(index.contains("href=\"\(path)\"")) }
        }
    }

    @Test("Jobs are told by name, schedule, last run, what runs and what is due; not what a run said of files")
    func jobs() async throws {
        let world = World()
        world.with {
            $0.jobs = [
                FleetSample.standing(.prices, lastRun: FleetSample.run(.prices, .timedOut)),
                FleetSample.standing(.train, lastRun: nil, runningSince: FleetSample.start),
            ]
        }
        try await WatchServerTests.serving(world) { port in
            let answer = try await LoopbackClient.get("/jobs", port: port)
            #expect(!answer.text.contains("secret") && !answer.text.contains("/srv"))
            let document = try JSONValue.parse(answer.body)
            #expect(document["schema"]?.string == "meta-supervisor/jobs/1")
            let jobs = try #require(document["jobs"]?.array)
            try #require(jobs.count == 2)
            #expect(jobs[0]["job"]?.string == "prices" && jobs[0]["schedule"]?.string == "every 5m")
            #expect(jobs[0]["last_run"]?["outcome"]?.string == "timed-out")
            #expect(jobs[0]["last_run"]?["attempt"] == .integer("2"))
            #expect(jobs[0]["next_due_at"]?.string == "2025-10-25T00:05:00Z")
            #expect(jobs[0]["running_since"]?.isNull == true)
            #expect(jobs[1]["last_run"]?.isNull == true)
            #expect(jobs[1]["running_since"]?.string == "2025-10-25T00:00:00Z")
        }
    }

    @Test("What is not there is 404, what is not read is 405, and a body is not waited for")
    func refusals() async throws {
        try await WatchServerTests.serving(World()) { port in
            for path in ["/nothing", "/metrics/", "/healthz/x", "//", "/%2e%2e/etc/passwd", "/METRICS"] {
                let answer = try await LoopbackClient.get(path, port: port)
                #expect(answer.status == 404, "\(path)")
                #expect(!answer.text.contains("passwd"), "an answer does not repeat what was asked")
                #expect(try await LoopbackClient.get(path, port: port, method: "HEAD").body.isEmpty)
            }
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
                let body = ["POST", "PUT", "PATCH"].contains(method) ? "{}" : ""
                let answer = try await LoopbackClient.get("/metrics", port: port, method: method, body: body)
                #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method)")
            }
        }
    }

    @Test("The process is healthy while the scheduler comes round, and no longer")
    func health() async throws {
        let world = World()
        try await WatchServerTests.serving(world) { port in
            #expect(try await LoopbackClient.get("/healthz", port: port).status == 200)
            world.with { $0.now = FleetSample.start + .minutes(2) }
            #expect(try await LoopbackClient.get("/healthz", port: port).status == 200, "at the limit")
            world.with { $0.now = FleetSample.start + .minutes(2) + Span(milliseconds: 1) }
            let stuck = try await LoopbackClient.get("/healthz", port: port)
            #expect(stuck.status == 503)
            #expect(try JSONValue.parse(stuck.body)["status"]?.string == "stuck")
            #expect(try await LoopbackClient.get("/healthz", port: port, method: "HEAD").status == 503)
            world.with { $0.heartbeat = nil }
            #expect(try await LoopbackClient.get("/healthz", port: port).status == 503, "it has not begun")
        }
    }

    @Test("Not ready is 503 and says which check fails")
    func readiness() async throws {
        let world = World()
        try await WatchServerTests.serving(world) { port in
            #expect(try await LoopbackClient.get("/readyz", port: port).status == 200)
            world.with {
                $0.checks = ReadinessCheck.standard(
                    ledgerAnswers: true, lastCycleAt: FleetSample.start - .hours(3), now: FleetSample.start,
                    within: .minutes(150), isLockHeld: true)
            }
            let answer = try await LoopbackClient.get("/readyz", port: port)
            #expect(answer.status == 503)
            let document = try JSONValue.parse(answer.body)
            #expect(document["status"]?.string == "not-ready")
            let failed = document["checks"]?.array?.filter { $0["passed"]?.bool == false } ?? []
            #expect(failed.map { $0["name"]?.string } == ["cycle"])
            #expect(failed.first?["detail"]?.string?.contains("10800 s ago, the limit is 9000 s") == true)
            world.with { $0.checks = [] }
            #expect(try await LoopbackClient.get("/readyz", port: port).status == 503, "no check is no answer")
        }
    }

    @Test("Each of the three checks fails for its own reason")
    func checks() {
        let now = FleetSample.start
        func failed(_ ledger: Bool, _ cycle: Timestamp?, _ lock: Bool) -> [String] {
            ReadinessCheck.standard(
                ledgerAnswers: ledger, lastCycleAt: cycle, now: now, within: .hours(1), isLockHeld: lock
            ).filter { !$0.isPassed }.map(\.name)
        }
        #expect(failed(true, now, true) == [])
        #expect(failed(false, now, true) == ["ledger"])
        #expect(failed(true, nil, true) == ["cycle"])
        #expect(failed(true, now - .hours(1), true) == [])
        #expect(failed(true, now - .hours(1) - Span(milliseconds: 1), true) == ["cycle"])
        #expect(failed(true, now + .hours(1), true) == ["cycle"], "a cycle from the future is not fresh")
        #expect(failed(true, now, false) == ["lock"])
    }

    @Test("A source that fails is 503 without a word of why; the log has it")
    func broken() async throws {
        let world = World()
        let lines = LogLines()
        world.with { $0.isBroken = true }
        try await WatchServerTests.serving(world, log: lines.logger) { port in
            for path in ["/healthz", "/readyz", "/metrics", "/jobs"] {
                let answer = try await LoopbackClient.get(path, port: port)
                #expect(answer.status == 503, "\(path)")
                #expect(!answer.text.contains("hunter2") && !answer.text.contains("/srv"), "\(path)")
            }
            #expect(try await LoopbackClient.get("/", port: port).status == 200)
        }
        #expect(lines.all.contains { $0.contains("the answer to /metrics could not be made") })
    }

    @Test("Headers beyond the bound are refused and the server goes on")
    func headerLimits() async throws {
        let limits = WatchServer.Limits(
            headerBytes: 2_048, headerCount: 20, idle: Span(milliseconds: 200))
        try await WatchServerTests.serving(World(), limits: limits) { port in
            let long = String(repeating: "x", count: 100_000)
            let tooLong = try await LoopbackClient.send(
                Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\nConnection: close\r\n\r\n".utf8), port)
            #expect(!String(decoding: tooLong, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
            let many = (0..<50).map { "X-\($0): 1" }
            let tooMany = try await LoopbackClient.getInTime("/", port: port, headers: many)
            #expect(tooMany.status == 400)
            let few = try await LoopbackClient.getInTime("/", port: port, headers: Array(many.prefix(10)))
            #expect(few.status == 200)
            for garbage in ["\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0\r\n\r\n"] {
                _ = try await LoopbackClient.send(Array(garbage.utf8), port)
            }
            #expect(try await LoopbackClient.getInTime("/healthz", port: port).status == 200)
        }
    }

    @Test("More askers than connections all get their answer, one after the other")
    func connectionLimit() async throws {
        try await WatchServerTests.serving(World(), limits: WatchServer.Limits(connections: 2)) { port in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<12 { tasks.addTask { try await LoopbackClient.get("/healthz", port: port).status } }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 12))
        }
    }

    @Test("A connection on which nothing comes is closed, so that silent ones cannot shut the others out")
    func idle() async throws {
        let limits = WatchServer.Limits(connections: 1, idle: Span(milliseconds: 50))
        try await WatchServerTests.serving(World(), limits: limits) { port in
            let answer = try await LoopbackClient.send(Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8), port)
            #expect(!String(decoding: answer, as: UTF8.self).contains("200 OK"))
            #expect(try await LoopbackClient.getInTime("/healthz", port: port).status == 200)
        }
    }

    @Test("A taken port is an error that says so")
    func takenPort() async throws {
        try await WatchServerTests.serving(World()) { port in
            let second = WatchServer(
                host: "127.0.0.1", port: port, sources: World().sources, clock: Clock { FleetSample.start },
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            do {
                try await second.run()
                Issue.record("two servers on one port")
            } catch let failure as WatchServerFailure {
                #expect(failure.description.hasPrefix("cannot answer on 127.0.0.1, port \(port): "))
                #expect(failure.description.contains("server.port"))
            }
        }
    }

    @Test("Any address but the loopback is warned of")
    func warning() async throws {
        for (host, warns) in [("127.0.0.1", false), ("0.0.0.0", true)] {
            let lines = LogLines()
            try await WatchServerTests.serving(World(), host: host, log: lines.logger) { _ in }
            #expect(lines.all.contains { $0.contains("is not the loopback") } == warns, "\(host)")
            #expect(lines.all.contains { $0.hasPrefix("answering on \(host), port ") })
        }
    }

    @Test(
        "The loopback is known by its addresses and its name",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.10", true), ("localhost", true), ("LOCALHOST", true), ("::1", true),
            ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("127.0.0.1.example.org", false),
            ("127.0.0", false), ("127.0.0.256", false), ("", false), ("localhost.example.org", false),
        ])
    func loopback(_ host: String, isLoopback: Bool) {
        #expect(WatchServer.isLoopback(host) == isLoopback)
    }
}

/// What was logged, line by line.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append(event.message.description) } }
    }
}
