import Domain
import Glibc
import JSONText
import Operation
import Synchronization

/// All names met by all workers, each once.
final class SharedNames: Sendable {
    private struct State {
        var names = ReconciledNames()
        var agents: [AgentID: Int32] = [:]
        var symbols: [Symbol: Int32] = [:]
        var classes: [String: Int32] = [:]
    }

    private let state = Mutex(State())

    var names: ReconciledNames { state.withLock(\.names) }

    func number(of agent: AgentID) -> Int32 {
        state.withLock { state in
            if let number = state.agents[agent] { return number }
            let number = Int32(state.names.agents.count)
            state.names.agents.append(agent)
            state.agents[agent] = number
            return number
        }
    }

    func number(of symbol: Symbol) -> Int32 {
        state.withLock { state in
            if let number = state.symbols[symbol] { return number }
            let number = Int32(state.names.symbols.count)
            state.names.symbols.append(symbol)
            state.symbols[symbol] = number
            return number
        }
    }

    /// -1 for none.
    func number(ofClass name: String?) -> Int32 {
        guard let name, !name.isEmpty else { return -1 }
        return state.withLock { state in
            if let number = state.classes[name] { return number }
            let number = Int32(state.names.strategyClasses.count)
            state.names.strategyClasses.append(name)
            state.classes[name] = number
            return number
        }
    }
}

/// Reads lines of reconciled outcomes into numbers. Each worker has one.
///
/// The rules are `LineParser`'s. Rows that look like those before them come from `JSONRowReader` many at a time, and
/// those whose values are all of the usual form are taken here; every other line goes to `LineParser`, which says what
/// it is or what is wrong with it. So there is one judge, and a test holds the two ways against each other.
struct ReconciledLines {
    /// Behind a text so many bytes must be readable, whatever they are.
    static let padding = JSONRowReader.padding
    private static let rowsAtOnce = 32

    private let shared: SharedNames
    private var reader = ReconciledField.reader()
    private var cells = JSONRows(keyCount: ReconciledField.count, capacity: ReconciledLines.rowsAtOnce)
    /// The rows of `cells`, kept for their room.
    private var rows = [ReconciledRow](repeating: ReconciledLines.noRow, count: ReconciledLines.rowsAtOnce)
    private var parser = LineParser(
        SourceDescription(name: "rows.jsonl", path: nil, kind: .reconciled, isWatched: false), mapping: nil)
    private var values: ReconciledValues
    private var batch = ReconciledBatch()

    init(_ shared: SharedNames) {
        self.shared = shared
        values = ReconciledValues(shared)
    }

    /// Reads whole lines, of which only the last may be without its line feed.
    ///
    /// - Parameters:
    ///   - byteOffset: where the text begins in the file.
    ///   - tooLong: the length of the last line if it is over the limit; then only its beginning is at hand.
    /// - Precondition: `padding` bytes behind `text` can be read.
    mutating func read(
        _ text: UnsafeRawBufferPointer, byteOffset: Int64, tooLong: Int64?, limit: Int
    ) -> ReconciledBatch {
        let expectedCount = batch.rows.count
        batch = ReconciledBatch()
        batch.rows.reserveCapacity(expectedCount + expectedCount / 8)
        var position = 0
        // No line in a text that is within the limit is over it.
        let isWithinLimit = text.count <= limit
        while position < text.count {
            cells.removeAll()
            let known = isWithinLimit ? reader.readKnownRows(text, from: position, into: &cells) : position
            if known > position {
                takeRows(text, from: position, byteOffset)
                position = known
            } else {
                position = readLine(text, from: position, byteOffset, tooLong: tooLong, limit: limit)
            }
        }
        return batch
    }

    private static let noRow = ReconciledRow(
        agent: -1, symbol: -1, strategyClass: -1, lineIndex: 0, generatedAt: Timestamp(milliseconds: 0),
        closesAt: Timestamp(milliseconds: 0), realizedReturnBps: 0, expectedReturnBps: 0, expectedSigmaBps: 0,
        byteOffset: 0)

    /// Takes the rows that were read together, the first of which begins at `start`.
    private mutating func takeRows(_ text: UnsafeRawBufferPointer, from start: Int, _ byteOffset: Int64) {
        guard let base = text.baseAddress else { return }
        let count = cells.count
        let usual = readCells(0..<count, base)
        var index = 0
        // Where the next line begins, or a byte of the line before it.
        var (place, isLineStart) = (start, true)
        while index < count {
            let runCount = (~(usual >> UInt64(index))).trailingZeroBitCount
            if runCount > 0 {
                index += runCount
                (place, isLineStart) = (Int(rows[index - 1].byteOffset), false)
                appendRows((index - runCount)..<index, byteOffset)
                continue
            }
            let lineStart = isLineStart ? place : ReconciledLines.lineEnd(text, from: place) + 1
            let end = ReconciledLines.lineEnd(text, from: lineStart)
            if !takeNewNames(index, base, byteOffset) {
                judge(UnsafeRawBufferPointer(rebasing: text[lineStart..<end]), byteOffset + Int64(lineStart))
            }
            (place, isLineStart) = (end + 1, true)
            index += 1
        }
    }

    /// Reads cells into the beginning of `rows`; returns a bit of each that is of the usual form.
    private mutating func readCells(_ range: Range<Int>, _ base: UnsafeRawPointer) -> UInt64 {
        cells.cells.withUnsafeBufferPointer { all in
            cells.present.withUnsafeBufferPointer { present in
                rows.withUnsafeMutableBufferPointer { rows in
                    guard let first = all.baseAddress, let mask = present.baseAddress, let row = rows.baseAddress
                    else { return 0 }
                    return values.read(
                        first + range.lowerBound * ReconciledField.count, present: mask + range.lowerBound,
                        count: range.count, base, into: row)
                }
            }
        }
    }

    /// Takes a row that was not read with the others if that is for its names, which come for the first time.
    private mutating func takeNewNames(_ index: Int, _ base: UnsafeRawPointer, _ byteOffset: Int64) -> Bool {
        cells.cells.withUnsafeBufferPointer { all in
            guard let first = all.baseAddress else { return }
            values.meetNames(first + index * ReconciledField.count, base)
        }
        guard readCells(index..<(index + 1), base) == 1 else { return false }
        appendRows(0..<1, byteOffset)
        return true
    }

    /// Takes rows that were read and stand on lines that follow one another.
    private mutating func appendRows(_ range: Range<Int>, _ byteOffset: Int64) {
        for index in range {
            rows[index].byteOffset += byteOffset
            rows[index].lineIndex = Int32(truncatingIfNeeded: batch.lineCount + index - range.lowerBound)
        }
        batch.rows.append(contentsOf: rows[range])
        batch.lineCount += range.count
    }

    /// The line feed at or behind a place, or the end of the text.
    private static func lineEnd(_ text: UnsafeRawBufferPointer, from place: Int) -> Int {
        guard let base = text.baseAddress, place < text.count,
            let found = memchr(base + place, 0x0A, text.count - place)
        else { return text.count }
        return UnsafeRawPointer(found) - base
    }

    /// Reads one line of another shape; returns where the next begins.
    private mutating func readLine(
        _ text: UnsafeRawBufferPointer, from start: Int, _ byteOffset: Int64, tooLong: Int64?, limit: Int
    ) -> Int {
        let end = ReconciledLines.lineEnd(text, from: start)
        let line = UnsafeRawBufferPointer(rebasing: text[start..<end])
        if let tooLong, end == text.count {
            enter(parser.tooLong(line, length: tooLong, limit: limit), byteOffset + Int64(start))
            return end
        }
        if line.count > limit {
            let head = UnsafeRawBufferPointer(rebasing: line[..<min(line.count, FileLimits.keptLengthMax)])
            enter(parser.tooLong(head, length: Int64(line.count) + 1, limit: limit), byteOffset + Int64(start))
            return end + 1
        }
        cells.removeAll()
        let contentEnd = end > start && text[end - 1] == 0x0D ? end - 1 : end
        // A line that is no row is for `LineParser` to name.
        let isRow = (try? reader.readRow(text, start..<contentEnd, into: &cells)) != nil && cells.count == 1
        let isTaken = isRow && text.baseAddress.map { takeNewNames(0, $0, byteOffset) } ?? false
        if !isTaken { judge(line, byteOffset + Int64(start)) }
        return end + 1
    }

    /// The outcome on a line, line feed or not; `nil` for every other line.
    mutating func outcome(_ line: UnsafeRawBufferPointer) -> ImportedOutcome? {
        let end = line.last == 0x0A ? line.count - 1 : line.count
        guard case .fact(.outcome(let outcome)) = parser.parse(UnsafeRawBufferPointer(rebasing: line[..<end])) else {
            return nil
        }
        return outcome
    }

    private mutating func judge(_ line: UnsafeRawBufferPointer, _ byteOffset: Int64) {
        enter(parser.parse(line), byteOffset)
    }

    private mutating func enter(_ content: ParsedLine, _ byteOffset: Int64) {
        switch content {
        case .blank: batch.blankCount += 1
        case .fact(.outcome(let outcome)):
            batch.rows.append(
                ReconciledRow(
                    agent: shared.number(of: outcome.agent), symbol: shared.number(of: outcome.symbol),
                    strategyClass: shared.number(ofClass: outcome.strategyClass),
                    lineIndex: Int32(truncatingIfNeeded: batch.lineCount), generatedAt: outcome.generatedAt,
                    closesAt: outcome.closesAt, realizedReturnBps: outcome.realizedReturnBps,
                    expectedReturnBps: outcome.expectedReturnBps, expectedSigmaBps: outcome.expectedSigmaBps ?? 0,
                    byteOffset: byteOffset))
        case .rejected(let reason, _):
            batch.refusals.append(ReconciledBatch.Refusal(lineIndex: batch.lineCount, reason: reason))
        case .header, .ignored, .fact:
            preconditionFailure("Invariant: a line of outcomes without a mapping is an outcome, blank, or refused")
        }
        batch.lineCount += 1
    }
}
