internal import JSONText

/// What one piece of `alpha/reconciled.jsonl` holds; lines are counted from its start.
struct SeedPiece {
    /// The rows of the right horizon, up to the first that fails.
    var rows: [SeedRow] = []
    /// The agents that the worker met first in this piece, in the order of its numbers.
    var newAgents: [PythonValue] = []
    /// How many lines there are, up to a parsing failure.
    var lineCount = 0
    var isUTF8 = true
    var parsingFailure: SeedFailure?
    var horizonFailure: SeedFailure?
}

/// Reads pieces of whole lines, one after the other. Each worker has one.
///
/// The seed's program reads the file in passes: it decodes all of it, then parses every line, then compares every
/// horizon. So a broken line far below comes before a wrong horizon further up, and a piece tells the first failure of
/// each pass.
struct SeedPieceReader {
    private static let rowsAtOnce = 128

    private var lines = SeedLines()
    private var rows = SeedLines.emptyRows(capacity: SeedPieceReader.rowsAtOnce)
    private var agentCount = SeedAgents.predefinedCount
    private var piece = SeedPiece()

    /// - Precondition: `JSONRowReader.padding` bytes behind `text` can be read.
    mutating func read(_ text: UnsafeRawBufferPointer) -> SeedPiece {
        let expectedCount = piece.rows.count
        piece = SeedPiece()
        piece.rows.reserveCapacity(expectedCount)
        var position = 0
        while position < text.count {
            let known = lines.readKnownRows(text, from: position, into: &rows)
            if known > position {
                position = known
                takeRows(text)
                continue
            }
            position = readOther(text, from: position)
            if piece.parsingFailure != nil {
                // What follows is only decoded.
                let rest = UnsafeRawBufferPointer(rebasing: text[position...])
                if UTF8Check.firstInvalidOffset(rest) != nil { piece.isUTF8 = false }
                break
            }
            if !piece.isUTF8 { break }
        }
        piece.newAgents = lines.agents.values(from: agentCount)
        agentCount += piece.newAgents.count
        return piece
    }

    /// Reads what stands at `start` up to the end of a line; returns the position behind it.
    private mutating func readOther(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        let stop = SeedPieceReader.endOfPlainText(text, from: start)
        if stop < text.count, text[stop] == 0x0A {
            readLine(text, start..<stop)
            return stop + 1
        }
        if stop + 1 < text.count, text[stop] == 0x0D, text[stop + 1] == 0x0A {
            readLine(text, start..<stop)
            return stop + 2
        }
        let end = text[stop...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
        readLines(text, start..<end)
        return end
    }

    /// The first byte that is a control character or not ASCII, eight bytes at a time.
    private static func endOfPlainText(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // The lowest bit set is exact: a borrow only reaches bytes above a true hit.
            let hits = ((word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
            if hits != 0 { return position + hits.trailingZeroBitCount >> 3 }
            position += 8
        }
        while position < text.count, (0x20..<0x80).contains(text[position]) { position += 1 }
        return position
    }

    /// Text with other characters than printable ASCII: decoded first, then split as Python's `splitlines` does.
    @inline(never)
    private mutating func readLines(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) {
        guard UTF8Check.firstInvalidOffset(UnsafeRawBufferPointer(rebasing: text[range])) == nil else {
            piece.isUTF8 = false
            return
        }
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let (scalar, length) = PythonText.scalar(text, at: position)
            guard PythonText.isLineEnd(scalar) else {
                position += length
                continue
            }
            readLine(text, start..<position)
            position += length
            if scalar == 0x0D, position < range.upperBound, text[position] == 0x0A { position += 1 }
            start = position
        }
        if start < range.upperBound { readLine(text, start..<range.upperBound) }
    }

    private mutating func readLine(_ text: UnsafeRawBufferPointer, _ line: Range<Int>) {
        guard piece.parsingFailure == nil else { return }
        do {
            try lines.readRow(text, line, into: &rows)
        } catch {
            refuse(UnsafeRawBufferPointer(rebasing: text[line]), error)
            piece.lineCount += 1
            return
        }
        takeRows(text)
    }

    private mutating func takeRows(_ text: UnsafeRawBufferPointer) {
        defer { piece.lineCount += rows.count }
        guard piece.horizonFailure == nil else { return }
        var line = piece.lineCount + 1
        do {
            try lines.append(rows, text, line: &line, to: &piece.rows)
        } catch {
            piece.horizonFailure = SeedFailure(file: .reconciled, line: line, reason: error.text)
        }
    }

    /// A line that is no object is blank (skipped), another JSON value (stops the second pass) or no JSON at all.
    @inline(never)
    private mutating func refuse(_ line: UnsafeRawBufferPointer, _ error: JSONError) {
        if PythonText.isBlank(line) { return }
        let number = piece.lineCount + 1
        if let value = SeedLines.otherValue(line) {
            if piece.horizonFailure == nil {
                let reason = "a row must be an object, not \(value.typeName)"
                piece.horizonFailure = SeedFailure(file: .reconciled, line: number, reason: reason)
            }
        } else {
            piece.parsingFailure = SeedFailure(file: .reconciled, line: number, reason: "\(error)")
        }
    }
}
