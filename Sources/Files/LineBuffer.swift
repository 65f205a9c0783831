import Glibc

/// A line of a text, without its line feed.
struct LinePiece {
    /// Valid until the next call; of a line over the limit only the beginning.
    var bytes: UnsafeRawBufferPointer
    /// The length in the text, line feed included.
    var length: Int64
    var isTooLong = false
}

/// Cuts bytes into lines, holding one block and the longest allowed line at most.
final class LineBuffer {
    /// So many bytes behind the text can be read, whatever they are.
    private static let padding = ReconciledLines.padding

    private let limits: FileLimits
    private var storage: UnsafeMutableRawBufferPointer
    /// The bytes not yet given away, and how far they were searched for a line feed.
    private var start = 0
    private var end = 0
    private var searched = 0
    /// Behind the last line feed at hand; no further than `start` where there is none.
    private var wholeEnd = 0
    /// The beginning of a line over the limit, whose end was not found yet, and how long it is so far.
    private let longLineHead = UnsafeMutableRawBufferPointer.allocate(
        byteCount: FileLimits.keptLengthMax, alignment: 16)
    private var longLineHeadLength = 0
    private var longLineLength: Int64 = 0
    private var isInLongLine = false

    init(_ limits: FileLimits) {
        self.limits = limits
        storage = .allocate(byteCount: 2 * limits.blockLength + LineBuffer.padding, alignment: 16)
    }

    deinit {
        storage.deallocate()
        longLineHead.deallocate()
    }

    /// Takes one more block from `read`; false when it has none.
    func fill(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Bool {
        makeRoom()
        let free = UnsafeMutableRawBufferPointer(rebasing: storage[end..<(end + limits.blockLength)])
        let count = try read(free)
        end += count
        if let last = free[..<count].lastIndex(of: 0x0A) { wholeEnd = end - count + last + 1 }
        return count > 0
    }

    private func makeRoom() {
        let wanted = limits.blockLength + LineBuffer.padding
        if storage.count - end >= wanted { return }
        let kept = end - start
        if kept + wanted > storage.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * kept + wanted, alignment: 16)
            if let from = storage.baseAddress { larger.baseAddress?.copyMemory(from: from + start, byteCount: kept) }
            storage.deallocate()
            storage = larger
        } else if let base = storage.baseAddress {
            memmove(base, base + start, kept)
        }
        searched -= start
        wholeEnd = max(0, wholeEnd - start)
        start = 0
        end = kept
    }

    /// All complete lines at hand, valid until the next call; `padding` bytes behind them can be read. None within a
    /// line over the limit.
    var wholeLines: UnsafeRawBufferPointer {
        guard !isInLongLine, start < wholeEnd, let base = storage.baseAddress else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: base + start, count: wholeEnd - start)
    }

    /// Takes the first bytes of `wholeLines`, up to behind a line feed.
    func skip(_ count: Int) {
        precondition(count >= 0 && start + count <= end, "Invariant: only bytes at hand are taken")
        start += count
        searched = start
    }

    /// The next complete line; `nil` when more bytes are needed.
    func next() -> LinePiece? {
        guard let base = storage.baseAddress else { return nil }
        guard searched < end, let found = memchr(base + searched, 0x0A, end - searched) else {
            searched = end
            if isInLongLine || end - start > limits.lineLengthMax { keepLongLine() }
            return nil
        }
        let lineFeed = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<lineFeed])
        start = lineFeed + 1
        searched = start
        return piece(bytes, lineFeedLength: 1)
    }

    /// What follows the last line feed, at the end of the text; `nil` for nothing.
    func rest() -> LinePiece? {
        guard start < end || isInLongLine else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<end])
        start = end
        searched = end
        return piece(bytes, lineFeedLength: 0)
    }

    private func piece(_ bytes: UnsafeRawBufferPointer, lineFeedLength: Int64) -> LinePiece {
        guard isInLongLine || bytes.count > limits.lineLengthMax else {
            return LinePiece(bytes: bytes, length: Int64(bytes.count) + lineFeedLength)
        }
        if !isInLongLine { keepHead(bytes) }
        let length = longLineLength + Int64(bytes.count)
        isInLongLine = false
        longLineLength = 0
        let head = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(longLineHead)[..<longLineHeadLength])
        return LinePiece(bytes: head, length: length + lineFeedLength, isTooLong: true)
    }

    private func keepHead(_ bytes: UnsafeRawBufferPointer) {
        longLineHeadLength = min(bytes.count, FileLimits.keptLengthMax)
        longLineHead.copyBytes(from: bytes[..<longLineHeadLength])
    }

    /// Forgets a line over the limit but for its beginning and its length.
    private func keepLongLine() {
        if !isInLongLine { keepHead(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<end])) }
        isInLongLine = true
        longLineLength += Int64(end - start)
        start = 0
        end = 0
        searched = 0
        wholeEnd = 0
    }
}
