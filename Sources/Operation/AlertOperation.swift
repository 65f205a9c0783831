package import Domain

/// What the daemon goes through, as far as somebody should hear of it. `nil`: nobody looked this time, and what stood
/// before stands.
package struct OperationalState: Equatable, Sendable {
    package var now: Timestamp
    package var prices: [PriceStanding]?
    package var jobs: [JobStanding]?

    package init(now: Timestamp, prices: [PriceStanding]? = nil, jobs: [JobStanding]? = nil) {
        self.now = now
        self.prices = prices
        self.jobs = jobs
    }
}

/// How a symbol on which signals are open stands with its prices.
package struct PriceStanding: Equatable, Sendable {
    package var symbol: Symbol
    /// 0 for a symbol that nobody needs now: nothing is told of it.
    package var openSignalCount: Int
    /// The close of the newest bar; `nil` where there is none at all.
    package var newestCloseAt: Timestamp?
    /// Since when a bar is lacking: the newest close, or the first open signal where there is no bar.
    package var lackingSince: Timestamp
    /// As the venue last said; `nil` where no venue was asked.
    package var state: InstrumentState?
    package var venue: Venue?

    package init(
        symbol: Symbol, openSignalCount: Int, newestCloseAt: Timestamp?, lackingSince: Timestamp,
        state: InstrumentState? = nil, venue: Venue? = nil
    ) {
        self.symbol = symbol
        self.openSignalCount = openSignalCount
        self.newestCloseAt = newestCloseAt
        self.lackingSince = lackingSince
        self.state = state
        self.venue = venue
    }
}

/// How often a job has failed since it last succeeded, and whether it hangs.
package struct JobStanding: Equatable, Sendable {
    package var job: JobName
    package var failureCount: Int
    package var firstFailureAt: Timestamp?
    package var lastFailureAt: Timestamp?
    package var lastFailure: String
    /// It was cancelled at its limit and did not stop: it fails no second time, since it does not start again.
    package var isHanging: Bool

    package init(
        job: JobName, failureCount: Int, firstFailureAt: Timestamp?, lastFailureAt: Timestamp?, lastFailure: String,
        isHanging: Bool = false
    ) {
        self.job = job
        self.failureCount = failureCount
        self.firstFailureAt = firstFailureAt
        self.lastFailureAt = lastFailureAt
        self.lastFailure = lastFailure
        self.isHanging = isHanging
    }

    /// Interruptions in a row from which on a job counts as failing: one that kills its process each time.
    package static let interruptionsMax = 3

    /// From the newest runs of a job, the newest first. A run that is under way or missed says nothing of whether the
    /// job works; one that was interrupted does from its third attempt on.
    package init(job: JobName, runs: [JobRun], isHanging: Bool = false) {
        var failed: [JobRun] = []
        search: for run in runs {
            switch run.outcome {
            case .failed, .timedOut: failed.append(run)
            case .interrupted where run.attempt >= JobStanding.interruptionsMax: failed.append(run)
            case .succeeded: break search
            case .running, .interrupted, .missed: continue
            }
        }
        self.init(
            job: job, failureCount: failed.count, firstFailureAt: failed.last?.startedAt,
            lastFailureAt: failed.first.map { $0.endedAt ?? $0.startedAt }, lastFailure: failed.first?.detail ?? "",
            isHanging: isHanging)
    }
}
