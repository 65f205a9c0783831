internal import Dispatch
package import Domain
internal import Synchronization

/// A thread for the scheduler alone: its records are written by blocking calls, which must not hold up the cooperative
/// pool, nor be held up by it when some job blocks it.
final class SchedulerThread: SerialExecutor {
    private let queue = DispatchQueue(label: "scheduler")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// A wait that can be cut short, also before it begins.
final class WakeableWait: Sendable {
    private struct State {
        var waiting: Task<Void, Never>?
        var isWoken = false
    }

    private let state = Mutex(State())

    func wake() {
        state.withLock { state in
            state.isWoken = true
            state.waiting?.cancel()
        }
    }

    /// Returns after `wait`, or when woken, if that was since the last return.
    func run(_ wait: @escaping @Sendable () async -> Void) async {
        let task: Task<Void, Never>? = state.withLock { state in
            if state.isWoken { return nil }
            let task = Task.detached { await wait() }
            state.waiting = task
            return task
        }
        await task?.value
        state.withLock { $0 = State() }
    }
}

/// When the scheduler's loop last came by: for the watchdog, and for `/healthz`.
package final class Heartbeat: Sendable {
    private let last = Mutex<Span?>(nil)

    package init() {}

    package func beat(_ uptime: Span) { last.withLock { $0 = uptime } }

    /// Whether the loop came by at most `span` ago; false before its first round.
    package func isFresh(within span: Span, uptime: Span) -> Bool {
        last.withLock { $0 }.map { uptime - $0 <= span } ?? false
    }
}
