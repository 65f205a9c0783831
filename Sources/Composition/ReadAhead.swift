import Dispatch
import Domain
import Foundation
import Operation
import Synchronization

/// Reads the next batch while somebody works on the one before: two cores instead of one.
///
/// Batches come in their order and one at a time, so that what is made of them does not depend on it. Few of them wait.
/// Whoever takes them does so on the thread that asked; an error on either side ends both.
final class ReadAhead<Batch: Sendable>: Sendable {
    private enum Item: Sendable {
        case batch(Batch)
        case end((any Error)?)
    }

    /// Nobody takes the batches any more.
    private struct Abandoned: Error {}

    private let items = Mutex<[Item]>([])
    private let isAbandoned = Mutex(false)
    private let room = DispatchSemaphore(value: 0)
    private let arrivals = DispatchSemaphore(value: 0)

    private init(waitingCountMax: Int) {
        // Counted up from 0: Dispatch stops a program that lets go of a semaphore below the value it began with, as a
        // reading does that is given up.
        for _ in 0..<waitingCountMax { room.signal() }
    }

    /// - Parameters:
    ///   - waitingCountMax: how many batches wait at most; one more is read and one more worked on.
    ///   - isLeftAlone: whether, after an error of `body`, the reader may go on for a while: one that waits for a pipe
    ///     would otherwise keep the error until somebody writes there.
    static func read(
        waitingCountMax: Int = 2, isLeftAlone: Bool = false,
        _ source: @escaping @Sendable ((Batch) throws -> Void) throws -> Void, _ body: (Batch) throws -> Void
    ) throws {
        let queue = ReadAhead(waitingCountMax: waitingCountMax)
        let reader = Thread { queue.fill(from: source) }
        reader.name = "reader"
        reader.stackSize = 1 << 22
        reader.start()
        do {
            while let batch = try queue.next() { try body(batch) }
        } catch {
            queue.abandon(isLeftAlone: isLeftAlone)
            throw error
        }
    }

    private func fill(from source: ((Batch) throws -> Void) throws -> Void) {
        do {
            try source { batch in
                self.room.wait()
                guard !self.isAbandoned.withLock({ $0 }) else { throw Abandoned() }
                self.put(.batch(batch))
            }
            put(.end(nil))
        } catch {
            put(.end(error))
        }
    }

    private func put(_ item: Item) {
        items.withLock { $0.append(item) }
        arrivals.signal()
    }

    private func next() throws -> Batch? {
        arrivals.wait()
        switch items.withLock({ $0.removeFirst() }) {
        case .batch(let batch):
            room.signal()
            return batch
        case .end(nil): return nil
        case .end(let error?):
            // Nothing comes after it: there is nobody to stop.
            put(.end(nil))
            throw error
        }
    }

    /// Waits until the reader has let go of what it reads from.
    private func abandon(isLeftAlone: Bool) {
        isAbandoned.withLock { $0 = true }
        room.signal()
        if isLeftAlone { return }
        while true {
            arrivals.wait()
            if case .end = items.withLock({ $0.removeFirst() }) { return }
            room.signal()
        }
    }
}

extension InputFiles {
    /// The same files, read and parsed by one thread while another stores what was read before.
    var readAhead: InputFiles {
        var files = self
        let read = self.read
        files.read = { source, position, body in
            try ReadAhead<SourceChunk>.read(
                waitingCountMax: 1, isLeftAlone: true, { try read(source, position, $0) }, body)
        }
        return files
    }
}
