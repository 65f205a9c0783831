internal import Domain
internal import Logging
internal import Operation

/// From a decision to a running body.
extension Scheduler {
    /// Everything owed, the longest owed first.
    func startDue(now: Timestamp) {
        var owed: [(due: JobDue, job: ScheduledJob)] = []
        for job in jobs {
            if let quiet = quietUntil[job.name], now < quiet { continue }
            // What is owed while it still runs is held, so that waiting for itself does not make it missed.
            let isBusy = active[job.name] != nil || abandoned[job.name] != nil
            let runs = (history[job.name] ?? []).filter { !isBusy || $0.outcome != .running }
            switch plan(of: job).decide(now: now, recent: runs, held: held[job.name]) {
            case .isRunning: break
            case .waits(let next): quietUntil[job.name] = next ?? now + .hours(1)
            case .retries(let time, _):
                // A new due time does not wait for the old one's back-off.
                quietUntil[job.name] = job.schedule.next(after: now).map { min($0, time) } ?? time
            case .misses(let due):
                if !isBusy { recordMissed(due, of: job, now: now) }
            case .run(let due):
                held[job.name] = due.dueAt
                if !isBusy { owed.append((due, job)) }
            }
        }
        for (due, job) in owed.sorted(by: { ($0.due.dueAt, $0.job.name) < ($1.due.dueAt, $1.job.name) }) {
            guard isFree(job) else { continue }
            start(job, due, request: nil, isRequested: false, now: now)
        }
    }

    /// What somebody asked for, the oldest first; interrupted ones before new ones.
    func startRequests(now: Timestamp) {
        for job in jobs where isFree(job) {
            guard let due = plan(of: job).owedRequest(recent: history[job.name] ?? []) else { continue }
            start(job, due, request: nil, isRequested: true, now: now)
        }
        let requests: [JobRequest]
        do {
            requests = try log.requests()
        } catch {
            complain("requests for jobs cannot be read: \(error)")
            return
        }
        for request in requests {
            let due = JobDue(dueAt: request.requestedAt, coversFrom: request.requestedAt, attempt: 1)
            if let job = jobs.first(where: { $0.name == request.job }) {
                if isFree(job) { start(job, due, request: request, isRequested: true, now: now) }
            } else if let run = begin(request.job, due, request: request, isRequested: true, now: now) {
                var run = run
                run.outcome = .failed
                run.detail = "this daemon has no job \(request.job)"
                end(run)
                recordEnds()
            }
        }
    }

    /// Neither it nor one of its group runs, hangs, or has ended without a record of it.
    func isFree(_ job: ScheduledJob) -> Bool {
        if isStopping || unrecorded.contains(where: { $0.job == job.name }) { return false }
        return !(Array(active.values) + Array(abandoned.values)).contains { other in
            other.run.job == job.name || (job.group != nil && other.group == job.group)
        }
    }

    /// The record comes first: a job that cannot be recorded does not run.
    private func begin(
        _ name: JobName, _ due: JobDue, request: JobRequest?, isRequested: Bool, now: Timestamp
    ) -> JobRun? {
        let run = JobRun(
            job: name, dueAt: due.dueAt, coversFrom: due.coversFrom, isRequested: isRequested, attempt: due.attempt,
            startedAt: now, outcome: .running)
        do {
            let stored = try log.begin(run, request)
            complaints = [:]
            remember(stored)
            return stored
        } catch {
            complain("\(name) (due \(due.dueAt)) does not start, since its run cannot be recorded: \(error)")
            return nil
        }
    }

    private func start(_ job: ScheduledJob, _ due: JobDue, request: JobRequest?, isRequested: Bool, now: Timestamp) {
        guard let run = begin(job.name, due, request: request, isRequested: isRequested, now: now) else { return }
        if !isRequested { held[job.name] = nil }
        let cancellation = CancellationFlag()
        let context = JobContext(run: run, cancellation: cancellation)
        // Not a child task: one that never returns must not keep the scheduler from stopping.
        let task = Task.detached { [weak self] in
            let result: Result<String, any Error>
            do { result = .success(try await job.body(context)) } catch { result = .failure(error) }
            await self?.returned(job.name, run.id, result)
        }
        active[job.name] = ActiveRun(
            run: run, group: job.group, limit: job.limit, cancellation: cancellation, task: task,
            startedAt: time.uptime())
        logger.debug("\(job.name) starts (due \(run.dueAt), attempt \(run.attempt))")
        observer.started(run)
    }

    /// In two steps, as any run: a process that dies in between leaves it owed, and it is missed again.
    private func recordMissed(_ due: JobDue, of job: ScheduledJob, now: Timestamp) {
        guard isFree(job), let begun = begin(job.name, due, request: nil, isRequested: false, now: now) else { return }
        var run = begun
        run.outcome = .missed
        let span = due.coversFrom < due.dueAt ? "from \(due.coversFrom) to \(due.dueAt)" : "at \(due.dueAt)"
        run.detail = "due \(span), while nothing ran, and older than the misfire grace"
        end(run)
        recordEnds()
    }
}
