import Composition
import Domain
import Ledger
import Logging
import Operation
import Settings
import Synchronization
import Webhooks

/// Looks at every new report and at the daemon's own state, and puts what is worth telling into the outbox.
final class AlertDesk: Sendable {
    private struct Reports {
        var latest: Report?
        var previous: Report?
        var prunedOn: Timestamp?
    }

    /// Messages that were delivered are kept this long, for whoever asks what was said.
    private static let keepsMessages = Span.days(90)

    private let workspace: Workspace
    private let center: AlertCenter
    /// Held while it evaluates: two turns at once would tell one thing twice.
    private let reports = Mutex(Reports())
    /// Of this process: what hung in an earlier one ended with it.
    private let hanging = Mutex<Set<JobName>>([])

    init(_ workspace: Workspace) throws {
        self.workspace = workspace
        center = AlertCenter(log: workspace.ledger.alertLog, rules: try AlertRules(workspace.settings))
    }

    /// From any thread, at once.
    func note(_ job: JobName, isHanging: Bool) {
        hanging.withLock { jobs in
            if isHanging { jobs.insert(job) } else { jobs.remove(job) }
        }
    }

    /// A new report is out. Throws where the ledger does: then the job that made it is not done.
    func take(_ report: Report) throws {
        try reports.withLock { reports in
            reports.previous = reports.latest
            reports.latest = report
            try evaluate(reports)
        }
    }

    /// The report of the cycle before this process; `false`, and nothing done, where a job has been quicker: an old
    /// report must not take the place of a new one.
    func recall(_ report: Report) throws -> Bool {
        try reports.withLock { reports in
            guard reports.latest == nil else { return false }
            reports.latest = report
            try evaluate(reports)
            return true
        }
    }

    /// Nothing but time, or a job, has moved on.
    func look() {
        reports.withLock { reports in
            do {
                try evaluate(reports)
                let now = workspace.clock.now()
                if reports.prunedOn != now.floored(to: .day) {
                    try workspace.ledger.alertLog.prune(now - AlertDesk.keepsMessages)
                    reports.prunedOn = now.floored(to: .day)
                }
            } catch {
                workspace.logger.error("alerts cannot be kept, and are looked at again: \(error)")
            }
        }
    }

    private func evaluate(_ reports: Reports) throws {
        let now = workspace.clock.now()
        let state = OperationalState(now: now, prices: try prices(now), jobs: try jobs())
        let turn = try center.evaluate(report: reports.latest, previous: reports.previous, state: state)
        for record in turn.records where record.toldAt == now || record.raisedAt == now {
            workspace.logger.notice("alert \(record.state.rawValue): \(record.title)")
        }
    }

    private func prices(_ now: Timestamp) throws -> [PriceStanding] {
        let watches = Dictionary(
            try workspace.ledger.priceLog.watches().map { ($0.symbol, $0) }, uniquingKeysWith: { $1 })
        return try workspace.ledger.priceLog.needs().compactMap { need in
            guard let firstSignalAt = need.firstSignalAt, let lastCloseAt = need.lastCloseAt else { return nil }
            let newest = try workspace.ledger.priceLog.newestBar(need.symbol, now)?.closeAt
            let watch = watches[need.symbol]
            return PriceStanding(
                symbol: need.symbol, openSignalCount: lastCloseAt > now ? 1 : 0, newestCloseAt: newest,
                lackingSince: newest ?? firstSignalAt, state: watch?.state, venue: watch?.venue)
        }
    }

    private func jobs() throws -> [JobStanding] {
        let limit = 2 * max(workspace.settings.runtime.alerts.jobFailures, 10)
        let hanging = hanging.withLock { $0 }
        return try JobName.allCases.map { job in
            JobStanding(
                job: job, runs: try workspace.ledger.jobLog.recent(job, limit), isHanging: hanging.contains(job))
        }
    }
}

extension AlertRules {
    init(_ settings: ResolvedSettings) throws {
        let alerts = settings.runtime.alerts
        var muted: Set<AlertKind> = []
        for word in alerts.muted {
            guard let kind = AlertKind(rawValue: word) else {
                let nearest = EditDistance.nearest(to: word, among: AlertKind.allCases.map(\.rawValue)) ?? ""
                throw Failure("alerts.muted: there is no kind '\(word)'; the nearest is '\(nearest)'", code: 78)
            }
            muted.insert(kind)
        }
        self.init(
            channels: alerts.channels.keys.sorted(), muted: muted,
            repeatAfter: alerts.repeatHours > 0 ? Span(hours: alerts.repeatHours) : nil,
            throttle: Span(minutes: alerts.throttleMinutes), messagesPerHour: alerts.messagesPerHour,
            clearAfter: Span(minutes: alerts.clearMinutes), fleetDrawdownSigmas: alerts.fleetDrawdownSigmas,
            fleetDrawdownClearSigmas: alerts.fleetDrawdownClearSigmas, tailRiskSigmas: alerts.tailRiskSigmas,
            tailRiskClearSigmas: alerts.tailRiskClearSigmas,
            noPricesAfter: max(Span(hours: alerts.noPricesHours), settings.runtime.prices.barLength.span * 2),
            jobFailures: alerts.jobFailures, silentAfterDays: settings.policy.allocation.silentAfterDays)
    }
}
