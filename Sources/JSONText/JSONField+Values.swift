/// What a checked range of a text means. The ranges are those that a scan reported.
package enum JSONDecoding {
    /// The text of a string, or nil when an escape in it is half of a surrogate pair (dialect `python` only).
    package static func string(_ line: UnsafeRawBufferPointer, _ range: Range<Int>, hasEscapes: Bool) -> String? {
        guard hasEscapes else {
            return String(decoding: UnsafeRawBufferPointer(rebasing: line[range]), as: UTF8.self)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        guard JSONEscape.decode(line, range, into: &bytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTF-8 of a string; half surrogate pairs (dialect `python` only) as the three bytes they would have.
    package static func utf8(_ line: UnsafeRawBufferPointer, _ range: Range<Int>, hasEscapes: Bool) -> [UInt8] {
        guard hasEscapes else { return Array(line[range]) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        _ = JSONEscape.decode(line, range, into: &bytes)
        return bytes
    }

    /// The nearest Double to a number's text; an infinity when it is too large for one. `1e400` is infinite here.
    package static func nearestDouble(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double {
        DecimalParser.double(line, range)
    }

    /// The nearest Double to a number's text, or nil when it is too large for one.
    package static func finiteDouble(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double? {
        let value = DecimalParser.double(line, range)
        return value.isFinite ? value : nil
    }

    /// The integer that a text of digits with an optional minus stands for, or nil when Int64 has no room for it.
    package static func integer(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int64? {
        guard let first = range.first else { return nil }
        let isNegative = line[first] == UInt8(ascii: "-")
        var value: Int64 = 0
        for index in (isNegative ? first + 1 : first)..<range.upperBound {
            let digit = Int64(line[index] &- 0x30)
            let (product, hasOverflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, hasCarried) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if hasOverflowed || hasCarried { return nil }
            value = sum
        }
        return value
    }
}

extension JSONField {
    /// Whether the key is `text`, which must be ASCII. For many keys use `JSONFieldSelector`.
    package func hasKey(_ text: StaticString, in line: UnsafeRawBufferPointer) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        if keyHasEscapes { return JSONDecoding.utf8(line, keyStart..<keyEnd, hasEscapes: true).elementsEqual(wanted) }
        guard wanted.count == keyEnd - keyStart else { return false }
        for index in 0..<wanted.count where wanted[index] != line[keyStart + index] { return false }
        return true
    }

    /// The key as text; a half surrogate pair in it (dialect `python` only) becomes U+FFFD.
    package func key(in line: UnsafeRawBufferPointer) -> String {
        String(decoding: JSONDecoding.utf8(line, keyStart..<keyEnd, hasEscapes: keyHasEscapes), as: UTF8.self)
    }

    /// The text of a string value, or nil for other kinds.
    package func string(in line: UnsafeRawBufferPointer) -> String? {
        guard kind == .string else { return nil }
        return JSONDecoding.string(line, valueStart..<valueEnd, hasEscapes: valueHasEscapes)
    }

    /// The number nearest to the value's text, or nil when it is no number or too large (`1e400`) for a Double.
    package func double(in line: UnsafeRawBufferPointer) -> Double? {
        guard kind == .integer || kind == .number else { return nil }
        return JSONDecoding.finiteDouble(line, valueStart..<valueEnd)
    }

    /// The value as an integer when it is one exactly: `24`, and also `24.0` and `2.4e1` up to 2^53.
    package func integer(in line: UnsafeRawBufferPointer) -> Int64? {
        if kind == .integer { return JSONDecoding.integer(line, valueStart..<valueEnd) }
        guard let value = double(in: line), value.magnitude <= 0x1p53 else { return nil }
        return Int64(exactly: value)
    }

    /// True, false, or nil for other kinds.
    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The text of the value, quotes included, as it stands on the line.
    package func rawValue(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let quote = kind == .string ? 1 : 0
        return UnsafeRawBufferPointer(rebasing: line[(valueStart - quote)..<(valueEnd + quote)])
    }
}
