import Domain
import Operation

/// One pass over an open file or stream: bytes to lines to chunks.
final class SourceRun {
    private let source: SourceDescription
    private let limits: FileLimits
    private let file: Descriptor
    /// As it was when opened; `nil` for a stream.
    private let status: FileStatus?
    private let head: [UInt8]
    private var parser: LineParser
    private let buffer: LineBuffer
    var isGzip = false
    /// Whether nobody will complete the last line: the file was renamed away.
    var isRetired = false
    /// What to say with the next chunk.
    var remarks: [String] = []

    /// What the next chunk's position will be.
    private var position: SourcePosition
    /// The end of the last line taken, in uncompressed bytes.
    private var textOffset: Int64
    private var lines: [SourceLine] = []
    /// The text of the lines of the next chunk, and where each of them ends in it.
    private var text: [UInt8] = []
    private var textEnds: [Int] = []
    private var raw: RawBytes
    private var chunkCount = 0

    init(_ reader: SourceReader, file: Descriptor, status: FileStatus?, start: SourcePosition, head: [UInt8]) {
        source = reader.source
        limits = reader.limits
        self.file = file
        self.status = status
        self.head = head
        position = start
        textOffset = start.offset
        parser = LineParser(reader.source, mapping: reader.mapping, header: start.header)
        buffer = LineBuffer(reader.limits)
        raw = RawBytes(file, from: start.offset, to: status?.size)
    }

    func read(_ body: (SourceChunk) throws -> Void) throws {
        if status == nil { isGzip = try raw.peek(2) == [0x1F, 0x8B] }
        let gzip = isGzip ? try GzipReader(raw) : nil
        let read: (UnsafeMutableRawBufferPointer) throws -> Int = { [raw] buffer in
            if let gzip { return try gzip.read(into: buffer) }
            return try raw.read(into: buffer)
        }
        while try buffer.fill(read) {
            guard try isUnchanged() else { return try endEarly(body) }
            while let piece = buffer.next() {
                take(piece)
                if lines.count >= limits.chunkLineCountMax { try deliver(body) }
            }
            if !lines.isEmpty { try deliver(body) }
        }
        guard try isUnchanged(), !raw.wasCut else { return try endEarly(body) }
        takeRest()
        if isGzip, let status {
            position.offset = status.size
            position.headDigest = StableHash(head)
        }
        if chunkCount == 0 || !lines.isEmpty || !remarks.isEmpty || isGzip { try deliver(body) }
    }

    private func take(_ piece: LinePiece) {
        var bytes = piece.bytes
        if textOffset == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes[3...])
        }
        textOffset += piece.length
        position.lineCount += 1
        let content =
            piece.isTooLong
            ? parser.tooLong(bytes, length: piece.length, limit: limits.lineLengthMax) : parser.parse(bytes)
        lines.append(SourceLine(number: position.lineCount, content: content))
        text += bytes.prefix(FileLimits.keptLengthMax)
        textEnds.append(text.count)
    }

    /// What follows the last line feed. In a file that still grows it is half a line, to be read when it is whole.
    private func takeRest() {
        guard let piece = buffer.rest() else { return }
        guard source.isWatched, status != nil, !isGzip, !isRetired else { return take(piece) }
        remarks.append("the last line has no line feed yet; left for later")
    }

    private func deliver(_ body: (SourceChunk) throws -> Void) throws {
        if !isGzip {
            position.offset = textOffset
            let count = Int(min(textOffset, Int64(head.count)))
            if status != nil { position.headDigest = StableHash(head[..<count]) }
        }
        position.header = parser.header
        // When the chunk is let go of, their room serves the next one.
        defer { forgetLines() }
        chunkCount += 1
        try body(chunk())
    }

    private func chunk() -> SourceChunk {
        let (text, textEnds) = (text, textEnds)
        let header = position.header.isEmpty ? [] : Array((position.header + "\n").utf8)
        defer { remarks = [] }
        return SourceChunk(
            lines: lines, position: position, modifiedAt: status?.modifiedAt, remarks: remarks,
            bytesRead: raw.position, bytesTotal: status?.size,
            bytesOfLine: { index in header + text[(index > 0 ? textEnds[index - 1] : 0)..<textEnds[index]] })
    }

    private func forgetLines() {
        lines.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        textEnds.removeAll(keepingCapacity: true)
    }

    /// Whether the bytes read so far are still those of the file that was opened: a file cut and written anew meanwhile
    /// would be read half old, half new.
    private func isUnchanged() throws -> Bool {
        guard let status else { return true }
        let now = try file.status()
        guard now.size >= status.size else { return false }
        return try file.bytes(head.count) == head
    }

    /// Gives back nothing of the block in doubt: the next look finds the file cut or rewritten, and says so.
    private func endEarly(_ body: (SourceChunk) throws -> Void) throws {
        if isGzip { throw FileFailure(path: file.path, message: "changed while it was read; read it again") }
        forgetLines()
        remarks.append("the file was cut or rewritten while it was read; the rest is left for the next look")
        try deliver(body)
    }
}
