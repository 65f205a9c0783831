import Domain
import Glibc
import Operation

/// Reads blocks of a file as rows. Each worker has one.
struct BlockReader {
    private let file: Descriptor
    private let size: Int64
    private let blockLength: Int64
    private let lineLengthMax: Int
    private var lines: ReconciledLines
    private var storage: UnsafeMutableRawBufferPointer

    /// How much is read at once of a line that goes on behind its block.
    static let extensionLength = 1 << 12
    /// How much is read at once in search of the beginning of a line.
    private static let searchLength: Int64 = 1 << 9

    init(_ file: Descriptor, size: Int64, blockLength: Int, lineLengthMax: Int, _ names: SharedNames) {
        self.file = file
        self.size = size
        self.blockLength = Int64(blockLength)
        self.lineLengthMax = lineLengthMax
        lines = ReconciledLines(names)
        storage = BlockReader.allocate(blockLength + BlockReader.extensionLength)
    }

    func deallocate() { storage.deallocate() }

    /// What is behind the bytes asked for is read too, whatever it is, and so must be something.
    private static func allocate(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount + ReconciledLines.padding + 1, alignment: 64)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
        return storage
    }

    /// The rows of the lines that begin in a block.
    mutating func read(_ index: Int) throws -> ReconciledBatch {
        let begin = Int64(index) * blockLength
        let end = min(begin + blockLength, size)
        // One byte more in front, which says whether a line begins with the block.
        let readFrom = max(0, begin - 1)
        var filled = try fill(from: readFrom, to: end, behind: 0)
        let text = UnsafeRawBufferPointer(storage)
        var start = 0
        if begin > 0 {
            guard let feed = BlockReader.lineFeed(text, 0, filled), feed + 1 < filled else { return ReconciledBatch() }
            start = feed + 1
        } else if filled >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
            start = 3
        }
        guard start < filled else { return ReconciledBatch() }
        let tooLong = try completeLastLine(&filled, readFrom, from: start)
        return lines.read(
            UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<filled]),
            byteOffset: readFrom + Int64(start), tooLong: tooLong, limit: lineLengthMax)
    }

    /// Reads on until the last line is whole; returns its length if it is over the limit, and then keeps its beginning.
    private mutating func completeLastLine(
        _ filled: inout Int, _ readFrom: Int64, from start: Int
    ) throws -> Int64? {
        var lineStart = filled
        while lineStart > start, storage[lineStart - 1] != 0x0A { lineStart -= 1 }
        if lineStart == filled { return nil }
        while readFrom + Int64(filled) < size {
            let searched = filled
            let next = min(readFrom + Int64(filled + max(BlockReader.extensionLength, filled - lineStart)), size)
            let count = try fill(from: readFrom + Int64(filled), to: next, behind: filled)
            // Somebody cut the file; that is told when all of it has been read.
            if count == 0 { break }
            filled += count
            let text = UnsafeRawBufferPointer(storage)
            if let feed = BlockReader.lineFeed(text, searched, filled) {
                filled = feed + 1
                break
            }
            guard filled - lineStart <= lineLengthMax else {
                let length = try lengthOfLine(from: readFrom + Int64(lineStart), known: filled - lineStart)
                filled = lineStart + min(filled - lineStart, FileLimits.keptLengthMax)
                return length
            }
        }
        let length = filled - lineStart
        let contentLength = storage[filled - 1] == 0x0A ? length - 1 : length
        guard contentLength > lineLengthMax else { return nil }
        filled = lineStart + min(contentLength, FileLimits.keptLengthMax)
        return Int64(length)
    }

    /// The length of a line over the limit, line feed included; none of it is kept.
    private func lengthOfLine(from lineStart: Int64, known: Int) throws -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var position = lineStart + Int64(known)
        while position < size {
            let count = try file.read(into: buffer, at: position)
            if count == 0 { break }
            if let feed = BlockReader.lineFeed(UnsafeRawBufferPointer(buffer), 0, count) {
                return position + Int64(feed) + 1 - lineStart
            }
            position += Int64(count)
        }
        return min(position, size) - lineStart
    }

    /// Reads bytes of the file behind those at hand; returns how many there were.
    private mutating func fill(from begin: Int64, to end: Int64, behind filled: Int) throws -> Int {
        let count = Int(end - begin)
        if filled + count + ReconciledLines.padding > storage.count {
            let larger = BlockReader.allocate(2 * (filled + count))
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<filled]))
            storage.deallocate()
            storage = larger
        }
        return try file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: storage[filled..<(filled + count)]), at: begin)
    }

    private static func lineFeed(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
        guard start < end, let base = text.baseAddress, let found = memchr(base + start, 0x0A, end - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// The outcome on the line on which a byte stands; `nil` where there is none any more.
    mutating func outcome(at byteOffset: Int64) throws -> ImportedOutcome? {
        guard byteOffset < size else { return nil }
        var lineStart = byteOffset
        search: while lineStart > 0 {
            let from = max(0, lineStart - BlockReader.searchLength)
            let bytes = try file.bytes(Int(lineStart - from), at: from)
            for index in bytes.indices.reversed() where bytes[index] == 0x0A {
                lineStart = from + Int64(index) + 1
                break search
            }
            lineStart = from
        }
        var filled = try fill(
            from: lineStart, to: min(size, lineStart + Int64(BlockReader.extensionLength)), behind: 0)
        if let feed = BlockReader.lineFeed(UnsafeRawBufferPointer(storage), 0, filled) {
            filled = feed + 1
        } else {
            _ = try completeLastLine(&filled, lineStart, from: 0)
        }
        let start = lineStart == 0 && filled >= 3 && storage[0] == 0xEF ? 3 : 0
        return lines.outcome(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<filled]))
    }
}
