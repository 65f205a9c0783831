internal import Dispatch
internal import JSONText

/// How much is read at once, and by how many. No answer depends on it.
package struct SeedReading: Sendable {
    package var workerCount: Int
    package var pieceByteCount: Int
    /// How many rows are held as they are at most, see `SeedRows`.
    package var windowMax: Int

    package init(workerCount: Int, pieceByteCount: Int = 1 << 18, windowMax: Int = 1 << 18) {
        precondition(workerCount >= 1 && pieceByteCount >= 1, "Invariant: somebody reads something")
        self.workerCount = workerCount
        self.pieceByteCount = pieceByteCount
        self.windowMax = windowMax
    }
}

/// Where bytes come from, front to back.
struct SeedSource {
    /// Fills the buffer or a part of it; 0 at the end.
    var read: (UnsafeMutableRawBufferPointer) throws -> Int
    /// Goes back to the front.
    var rewind: () throws -> Void
}

extension SeedReading {
    /// Reads all of `source` and checks it.
    func history(_ source: SeedSource, limitRows: Int) throws -> SeedHistory {
        let history = try run(source, SeedHistory(limitRows: limitRows, windowMax: windowMax))
        guard let rowsToLeaveOut = history.rows.rowsToLeaveOut else { return history }
        try source.rewind()
        return try run(source, SeedHistory(limitRows: -rowsToLeaveOut, windowMax: windowMax))
    }

    private func run(_ source: SeedSource, _ empty: SeedHistory) throws -> SeedHistory {
        let pieces = SeedPieces(source, empty, self)
        DispatchQueue.concurrentPerform(iterations: workerCount) { pieces.work($0) }
        let history = try pieces.result()
        try history.check()
        return history
    }
}

/// Hands pieces of whole lines to workers, and puts what they found in the order of the file again.
///
/// Pieces are cut while they are read, one at a time, so that the cuts do not depend on who reads; what stands behind
/// the last line end of a piece is carried into the next one.
private final class SeedPieces: @unchecked Sendable {
    private let reading: SeedReading
    /// Guards what belongs to reading: `source`, `carried`, `cutCount`, `isAtEnd`, `readError`.
    private let readLock = DispatchSemaphore(value: 1)
    private let source: SeedSource
    private var carried: [UInt8] = []
    private var cutCount = 0
    private var isAtEnd = false
    private var readError: (any Error)?
    /// Guards what belongs to putting together: `history`, `waiting`, `appendedCount`.
    private let appendLock = DispatchSemaphore(value: 1)
    private var history: SeedHistory
    private var waiting: [Int: (piece: SeedPiece, worker: Int)] = [:]
    private var appendedCount = 0
    /// One for each piece that may be cut and not yet put in its place, or a stalled worker would let the others fill
    /// the memory. The next piece in order is always being read by a worker that waits for nobody, so this ends.
    private let room: DispatchSemaphore

    init(_ source: SeedSource, _ empty: SeedHistory, _ reading: SeedReading) {
        self.reading = reading
        self.source = source
        history = empty
        // Counted up from 0: Dispatch stops a program that lets go of a semaphore below the value it began with.
        room = DispatchSemaphore(value: 0)
        for _ in 0..<8 + reading.workerCount { room.signal() }
    }

    /// Once no worker works any more.
    func result() throws -> SeedHistory {
        if let readError { throw readError }
        return history
    }

    func work(_ worker: Int) {
        var reader = SeedPieceReader()
        var buffer = SeedBuffer(byteCount: reading.pieceByteCount)
        defer { buffer.deallocate() }
        while true {
            room.wait()
            guard let index = cut(into: &buffer) else {
                room.signal()
                return
            }
            append(reader.read(buffer.text), index, worker)
        }
    }

    private func append(_ piece: SeedPiece, _ index: Int, _ worker: Int) {
        appendLock.wait()
        defer { appendLock.signal() }
        waiting[index] = (piece, worker)
        while let next = waiting.removeValue(forKey: appendedCount) {
            history.append(next.piece, worker: next.worker)
            appendedCount += 1
            room.signal()
        }
    }

    /// The next piece and its number, or nil when there is none.
    private func cut(into buffer: inout SeedBuffer) -> Int? {
        readLock.wait()
        defer { readLock.signal() }
        if isAtEnd { return nil }
        do {
            buffer.replace(by: carried)
            while true {
                let count = try source.read(buffer.free)
                isAtEnd = count == 0
                buffer.add(count)
                if isAtEnd { break }
                if buffer.free.count > 0 { continue }
                if let end = buffer.endOfLastLine() {
                    carried = buffer.removeAll(behind: end)
                    break
                }
                // One line is longer than the buffer.
                buffer.grow()
            }
        } catch {
            isAtEnd = true
            readError = error
            return nil
        }
        guard buffer.text.count > 0 else { return nil }
        cutCount += 1
        return cutCount - 1
    }
}

/// The bytes of a piece, with the padding that the row reader asks for.
private struct SeedBuffer {
    private var storage: UnsafeMutableRawBufferPointer
    private var count = 0

    init(byteCount: Int) { storage = SeedBuffer.allocate(byteCount) }

    func deallocate() { storage.deallocate() }

    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: storage[count..<(storage.count - JSONRowReader.padding)])
    }

    private static func allocate(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount + JSONRowReader.padding, alignment: 64)
        // The padding is read, whatever it is, and so must be something.
        storage[byteCount...].initializeMemory(as: UInt8.self, repeating: 0)
        return storage
    }

    /// Keeps room for one byte more at least.
    mutating func replace(by bytes: [UInt8]) {
        count = 0
        while free.count <= bytes.count { grow() }
        storage.copyBytes(from: bytes)
        count = bytes.count
    }

    mutating func add(_ byteCount: Int) { count += byteCount }

    mutating func grow() {
        let larger = SeedBuffer.allocate(2 * (storage.count - JSONRowReader.padding))
        larger.copyMemory(from: text)
        storage.deallocate()
        storage = larger
    }

    mutating func removeAll(behind end: Int) -> [UInt8] {
        defer { count = end }
        return Array(text[end...])
    }

    /// The position behind the last line end, or nil. A line feed ends a line wherever it stands; the other line ends
    /// of Python's `splitlines` are looked for only where there is none. A carriage return at the very end does not
    /// count: its line feed may not have been read yet.
    func endOfLastLine() -> Int? {
        if let feed = text.lastIndex(of: 0x0A) { return feed + 1 }
        var position = text.count
        while position > 0 {
            position -= 1
            let length = PythonText.lineEndLength(text, at: position)
            if length > 0, text[position] != 0x0D || position + 1 < text.count {
                return position + length
            }
        }
        return nil
    }
}
