/// Reads lines that each hold one JSON object: the hot path of every import.
///
/// The whole line is checked: UTF-8 (overlong forms and surrogates included), escapes, the grammar of numbers, depth,
/// and nothing behind the object. Only the fields of the outermost object are reported; nested values are checked and
/// come back as the range of their text, for `JSONValue.parse` where somebody wants them.
///
/// Keys that occur twice are reported twice, in order; `JSONFieldSelector` takes the last one, as CPython does. With
/// `rejectsDuplicateKeys` the line is refused instead.
///
/// Rows of the same keys in the same order are read faster: by the shape of the rows before them, see `JSONShape`.
///
/// - Complexity: O(line); no allocation for a row once `fields` has grown.
package struct JSONRecordScanner {
    package let dialect: JSONDialect
    package let rejectsDuplicateKeys: Bool
    private var nesting: JSONNesting
    private var shapes = JSONShapes()
    /// Lines of usual length are copied here, so that what is behind them can be read too.
    private var scratch: [UInt8] = []

    private static let scratchCountMax = 1 << 14

    /// - Parameter maximumDepth: how many containers may be open at once, the outermost object included.
    package init(dialect: JSONDialect, maximumDepth: Int = 512, rejectsDuplicateKeys: Bool = false) {
        self.dialect = dialect
        self.rejectsDuplicateKeys = rejectsDuplicateKeys
        nesting = JSONNesting(maximumDepth: maximumDepth)
    }

    /// Tells rows apart by their keys: two rows with the same number, unless it is 0, have the same keys in the same
    /// order, so that what `JSONFieldSelector` found in one holds for the other.
    package var shapeID: Int { shapes.lastID }

    /// Replaces `fields` by the fields of the object on `line`. After an error `fields` is of no use.
    package mutating func scan(
        _ line: UnsafeRawBufferPointer, into fields: inout [JSONField]
    ) throws(JSONError) {
        if scanByShape(line, into: &fields) { return }
        try scanByGrammar(line, into: &fields)
        shapes.learn(fields, line: line, places: [], textMask: 0)
    }

    private mutating func scanByShape(_ line: UnsafeRawBufferPointer, into fields: inout [JSONField])
        -> Bool
    {
        guard line.count <= JSONRecordScanner.scratchCountMax, let start = line.baseAddress else {
            return false
        }
        let needed = line.count + JSONShapes.padding
        var scratch: [UInt8] = []
        swap(&scratch, &self.scratch)
        defer { swap(&scratch, &self.scratch) }
        if scratch.count < needed { scratch = Array(repeating: 0, count: 2 * needed) }
        return scratch.withUnsafeMutableBytes { scratch in
            // Not empty: there is room for the padding at least.
            let base = scratch.baseAddress.unsafelyUnwrapped
            base.copyMemory(from: start, byteCount: line.count)
            return shapes.readLine(
                UnsafeRawPointer(base), to: line.count, isPython: dialect == .python, &nesting,
                into: &fields)
        }
    }

    /// As `JSONRowReader.readKnownRows`.
    mutating func readKnownRows(
        _ base: UnsafeRawPointer, from start: Int, to end: Int, into rows: inout JSONRows
    ) -> Int {
        shapes.readRows(base, from: start, to: end, isPython: dialect == .python, &nesting, into: &rows)
    }

    mutating func learn(_ fields: [JSONField], _ line: UnsafeRawBufferPointer, places: [Int], textMask: UInt64) {
        shapes.learn(fields, line: line, places: places, textMask: textMask)
    }

    /// Reads a line without regard to those before it.
    mutating func scanByGrammar(
        _ line: UnsafeRawBufferPointer, into fields: inout [JSONField]
    ) throws(JSONError) {
        fields.removeAll(keepingCapacity: true)
        var cursor = JSONCursor(line, dialect: dialect)
        if try cursor.entersObject() {
            repeat {
                try cursor.take(UInt8(ascii: "\""), orFail: "a key in quotes is expected")
                let keyStart = cursor.position
                let keyHasEscapes = try cursor.skipString()
                let keyEnd = cursor.position - 1
                try cursor.take(UInt8(ascii: ":"), orFail: "a colon is expected after a key")
                cursor.skipWhitespace()
                guard cursor.position < cursor.end else { throw cursor.failure("a value is expected") }
                let first = cursor.byte(cursor.position)
                var valueStart = cursor.position
                let kind: JSONKind
                let valueEnd: Int
                var valueHasEscapes = false
                if first == UInt8(ascii: "\"") {
                    cursor.position += 1
                    valueStart += 1
                    valueHasEscapes = try cursor.skipString()
                    valueEnd = cursor.position - 1
                    kind = .string
                } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                    cursor.position = try endOfContainer(cursor)
                    valueEnd = cursor.position
                    kind = first == UInt8(ascii: "{") ? .object : .array
                } else {
                    // A copy, so that the cursor itself can stay in registers.
                    var copy = cursor
                    kind = try copy.skipScalar(first)
                    valueEnd = copy.position
                    cursor.position = valueEnd
                }
                fields.append(
                    JSONField(
                        keyStart: keyStart, keyEnd: keyEnd, keyHasEscapes: keyHasEscapes,
                        kind: kind, valueStart: valueStart, valueEnd: valueEnd, valueHasEscapes: valueHasEscapes))
            } while try cursor.goesOn(inObject: true)
        }
        try cursor.finish()
        if rejectsDuplicateKeys, let repeated = JSONDuplicates.firstRepeatedField(fields, line: line) {
            throw cursor.failure("a key occurs twice", at: fields[repeated].keyStart)
        }
    }

    @inline(never)
    private mutating func endOfContainer(_ cursor: JSONCursor) throws(JSONError) -> Int {
        var copy = cursor
        var silence = JSONSilence()
        nesting.reset(depth: 1)
        try copy.walk(&silence, &nesting)
        return copy.position
    }
}

extension JSONCursor {
    /// Takes the opening brace of the outermost object; false when its closing brace follows at once.
    @inline(__always)
    fileprivate mutating func entersObject() throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < end, byte(position) == UInt8(ascii: "{") else {
            try checkMark()
            throw failure("an object is expected")
        }
        position += 1
        skipWhitespace()
        guard position < end, byte(position) == UInt8(ascii: "}") else { return true }
        position += 1
        return false
    }
}
