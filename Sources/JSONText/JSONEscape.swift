/// Escapes in strings, in both directions.
enum JSONEscape {
    /// The value of four hexadecimal digits at `offset`.
    static func codeUnit(_ base: UnsafeRawPointer, at offset: Int, end: Int) -> UInt16? {
        guard offset + 4 <= end else { return nil }
        var unit: UInt16 = 0
        for index in 0..<4 {
            let digit = base.load(fromByteOffset: offset + index, as: UInt8.self)
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit &- 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit &- 0x57
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit &- 0x37
            default: return nil
            }
            unit = unit << 4 | UInt16(value)
        }
        return unit
    }

    /// Appends the text of a string that was checked before. Lone surrogates come out as the three bytes that UTF-8
    /// would give them ("WTF-8"); returns whether there was none.
    static func decode(
        _ line: UnsafeRawBufferPointer, _ range: Range<Int>, into bytes: inout [UInt8]
    ) -> Bool {
        guard let base = UnsafeRawPointer(line.baseAddress) else { return true }
        var isUnicode = true
        var position = range.lowerBound
        while position < range.upperBound {
            let next = line[position]
            guard next == UInt8(ascii: "\\") else {
                bytes.append(next)
                position += 1
                continue
            }
            let escape = line[position + 1]
            position += 2
            guard escape == UInt8(ascii: "u") else {
                bytes.append(plainValue(escape))
                continue
            }
            let unit = codeUnit(base, at: position, end: range.upperBound) ?? 0xFFFD
            position += 4
            if unit & 0xFC00 == 0xD800, position + 6 <= range.upperBound, line[position] == UInt8(ascii: "\\"),
                line[position + 1] == UInt8(ascii: "u"),
                let low = codeUnit(base, at: position + 2, end: range.upperBound), low & 0xFC00 == 0xDC00
            {
                position += 6
                append(0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF)), to: &bytes)
            } else {
                if unit & 0xF800 == 0xD800 { isUnicode = false }
                append(UInt32(unit), to: &bytes)
            }
        }
        return isUnicode
    }

    private static func plainValue(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        switch scalar {
        case ..<0x80:
            bytes.append(UInt8(scalar))
        case ..<0x800:
            bytes.append(UInt8(0xC0 | scalar >> 6))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        case ..<0x10000:
            bytes.append(UInt8(0xE0 | scalar >> 12))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        default:
            bytes.append(UInt8(0xF0 | scalar >> 18))
            bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        }
    }

    /// Appends `text` with the escapes that RFC 8259 demands and no others: quote, backslash, control characters.
    static func encode(_ text: some Sequence<UInt8>, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        // Hardly any text needs an escape: it is looked at and appended whole.
        let isPlain = text.withContiguousStorageIfAvailable { text in
            guard !text.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
                return false
            }
            bytes.append(contentsOf: text)
            return true
        }
        if isPlain != true { encodeEach(text, into: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func encodeEach(_ text: some Sequence<UInt8>, into bytes: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 0x0D: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
            case ..<0x20:
                bytes.append(contentsOf: Array("\\u00".utf8))
                bytes.append(hexadecimal(byte >> 4))
                bytes.append(hexadecimal(byte & 15))
            default: bytes.append(byte)
            }
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
}
