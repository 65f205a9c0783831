internal import Domain
package import Logging
package import Operation
internal import ServiceLifecycle

/// Runs jobs when `JobPlan` says so. It decides nothing itself: it reads the clock, asks, records, starts, and records
/// again.
///
/// - A run is recorded before its body starts, and no job starts that cannot be recorded.
/// - What was recorded as running when the scheduler starts was interrupted: the caller holds the lock, so that no
///   other process runs jobs.
/// - One loop comes by at least once a tick and reads the wall clock anew, so that a suspend or a leap of the clock is
///   one more due time to look at. Limits are measured by the time that passes, which nobody can set.
/// - A body that ignores its cancellation is *abandoned*: recorded as timed out, and neither its job nor its group
///   starts again until it returns, since it may still be writing.
package actor Scheduler: Service {
    /// Why a running job was told to stop.
    enum StopReason { case limit, shutdown }

    struct ActiveRun {
        var run: JobRun
        var group: String?
        var limit: Span
        var cancellation: CancellationFlag
        var task: Task<Void, Never>
        var startedAt: Span
        var stoppedAt: Span?
        var stopReason: StopReason?
    }

    let jobs: [ScheduledJob]
    let log: JobLog
    let clock: Clock
    let time: PassingTime
    let settings: SchedulerSettings
    let logger: Logger
    let observer: SchedulerObserver
    /// Beats each round of the loop.
    package nonisolated let heartbeat = Heartbeat()
    private let thread = SchedulerThread()
    private let waiting = WakeableWait()

    /// Whether the records of earlier runs have been read.
    var isOpen = false
    var isStopping = false
    var active: [JobName: ActiveRun] = [:]
    var abandoned: [JobName: ActiveRun] = [:]
    /// Ended, and not recorded as such yet.
    var unrecorded: [JobRun] = []
    /// The newest first.
    var history: [JobName: [JobRun]] = [:]
    /// Due times found in time that have to wait for their turn.
    var held: [JobName: Timestamp] = [:]
    /// Until when a job need not be looked at, unless its records change or the clock goes back.
    var quietUntil: [JobName: Timestamp] = [:]
    var lastNow: Timestamp?
    var prunedOn: Timestamp?
    /// What is wrong with the record of runs or the clock, and when it was said: once a minute, not once a second.
    var complaints: [String: Span] = [:]

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    package init(
        jobs: [ScheduledJob], log: JobLog, clock: Clock, time: PassingTime = .live,
        settings: SchedulerSettings = SchedulerSettings(), logger: Logger,
        observer: SchedulerObserver = SchedulerObserver()
    ) {
        precondition(Set(jobs.map(\.name)).count == jobs.count, "Invariant: a job is scheduled once")
        precondition(settings.tick > .zero, "Invariant: a tick takes time")
        self.jobs = jobs.sorted { $0.name < $1.name }
        self.log = log
        self.clock = clock
        self.time = time
        self.settings = settings
        self.logger = logger
        self.observer = observer
    }

    /// Until told to stop: by a graceful shutdown, the task's cancellation, or `stop()`. Then no job starts any more;
    /// running ones get `settings.shutdown`, are cancelled, and are recorded as interrupted: still owed.
    package func run() async throws {
        let waiting = self.waiting
        await withTaskCancellationOrGracefulShutdownHandler {
            await self.loop()
        } onCancelOrGracefulShutdown: {
            waiting.wake()
        }
    }

    package func stop() {
        isStopping = true
        waiting.wake()
    }

    /// How every job stands.
    package func standings() -> [JobStanding] {
        let now = clock.now()
        return jobs.map { job in
            let runs = history[job.name] ?? []
            var next: Timestamp?
            switch plan(of: job).decide(now: now, recent: runs.filter { $0.outcome != .running }) {
            case .isRunning: next = nil
            case .waits(let time): next = time
            case .run(let due), .misses(let due):
                next = active[job.name] == nil ? due.dueAt : job.schedule.next(after: now)
            case .retries(let time, _): next = time
            }
            return JobStanding(
                name: job.name, schedule: job.schedule.description, next: next, last: runs.first,
                isAbandoned: abandoned[job.name] != nil)
        }
    }

    func plan(of job: ScheduledJob) -> JobPlan { JobPlan(schedule: job.schedule, policy: settings.policy) }

    func wake() { waiting.wake() }

    private func loop() async {
        while !isStopping && !Task.isCancelled && !Task.isShuttingDownGracefully {
            let span = round()
            await waiting.run { [time] in await time.wait(span) }
        }
        isStopping = true
        await drain()
    }

    /// One look at the world; returns how long the next may be put off.
    private func round() -> Span {
        let uptime = time.uptime()
        heartbeat.beat(uptime)
        let now = clock.now()
        guard Timestamp.plausible.contains(now) else {
            complain("the machine's clock says \(now.day): no job starts until it is set")
            return settings.tick
        }
        guard open(now: now) else { return settings.tick }
        if now < lastNow ?? now { quietUntil = [:] }
        lastNow = now
        recordEnds()
        enforceLimits(uptime)
        startRequests(now: now)
        startDue(now: now)
        prune(now: now)
        return pause(now: now, uptime: uptime)
    }

    /// Until the next thing that is known to happen, a tick at most.
    private func pause(now: Timestamp, uptime: Span) -> Span {
        var pause = settings.tick
        for time in quietUntil.values where time > now { pause = min(pause, time - now) }
        for run in active.values {
            let from = run.stoppedAt ?? run.startedAt
            let length = run.stoppedAt == nil ? run.limit : settings.cancellationGrace
            pause = min(pause, Span(milliseconds: max(1, (from + length).milliseconds - uptime.milliseconds)))
        }
        return pause
    }

    /// Waits for running jobs within the bound, then cancels them, then leaves them.
    private func drain() async {
        let stoppedAt = time.uptime()
        if !active.isEmpty {
            logger.info("stopping: waiting for \(active.keys.sorted().map(\.rawValue).joined(separator: ", "))")
        }
        var cancelledAt: Span?
        while !active.isEmpty || !unrecorded.isEmpty {
            let uptime = time.uptime()
            heartbeat.beat(uptime)
            recordEnds()
            enforceLimits(uptime)
            if cancelledAt == nil, Task.isCancelled || uptime - stoppedAt >= settings.shutdown {
                cancelledAt = uptime
                for name in active.keys.sorted() { tell(name, to: .shutdown, uptime) }
            }
            if let cancelledAt, uptime - cancelledAt >= settings.cancellationGrace {
                leaveRunning()
                return
            }
            if active.isEmpty && unrecorded.isEmpty { return }
            await waiting.run { [time, settings] in await time.wait(min(settings.tick, Span(milliseconds: 100))) }
        }
    }

    /// What still runs when the process is about to end: owed, and made up for at the next start.
    private func leaveRunning() {
        for name in active.keys.sorted() {
            guard let left = active.removeValue(forKey: name) else { continue }
            var run = left.run
            run.outcome = .interrupted
            run.detail = "the daemon stopped before it ended, and it did not stop when it was cancelled"
            end(run)
        }
        recordEnds()
        for run in unrecorded {
            logger.error("the end of \(run.job) (due \(run.dueAt)) is not recorded: the next start makes it up")
        }
    }
}

extension Span {
    static func - (left: Span, right: Span) -> Span { Span(milliseconds: left.milliseconds - right.milliseconds) }
}
