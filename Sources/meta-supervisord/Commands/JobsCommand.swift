import ArgumentParser
import Composition
import Domain
import Foundation
import JSONText
import Ledger
import Operation
import Reporting
import Scheduling
import Settings
import Dashboard

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "What the daemon does by itself: last run, outcome, next due time; runs one now.",
        discussion: """
            Examples:
              meta-supervisord jobs --root my-fleet
              meta-supervisord jobs run backup --root my-fleet
            """,
        subcommands: [List.self, Run.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Every job with its schedule, its last run and when it is due again.",
            discussion: "Example: meta-supervisord jobs list --root my-fleet --runs 5")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Option(name: .long, help: "Of each job, so many of its newest runs.") var runs = 0

        func validate() throws {
            if runs < 0 { throw ValidationError("--runs takes a whole number from 0 on") }
        }

        func run() async throws {
            let workspace = try Workspace.open(common, mode: .readOnly)
            let list = try JobList(workspace, runCount: runs)
            if output.json { list.printJSON() } else { Console.print(list.text, terminator: "") }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Runs a job now: a daemon is asked to, and without one this command does it.",
            discussion: """
                A run by request stands beside the schedule: what is due is due all the same.

                Example: meta-supervisord jobs run supervise --root my-fleet
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "prices, ingest, supervise, train, report or backup.") var job: JobName

        @Option(name: .long, help: "Seconds to wait for a daemon to have done it; 0 only asks.") var wait = 600.0

        func run() async throws {
            let lock: ProcessLock
            do {
                lock = try Workspace.lock(common, command: "jobs run \(job)")
            } catch LockError.held(_, let holder) {
                return try await ask(holder)
            }
            defer { withExtendedLifetime(lock) {} }
            let workspace = try Workspace.open(common, mode: .readWrite, lock: lock)
            try await runHere(workspace)
        }

        /// Leaves a request, and watches what becomes of it.
        private func ask(_ holder: String) async throws {
            let workspace = try Workspace.open(common, mode: .readWrite)
            let log = workspace.ledger.jobLog
            let request = try log.request(
                JobRequest(
                    job: job, requestedAt: try workspace.recordingTime(),
                    author: Environment.value("USER") ?? NSUserName()))
            if wait <= 0 {
                Console.print("asked for \(job); taken by whoever holds the lock, if that is a daemon (\(holder))")
                return
            }
            let bar = ProgressBar("waiting", isQuiet: common.quiet)
            defer { bar.finish() }
            let deadline = Date().addingTimeInterval(wait)
            while Date() < deadline {
                let runs = try log.recent(job, 50).filter { $0.isRequested && $0.dueAt == request.requestedAt }
                if let done = runs.first, done.endedAt != nil, done.outcome != .interrupted {
                    return try tell(done)
                }
                bar.show(nil, runs.isEmpty ? "for \(holder)" : "\(job) is running")
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Failure(
                "\(job) was asked for and not done within \(DecimalText.fixed(wait, 0)) s; the request stands. "
                    + "The lock is held by \(holder)")
        }

        private func runHere(_ workspace: Workspace) async throws {
            let table = try JobTable(workspace.settings.runtime.schedule)
            let desk = try AlertDesk(workspace)
            let watch = WatchDesk(workspace, schedules: table.plans)
            let services = try DaemonServices.open(workspace)
            let bodies = JobBodies(workspace, services: services, desk: desk, watch: watch)
            let run: JobRun
            do {
                run = try await record(bodies, in: workspace)
            } catch {
                await services.shutDown()
                throw error
            }
            desk.look()
            await services.shutDown()
            try tell(run)
        }

        /// Runs the job between two records of it; a job that fails is a run like any other.
        private func record(_ bodies: JobBodies, in workspace: Workspace) async throws -> JobRun {
            let now = try workspace.recordingTime()
            let log = workspace.ledger.jobLog
            var run = try log.begin(
                JobRun(
                    job: job, dueAt: now, coversFrom: now, isRequested: true, attempt: 1, startedAt: now,
                    outcome: .running), nil)
            do {
                run.detail = try await bodies.run(job, CancellationFlag())
                run.outcome = .succeeded
            } catch {
                run.detail = "\(error)"
                run.outcome = .failed
            }
            run.endedAt = max(now, workspace.clock.now())
            try log.finish(run)
            return run
        }

        private func tell(_ run: JobRun) throws {
            guard run.outcome == .succeeded else { throw Failure("\(job) \(run.outcome.rawValue): \(run.detail)") }
            Console.print("\(job): \(run.detail)")
        }
    }
}

extension JobName: ExpressibleByArgument {}

/// The jobs as the ledger and the settings know them.
struct JobList {
    private let entries: [(watched: WatchedJob, runs: [JobRun])]
    private let now: Timestamp
    private let runCount: Int

    init(_ workspace: Workspace, runCount: Int) throws {
        let table = try JobTable(workspace.settings.runtime.schedule)
        let now = workspace.clock.now()
        self.now = now
        self.runCount = runCount
        entries = try JobName.allCases.map { job in
            let runs = try workspace.ledger.jobLog.recent(job, max(200, runCount))
            return (WatchedJob(job, plan: table.plans[job], runs: runs, now: now), Array(runs.prefix(runCount)))
        }
    }

    var text: String {
        var table = Table([
            .text("job"), .text("schedule"), .text("last due"), .text("outcome"), .text("next due"),
        ])
        for (job, _) in entries {
            let last = job.lastRun
            table.add([
                job.job.rawValue, job.schedule, last.map { "\($0.dueAt)" } ?? "-",
                last.map { $0.outcome.rawValue + ($0.attempt > 1 ? " (attempt \($0.attempt))" : "") } ?? "never ran",
                job.nextDueAt.map { $0 <= now ? "now" : "\($0)" } ?? "-",
            ])
        }
        var page = TextPage(style: Style.current)
        page.table(table, indent: 0)
        page.blank()
        for (job, _) in entries {
            if let detail = job.lastRun?.detail, !detail.isEmpty { page.paragraph("\(job.job): \(detail)", hanging: 2) }
        }
        if runCount > 0 {
            page.blank()
            var history = Table([
                .text("job"), .text("due"), .text("started"), .number("ms"), .text("outcome"), .prose("what it did"),
            ])
            for run in entries.flatMap(\.runs) {
                history.add([
                    run.job.rawValue, "\(run.dueAt)\(run.isRequested ? " by request" : "")", "\(run.startedAt)",
                    run.endedAt.map { "\(($0 - run.startedAt).milliseconds)" } ?? "", run.outcome.rawValue, run.detail,
                ])
            }
            page.table(history, indent: 0)
        }
        return page.text
    }

    func printJSON() {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/jobs/1")
            writer.member("at", "\(now)")
            writer.key("jobs")
            writer.beginArray()
            for (job, runs) in entries {
                writer.beginObject()
                writer.member("job", job.job.rawValue)
                writer.member("schedule", job.schedule)
                writer.member("next_due_at", job.nextDueAt.map { "\($0)" })
                writer.member("running_since", job.runningSince.map { "\($0)" })
                writer.member("last_success_at", job.lastSuccessAt.map { "\($0)" })
                writer.key("last_run")
                if let run = job.lastRun { JobList.write(run, &writer) } else { writer.null() }
                writer.key("runs")
                writer.beginArray()
                for run in runs { JobList.write(run, &writer) }
                writer.endArray()
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func write(_ run: JobRun, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("outcome", run.outcome.rawValue)
        writer.member("due_at", "\(run.dueAt)")
        writer.member("covers_from", "\(run.coversFrom)")
        writer.member("requested", flag: run.isRequested)
        writer.member("attempt", run.attempt)
        writer.member("started_at", "\(run.startedAt)")
        writer.member("ended_at", run.endedAt.map { "\($0)" })
        writer.member("detail", run.detail)
        writer.endObject()
    }
}
