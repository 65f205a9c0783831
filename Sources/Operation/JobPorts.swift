package import Domain

/// What the daemon does by itself.
package enum JobName: String, Sendable, CaseIterable, Comparable, CustomStringConvertible {
    case prices
    case ingest
    /// Reconcile, score, gate, allocate, publish: one cycle.
    case supervise
    case train
    case report
    case backup

    package var description: String { rawValue }

    package static func < (left: JobName, right: JobName) -> Bool { left.rawValue < right.rawValue }
}

package enum JobOutcome: String, Sendable, CaseIterable {
    case running
    case succeeded
    case failed
    /// Cancelled at its limit.
    case timedOut = "timed-out"
    /// The process ended in the middle: the due time is still owed.
    case interrupted
    /// Due while nobody ran, and older than the misfire grace when somebody did.
    case missed
}

/// One attempt at one due time. Records of runs are never evidence.
package struct JobRun: Equatable, Sendable {
    /// 0 until stored.
    package var id: Int64
    package var job: JobName
    /// For a run by request, the moment it was asked for.
    package var dueAt: Timestamp
    /// The earliest due time this run stands for: missed ones are made up by one run.
    package var coversFrom: Timestamp
    package var isRequested: Bool
    /// From 1, for this due time.
    package var attempt: Int
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    package var outcome: JobOutcome
    /// What it did, or what went wrong, in a sentence.
    package var detail: String

    package init(
        id: Int64 = 0, job: JobName, dueAt: Timestamp, coversFrom: Timestamp, isRequested: Bool = false, attempt: Int,
        startedAt: Timestamp, endedAt: Timestamp? = nil, outcome: JobOutcome, detail: String = ""
    ) {
        self.id = id
        self.job = job
        self.dueAt = dueAt
        self.coversFrom = coversFrom
        self.isRequested = isRequested
        self.attempt = attempt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.detail = detail
    }
}

/// Somebody wants a job to run now; the daemon takes it.
package struct JobRequest: Equatable, Sendable {
    package var id: Int64
    package var job: JobName
    package var requestedAt: Timestamp
    package var author: String

    package init(id: Int64 = 0, job: JobName, requestedAt: Timestamp, author: String) {
        self.id = id
        self.job = job
        self.requestedAt = requestedAt
        self.author = author
    }
}

/// Runs of jobs and requests for them.
package struct JobLog: Sendable {
    /// Stores the beginning of a run (takes the request away in the same transaction) and returns it with its number.
    package var begin: @Sendable (_ run: JobRun, _ request: JobRequest?) throws -> JobRun
    /// Stores the end of a run that began.
    package var finish: @Sendable (_ run: JobRun) throws -> Void
    /// The newest runs of a job, the newest first.
    package var recent: @Sendable (_ job: JobName, _ limit: Int) throws -> [JobRun]
    package var request: @Sendable (_ request: JobRequest) throws -> JobRequest
    /// Not taken yet, oldest first.
    package var requests: @Sendable () throws -> [JobRequest]
    /// Runs still marked as running: of a process that is gone, when the lock has just been taken.
    package var running: @Sendable () throws -> [JobRun]
    /// Deletes finished runs that ended before a time, but for the newest `kept` of each job.
    package var prune: @Sendable (_ before: Timestamp, _ kept: Int) throws -> Void

    package init(
        begin: @escaping @Sendable (_ run: JobRun, _ request: JobRequest?) throws -> JobRun,
        finish: @escaping @Sendable (_ run: JobRun) throws -> Void,
        recent: @escaping @Sendable (_ job: JobName, _ limit: Int) throws -> [JobRun],
        request: @escaping @Sendable (_ request: JobRequest) throws -> JobRequest,
        requests: @escaping @Sendable () throws -> [JobRequest],
        running: @escaping @Sendable () throws -> [JobRun],
        prune: @escaping @Sendable (_ before: Timestamp, _ kept: Int) throws -> Void
    ) {
        self.begin = begin
        self.finish = finish
        self.recent = recent
        self.request = request
        self.requests = requests
        self.running = running
        self.prune = prune
    }
}
