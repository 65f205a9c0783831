internal import JSONText

/// What the rows of one worker say about their horizon, their agent and their two numbers.
struct SeedLines {
    /// How many containers CPython reads inside one another before its recursion limit of 1,000 stops it: measured for
    /// a call from the top level of a script, and less the deeper the caller stands itself.
    private static let maximumDepth = 992
    private static let horizonHours = 24.0

    struct Refusal: Error { let text: String }

    /// The places of the wanted values among the cells of a row.
    private enum Key {
        static let names = ["horizon_hours", "agent", "abs_error_bps", "realized_pnl_bps"]
        static let horizon = 0
        static let agent = 1
        static let error = 2
        static let realized = 3
    }

    private var reader = JSONRowReader(
        Key.names, dialect: .python, maximumDepth: SeedLines.maximumDepth)
    private(set) var agents = SeedAgents()

    static func emptyRows(capacity: Int) -> JSONRows {
        JSONRows(keyCount: Key.names.count, capacity: capacity)
    }

    /// Reads the rows that follow one another from `start` on and are alike; `text` must have the reader's padding.
    mutating func readKnownRows(
        _ text: UnsafeRawBufferPointer, from start: Int, into rows: inout JSONRows
    ) -> Int {
        rows.removeAll()
        return reader.readKnownRows(text, from: start, into: &rows)
    }

    /// Reads the row on a line.
    mutating func readRow(
        _ text: UnsafeRawBufferPointer, _ line: Range<Int>, into rows: inout JSONRows
    ) throws(JSONError) {
        rows.removeAll()
        try reader.readRow(text, line, into: &rows)
    }

    /// The line as JSON that is no object, or nil when it is no JSON.
    static func otherValue(_ line: UnsafeRawBufferPointer) -> PythonValue? {
        PythonValue.parse(line, maximumDepth: maximumDepth)
    }

    /// Appends the rows that count; `line` is the number of the first row, and then that of the line behind the last.
    mutating func append(
        _ rows: JSONRows, _ text: UnsafeRawBufferPointer, line: inout Int, to counted: inout [SeedRow]
    ) throws(Refusal) {
        // A typed error does not pass through a closure of the standard library.
        var refusal: Refusal?
        let count = rows.count
        let keyCount = rows.keyCount
        rows.cells.withUnsafeBufferPointer { all in
            // Not empty: there is room for a row at least.
            var cells = all.baseAddress.unsafelyUnwrapped
            for _ in 0..<count {
                do throws(Refusal) {
                    if try hasSeedHorizon(cells[Key.horizon], text) {
                        counted.append(seedRow(cells, text, line))
                    }
                } catch {
                    refusal = error
                    return
                }
                line += 1
                cells += keyCount
            }
        }
        if let refusal { throw refusal }
    }

    @inline(__always)
    private mutating func seedRow(
        _ cells: UnsafePointer<JSONCell>, _ text: UnsafeRawBufferPointer, _ line: Int
    ) -> SeedRow {
        let error = basisPoints(cells[Key.error], text)
        let realized = basisPoints(cells[Key.realized], text)
        return SeedRow(
            agent: agent(cells[Key.agent], text), isReadable: error != nil && realized != nil,
            error: error ?? 0,
            realized: realized ?? 0, line: line)
    }
}

// MARK: The horizon

extension SeedLines {
    /// `int(row.get("horizon_hours", 0)) == 24`.
    @inline(__always)
    private func hasSeedHorizon(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) throws(Refusal)
        -> Bool
    {
        // A pattern, since `==` of a type from another module is a call.
        if case .integer = cell.kind, cell.number.isFinite {
            return cell.number == SeedLines.horizonHours
        }
        return try hasUnusualSeedHorizon(cell, text)
    }

    @inline(never)
    private func hasUnusualSeedHorizon(
        _ cell: JSONCell, _ text: UnsafeRawBufferPointer
    ) throws(Refusal) -> Bool {
        if cell.start < 0 { return false }
        switch cell.kind {
        case .true, .false: return false
        // An integer of any length: CPython's have no limit here.
        case .integer: return false
        case .number:
            guard cell.number.isFinite else { throw Refusal(text: "horizon_hours is too large") }
            return cell.number.rounded(.towardZero) == SeedLines.horizonHours
        case .string:
            guard let number = PythonNumber.integer(string(cell, text)) else {
                throw Refusal(text: "horizon_hours is a string that is no integer")
            }
            return number == Array("24".utf8)
        case .null: throw Refusal(text: "horizon_hours must be a number, not null")
        case .array: throw Refusal(text: "horizon_hours must be a number, not an array")
        case .object: throw Refusal(text: "horizon_hours must be a number, not an object")
        case .nan: throw Refusal(text: "horizon_hours is not a number")
        case .positiveInfinity, .negativeInfinity: throw Refusal(text: "horizon_hours is infinite")
        }
    }

    private func string(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) -> [UInt8] {
        JSONDecoding.utf8(text, cell.start..<cell.end, hasEscapes: cell.hasEscapes)
    }
}

// MARK: The numbers

extension SeedLines {
    /// `float(row.get(name, 0.0) or 0.0)`; nil where it raises, which leaves the row out.
    @inline(__always)
    private func basisPoints(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) -> Double? {
        if case .number = cell.kind { return cell.number }
        return unusualBasisPoints(cell, text)
    }

    @inline(never)
    private func unusualBasisPoints(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) -> Double? {
        if cell.start < 0 { return 0 }
        switch cell.kind {
        case .null, .false: return 0
        case .true: return 1
        case .number: return cell.number
        case .integer: return cell.number.isFinite ? cell.number : nil
        case .nan: return .nan
        case .positiveInfinity: return .infinity
        case .negativeInfinity: return -.infinity
        case .string: return cell.start == cell.end ? 0 : PythonNumber.float(string(cell, text))
        case .array, .object: return isEmpty(cell, text) ? 0 : nil
        }
    }

    private func isEmpty(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) -> Bool {
        text[(cell.start + 1)..<(cell.end - 1)].allSatisfy { $0 <= 0x20 }
    }
}

// MARK: The agent

extension SeedLines {
    /// `row.get("agent") or "unknown"`.
    @inline(__always)
    private mutating func agent(_ cell: JSONCell, _ text: UnsafeRawBufferPointer) -> SeedAgents.ID {
        if case .string = cell.kind, !cell.hasEscapes {
            return agents.id(of: UnsafeRawBufferPointer(rebasing: text[cell.start..<cell.end]))
        }
        return unusualAgent(cell, text)
    }

    @inline(never)
    private mutating func unusualAgent(_ cell: JSONCell, _ text: UnsafeRawBufferPointer)
        -> SeedAgents.ID
    {
        if cell.start < 0 { return SeedAgents.unknown }
        if cell.kind == .array || cell.kind == .object {
            return isEmpty(cell, text) ? SeedAgents.unknown : SeedAgents.unhashable
        }
        if cell.kind == .string { return string(cell, text).withUnsafeBytes { agents.id(of: $0) } }
        let value = SeedLines.otherValue(UnsafeRawBufferPointer(rebasing: text[cell.start..<cell.end]))
        guard let value, value.isTruthy else { return SeedAgents.unknown }
        return agents.id(of: value)
    }
}
