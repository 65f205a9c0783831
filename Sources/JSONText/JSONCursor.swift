/// Reads one text from front to back. Every rule about single values is here: strings, numbers, literals.
struct JSONCursor {
    let base: UnsafeRawPointer
    let end: Int
    let isPython: Bool
    var position = 0

    /// CPython refuses to convert longer integers (`sys.int_info.default_max_str_digits`).
    static let pythonIntegerDigitsMax = 4_300

    init(_ bytes: UnsafeRawBufferPointer, dialect: JSONDialect) {
        // An empty buffer may have no address; any other pointer does, since it is never read.
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = bytes.count
        isPython = dialect == .python
    }

    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    @inline(__always)
    func word(_ offset: Int) -> UInt64 { base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end {
            let next = byte(position)
            guard next <= 0x20, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 else { return }
            position += 1
        }
    }

    /// Skips whitespace and takes `expected`; otherwise says what is missing.
    @inline(__always)
    mutating func take(_ expected: UInt8, orFail reason: StaticString) throws(JSONError) {
        skipWhitespace()
        guard position < end, byte(position) == expected else { throw failure(reason) }
        position += 1
    }

    @inline(never)
    func failure(_ reason: StaticString) -> JSONError {
        let isCut = position >= end
        return JSONError(reason: isCut ? "the text ends too early: \(reason)" : "\(reason)", byteOffset: position)
    }

    @inline(never)
    func failure(_ reason: StaticString, at offset: Int) -> JSONError {
        JSONError(reason: "\(reason)", byteOffset: offset)
    }
}

// MARK: Strings

extension JSONCursor {
    /// Reads the rest of a string whose opening quote was taken; `position` ends behind the closing quote.
    /// Returns whether it holds escapes.
    @inline(__always)
    mutating func skipString() throws(JSONError) -> Bool {
        if skipPlainBytes() {
            position += 1
            return false
        }
        // A copy goes down the slow way, so that this cursor can stay in registers.
        var copy = self
        let hasEscapes = try copy.skipSpecialString()
        position = copy.position
        return hasEscapes
    }

    /// Goes on to the first byte that is a quote, a backslash, a control character or not ASCII, eight bytes at a
    /// time. Returns whether it is a quote.
    @inline(__always)
    private mutating func skipPlainBytes() -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= end {
            let word = word(position)
            let quotes = word ^ 0x2222_2222_2222_2222
            let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
            // A byte that is zero, below the space or above ASCII sets its high bit. The lowest bit set is exact; only
            // bytes above a true hit may be set falsely.
            let hits =
                ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                    | (word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
            if hits != 0 {
                position += hits.trailingZeroBitCount >> 3
                return byte(position) == 0x22
            }
            position += 8
        }
        while position < end {
            let next = byte(position)
            if next == 0x22 { return true }
            if next == 0x5C || next < 0x20 || next >= 0x80 { return false }
            position += 1
        }
        return false
    }

    @inline(never)
    private mutating func skipSpecialString() throws(JSONError) -> Bool {
        var hasEscapes = false
        while position < end {
            let next = byte(position)
            if next == 0x22 {
                position += 1
                return hasEscapes
            } else if next == 0x5C {
                hasEscapes = true
                try skipEscape()
            } else if next < 0x20 {
                throw failure("a control character in a string must be escaped")
            } else if next >= 0x80 {
                let length = UTF8Check.sequenceLength(base, at: position, end: end)
                guard length > 0 else { throw failure("a string is not valid UTF-8", at: position) }
                position += length
                continue
            }
            if skipPlainBytes() {
                position += 1
                return hasEscapes
            }
        }
        throw failure("a string is not closed")
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        guard position < end else { throw failure("a string is not closed") }
        switch byte(position) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            let start = position - 1
            guard let unit = JSONEscape.codeUnit(base, at: position + 1, end: end) else {
                throw failure("\\u must be followed by four hexadecimal digits")
            }
            position += 5
            if isPython || unit & 0xF800 != 0xD800 { return }
            guard unit < 0xDC00, position + 6 <= end, byte(position) == 0x5C, byte(position + 1) == UInt8(ascii: "u"),
                let low = JSONEscape.codeUnit(base, at: position + 2, end: end), low & 0xFC00 == 0xDC00
            else { throw failure("an escape is half of a surrogate pair", at: start) }
            position += 6
        default:
            throw failure("a backslash must be followed by one of \"\\/bfnrtu")
        }
    }
}

// MARK: Numbers and literals

extension JSONCursor {
    /// Reads a number that starts at `position` with a digit or a minus.
    @inline(__always)
    mutating func skipNumber() throws(JSONError) -> JSONKind {
        let start = position
        if byte(position) == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        skipDigits()
        let digitCount = position - firstDigit
        if digitCount == 0 {
            try checkNegativeInfinity()
            position += 8
            return .negativeInfinity
        }
        if digitCount > 1, byte(firstDigit) == UInt8(ascii: "0") {
            throw failure("a number must not start with a zero", at: firstDigit)
        }
        var kind = JSONKind.integer
        if position < end, byte(position) == UInt8(ascii: ".") {
            kind = .number
            position += 1
            let fraction = position
            skipDigits()
            if position == fraction { throw failure("a decimal point must be followed by a digit") }
        }
        if position < end, byte(position) | 0x20 == UInt8(ascii: "e") {
            kind = .number
            var copy = self
            try copy.skipExponent()
            position = copy.position
        }
        if kind == .integer, digitCount > JSONCursor.pythonIntegerDigitsMax, isPython {
            throw failure("an integer has more than 4300 digits", at: start)
        }
        return kind
    }

    @inline(__always)
    private mutating func skipDigits() {
        while position + 8 <= end {
            // A digit becomes 0...9, and 0x76 lifts anything above that to its high bit. Only bytes above the first
            // hit may be set falsely.
            let values = word(position) ^ 0x3030_3030_3030_3030
            let hits = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
            if hits != 0 {
                position += hits.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while position < end, byte(position) &- 0x30 <= 9 { position += 1 }
    }

    private mutating func skipExponent() throws(JSONError) {
        position += 1
        if position < end, byte(position) == UInt8(ascii: "+") || byte(position) == UInt8(ascii: "-") {
            position += 1
        }
        let exponent = position
        skipDigits()
        if position == exponent { throw failure("an exponent must have a digit") }
    }

    @inline(never)
    private func checkNegativeInfinity() throws(JSONError) {
        guard isPython, startsWith("Infinity") else { throw failure("a minus must be followed by a digit") }
    }

    /// Reads any value that is neither a string nor a container.
    @inline(__always)
    mutating func skipScalar(_ first: UInt8) throws(JSONError) -> JSONKind {
        if first &- 0x30 <= 9 || first == UInt8(ascii: "-") { return try skipNumber() }
        var copy = self
        let kind = try copy.skipLiteral(first)
        position = copy.position
        return kind
    }

    @inline(never)
    private mutating func skipLiteral(_ first: UInt8) throws(JSONError) -> JSONKind {
        switch first {
        case UInt8(ascii: "t") where startsWith("true"):
            position += 4
            return .true
        case UInt8(ascii: "f") where startsWith("false"):
            position += 5
            return .false
        case UInt8(ascii: "n") where startsWith("null"):
            position += 4
            return .null
        case UInt8(ascii: "N") where isPython && startsWith("NaN"):
            position += 3
            return .nan
        case UInt8(ascii: "I") where isPython && startsWith("Infinity"):
            position += 8
            return .positiveInfinity
        default:
            throw failure("a value is expected")
        }
    }

    private func startsWith(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= end else { return false }
        for index in 0..<count where byte(position + index) != text.utf8Start[index] { return false }
        return true
    }
}
