/// Which texts count as JSON.
package enum JSONDialect: Sendable {
    /// RFC 8259 in valid UTF-8, and every string can be written as Unicode: a lone surrogate escape is refused.
    case strict
    /// What CPython's `json.loads` accepts: also `NaN`, `Infinity`, `-Infinity` and lone surrogate escapes, but no
    /// integer of more than 4,300 digits (`sys.int_info.default_max_str_digits`).
    case python
}

/// The kind of a value, as its text shows it.
package enum JSONKind: UInt8, Sendable {
    case null, `true`, `false`
    /// A number without fraction and exponent, of any size.
    case integer
    /// A number with a fraction or an exponent.
    case number
    case string, array, object
    /// Only in the dialect `python`.
    case nan, positiveInfinity, negativeInfinity
}

/// One field of the object on a line. All positions are byte offsets into that line.
///
/// In `{"agent": "a1"}` the key is 2..<7 (without quotes) and the value 11..<13 (without quotes). The range of any
/// other value, nested ones included, is its whole text.
package struct JSONField: Equatable, Sendable {
    package var keyStart: Int
    package var keyEnd: Int
    /// Whether the key holds a backslash, so that its bytes are not yet its text.
    package var keyHasEscapes: Bool
    package var kind: JSONKind
    package var valueStart: Int
    package var valueEnd: Int
    /// Whether a string value holds a backslash.
    package var valueHasEscapes: Bool

    package init(
        keyStart: Int, keyEnd: Int, keyHasEscapes: Bool,
        kind: JSONKind, valueStart: Int, valueEnd: Int, valueHasEscapes: Bool
    ) {
        self.keyStart = keyStart
        self.keyEnd = keyEnd
        self.keyHasEscapes = keyHasEscapes
        self.kind = kind
        self.valueStart = valueStart
        self.valueEnd = valueEnd
        self.valueHasEscapes = valueHasEscapes
    }
}

/// Why a text is not the JSON that was asked for, and at which byte.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A sentence without its full stop, such as `a string is not closed`.
    package var reason: String
    package var byteOffset: Int

    package init(reason: String, byteOffset: Int) {
        self.reason = reason
        self.byteOffset = byteOffset
    }

    package var description: String { "\(reason) (at byte \(byteOffset))" }
}
