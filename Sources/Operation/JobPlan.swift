package import Domain

/// How patient the scheduler is with jobs that fail and with due times that were missed.
package struct JobPolicy: Equatable, Sendable {
    /// A due time that nobody ran and that is older than this is recorded as missed instead of being made up; zero
    /// makes up the latest one, however old.
    package var misfireGrace: Span
    /// Attempts at one due time before a failure is final.
    package var attempts: Int
    /// The wait before the second attempt; it doubles.
    package var retryBackoff: Span
    /// No wait is longer than this.
    package var retryBackoffLimit: Span

    package init(
        misfireGrace: Span = .zero, attempts: Int = 5, retryBackoff: Span = Span(milliseconds: 30_000),
        retryBackoffLimit: Span = .hours(1)
    ) {
        precondition(misfireGrace >= .zero && retryBackoff >= .zero, "Invariant: patience is not negative")
        precondition(attempts >= 1, "Invariant: a job is tried at least once")
        self.misfireGrace = misfireGrace
        self.attempts = attempts
        self.retryBackoff = retryBackoff
        self.retryBackoffLimit = retryBackoffLimit
    }

    /// `retryBackoff * 2^doublings`, at most `retryBackoffLimit`.
    func wait(doublings: Int) -> Span {
        var wait = min(retryBackoff, retryBackoffLimit)
        for _ in 0..<max(0, doublings) where wait < retryBackoffLimit { wait = min(wait * 2, retryBackoffLimit) }
        return wait
    }
}

/// A due time that is to be run, and what the run stands for.
package struct JobDue: Equatable, Sendable {
    package var dueAt: Timestamp
    /// The first due time that the run makes up for; `dueAt` where none was missed.
    package var coversFrom: Timestamp
    /// From 1.
    package var attempt: Int

    package init(dueAt: Timestamp, coversFrom: Timestamp, attempt: Int) {
        self.dueAt = dueAt
        self.coversFrom = coversFrom
        self.attempt = attempt
    }
}

package enum JobDecision: Equatable, Sendable {
    /// The recorded run has not ended: never two at once.
    case isRunning(since: Timestamp)
    /// Nothing is owed; `nil` when the schedule is off.
    case waits(next: Timestamp?)
    /// Owed, and to be started now.
    case run(JobDue)
    /// Owed, after a failure, but not before a time.
    case retries(at: Timestamp, JobDue)
    /// Owed for longer than the misfire grace: to be recorded as missed, not to be run.
    case misses(JobDue)
}

/// Which due time of a job is owed, as a pure function of the wall clock and of the recorded runs.
///
/// A due time is *settled* when a run of it succeeded, was recorded as missed, or failed for good (at the last of
/// `policy.attempts`, the limit included). Owed is the latest due time that is not settled; it stands for the earlier
/// ones since the last settled one too (*coalescing*: a supervisor that slept for a night makes one report, not forty
/// eight). Hence nothing depends on how long a process lived, and restart, suspend and clock jump are one case:
///
/// - A run that was *interrupted* settles nothing: its due time is owed again at once. After a second interruption in
///   a row it waits like a failure, so that a job that kills its process does not do so in a tight loop; it is never
///   given up for being interrupted.
/// - A run that *failed* is tried again after a wait that doubles. A new due time does not wait for it: it takes over
///   what is owed, with a first attempt of its own, so that a failing job is tried at least as often as it is due.
/// - *The first start*: a job that never ran is owed its latest due time, whatever the misfire grace, so that a fresh
///   daemon does not sit idle until midnight. Earlier ones are not owed: nobody was there to miss them.
/// - *The clock goes back*: what ran does not run again when its due time comes again, since `dueAt` is recorded. But
///   a run whose due time lies in the future again does not settle the earlier ones it merely made up for: after a
///   leap to 2030 and back, one recorded run covers every due time of the years between, and jobs would stand still
///   until then. They run when the clock gets there. Corrections of up to a minute (`leap`) are none: there even those
///   stay settled.
/// - Runs by request stand apart: they settle nothing and nothing settles them.
package struct JobPlan: Sendable {
    /// A run that began this much later than now is from a future that the clock has left.
    static let leap = Span.minutes(1)

    package var schedule: JobSchedule
    package var policy: JobPolicy

    package init(schedule: JobSchedule, policy: JobPolicy) {
        self.schedule = schedule
        self.policy = policy
    }

    /// - Parameters:
    ///   - recent: runs of this job, in any order: the newest ones and every one that is due after now.
    ///   - held: a due time that was found in time and could not be started (its predecessor still ran, another job
    ///     had the fold, the ledger was full): waiting for its turn does not make it missed.
    /// - Complexity: O(n) in the number of runs.
    package func decide(now: Timestamp, recent: [JobRun], held: Timestamp? = nil) -> JobDecision {
        if let run = recent.first(where: { $0.outcome == .running }) { return .isRunning(since: run.startedAt) }
        guard let latest = schedule.latest(atOrBefore: now) else { return .waits(next: nil) }
        let runs = recent.filter { !$0.isRequested }
        let past = runs.filter { $0.dueAt <= now || $0.startedAt <= now + JobPlan.leap }
        let settledThrough = past.filter(isSettling).map(\.dueAt).max() ?? .distantPast

        // The newest owed due time: of the schedule, or of a run that did not settle it under an earlier schedule.
        let unsettled = past.filter { !isSettling($0) && $0.dueAt <= now }.map(\.dueAt).max() ?? .distantPast
        let owed = max(latest, unsettled)
        guard owed > settledThrough else { return .waits(next: nextUnsettled(after: max(now, settledThrough), runs)) }

        let first = firstOwed(before: owed, settledThrough: settledThrough, past: past)
        var due = JobDue(dueAt: owed, coversFrom: first, attempt: 1)
        let attempts = runs.filter { $0.dueAt == owed }.sorted { ($0.attempt, $0.id) < ($1.attempt, $1.id) }
        guard let last = attempts.last else {
            let isFirstStart = past.isEmpty
            return isLate(owed, now: now, held: held) && !isFirstStart ? .misses(due) : .run(due)
        }
        due.attempt = last.attempt + 1
        if last.outcome == .interrupted, isLate(owed, now: now, held: held) { return .misses(due) }
        guard let wait = wait(after: attempts) else { return .run(due) }
        let endedAt = last.endedAt ?? last.startedAt
        // An end that lies further ahead than the wait itself was written before the clock went back.
        let startsAt = endedAt + wait
        return now >= startsAt || now + wait < endedAt ? .run(due) : .retries(at: startsAt, due)
    }

    /// The request whose run was interrupted and is to be made again: somebody is waiting for it. Failures are not
    /// tried again: who asked can ask again. Interruptions are, up to `policy.attempts`.
    package func owedRequest(recent: [JobRun]) -> JobDue? {
        let newest = recent.filter(\.isRequested).max { ($0.id, $0.attempt) < ($1.id, $1.attempt) }
        guard let newest, newest.outcome == .interrupted, newest.attempt < policy.attempts else { return nil }
        return JobDue(dueAt: newest.dueAt, coversFrom: newest.dueAt, attempt: newest.attempt + 1)
    }

    /// Whether this run leaves nothing owed for its due time.
    package func isSettling(_ run: JobRun) -> Bool {
        switch run.outcome {
        case .succeeded, .missed: true
        case .failed, .timedOut: run.attempt >= policy.attempts
        case .running, .interrupted: false
        }
    }
}

extension JobPlan {
    private func isLate(_ dueAt: Timestamp, now: Timestamp, held: Timestamp?) -> Bool {
        policy.misfireGrace > .zero && held != dueAt && now - dueAt > policy.misfireGrace
    }

    /// `nil` for at once. Attempts at one due time, the last of them last.
    private func wait(after attempts: [JobRun]) -> Span? {
        guard let last = attempts.last else { return nil }
        if last.outcome != .interrupted { return policy.wait(doublings: last.attempt - 1) }
        let interruptions = attempts.reversed().prefix { $0.outcome == .interrupted }.count
        return interruptions == 1 ? nil : policy.wait(doublings: interruptions - 2)
    }

    /// What has run in a future that the clock has left does not run again when the clock gets there.
    private func nextUnsettled(after time: Timestamp, _ runs: [JobRun]) -> Timestamp? {
        let settled = Set(runs.filter { $0.dueAt > time && isSettling($0) }.map(\.dueAt))
        var next = schedule.next(after: time)
        while let candidate = next, settled.contains(candidate) { next = schedule.next(after: candidate) }
        return next
    }

    /// The first due time after the last settled one; where none is settled, what the attempts so far stood for.
    private func firstOwed(before owed: Timestamp, settledThrough: Timestamp, past: [JobRun]) -> Timestamp {
        if settledThrough == .distantPast { return min(owed, past.map(\.coversFrom).min() ?? owed) }
        return min(owed, schedule.next(after: settledThrough) ?? owed)
    }
}

extension Timestamp {
    /// Before every due time.
    fileprivate static let distantPast = Timestamp(milliseconds: .min)
}
