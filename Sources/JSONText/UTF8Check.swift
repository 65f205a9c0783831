/// The rule of well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, nothing above U+10FFFF.
package enum UTF8Check {
    /// The length (2...4) of the sequence that starts at `offset` with a byte >= 0x80, or 0 when it is not valid.
    static func sequenceLength(_ base: UnsafeRawPointer, at offset: Int, end: Int) -> Int {
        @inline(__always)
        func continues(_ index: Int) -> Bool {
            base.load(fromByteOffset: offset + index, as: UInt8.self) & 0xC0 == 0x80
        }
        let lead = base.load(fromByteOffset: offset, as: UInt8.self)
        let left = end - offset
        switch lead {
        case 0xC2...0xDF:
            return left >= 2 && continues(1) ? 2 : 0
        case 0xE0...0xEF:
            guard left >= 3, continues(1), continues(2) else { return 0 }
            let second = base.load(fromByteOffset: offset + 1, as: UInt8.self)
            let isRefused = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)
            return isRefused ? 0 : 3
        case 0xF0...0xF4:
            guard left >= 4, continues(1), continues(2), continues(3) else { return 0 }
            let second = base.load(fromByteOffset: offset + 1, as: UInt8.self)
            let isRefused = (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)
            return isRefused ? 0 : 4
        default:
            return 0
        }
    }

    /// The offset of the first byte that is not part of valid UTF-8, or nil when all of it is valid.
    ///
    /// - Complexity: O(n), eight bytes at a time through ASCII.
    package static func firstInvalidOffset(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let end = bytes.count
        var offset = 0
        while offset < end {
            if offset + 8 <= end {
                let word = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                if word & 0x8080_8080_8080_8080 == 0 {
                    offset += 8
                    continue
                }
            }
            if bytes[offset] < 0x80 {
                offset += 1
                continue
            }
            let length = sequenceLength(UnsafeRawPointer(base), at: offset, end: end)
            if length == 0 { return offset }
            offset += length
        }
        return nil
    }
}
