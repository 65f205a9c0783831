import Composition
import Domain
import Ledger
import Logging
import Operation
import Scheduling
import ServiceLifecycle
import HTTPPort
import HTTPTransport
import Webhooks

/// Looks for what is to be told whenever a job has ended, and every half minute.
struct AlertLoop: Service {
    private let desk: AlertDesk
    private let watch: WatchDesk
    private let workspace: Workspace
    private let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    private static let interval = Duration.seconds(30)

    init(desk: AlertDesk, watch: WatchDesk, workspace: Workspace) {
        self.desk = desk
        self.watch = watch
        self.workspace = workspace
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// From any thread, at once.
    func wake() { continuation.yield() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await recallLastReport()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        wake()
                        try? await Task.sleep(for: AlertLoop.interval)
                    }
                }
                for await _ in wakes {
                    _ = try? await BlockingWork.run("alerts") { _ in desk.look() }
                }
                group.cancelAll()
            }
        }
    }

    /// The report of the last cycle, so that the numbers are there before the next one.
    private func recallLastReport() async {
        do {
            let report = try await BlockingWork.run("last report") { flag -> Report? in
                guard let asOf = try workspace.ledger.runLog.list(1).first?.asOf else { return nil }
                var workspace = workspace
                workspace.checkpoint = { try flag.check() }
                return try workspace.cycle.look(try workspace.schedule(), asOf: asOf).report
            }
            guard let report else { return }
            let isNews = try await BlockingWork.run("alerts") { _ in try desk.recall(report) }
            if isNews { watch.take(report) }
        } catch is CancellationError {
            return
        } catch {
            workspace.logger.error("the report of the last cycle cannot be made again: \(error)")
        }
    }
}

/// Delivers the outbox until the daemon stops; a request that is under way is finished first.
struct CourierService: Service {
    let courier: Courier

    func run() async throws {
        await cancelWhenGracefulShutdown { await courier.run(pause: .live) }
    }
}
