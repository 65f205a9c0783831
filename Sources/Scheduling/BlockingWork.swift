internal import Dispatch

/// Synchronous, long work, off the cooperative pool: that has one thread a core, and as many blocked ones stop every
/// timer and socket of the program.
package enum BlockingWork {
    /// Runs `work` on a thread of its own. The flag is set when the task is cancelled; the work looks at it where it
    /// can stop, and is waited for in any case: nothing that still writes is left behind.
    package static func run<Answer: Sendable>(
        _ name: String, cancellation: CancellationFlag = CancellationFlag(),
        _ work: @escaping @Sendable (_ cancellation: CancellationFlag) throws -> Answer
    ) async throws -> Answer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: name).async {
                    continuation.resume(with: Result { try work(cancellation) })
                }
            }
        } onCancel: {
            cancellation.set()
        }
    }
}
