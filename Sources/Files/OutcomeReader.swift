import Domain
import Glibc
import JSONText
import Operation

/// Reads the lines of a history of outcomes many at a time, where they look like those before them.
///
/// The rules are `LineParser`'s, which judges every line that is not of the usual form, as for `ReconciledLines`; a
/// test holds the two ways against each other.
struct OutcomeReader {
    /// A line for `LineParser`, as a range of the text that was read.
    struct UnusualLine {
        var number: Int64
        var range: Range<Int>
    }

    private static let rowsAtOnce = 32
    /// More names than that are not carried on to the next chunk.
    private static let namesMax = 1 << 14

    private var reader = ReconciledField.reader()
    private var cells = JSONRows(keyCount: ReconciledField.count, capacity: OutcomeReader.rowsAtOnce)
    private var values = OutcomeValues()
    private(set) var outcomes = OutcomeLines()
    /// By row, where its line begins.
    private(set) var lineStarts: [Int64] = []
    /// Of the last call of `readKnownRows`.
    private(set) var unusualLines: [UnusualLine] = []

    /// Reads rows from the beginning of `text` as long as they look like those before them.
    ///
    /// - Parameters:
    ///   - text: whole lines, with `ReconciledLines.padding` readable bytes behind them.
    ///   - lineCount: how many lines come before.
    ///   - byteOffset: where the text begins, by which `lineStarts` are counted.
    /// - Returns: how many bytes and lines were taken, those of `unusualLines` included.
    mutating func readKnownRows(
        _ text: UnsafeRawBufferPointer, after lineCount: Int64, at byteOffset: Int64
    ) -> (byteCount: Int, lineCount: Int64) {
        unusualLines.removeAll(keepingCapacity: true)
        cells.removeAll()
        let end = reader.readKnownRows(text, from: 0, into: &cells)
        guard end > 0, let base = text.baseAddress else { return (0, 0) }
        let rows = cells
        var lineStart = 0
        rows.cells.withUnsafeBufferPointer { all in
            guard let first = all.baseAddress else { return }
            for index in 0..<rows.count {
                let number = lineCount + Int64(index) + 1
                let cells = first + index * rows.keyCount
                let inside = max(lineStart, cells[ReconciledField.time.rawValue].end)
                let found = memchr(base + inside, 0x0A, end - inside)
                let lineEnd = found.map { UnsafeRawPointer($0) - base } ?? end
                if let row = values.row(cells, base, names: &outcomes) {
                    outcomes.append(row, lineNumber: number)
                    lineStarts.append(byteOffset + Int64(lineStart))
                } else {
                    unusualLines.append(UnusualLine(number: number, range: lineStart..<lineEnd))
                }
                lineStart = lineEnd + 1
            }
        }
        return (end, Int64(rows.count))
    }

    /// Reads one line without its line feed, whatever it looks like; false where it is for `LineParser` to judge.
    ///
    /// - Precondition: `ReconciledLines.padding` bytes behind the line can be read.
    mutating func readLine(_ line: UnsafeRawBufferPointer, number: Int64, at byteOffset: Int64) -> Bool {
        guard let base = line.baseAddress else { return false }
        cells.removeAll()
        let end = line.last == 0x0D ? line.count - 1 : line.count
        guard (try? reader.readRow(line, 0..<end, into: &cells)) != nil, cells.count == 1 else { return false }
        let rows = cells
        let row = rows.cells.withUnsafeBufferPointer { all in
            all.baseAddress.flatMap { values.row($0, base, names: &outcomes) }
        }
        guard let row else { return false }
        outcomes.append(row, lineNumber: number)
        lineStarts.append(byteOffset)
        return true
    }

    /// Takes what `LineParser` made of a line.
    mutating func append(_ outcome: ImportedOutcome, number: Int64, at byteOffset: Int64) {
        let row = OutcomeValues.row(of: outcome, names: &outcomes)
        outcomes.append(row, lineNumber: number)
        lineStarts.append(byteOffset)
    }

    mutating func removeRows() {
        lineStarts.removeAll(keepingCapacity: true)
        if outcomes.nameCount <= OutcomeReader.namesMax {
            outcomes.removeRows()
        } else {
            outcomes = OutcomeLines()
            values = OutcomeValues()
        }
    }
}
