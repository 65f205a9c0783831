import Dispatch
import Domain
import Foundation
import Synchronization

/// Reads the next batch of facts while the fold works on the one before: two cores instead of one.
///
/// Batches come in their order and one at a time, so that what is made of them does not depend on it. Two of them wait
/// at most. Whoever takes them does so on the thread that asked; an error on either side ends both.
final class ReadAhead: Sendable {
    private enum Item: Sendable {
        case batch(FactBatch)
        case end((any Error)?)
    }

    /// Nobody takes the batches any more.
    private struct Abandoned: Error {}

    private static let waitingCountMax = 2

    private let items = Mutex<[Item]>([])
    private let isAbandoned = Mutex(false)
    private let room = DispatchSemaphore(value: 0)
    private let arrivals = DispatchSemaphore(value: 0)

    private init() {
        // Counted up from 0: Dispatch stops a program that lets go of a semaphore below the value it began with, as a
        // reading does that is given up.
        for _ in 0..<ReadAhead.waitingCountMax { room.signal() }
    }

    static func read(
        _ source: @escaping @Sendable ((FactBatch) throws -> Void) throws -> Void, _ body: (FactBatch) throws -> Void
    ) throws {
        let queue = ReadAhead()
        let reader = Thread { queue.fill(from: source) }
        reader.name = "facts"
        reader.stackSize = 1 << 22
        reader.start()
        do {
            while let batch = try queue.next() { try body(batch) }
        } catch {
            queue.abandon()
            throw error
        }
    }

    private func fill(from source: ((FactBatch) throws -> Void) throws -> Void) {
        do {
            try source { batch in
                var prepared = batch
                prepared.imported.prepareDigests()
                self.room.wait()
                guard !self.isAbandoned.withLock({ $0 }) else { throw Abandoned() }
                self.put(.batch(prepared))
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

    private func next() throws -> FactBatch? {
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

    /// Waits until the reader has let go of the ledger.
    private func abandon() {
        isAbandoned.withLock { $0 = true }
        room.signal()
        while true {
            arrivals.wait()
            if case .end = items.withLock({ $0.removeFirst() }) { return }
            room.signal()
        }
    }
}
