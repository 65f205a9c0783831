package import Domain
package import Operation
internal import Synchronization

/// A job, as the scheduler is given it.
package struct ScheduledJob: Sendable {
    package var name: JobName
    package var schedule: JobSchedule
    /// A run that takes longer is cancelled.
    package var limit: Span
    /// Jobs of one group never run side by side: those that use the fold.
    package var group: String?
    /// Does the work and says in a sentence what it did; an error's text is what went wrong. Long computations belong
    /// into `BlockingWork`, or they take a thread from everybody else.
    package var body: @Sendable (_ context: JobContext) async throws -> String

    package init(
        name: JobName, schedule: JobSchedule, limit: Span, group: String? = nil,
        body: @escaping @Sendable (_ context: JobContext) async throws -> String
    ) {
        self.name = name
        self.schedule = schedule
        self.limit = limit
        self.group = group
        self.body = body
    }
}

/// What a running job knows of itself.
package struct JobContext: Sendable {
    package let run: JobRun
    /// Set when the job is to stop: at its limit, or when the daemon is told to and has waited long enough.
    package let cancellation: CancellationFlag

    package init(run: JobRun, cancellation: CancellationFlag) {
        self.run = run
        self.cancellation = cancellation
    }

    /// Throws `CancellationError` when the job is to stop; cheap enough for every batch. From any thread.
    package func checkCancellation() throws { try cancellation.check() }
}

/// A wish to stop that work on any thread can look at.
package final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isSet: Bool { flag.load(ordering: .acquiring) }
    package func set() { flag.store(true, ordering: .releasing) }
    package func check() throws { if isSet { throw CancellationError() } }
}

/// Time that passes, as opposed to the time of day, which somebody may set: limits and waits are measured with it.
package struct PassingTime: Sendable {
    /// Since some moment before the process began; never goes back, stands still while the machine is suspended.
    package var uptime: @Sendable () -> Span
    /// Returns after `span`, or as soon as its task is cancelled.
    package var wait: @Sendable (_ span: Span) async -> Void

    package init(uptime: @escaping @Sendable () -> Span, wait: @escaping @Sendable (_ span: Span) async -> Void) {
        self.uptime = uptime
        self.wait = wait
    }

    package static let live: PassingTime = {
        let start = SuspendingClock.now
        return PassingTime(
            uptime: {
                let (seconds, attoseconds) = start.duration(to: .now).components
                return Span(milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
            },
            wait: { span in try? await Task.sleep(for: .milliseconds(span.milliseconds), clock: .suspending) })
    }()
}

/// Who is told: metrics, alerts. Called on the scheduler's thread: they must return at once.
package struct SchedulerObserver: Sendable {
    package var started: @Sendable (_ run: JobRun) -> Void
    /// Ended and recorded; also what was missed, and what an earlier process left.
    package var finished: @Sendable (_ run: JobRun) -> Void
    /// Recorded as timed out, and its body has not returned.
    package var abandoned: @Sendable (_ run: JobRun) -> Void
    /// The record of runs cannot be written or read: no job starts until it can.
    package var recordFailed: @Sendable (_ sentence: String) -> Void

    package init(
        started: @escaping @Sendable (_ run: JobRun) -> Void = { _ in },
        finished: @escaping @Sendable (_ run: JobRun) -> Void = { _ in },
        abandoned: @escaping @Sendable (_ run: JobRun) -> Void = { _ in },
        recordFailed: @escaping @Sendable (_ sentence: String) -> Void = { _ in }
    ) {
        self.started = started
        self.finished = finished
        self.abandoned = abandoned
        self.recordFailed = recordFailed
    }
}

package struct SchedulerSettings: Equatable, Sendable {
    package var policy = JobPolicy()
    /// The wall clock is read again after this long at the latest, so that suspends and leaps are noticed.
    package var tick = Span(milliseconds: 1_000)
    /// How long a stop waits for running jobs before it cancels them.
    package var shutdown = Span(milliseconds: 30_000)
    /// How long a cancelled job is waited for before it is given up as hanging.
    package var cancellationGrace = Span(milliseconds: 10_000)
    /// Runs of a job that are remembered: a clock set back by more than these span runs their due times again.
    package var rememberedRuns = 4_096
    /// Records of runs are kept this long, and the newest `rememberedRuns` of each job anyway.
    package var keepsRuns = Span.days(90)

    package init() {}
}

/// How a job stands, for whoever asks.
package struct JobStanding: Equatable, Sendable {
    package var name: JobName
    package var schedule: String
    package var next: Timestamp?
    /// The newest run, which may still run.
    package var last: JobRun?
    /// Its body was cancelled, did not return in time and still has not: it does not start until that ends.
    package var isAbandoned: Bool

    package init(name: JobName, schedule: String, next: Timestamp?, last: JobRun?, isAbandoned: Bool) {
        self.name = name
        self.schedule = schedule
        self.next = next
        self.last = last
        self.isAbandoned = isAbandoned
    }
}
