import Domain
import Operation
import Scheduling
import ServiceLifecycle
import Testing

/// The scheduler's promises, on a clock that the test turns. It is 02:07:30.
struct SchedulerTests {
    private let world: SchedulerWorld

    init() throws { world = try SchedulerWorld() }

    private func ended(_ count: Int) async throws {
        try await eventually("\(count) runs have ended") {
            world.runs.filter { $0.outcome != .running }.count >= count
        }
    }

    private func outcomes(_ name: JobName) -> [JobOutcome] { world.runs.filter { $0.job == name }.map(\.outcome) }

    @Test("A job runs at its start and at each due time, recorded before its body begins")
    func runs() async throws {
        let world = world
        let ingest = try job(.ingest) { context in
            let recorded = world.runs.filter { $0.id == context.run.id && $0.outcome == .running }
            return recorded == [context.run] ? "recorded" : "not recorded"
        }
        try await world.during(world.scheduler([ingest])) {
            try await ended(1)
            try await world.pass(seconds: 90)
            try await ended(3)
        }
        #expect(world.runs.map(\.dueAt.description)
            == ["2025-10-24T02:07:00Z", "2025-10-24T02:08:00Z", "2025-10-24T02:09:00Z"])
        #expect(world.runs.allSatisfy { $0.outcome == .succeeded && $0.detail == "recorded" && $0.attempt == 1 })
        #expect(world.events.prefix(2) == ["started ingest", "succeeded ingest"])
    }

    @Test("A failing job is recorded with its error's text, tried again, and stops no other")
    func failure() async throws {
        struct Broken: Error, CustomStringConvertible {
            var description: String { "the exchange is closed" }
        }
        let jobs = [try job(.prices, "@hourly") { _ in throw Broken() }, try job(.ingest, "@hourly")]
        try await world.during(world.scheduler(jobs) { $0.policy.attempts = 2 }) {
            try await ended(2)
            try await world.pass(seconds: 20)
            try await ended(3)
        }
        #expect(outcomes(.ingest) == [.succeeded])
        #expect(outcomes(.prices) == [.failed, .failed])
        let prices = world.runs.filter { $0.job == .prices }
        #expect(prices.map(\.attempt) == [1, 2])
        #expect(prices.allSatisfy { $0.detail == "the exchange is closed" })
        #expect(prices[1].startedAt - prices[0].startedAt >= Span(milliseconds: 5_000))
    }

    @Test("A new due time does not wait for the back-off of the one before")
    func backoffLongerThanSchedule() async throws {
        let failing = try job(.ingest, "every 1m") { _ in throw CancellationError() }
        try await world.during(world.scheduler([failing]) { $0.policy.retryBackoff = .minutes(30) }) {
            try await ended(1)
            try await world.pass(seconds: 95)
            try await ended(3)
        }
        #expect(world.runs.prefix(3).map { "\($0.dueAt)" } == [
            "2025-10-24T02:07:00Z", "2025-10-24T02:08:00Z", "2025-10-24T02:09:00Z",
        ])
        #expect(world.runs.allSatisfy { $0.attempt == 1 })
    }

    @Test("A job past its limit is cancelled and recorded as timed out; a clock that leaps is no limit")
    func limit() async throws {
        let gate = Gate()
        let train = try job(.train, "@daily", limit: Span(milliseconds: 30_000)) { _ in
            try await gate.pass()
            return "done"
        }
        try await world.during(world.scheduler([train]) { $0.policy.attempts = 1 }) {
            try await eventually("it runs") { !world.runs.isEmpty }
            world.setClock(world.now + .hours(3))
            try await world.pass(seconds: 20)
            #expect(outcomes(.train) == [.running])
            try await world.pass(seconds: 12)
            try await ended(1)
        }
        #expect(outcomes(.train) == [.timedOut])
        #expect(world.runs[0].detail == "cancelled at its limit of 30 s")
    }

    @Test("A job that hangs is given up, seen, keeps its group waiting, and starts again only after it returned")
    func hanging() async throws {
        let gate = Gate()
        let hangs = try job(.supervise, limit: Span(milliseconds: 5_000), group: "fold") { _ in
            try await gate.pass(isStubborn: true)
            return "at last"
        }
        let scheduler = world.scheduler([hangs, try job(.ingest), try job(.report, group: "fold")])
        try await world.during(scheduler) {
            try await eventually("it runs") { outcomes(.supervise).count + outcomes(.report).count >= 1 }
            try await world.pass(seconds: 300)
            try await eventually("it is given up") { world.events.contains("abandoned supervise") }
            #expect(outcomes(.supervise) == [.timedOut])
            #expect(outcomes(.ingest).count >= 5)
            let reports = outcomes(.report).count
            #expect(reports <= 1)
            #expect(await scheduler.standings().map(\.isAbandoned) == [false, false, true])
            gate.open()
            try await eventually("both run again") {
                outcomes(.supervise).contains(.succeeded) && outcomes(.report).count > reports
            }
            #expect(await scheduler.standings().map(\.isAbandoned) == [false, false, false])
        }
    }

    @Test("Jobs of one group run one after another, the longest owed first; others run beside them")
    func groups() async throws {
        let gate = Gate()
        let world = world
        func held(_ name: JobName, _ schedule: String, group: String?) throws -> ScheduledJob {
            try job(name, schedule, group: group) { _ in
                world.note("begin \(name)")
                try await gate.pass()
                world.note("end \(name)")
                return "done"
            }
        }
        let jobs = [
            try held(.supervise, "3 * * * *", group: "fold"), try held(.train, "10 0 * * *", group: "fold"),
            try held(.prices, "@hourly", group: nil),
        ]
        try await world.during(world.scheduler(jobs)) {
            try await eventually("two run") { world.events.filter { $0.hasPrefix("begin") }.count == 2 }
            try await world.pass(seconds: 5)
            #expect(!world.events.contains("begin supervise"))
            gate.open()
            try await ended(3)
        }
        let fold = world.events.filter { $0.hasSuffix("train") || $0.hasSuffix("supervise") }
        #expect(fold == [
            "started train", "begin train", "end train", "succeeded train",
            "started supervise", "begin supervise", "end supervise", "succeeded supervise",
        ])
    }

    @Test("What an earlier process left running is interrupted and made up for at once")
    func restart() async throws {
        let due = try CivilTime.timestamp("2025-10-24T02:00:00Z")
        world.add(
            JobRun(id: 1, job: .backup, dueAt: due, coversFrom: due, attempt: 1, startedAt: due, outcome: .running))
        try await world.during(world.scheduler([try job(.backup, "@hourly")])) {
            try await ended(2)
            try await world.pass(seconds: 5)
        }
        #expect(world.runs.map(\.outcome) == [.interrupted, .succeeded])
        #expect(world.runs.map(\.attempt) == [1, 2])
        #expect(world.runs.map(\.dueAt) == [due, due])
    }

    @Test("A night asleep is made up for by one run; a clock set back runs nothing twice")
    func suspend() async throws {
        try await world.during(world.scheduler([try job(.report, "every 30m")])) {
            try await ended(1)
            world.setClock(world.now + .hours(8))
            try await world.pass(seconds: 2)
            try await ended(2)
            world.setClock(world.now - .minutes(5))
            try await world.pass(seconds: 290)
            #expect(world.runs.count == 2)
        }
        #expect(world.runs[1].coversFrom.description == "2025-10-24T02:30:00Z")
        #expect(world.runs[1].dueAt.description == "2025-10-24T10:00:00Z")
    }

    @Test("A request runs a job now, even one that is off; one for an unknown job is answered")
    func requests() async throws {
        let asked = world.now
        world.add(JobRequest(id: 1, job: .backup, requestedAt: asked, author: "ann"))
        world.add(JobRequest(id: 2, job: .train, requestedAt: asked, author: "ann"))
        try await world.during(world.scheduler([try job(.backup, "off")])) {
            try await ended(2)
            try await world.pass(seconds: 5)
        }
        #expect(world.runs.count == 2)
        let backup = try #require(world.runs.first { $0.job == .backup })
        #expect(backup.isRequested && backup.dueAt == asked && backup.outcome == .succeeded)
        let train = try #require(world.runs.first { $0.job == .train })
        #expect(train.outcome == .failed)
        #expect(train.detail == "this daemon has no job train")
    }

    @Test("A request whose run was interrupted by the process's end is run again, once")
    func interruptedRequest() async throws {
        let asked = world.now - .minutes(1)
        world.add(
            JobRun(
                id: 1, job: .backup, dueAt: asked, coversFrom: asked, isRequested: true, attempt: 1,
                startedAt: asked, outcome: .running))
        try await world.during(world.scheduler([try job(.backup, "off")])) {
            try await ended(2)
            try await world.pass(seconds: 5)
        }
        #expect(world.runs.map(\.outcome) == [.interrupted, .succeeded])
        #expect(world.runs.map(\.attempt) == [1, 2])
        #expect(world.runs.allSatisfy { $0.isRequested && $0.dueAt == asked })
    }

    @Test("The standings name the next due time, the newest run and what runs")
    func standings() async throws {
        let gate = Gate()
        let scheduler = world.scheduler([
            try job(.backup, "off"), try job(.report, "@hourly"),
            try job(.train, "45 2 * * *") { _ in
                try await gate.pass()
                return "fitted"
            },
        ])
        try await world.during(scheduler) {
            try await ended(1)
            let standings = await scheduler.standings()
            #expect(standings.map(\.name) == [.backup, .report, .train])
            #expect(standings.map(\.next?.description) == [nil, "2025-10-24T03:00:00Z", "2025-10-24T02:45:00Z"])
            #expect(standings.map(\.last?.outcome) == [nil, .succeeded, .running])
            gate.open()
            try await ended(2)
        }
    }

    @Test("A job that cannot be recorded does not run; it is said, and made up for when it can")
    func brokenBegin() async throws {
        let world = world
        world.setBroken(["begin"])
        let ingest = try job(.ingest, "@hourly") { _ in
            world.note("body")
            return "done"
        }
        try await world.during(world.scheduler([ingest]) { $0.policy.misfireGrace = .minutes(10) }) {
            try await world.pass(seconds: 90)
            #expect(!world.events.contains("body"))
            #expect(world.events.filter { $0.hasPrefix("complaint") }.count == 2)
            #expect(world.events.first?.contains("the disk is full") == true)
            world.setBroken([])
            try await world.pass(seconds: 2)
            try await ended(1)
        }
        #expect(outcomes(.ingest) == [.succeeded])
    }

    @Test("An end that cannot be recorded is recorded later, and the job waits for that")
    func brokenFinish() async throws {
        world.setBroken(["finish"])
        try await world.during(world.scheduler([try job(.ingest)])) {
            try await eventually("it is said") {
                world.events.contains { $0.hasPrefix("complaint: the end of ingest") }
            }
            try await world.pass(seconds: 150)
            #expect(outcomes(.ingest) == [.running])
            world.setBroken([])
            try await world.pass(seconds: 2)
            try await ended(2)
        }
        #expect(outcomes(.ingest) == [.succeeded, .succeeded])
        #expect(world.runs[1].coversFrom < world.runs[1].dueAt)
    }

    @Test("Nothing starts while the record cannot be read, or while the clock is out of its mind")
    func closed() async throws {
        world.setBroken(["read"])
        try await world.during(world.scheduler([try job(.ingest)])) {
            try await world.pass(seconds: 3)
            #expect(world.runs.isEmpty)
            world.setBroken([])
            let now = world.now
            world.setClock(Timestamp(seconds: 0))
            try await world.pass(seconds: 3)
            #expect(world.runs.isEmpty)
            #expect(world.events.contains { $0.contains("clock says 1970-01-01:") })
            world.setClock(now)
            try await world.pass(seconds: 2)
            try await ended(1)
        }
    }

    @Test("What is older than the misfire grace is recorded as missed")
    func missed() async throws {
        let scheduler = world.scheduler([try job(.report, "@hourly")]) { $0.policy.misfireGrace = .minutes(5) }
        try await world.during(scheduler) {
            try await ended(1)
            world.setClock(world.now + .hours(5))
            try await world.pass(seconds: 2)
            try await ended(2)
        }
        #expect(outcomes(.report) == [.succeeded, .missed])
        #expect(world.runs[1].detail.contains("from 2025-10-24T03:00:00Z to 2025-10-24T07:00:00Z"))
    }

    @Test("A graceful shutdown lets a job finish that does so in time, and starts no other")
    func gracefulShutdown() async throws {
        let gate = Gate()
        let scheduler = world.scheduler([
            try job(.supervise, group: "fold") { _ in
                try await gate.pass()
                return "finished"
            },
            try job(.train, group: "fold"),
        ])
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: scheduler)], logger: quietLogger))
        let task = Task { try await group.run() }
        try await eventually("it runs") { !world.runs.isEmpty }
        await group.triggerGracefulShutdown()
        try await world.pass(seconds: 5)
        let before = world.runs.count
        gate.open()
        try await task.value
        #expect(world.runs.count == before)
        #expect(world.runs.allSatisfy { $0.outcome == .succeeded })
    }

    @Test("A job that does not end within the shutdown's bound is cancelled, interrupted and owed",
        arguments: [false, true])
    func slowShutdown(isStubborn: Bool) async throws {
        let gate = Gate()
        defer { gate.open() }
        let scheduler = world.scheduler([
            try job(.supervise, "@hourly") { context in
                try await gate.pass(isStubborn: isStubborn)
                return "finished"
            }
        ])
        let task = Task { try await scheduler.run() }
        try await eventually("it runs") { !world.runs.isEmpty }
        await scheduler.stop()
        try await world.pass(seconds: 29)
        #expect(outcomes(.supervise) == [.running])
        for _ in 0..<1_000 where outcomes(.supervise) == [.running] { try await world.passUnwatched() }
        try await task.value
        #expect(outcomes(.supervise) == [.interrupted])
    }
}
