package import Domain
package import Operation

/// What became of one request to a venue.
package enum VenueRequestOutcome: String, Sendable, CaseIterable {
    case answered
    /// No connection, a time-out, a reset, a server's error.
    case unreachable
    /// Too many requests.
    case limited
    /// The venue's own error, an unknown instrument included.
    case refused
    /// An answer that is not as documented.
    case malformed
}

/// What the circuit breaker of a venue does.
package enum BreakerState: String, Sendable, CaseIterable {
    /// Requests go through.
    case closed
    /// None goes through until it has cooled down.
    case open
    /// One goes through, to see.
    case probing
}

/// How a cycle ended.
package enum CycleOutcome: String, Sendable, CaseIterable {
    case succeeded
    case failed
}

/// The prices of one symbol, as far as they go.
package struct WatchedPrice: Equatable, Sendable {
    package var watch: PriceWatch
    /// `nil` where the ledger has no bar.
    package var newestCloseAt: Timestamp?

    package init(watch: PriceWatch, newestCloseAt: Timestamp?) {
        self.watch = watch
        self.newestCloseAt = newestCloseAt
    }
}

/// A job as the scheduler sees it.
package struct WatchedJob: Equatable, Sendable {
    package var job: JobName
    /// As in the settings: `every 5m`, five fields of cron, `off`.
    package var schedule: String
    /// The newest attempt, the one that runs included.
    package var lastRun: JobRun?
    package var lastSuccessAt: Timestamp?
    package var runningSince: Timestamp?
    /// `nil` for a job that is off.
    package var nextDueAt: Timestamp?

    package init(
        job: JobName, schedule: String, lastRun: JobRun?, lastSuccessAt: Timestamp?, runningSince: Timestamp?,
        nextDueAt: Timestamp?
    ) {
        self.job = job
        self.schedule = schedule
        self.lastRun = lastRun
        self.lastSuccessAt = lastSuccessAt
        self.runningSince = runningSince
        self.nextDueAt = nextDueAt
    }
}

/// Something that has to be so before anybody relies on the daemon.
package struct ReadinessCheck: Equatable, Sendable {
    package var name: String
    package var isPassed: Bool
    /// A sentence for people, shown to everybody who can reach the server: no path, no secret.
    package var detail: String

    package init(name: String, isPassed: Bool, detail: String) {
        self.name = name
        self.isPassed = isPassed
        self.detail = detail
    }

    /// The three of DESIGN: the ledger answers, the last successful cycle is fresh, the lock is ours.
    ///
    /// A cycle from the future (a clock set back) is no fresh one: nobody knows how old it is.
    package static func standard(
        ledgerAnswers: Bool, lastCycleAt: Timestamp?, now: Timestamp, within limit: Span, isLockHeld: Bool
    ) -> [ReadinessCheck] {
        let age = lastCycleAt.map { now - $0 }
        let isFresh = age.map { $0 >= Span(milliseconds: -60_000) && $0 <= limit } ?? false
        let cycle =
            switch age {
            case nil: "no cycle has succeeded yet"
            case .some(let age): "the last cycle that succeeded ended \(age.milliseconds / 1_000) s ago, "
                + "the limit is \(limit.milliseconds / 1_000) s"
            }
        return [
            ReadinessCheck(
                name: "ledger", isPassed: ledgerAnswers,
                detail: ledgerAnswers ? "the ledger answers" : "the ledger does not answer"),
            ReadinessCheck(name: "cycle", isPassed: isFresh, detail: cycle),
            ReadinessCheck(
                name: "lock", isPassed: isLockHeld,
                detail: isLockHeld ? "the lock is held by this process" : "the lock is not held by this process"),
        ]
    }
}
