import ArgumentParser
import Composition
import Dashboard
import Domain
import Foundation
import Ledger
import Logging
import Operation
import Scheduling
import ServiceLifecycle
import Settings
import UnixSignals
import Webhooks

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The daemon: runs every job when it is due, until it is told to stop.",
        discussion: """
            Holds the folder's lock: a second one, or `meta-supervisor run` beside it, ends at once with exit 79. \
            SIGTERM and SIGINT stop it: running jobs get schedule.shutdownSeconds, and what is not done by then is \
            owed at the next start. Kill it anywhere: the next start goes on from the ledger.

            Example: meta-supervisord serve --root my-fleet
            """)

    @OptionGroup var common: CommonOptions

    @OptionGroup var policy: PolicyOptions

    @Option(
        name: .long, help: ArgumentHelp("Write the port of the server here once it answers.", valueName: "file"),
        completion: .file())
    var portFile: String?

    func run() async throws {
        let lock = try Workspace.lock(common, command: "serve")
        defer { withExtendedLifetime(lock) {} }
        let workspace = try Workspace.open(common, policy, mode: .readWrite, lock: lock)
        let daemon = try Daemon(workspace, portFile: portFile)
        try await daemon.run()
        await ServeCommand.close(workspace.ledger, within: .seconds(5))
    }

    /// A job that would not end may still use the ledger, and closing waits for it; what is committed is safe without.
    private static func close(_ ledger: LedgerFile, within limit: Duration) async {
        let (ends, continuation) = AsyncStream<Void>.makeStream()
        DispatchQueue.global().async {
            try? ledger.close()
            continuation.yield()
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            continuation.yield()
        }
        for await _ in ends { break }
        timer.cancel()
    }
}

/// The daemon put together: every part is made here and nowhere else.
struct Daemon {
    private let workspace: Workspace
    private let services: DaemonServices
    private let group: ServiceGroup

    init(_ workspace: Workspace, portFile: String?) throws {
        self.workspace = workspace
        let settings = workspace.settings.runtime
        let logger = workspace.logger
        let table = try JobTable(settings.schedule)
        let channels = try Channel.all(workspace.settings)
        let desk = try AlertDesk(workspace)
        let watch = WatchDesk(workspace, schedules: table.plans)
        services = try DaemonServices.open(workspace, observer: watch.venueObserver)
        let alerts = AlertLoop(desk: desk, watch: watch, workspace: workspace)
        let bodies = JobBodies(workspace, services: services, desk: desk, watch: watch)
        let scheduler = Scheduler(
            jobs: bodies.scheduled(table), log: workspace.ledger.jobLog, clock: workspace.clock,
            settings: SchedulerSettings(settings.schedule, plans: table), logger: logger,
            observer: SchedulerObserver(
                // One that hung starts only after it has returned.
                started: { desk.note($0.job, isHanging: false) },
                finished: { run in
                    watch.note(run)
                    alerts.wake()
                },
                abandoned: { run in
                    desk.note(run.job, isHanging: true)
                    alerts.wake()
                },
                recordFailed: { _ in watch.noteRecordFailure() }))
        let courier = CourierService(
            courier: Courier(
                log: workspace.ledger.alertLog, channels: channels, sender: services.sender, clock: workspace.clock,
                note: { event in
                    if case .delivered = event { logger.info("\(event)") } else { logger.warning("\(event)") }
                }))
        let isAlive: @Sendable () -> Bool = {
            scheduler.heartbeat.isFresh(within: .minutes(1), uptime: PassingTime.live.uptime())
        }
        let notifier = SystemdNotifier(
            environment: ProcessInfo.processInfo.environment, isAlive: isAlive,
            status: { Daemon.status(await scheduler.standings()) }, logger: logger)
        var members: [any Service] = [alerts, courier, scheduler]
        if settings.server.isOn {
            let clock = workspace.clock
            members.append(
                WatchServer(
                    host: settings.server.host, port: settings.server.port,
                    sources: watch.sources(lastHeartbeat: { isAlive() ? clock.now() : nil }), clock: clock,
                    log: logger, onListening: { port in Daemon.publish(port, to: portFile, logger) }))
        }
        // Last, so that systemd is told first that the daemon stops.
        members.append(notifier)
        var configuration = ServiceGroupConfiguration(
            services: members.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // The scheduler bounds its own stop; these are for what would hang all the same.
        configuration.maximumGracefulShutdownDuration = .seconds(settings.schedule.shutdownSeconds + 30)
        // Longer than the scheduler's own grace: what exceeds this is ended by a crash, and no last word.
        configuration.maximumCancellationDuration = .seconds(20)
        group = ServiceGroup(configuration: configuration)
    }

    func run() async throws {
        if let note = try workspace.recordPolicy(reason: "settings at serve") { workspace.logger.notice("\(note)") }
        if Workspace.isSimulated { workspace.logger.warning("the clock is a file's: this is a simulation") }
        let policy = workspace.settings.policy
        workspace.logger.notice(
            "\(Program.name) \(Program.version) serves \(workspace.root) under \(policy.name) (\(policy.fingerprint))")
        do {
            try await group.run()
        } catch {
            await services.shutDown()
            throw error
        }
        await services.shutDown()
        workspace.logger.notice("stopped")
    }

    /// For `systemctl status`.
    private static func status(_ standings: [Scheduling.JobStanding]) -> String {
        let running = standings.filter { $0.last?.outcome == .running }.map(\.name.rawValue)
        let next = standings.compactMap { standing in standing.next.map { (time: $0, name: standing.name) } }
            .min { ($0.time, $0.name) < ($1.time, $1.name) }
        let upcoming = next.map { "next \($0.name) at \($0.time)" } ?? "nothing is due"
        return running.isEmpty ? upcoming : "running \(running.joined(separator: ", ")); \(upcoming)"
    }

    private static func publish(_ port: Int, to file: String?, _ logger: Logger) {
        guard let file else { return }
        do {
            try Data("\(port)\n".utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        } catch {
            logger.error("the port \(port) cannot be written to \(file): \(error.localizedDescription)")
        }
    }
}

extension SchedulerSettings {
    init(_ settings: ScheduleSettings, plans: JobTable) {
        self.init()
        policy = plans.policy
        shutdown = Span(seconds: settings.shutdownSeconds)
        // A simulation moves its clock faster than once a second.
        if Workspace.isSimulated { tick = Span(milliseconds: 10) }
    }
}
