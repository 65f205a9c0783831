/// Reads lines that each hold one JSON object: the hot path of every import.
///
/// The whole line is checked: UTF-8 (overlong forms and surrogates included), escapes, the grammar of numbers, depth,
/// and nothing behind the object. Only the fields of the outermost object are reported; nested values are checked and
/// come back as the range of their text, for `JSONValue.parse` where somebody wants them.
///
/// Keys that occur twice are reported twice, in order; `JSONFieldSelector` takes the last one, as CPython does. With
/// `rejectsDuplicateKeys` the line is refused instead.
///
/// - Complexity: O(line); no allocation for a row once `fields` has grown.
package struct JSONRecordScanner {
    package let dialect: JSONDialect
    package let rejectsDuplicateKeys: Bool
    private var nesting: JSONNesting

    /// - Parameter maximumDepth: how many containers may be open at once, the outermost object included.
    package init(dialect: JSONDialect, maximumDepth: Int = 512, rejectsDuplicateKeys: Bool = false) {
        self.dialect = dialect
        self.rejectsDuplicateKeys = rejectsDuplicateKeys
        nesting = JSONNesting(maximumDepth: maximumDepth)
    }

    /// Replaces `fields` by the fields of the object on `line`. After an error `fields` is of no use.
    package mutating func scan(
        _ line: UnsafeRawBufferPointer, into fields: inout [JSONField]
    ) throws(JSONError) {
        fields.removeAll(keepingCapacity: true)
        nesting.reset(depth: 1)
        var cursor = JSONCursor(line, dialect: dialect)
        cursor.skipWhitespace()
        guard cursor.position < cursor.end, cursor.byte(cursor.position) == UInt8(ascii: "{") else {
            try cursor.checkMark()
            throw cursor.failure("an object is expected")
        }
        cursor.position += 1
        cursor.skipWhitespace()
        if cursor.position < cursor.end, cursor.byte(cursor.position) == UInt8(ascii: "}") {
            cursor.position += 1
        } else {
            repeat {
                try scanField(&cursor, into: &fields)
            } while try cursor.goesOn(inObject: true)
        }
        try cursor.finish()
        if rejectsDuplicateKeys, let repeated = JSONDuplicates.firstRepeatedField(fields, line: line) {
            throw cursor.failure("a key occurs twice", at: fields[repeated].keyStart)
        }
    }

    @inline(__always)
    private mutating func scanField(
        _ cursor: inout JSONCursor, into fields: inout [JSONField]
    ) throws(JSONError) {
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
        var valueEnd = 0
        var valueHasEscapes = false
        if first == UInt8(ascii: "\"") {
            cursor.position += 1
            valueStart += 1
            valueHasEscapes = try cursor.skipString()
            valueEnd = cursor.position - 1
            kind = .string
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            var silence = JSONSilence()
            try cursor.walk(&silence, &nesting)
            valueEnd = cursor.position
            kind = first == UInt8(ascii: "{") ? .object : .array
        } else {
            kind = try cursor.skipScalar(first)
            valueEnd = cursor.position
        }
        fields.append(
            JSONField(
                keyStart: keyStart, keyEnd: keyEnd, keyHasEscapes: keyHasEscapes,
                kind: kind, valueStart: valueStart, valueEnd: valueEnd, valueHasEscapes: valueHasEscapes))
    }
}
