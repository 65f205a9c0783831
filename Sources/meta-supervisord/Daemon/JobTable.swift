import Composition
import Domain
import Operation
import Settings

/// When each job is due, from the settings.
struct JobTable: Sendable {
    let policy: JobPolicy
    let plans: [JobName: JobPlan]
    let limits: [JobName: Span]

    init(_ settings: ScheduleSettings) throws {
        policy = JobPolicy(
            misfireGrace: .minutes(Int64(settings.misfireGraceMinutes)), attempts: settings.attempts,
            retryBackoff: Span(seconds: settings.retryBackoffSeconds))
        var plans: [JobName: JobPlan] = [:]
        var limits: [JobName: Span] = [:]
        for job in JobName.allCases {
            do {
                plans[job] = JobPlan(schedule: try JobSchedule(settings.text(of: job)), policy: policy)
            } catch {
                throw Failure("schedule.\(job): \(error.description)", code: 78)
            }
            limits[job] = Span(minutes: settings.limitMinutesByJob[job.rawValue] ?? settings.limitMinutes)
        }
        for name in settings.limitMinutesByJob.keys.sorted() where JobName(rawValue: name) == nil {
            let nearest = EditDistance.nearest(to: name, among: JobName.allCases.map(\.rawValue)) ?? ""
            throw Failure("schedule.limitMinutesByJob names no job '\(name)'; the nearest is '\(nearest)'", code: 78)
        }
        self.plans = plans
        self.limits = limits
    }
}

extension ScheduleSettings {
    fileprivate func text(of job: JobName) -> String {
        switch job {
        case .prices: prices
        case .ingest: ingest
        case .supervise: supervise
        case .train: train
        case .report: report
        case .backup: backup
        }
    }
}
