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
    /// Where lines are imported outcomes in the drop-in form.
    private var outcomeReader: OutcomeReader?
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
    /// Where the next chunk begins, in uncompressed bytes, and of a text that cannot be read again, its lines.
    private var chunkStart: Int64
    private var outcomeText: [UInt8] = []
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
        chunkStart = start.offset
        parser = LineParser(reader.source, mapping: reader.mapping, header: start.header)
        buffer = LineBuffer(reader.limits)
        if reader.source.kind == .reconciled, reader.mapping == nil, parser.format == .json {
            outcomeReader = OutcomeReader()
        }
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
            while takeKnownRows() || takeNext() {
                if lineCount >= limits.chunkLineCountMax { try deliver(body) }
            }
            if lineCount > 0, isChunkFull { try deliver(body) }
        }
        guard try isUnchanged(), !raw.wasCut else { return try endEarly(body) }
        takeRest()
        if isGzip, let status {
            position.offset = status.size
            position.headDigest = StableHash(head)
        }
        if chunkCount == 0 || lineCount > 0 || !remarks.isEmpty || isGzip { try deliver(body) }
    }

    private var lineCount: Int { lines.count + (outcomeReader?.outcomes.count ?? 0) }

    /// A file's outcomes are collected over several blocks: fewer transactions, each of which touches the tree in one
    /// go, also where a history comes agent by agent. All else is handed on block by block, what comes out of a pipe
    /// above all: nobody knows when the next block comes.
    private var isChunkFull: Bool {
        guard outcomeReader != nil, canReadAgain else { return true }
        return textOffset - chunkStart >= 4 * Int64(limits.blockLength)
    }

    /// Whether a line of the text can be read once more by its place.
    private var canReadAgain: Bool { status != nil && !isGzip }

    /// Where the next line begins, in the file or in what is kept of its text.
    private var lineStart: Int64 { canReadAgain ? textOffset : Int64(outcomeText.count) }

    private func takeNext() -> Bool {
        guard let piece = buffer.next() else { return false }
        take(piece)
        return true
    }

    /// Takes the next outcomes that look like those before them; false where there are none.
    private func takeKnownRows() -> Bool {
        guard outcomeReader != nil else { return false }
        let text = buffer.wholeLines
        guard !text.isEmpty, text.count <= limits.lineLengthMax,
            let taken = outcomeReader?.readKnownRows(text, after: position.lineCount, at: lineStart),
            taken.byteCount > 0
        else { return false }
        for line in outcomeReader?.unusualLines ?? [] {
            let bytes = UnsafeRawBufferPointer(rebasing: text[line.range])
            enter(parser.parse(bytes), bytes, number: line.number, at: lineStart + Int64(line.range.lowerBound))
        }
        if !canReadAgain { outcomeText += text[..<taken.byteCount] }
        position.lineCount += taken.lineCount
        textOffset += Int64(taken.byteCount)
        buffer.skip(taken.byteCount)
        return true
    }

    private func take(_ piece: LinePiece) {
        var bytes = piece.bytes
        if textOffset == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes[3...])
        }
        let start = lineStart + (canReadAgain ? Int64(piece.bytes.count - bytes.count) : 0)
        textOffset += piece.length
        position.lineCount += 1
        if piece.isTooLong {
            let content = parser.tooLong(bytes, length: piece.length, limit: limits.lineLengthMax)
            enter(content, bytes, number: position.lineCount, at: start)
        } else if outcomeReader?.readLine(bytes, number: position.lineCount, at: start) != true {
            enter(parser.parse(bytes), bytes, number: position.lineCount, at: start)
        }
        guard outcomeReader != nil, !canReadAgain, !piece.isTooLong else { return }
        outcomeText += bytes
        outcomeText.append(0x0A)
    }

    private func enter(_ content: ParsedLine, _ bytes: UnsafeRawBufferPointer, number: Int64, at start: Int64) {
        if case .fact(.outcome(let outcome)) = content, outcomeReader != nil {
            outcomeReader?.append(outcome, number: number, at: start)
            return
        }
        lines.append(SourceLine(number: number, content: content))
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
        var chunk = SourceChunk(
            lines: lines, position: position, modifiedAt: status?.modifiedAt, remarks: remarks,
            bytesRead: raw.position, bytesTotal: status?.size,
            bytesOfLine: { index in header + text[(index > 0 ? textEnds[index - 1] : 0)..<textEnds[index]] })
        guard let outcomeReader else { return chunk }
        chunk.outcomes = outcomeReader.outcomes
        let starts = outcomeReader.lineStarts
        if canReadAgain {
            chunk.bytesOfOutcome = { [file] index in
                SourceRun.firstLine((try? file.bytes(FileLimits.keptLengthMax, at: starts[index])) ?? [])
            }
        } else {
            chunk.bytesOfOutcome = { [outcomeText] index in
                SourceRun.firstLine(outcomeText[Int(starts[index])...].prefix(FileLimits.keptLengthMax))
            }
        }
        return chunk
    }

    private static func firstLine(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(bytes.prefix { $0 != 0x0A }) }

    private func forgetLines() {
        lines.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        textEnds.removeAll(keepingCapacity: true)
        outcomeText.removeAll(keepingCapacity: true)
        outcomeReader?.removeRows()
        chunkStart = textOffset
    }

    /// Whether the bytes read so far are still those of the file that was opened: a file cut and written anew meanwhile
    /// would be read half old, half new.
    private func isUnchanged() throws -> Bool {
        guard let status else { return true }
        let now = try file.status()
        guard now.size >= status.size else { return false }
        return try file.bytes(head.count) == head
    }

    /// Gives back what was read before, and nothing of the block in doubt: the next look finds the file cut or
    /// rewritten, and says so.
    private func endEarly(_ body: (SourceChunk) throws -> Void) throws {
        if isGzip { throw FileFailure(path: file.path, message: "changed while it was read; read it again") }
        remarks.append("the file was cut or rewritten while it was read; the rest is left for the next look")
        try deliver(body)
    }
}
