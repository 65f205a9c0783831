package import Domain
import Dispatch
import Glibc
import JSONText
import Operation
import Synchronization

/// A file of reconciled outcomes, one JSON object a line, read as numbers and in the order of the file.
///
/// The file is cut into blocks at fixed places; a line belongs to the block in which it begins. Workers read and parse
/// blocks, each its own; what they found is handed over block after block, so that neither the number of workers nor
/// the length of a block shows in anything. At most a few blocks a worker are held.
package final class ReconciledFile: Sendable {
    package static let blockLength = 1 << 18

    private let file: Descriptor
    private let size: Int64
    private let workerCount: Int
    private let blockLength: Int
    private let lineLengthMax: Int

    /// - Throws: `FileFailure` where there is no such file, or one that is no plain text.
    package init(
        path: String, workerCount: Int = 2, blockLength: Int = ReconciledFile.blockLength,
        lineLengthMax: Int = FileLimits().lineLengthMax
    ) throws {
        precondition(workerCount > 0 && blockLength > 0 && lineLengthMax > 0, "Invariant: reading makes progress")
        guard let file = try Descriptor.reading(path) else {
            throw FileFailure(path: path, message: "there is no such file")
        }
        let status = try file.status()
        guard status.isRegular else {
            throw FileFailure(path: path, message: "is no regular file; write the rows into one and name that")
        }
        if try file.bytes(2) == [0x1F, 0x8B] {
            throw FileFailure(path: path, message: "is compressed; unpack it (gunzip -k) and name the unpacked file")
        }
        self.file = file
        size = status.size
        self.workerCount = workerCount
        self.blockLength = blockLength
        self.lineLengthMax = lineLengthMax
    }

    /// Hands over all rows, batch after batch. Calls of `body` do not overlap, but may come from other threads.
    package func read(_ body: (ReconciledBatch) throws -> Void) throws {
        try withoutActuallyEscaping(body) { body in
            let pass = ReconciledPass(
                blockCount: Int((size + Int64(blockLength) - 1) / Int64(blockLength)), workerCount: workerCount, body)
            let names = SharedNames()
            DispatchQueue.concurrentPerform(iterations: workerCount) { _ in
                var reader = BlockReader(
                    file, size: size, blockLength: blockLength, lineLengthMax: lineLengthMax, names)
                defer { reader.deallocate() }
                pass.work(names) { try reader.read($0) }
            }
            if let failure = pass.failure { throw failure }
        }
        guard try file.status().size >= size else {
            throw FileFailure(path: file.path, message: "was cut while it was read; read it again")
        }
    }

    /// For looking up single rows while the others are read.
    package func lookup() -> ReconciledLookup {
        ReconciledLookup(file, size: size, lineLengthMax: lineLengthMax)
    }
}

/// Reads single rows of a file again, with everything they say. One caller at a time.
package final class ReconciledLookup {
    private let file: Descriptor
    private var reader: BlockReader

    init(_ file: Descriptor, size: Int64, lineLengthMax: Int) {
        self.file = file
        reader = BlockReader(
            file, size: size, blockLength: BlockReader.extensionLength, lineLengthMax: lineLengthMax, SharedNames())
    }

    deinit { reader.deallocate() }

    /// The outcome on the line on which a byte stands.
    package func outcome(at byteOffset: Int64) throws -> ImportedOutcome {
        guard let outcome = try reader.outcome(at: byteOffset) else {
            throw FileFailure(path: file.path, message: "changed while it was read; read it again")
        }
        return outcome
    }
}

/// Who reads which block, and what is handed over next.
///
/// `body` is called by whoever finishes the block that is due, while the others go on: never by two at once, since
/// `isHandingOver` is taken and given back under the lock, which also orders what it wrote before what the next call
/// reads. That is why a `body` that is not `Sendable` may be kept here.
private final class ReconciledPass: @unchecked Sendable {
    private struct State {
        var nextToRead = 0
        var nextToHandOver = 0
        var waiting: [Int: ReconciledBatch] = [:]
        var isHandingOver = false
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let blockCount: Int
    private let body: (ReconciledBatch) throws -> Void
    /// One for each block that may be read and not yet handed over. The block that is due is always with a worker who
    /// waits for nobody, so this ends.
    private let room: DispatchSemaphore

    init(blockCount: Int, workerCount: Int, _ body: @escaping (ReconciledBatch) throws -> Void) {
        self.blockCount = blockCount
        self.body = body
        // Counted up from 0: Dispatch stops a program that lets go of a semaphore below the value it began with, and a
        // reading that ends early leaves room that nobody gave back.
        room = DispatchSemaphore(value: 0)
        for _ in 0..<4 * workerCount { room.signal() }
    }

    var failure: (any Error)? { state.withLock(\.failure) }

    func work(_ names: SharedNames, _ read: (Int) throws -> ReconciledBatch) {
        while true {
            room.wait()
            let index: Int? = state.withLock { state in
                guard state.failure == nil, state.nextToRead < blockCount else { return nil }
                defer { state.nextToRead += 1 }
                return state.nextToRead
            }
            guard let index else {
                room.signal()
                return
            }
            do {
                var batch = try read(index)
                batch.names = names.names
                handOver(batch, index)
            } catch {
                state.withLock { if $0.failure == nil { $0.failure = error } }
                // Everybody who waits for room is to see it.
                room.signal()
                return
            }
        }
    }

    private func handOver(_ batch: ReconciledBatch, _ index: Int) {
        state.withLock { $0.waiting[index] = batch }
        while true {
            let due: ReconciledBatch? = state.withLock { state in
                guard state.failure == nil, !state.isHandingOver,
                    let batch = state.waiting.removeValue(forKey: state.nextToHandOver)
                else { return nil }
                state.isHandingOver = true
                return batch
            }
            guard let due else { return }
            let result = Result { try body(due) }
            state.withLock { state in
                state.nextToHandOver += 1
                state.isHandingOver = false
                if case .failure(let error) = result { state.failure = error }
            }
            room.signal()
        }
    }
}
