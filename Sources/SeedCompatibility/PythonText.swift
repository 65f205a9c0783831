/// How CPython 3.11 sees text: which characters are spaces, digits and line ends. Text is WTF-8: UTF-8 in which a lone
/// surrogate is written as the three bytes it would have.
enum PythonText {
    /// The zeros of the 65 decimal digit ranges of Unicode 14 behind ASCII; nine digits follow each.
    private static let decimalZeros: [UInt32] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
        0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
        0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
        0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
        0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
    ]

    /// `str.isspace`.
    static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// What `str.splitlines` splits at; a carriage return with its line feed counts once.
    static func isLineEnd(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// How many bytes a line end takes that starts at `offset` of any bytes, or 0. None of them occurs inside another
    /// valid character, so that text is valid exactly when both sides of a line end are.
    static func lineEndLength(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        let left = bytes.count - offset
        switch bytes[offset] {
        case 0x0A...0x0D, 0x1C...0x1E: return 1
        case 0xC2: return left >= 2 && bytes[offset + 1] == 0x85 ? 2 : 0
        case 0xE2:
            return left >= 3 && bytes[offset + 1] == 0x80 && bytes[offset + 2] & 0xFE == 0xA8 ? 3 : 0
        default: return 0
        }
    }

    /// The scalar at `offset` of checked text, and how many bytes it takes.
    @inline(__always)
    static func scalar(_ text: UnsafeRawBufferPointer, at offset: Int) -> (value: UInt32, length: Int) {
        let lead = UInt32(text[offset])
        @inline(__always)
        func tail(_ index: Int) -> UInt32 { UInt32(text[offset + index] & 0x3F) }
        switch lead {
        case ..<0x80: return (lead, 1)
        case ..<0xE0: return ((lead & 0x1F) << 6 | tail(1), 2)
        case ..<0xF0: return ((lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3)
        default: return ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
        }
    }

    /// The characters of a text, one element each, as `len` counts them.
    static func scalars(_ text: [UInt8]) -> [UInt32] {
        text.withUnsafeBytes { bytes in
            var scalars: [UInt32] = []
            var offset = 0
            while offset < bytes.count {
                let (value, length) = scalar(bytes, at: offset)
                scalars.append(value)
                offset += length
            }
            return scalars
        }
    }

    /// Whether nothing is left of a line after `str.strip`.
    static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < line.count {
            let (value, length) = scalar(line, at: offset)
            guard isSpace(value) else { return false }
            offset += length
        }
        return true
    }

    /// The text of a number as `int` and `float` prepare it: digits of every script and spaces as ASCII, then without
    /// the spaces around it. Nil when it has a character that no number has.
    static func numeral(_ text: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        for scalar in scalars(text) {
            if scalar < 127 {
                plain.append(UInt8(scalar))
            } else if isSpace(scalar) {
                plain.append(0x20)
            } else if let zero = decimalZeros.last(where: { $0 <= scalar }), scalar - zero < 10 {
                plain.append(UInt8(0x30 + scalar - zero))
            } else {
                return nil
            }
        }
        // Here only the spaces of C count: CPython keeps U+001C...U+001F in a number's text, and then refuses it.
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = plain.firstIndex(where: { !isBlank($0) }) else { return [] }
        let last = plain.lastIndex { !isBlank($0) } ?? first
        return Array(plain[first...last])
    }
}
