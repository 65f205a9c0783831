import Composition
import Domain
import MarketData
import Operation
import Scheduling

/// The jobs as the scheduler is given them: what is asked of exchanges waits without a thread, everything else works on
/// one of its own.
struct JobBodies: Sendable {
    let workspace: Workspace
    let feed: PriceFeed
    let jobs: FleetJobs

    init(_ workspace: Workspace, services: DaemonServices, desk: AlertDesk, watch: WatchDesk) {
        self.workspace = workspace
        feed = workspace.priceFeed(services.sources)
        jobs = FleetJobs(
            workspace: workspace,
            listener: FleetJobs.Listener(
                reported: { report in
                    try desk.take(report)
                    watch.take(report)
                },
                cycled: { watch.note($0, startedAt: $1, endedAt: $2) },
                read: { watch.note($0, of: $1) }))
    }

    func scheduled(_ table: JobTable) -> [ScheduledJob] {
        JobName.allCases.compactMap { job in
            guard let plan = table.plans[job], let limit = table.limits[job] else { return nil }
            return ScheduledJob(
                name: job, schedule: plan.schedule, limit: limit, group: JobBodies.group(of: job),
                body: { context in try await run(job, context.cancellation) })
        }
    }

    /// Those that fold never do so side by side: two would only do the same work twice.
    private static func group(of job: JobName) -> String? {
        switch job {
        case .supervise, .train, .report: "fold"
        case .prices, .ingest, .backup: nil
        }
    }

    func run(_ job: JobName, _ cancellation: CancellationFlag) async throws -> String {
        if job == .prices { return try await prices() }
        return try await BlockingWork.run("job \(job)", cancellation: cancellation) { cancellation in
            let jobs = jobs.stopped { try cancellation.check() }
            switch job {
            case .ingest: return try jobs.ingest()
            case .supervise: return try jobs.supervise()
            case .train: return try jobs.train()
            case .report: return try jobs.report()
            case .backup: return try Backups(jobs.workspace).make(at: workspace.clock.now())
            case .prices: preconditionFailure("Invariant: prices wait on the network")
            }
        }
    }

    private func prices() async throws -> String {
        let summary = try await feed.run()
        guard !summary.isFailure else { throw Failure(summary.detail) }
        return summary.detail
    }
}
