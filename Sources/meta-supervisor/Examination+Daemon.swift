import Composition
import Domain
import Ledger
import Operation
import Settings

/// What the daemon leaves behind in the ledger.
extension Examination {
    /// Gaps that no exchange could fill, and instruments that are not traded.
    mutating func examineExchanges() throws {
        for watch in try workspace.ledger.priceLog.watches() where watch.state != .trading {
            let last = try workspace.ledger.priceLog.newestBar(watch.symbol, workspace.clock.now())
            let price = last.map { ", the last price is \($0.close) of \($0.closeAt)" } ?? ""
            add(.notice, "exchanges", "\(watch.symbol): \(watch.state.rawValue) at \(watch.venue)\(price)")
        }
        let gaps = try workspace.ledger.priceLog.gaps(nil)
        for gap in gaps.prefix(20) {
            let last = gap.range.through - gap.range.barLength
            add(
                .notice, "exchanges",
                "\(gap.symbol): no exchange has \(gap.range.count) bars that open \(gap.range.from) to \(last), asked "
                    + "\(gap.attempts) times, again after \(gap.nextAskAt): \(gap.reason)")
        }
        if gaps.count > 20 {
            add(.notice, "exchanges", "and \(gaps.count - 20) more gaps: meta-supervisord prices gaps")
        }
    }

    mutating func examineJobs() throws {
        for job in JobName.allCases {
            let runs = try workspace.ledger.jobLog.recent(job, 20)
            guard let last = runs.first else { continue }
            let standing = JobStanding(job: job, runs: runs)
            let text = "\(job): \(last.outcome.rawValue), due \(last.dueAt), attempt \(last.attempt)"
            if standing.failureCount > 0 {
                let isPersistent = standing.failureCount >= workspace.settings.runtime.alerts.jobFailures
                add(
                    isPersistent ? .problem : .notice, "jobs",
                    "\(job): failures in a row: \(standing.failureCount), the last one: "
                        + standing.lastFailure)
            } else {
                add(.fine, "jobs", text + (last.detail.isEmpty ? "" : ": \(last.detail)"))
            }
        }
    }

    mutating func examineAlerts() throws {
        let standing = try workspace.ledger.alertLog.records().filter { $0.state == .raised }
        for record in standing.prefix(20) {
            add(.notice, "alerts", "since \(record.raisedAt): \(record.title)")
        }
        if standing.count > 20 { add(.notice, "alerts", "and \(standing.count - 20) more stand") }
        let waiting = try workspace.ledger.alertLog.undeliveredCount()
        if waiting > 0 {
            add(.problem, "alerts", "\(waiting) messages are not delivered: meta-supervisord alerts list")
        }
    }
}
