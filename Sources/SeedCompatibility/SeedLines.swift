internal import JSONText

/// What one row says about its horizon, its agent and its two numbers.
struct SeedLines {
    /// How many containers CPython reads inside one another before its recursion limit of 1,000 stops it: measured for
    /// a call from the top level of a script, and less the deeper the caller stands itself.
    private static let maximumDepth = 992
    private static let horizonHours = 24.0

    struct Refusal: Error { let text: String }

    private var scanner = JSONRecordScanner(dialect: .python, maximumDepth: SeedLines.maximumDepth)
    private let selector = JSONFieldSelector(["horizon_hours", "agent", "abs_error_bps", "realized_pnl_bps"])
    private var fields: [JSONField] = []
    private var indexes: [Int] = []
    private(set) var agents = SeedAgents()

    /// Takes a line in; what follows speaks about it.
    @inline(__always)
    mutating func parse(_ line: UnsafeRawBufferPointer) throws(JSONError) {
        try scanner.scan(line, into: &fields)
        selector.select(fields, line: line, into: &indexes)
    }

    /// The line as JSON that is no object, or nil when it is no JSON.
    func otherValue(_ line: UnsafeRawBufferPointer) -> PythonValue? {
        PythonValue.parse(line, maximumDepth: SeedLines.maximumDepth)
    }

    /// `int(row.get("horizon_hours", 0)) == 24`.
    @inline(__always)
    mutating func hasSeedHorizon(_ line: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
        guard indexes[0] >= 0 else { return false }
        let field = fields[indexes[0]]
        if field.kind == .integer {
            return field.valueEnd - field.valueStart == 2 && line[field.valueStart] == UInt8(ascii: "2")
                && line[field.valueStart + 1] == UInt8(ascii: "4")
        }
        return try hasUnusualSeedHorizon(field, line)
    }

    @inline(never)
    private func hasUnusualSeedHorizon(
        _ field: JSONField, _ line: UnsafeRawBufferPointer
    ) throws(Refusal) -> Bool {
        switch field.kind {
        case .true, .false: return false
        case .integer, .number:
            let hours = JSONDecoding.nearestDouble(line, field.valueStart..<field.valueEnd)
            guard hours.isFinite else { throw Refusal(text: "horizon_hours is too large") }
            return hours.rounded(.towardZero) == SeedLines.horizonHours
        case .string:
            guard let number = PythonNumber.integer(text(field, line)) else {
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

    private func text(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> [UInt8] {
        JSONDecoding.utf8(line, field.valueStart..<field.valueEnd, hasEscapes: field.valueHasEscapes)
    }

    /// The row as the multipliers need it.
    @inline(__always)
    mutating func row(_ line: UnsafeRawBufferPointer, number: Int) -> SeedRow {
        let error = basisPoints(indexes[2], line)
        let realized = basisPoints(indexes[3], line)
        return SeedRow(
            agent: agent(indexes[1], line), isReadable: error != nil && realized != nil,
            error: error ?? 0, realized: realized ?? 0, line: number)
    }

    /// `float(row.get(name, 0.0) or 0.0)`; nil where it raises, which leaves the row out.
    @inline(__always)
    private mutating func basisPoints(_ index: Int, _ line: UnsafeRawBufferPointer) -> Double? {
        guard index >= 0 else { return 0 }
        let field = fields[index]
        if field.kind == .number { return JSONDecoding.nearestDouble(line, field.valueStart..<field.valueEnd) }
        return unusualBasisPoints(field, line)
    }

    @inline(never)
    private func unusualBasisPoints(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> Double? {
        switch field.kind {
        case .null, .false: return 0
        case .true: return 1
        case .number: return JSONDecoding.nearestDouble(line, field.valueStart..<field.valueEnd)
        case .integer: return JSONDecoding.finiteDouble(line, field.valueStart..<field.valueEnd)
        case .nan: return .nan
        case .positiveInfinity: return .infinity
        case .negativeInfinity: return -.infinity
        case .string: return field.valueStart == field.valueEnd ? 0 : PythonNumber.float(text(field, line))
        case .array, .object: return isEmpty(field, line) ? 0 : nil
        }
    }

    /// `row.get("agent") or "unknown"`.
    @inline(__always)
    private mutating func agent(_ index: Int, _ line: UnsafeRawBufferPointer) -> SeedAgents.ID {
        guard index >= 0 else { return SeedAgents.unknown }
        let field = fields[index]
        if field.kind == .string, !field.valueHasEscapes {
            return agents.id(of: UnsafeRawBufferPointer(rebasing: line[field.valueStart..<field.valueEnd]))
        }
        return unusualAgent(field, line)
    }

    @inline(never)
    private mutating func unusualAgent(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> SeedAgents.ID {
        if field.kind == .array || field.kind == .object {
            return isEmpty(field, line) ? SeedAgents.unknown : SeedAgents.unhashable
        }
        if field.kind == .string { return text(field, line).withUnsafeBytes { agents.id(of: $0) } }
        guard let value = otherValue(field.rawValue(in: line)), value.isTruthy else { return SeedAgents.unknown }
        return agents.id(of: value)
    }

    private func isEmpty(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> Bool {
        line[(field.valueStart + 1)..<(field.valueEnd - 1)].allSatisfy { $0 <= 0x20 }
    }
}
