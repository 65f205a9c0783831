import Domain
import JSONText

/// Decimal numbers from bytes.
enum NumberText {
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The nearest finite number to a text such as `-12.5` or `1e-3`; `nil` for anything else and for what is too
    /// large.
    ///
    /// - Parameter isChecked: whether the text is known to be a JSON number.
    /// - Complexity: short decimals cost one loop and one exact division (Clinger 1990).
    static func double(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, isChecked: Bool
    ) -> Double? {
        guard start < end, let base = UnsafeRawPointer(bytes.baseAddress) else { return nil }
        var position = start
        let isNegative = base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var mantissa: UInt64 = 0
        var digitCount = 0
        var point = -1
        while position < end {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            let digit = byte &- 0x30
            if digit <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                digitCount += 1
            } else if byte == UInt8(ascii: "."), point < 0 {
                point = position
            } else {
                return isChecked ? JSONDecoding.finiteDouble(bytes, start..<end) : unchecked(bytes, start, end)
            }
            position += 1
        }
        guard digitCount > 0 else { return nil }
        let decimals = point < 0 ? 0 : end - point - 1
        guard digitCount <= 19, mantissa <= 1 << 53, decimals <= 22 else {
            return JSONDecoding.finiteDouble(bytes, start..<end)
        }
        let magnitude = Double(mantissa) / exactPowers[decimals]
        return isNegative ? -magnitude : magnitude
    }

    /// A text with an exponent, or one that is no number.
    @inline(never)
    private static func unchecked(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Double? {
        guard end - start <= 4_096 else { return nil }
        return DecimalText.number(String(decoding: bytes[start..<end], as: UTF8.self))
    }

    /// A whole number of at most 18 digits, without sign.
    static func digits(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int64? {
        guard start < end, end - start <= 18 || (end - start == 19 && bytes[start] < UInt8(ascii: "9")) else {
            return nil
        }
        var value: Int64 = 0
        for index in start..<end {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }
}
