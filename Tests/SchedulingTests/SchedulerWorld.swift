import Domain
import Logging
import Operation
import Scheduling
import Synchronization
import Testing

/// A wall clock, the time that passes and a record of runs, all of which do what the test says.
final class SchedulerWorld: Sendable {
    private struct State {
        var now: Timestamp
        var uptime = Span.zero
        var waiters: [Int: (until: Span, continuation: CheckedContinuation<Void, Never>)] = [:]
        var waitCount = 0
        var runs: [JobRun] = []
        var requests: [JobRequest] = []
        var brokenCalls: Set<String> = []
        var events: [String] = []
    }

    private let state: Mutex<State>

    init(_ text: String = "2025-10-24T02:07:30Z") throws { state = Mutex(State(now: try CivilTime.timestamp(text))) }

    var clock: Clock { Clock { [self] in state.withLock { $0.now } } }
    var now: Timestamp { state.withLock { $0.now } }
    var runs: [JobRun] { state.withLock { $0.runs } }
    /// What the observer was told and what bodies noted, in order.
    var events: [String] { state.withLock { $0.events } }

    func note(_ event: String) { state.withLock { $0.events.append(event) } }
    func setClock(_ now: Timestamp) { state.withLock { $0.now = now } }
    func add(_ run: JobRun) { state.withLock { $0.runs.append(run) } }
    func add(_ request: JobRequest) { state.withLock { $0.requests.append(request) } }
    /// `begin`, `finish`, `read` fail from now on, or do again.
    func setBroken(_ calls: Set<String>) { state.withLock { $0.brokenCalls = calls } }

    struct DiskFull: Error, CustomStringConvertible {
        var description: String { "the disk is full" }
    }

    var time: PassingTime {
        PassingTime(
            uptime: { [self] in state.withLock { $0.uptime } },
            wait: { [self] span in
                let number = state.withLock { state in
                    state.waitCount += 1
                    return state.waitCount
                }
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        let isOver = state.withLock { state in
                            if Task.isCancelled { return true }
                            state.waiters[number] = (state.uptime + span, continuation)
                            return false
                        }
                        if isOver { continuation.resume() }
                    }
                } onCancel: {
                    state.withLock { $0.waiters.removeValue(forKey: number)?.continuation }?.resume()
                }
            })
    }

    /// Lets time pass, a second at a time, and waits each time until the scheduler has looked and waits again.
    func pass(seconds: Int64) async throws {
        for _ in 0..<seconds {
            try await eventually("the scheduler waits") { self.isWaitedFor }
            if step() { try await eventually("the scheduler waits again") { self.isWaitedFor } }
        }
    }

    /// Lets a second pass for somebody who may have stopped waiting.
    func passUnwatched() async throws {
        _ = step()
        try await Task.sleep(for: .milliseconds(2))
    }

    private var isWaitedFor: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Whether anybody had waited for this second.
    private func step() -> Bool {
        let due = state.withLock { state in
            state.now = state.now + Span(milliseconds: 1_000)
            state.uptime = state.uptime + Span(milliseconds: 1_000)
            let due = state.waiters.filter { $0.value.until <= state.uptime }
            for number in due.keys { state.waiters[number] = nil }
            return due.keys.sorted().compactMap { due[$0]?.continuation }
        }
        for continuation in due { continuation.resume() }
        return !due.isEmpty
    }

    var log: JobLog {
        @Sendable func check(_ call: String) throws {
            if state.withLock({ $0.brokenCalls.contains(call) }) { throw DiskFull() }
        }
        return JobLog(
            begin: { [self] run, request in
                try check("begin")
                return state.withLock { state in
                    var run = run
                    run.id = Int64(state.runs.count + 1)
                    state.runs.append(run)
                    if let request { state.requests.removeAll { $0 == request } }
                    return run
                }
            },
            finish: { [self] run in
                try check("finish")
                state.withLock { state in
                    guard let index = state.runs.firstIndex(where: { $0.id == run.id }) else { return }
                    state.runs[index] = run
                }
            },
            recent: { [self] job, limit in
                try check("read")
                return state.withLock { Array($0.runs.filter { $0.job == job }.reversed().prefix(limit)) }
            },
            request: { request in request },
            requests: { [self] in state.withLock { $0.requests } },
            running: { [self] in
                try check("read")
                return state.withLock { $0.runs.filter { $0.outcome == .running } }
            },
            prune: { _, _ in })
    }

    var observer: SchedulerObserver {
        SchedulerObserver(
            started: { [self] in note("started \($0.job)") },
            finished: { [self] in note("\($0.outcome.rawValue) \($0.job)") },
            abandoned: { [self] in note("abandoned \($0.job)") },
            recordFailed: { [self] in note("complaint: \($0)") })
    }

    func scheduler(_ jobs: [ScheduledJob], _ change: (inout SchedulerSettings) -> Void = { _ in }) -> Scheduler {
        var settings = SchedulerSettings()
        settings.policy.retryBackoff = Span(milliseconds: 5_000)
        change(&settings)
        return Scheduler(
            jobs: jobs, log: log, clock: clock, time: time, settings: settings, logger: quietLogger,
            observer: observer)
    }

    /// Runs it around `body`, and stops it.
    func during(_ scheduler: Scheduler, _ body: () async throws -> Void) async throws {
        let task = Task { try await scheduler.run() }
        do { try await body() } catch {
            await scheduler.stop()
            throw error
        }
        await scheduler.stop()
        try await task.value
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Waits for something another thread is about to do; a minute is for ever, on a busy machine too.
func eventually(_ what: String, _ condition: () -> Bool) async throws {
    for _ in 0..<60_000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(1))
    }
    Issue.record("it never came about: \(what)")
    throw CancellationError()
}

/// Holds bodies until it is opened; a stubborn one does not mind being cancelled.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func pass(isStubborn: Bool = false) async throws {
        while !isOpen.load(ordering: .acquiring) {
            do { try await Task.sleep(for: .milliseconds(1)) } catch {
                if !isStubborn { throw error }
                await Task.yield()
            }
        }
    }
}

func job(
    _ name: JobName, _ schedule: String = "every 1m", limit: Span = .minutes(10), group: String? = nil,
    _ body: @escaping @Sendable (JobContext) async throws -> String = { _ in "done" }
) throws -> ScheduledJob {
    ScheduledJob(name: name, schedule: try JobSchedule(schedule), limit: limit, group: group, body: body)
}
