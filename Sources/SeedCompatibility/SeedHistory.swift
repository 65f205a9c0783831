internal import JSONText

/// Reads `alpha/reconciled.jsonl` piece by piece and keeps what the multipliers need of the rows that count.
///
/// Every line is read, since one bad line anywhere stops the seed's program; of the rows only the last `limitRows` of
/// the right horizon are kept, a few numbers each, however long the file is.
///
/// The seed's program reads the file in passes: it decodes all of it, then parses every line, then compares every
/// horizon. So a broken line far below comes before a wrong horizon further up, and this reader remembers the first
/// failure of each pass.
package struct SeedHistory {
    private var lines: SeedLines
    private var rows: SeedRows
    private var lineNumber = 0
    private var parsingFailure: SeedFailure?
    private var horizonFailure: SeedFailure?

    /// - Parameter limitRows: as the seed slices its list, `rows[-limitRows:]`: 0 keeps all, -3 leaves out the first 3.
    package init(limitRows: Int) {
        lines = SeedLines()
        rows = SeedRows(limitRows: limitRows)
    }

    /// Reads the lines that are complete in `bytes`, and the last one too when `isLast`. Returns how many bytes were
    /// read; the caller hands the rest in again, in front of what follows.
    package mutating func read(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(SeedFailure) -> Int {
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return 0 }
        var position = 0
        while position < bytes.count {
            let stop = SeedHistory.endOfPlainText(base, from: position, to: bytes.count)
            if stop < bytes.count, bytes[stop] == 0x0A {
                readPlainLine(UnsafeRawBufferPointer(rebasing: bytes[position..<stop]))
                position = stop + 1
            } else if stop + 1 < bytes.count, bytes[stop] == 0x0D, bytes[stop + 1] == 0x0A {
                readPlainLine(UnsafeRawBufferPointer(rebasing: bytes[position..<stop]))
                position = stop + 2
            } else {
                let end = SeedHistory.endOfPiece(bytes, from: position, search: stop, isLast: isLast)
                guard let end else { return position }
                try readPiece(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
            }
        }
        return position
    }

    /// The rows that count, by agent, once the whole file was read.
    func rowsByAgent() throws(SeedFailure) -> SeedRowsByAgent {
        if let failure = parsingFailure ?? horizonFailure { throw failure }
        return try SeedRowsByAgent(rows, lines.agents)
    }

    /// The first byte that is a control character or not ASCII, eight bytes at a time.
    @inline(__always)
    private static func endOfPlainText(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var position = start
        while position + 8 <= end {
            let word = base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // The lowest bit set is exact: a borrow only reaches bytes above a true hit.
            let hits = ((word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
            if hits != 0 { return position + hits.trailingZeroBitCount >> 3 }
            position += 8
        }
        while position < end, (0x20..<0x80).contains(base.load(fromByteOffset: position, as: UInt8.self)) {
            position += 1
        }
        return position
    }

    /// Where a piece ends that can be decoded and split alone: behind a line feed; in text that has none, behind the
    /// last carriage return; at the end of the file behind its last byte. Nil: more bytes are needed.
    private static func endOfPiece(
        _ bytes: UnsafeRawBufferPointer, from start: Int, search: Int, isLast: Bool
    ) -> Int? {
        if let feed = bytes[search...].firstIndex(of: 0x0A) { return feed + 1 }
        if isLast { return bytes.count }
        // A carriage return at the very end might belong to a line feed that has not come yet.
        return bytes[search...].dropLast().lastIndex(of: 0x0D).map { $0 + 1 }
    }

    @inline(__always)
    private mutating func readPlainLine(_ line: UnsafeRawBufferPointer) {
        lineNumber += 1
        guard parsingFailure == nil else { return }
        do {
            try lines.parse(line)
        } catch {
            refuse(line, error)
            return
        }
        guard horizonFailure == nil else { return }
        do {
            if try lines.hasSeedHorizon(line) { rows.append(lines.row(line, number: lineNumber)) }
        } catch {
            horizonFailure = SeedFailure(file: .reconciled, line: lineNumber, reason: error.text)
        }
    }

    /// A line that is no object is blank (skipped), another JSON value (stops the second pass) or no JSON at all.
    @inline(never)
    private mutating func refuse(_ line: UnsafeRawBufferPointer, _ error: JSONError) {
        if PythonText.isBlank(line) { return }
        if let value = lines.otherValue(line) {
            if horizonFailure == nil {
                let reason = "a row must be an object, not \(value.typeName)"
                horizonFailure = SeedFailure(file: .reconciled, line: lineNumber, reason: reason)
            }
        } else {
            parsingFailure = SeedFailure(file: .reconciled, line: lineNumber, reason: "\(error)")
        }
    }

    /// Text with other characters than printable ASCII: decoded first, then split as Python's `splitlines` does.
    @inline(never)
    private mutating func readPiece(_ piece: UnsafeRawBufferPointer) throws(SeedFailure) {
        if UTF8Check.firstInvalidOffset(piece) != nil {
            throw SeedFailure(file: .reconciled, line: nil, reason: "the file is not valid UTF-8")
        }
        var start = 0
        var position = 0
        while position < piece.count {
            let (scalar, length) = PythonText.scalar(piece, at: position)
            guard PythonText.isLineEnd(scalar) else {
                position += length
                continue
            }
            readPlainLine(UnsafeRawBufferPointer(rebasing: piece[start..<position]))
            position += length
            if scalar == 0x0D, position < piece.count, piece[position] == 0x0A { position += 1 }
            start = position
        }
        if start < piece.count { readPlainLine(UnsafeRawBufferPointer(rebasing: piece[start...])) }
    }
}
