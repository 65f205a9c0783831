/// Decimal text to the nearest Double, ties to even: what `strtod` and CPython give, bit for bit.
enum DecimalParser {
    static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    fileprivate static let integerPowers: [UInt64] = {
        var powers: [UInt64] = [1]
        for _ in 1...19 { powers.append(powers[powers.count - 1] &* 10) }
        return powers
    }()

    /// Reads a number whose grammar was checked before. Too large a number gives an infinity.
    ///
    /// - Complexity: up to 19 digits with a small exponent cost two short loops and one division; anything else goes
    ///   through `Double(String)`, which is `strtod`.
    static func double(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double {
        guard let base = UnsafeRawPointer(line.baseAddress) else { return 0 }
        var position = range.lowerBound
        let end = range.upperBound
        var mantissa: UInt64 = 0
        var digitCount = 0
        var exponent = 0
        let isNegative = position < end && base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "-")
        if isNegative { position += 1 }
        @inline(__always)
        func readDigits() {
            while position < end {
                let digit = base.load(fromByteOffset: position, as: UInt8.self) &- 0x30
                guard digit <= 9 else { return }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                // Leading zeros do not count; and a mantissa that has overflowed to zero has digits already.
                if mantissa != 0 || digitCount != 0 { digitCount += 1 }
                position += 1
            }
        }
        readDigits()
        if position < end, base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: ".") {
            position += 1
            let fraction = position
            readDigits()
            exponent = fraction - position
        }
        if position < end {
            guard let written = smallExponent(line, position + 1, end) else { return slow(line, range) }
            exponent += written
        }
        guard digitCount <= 19, let magnitude = nearest(mantissa, exponent) else { return slow(line, range) }
        return isNegative ? -magnitude : magnitude
    }

    private static func smallExponent(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
        guard start < end else { return nil }
        let hasSign = line[start] == UInt8(ascii: "-") || line[start] == UInt8(ascii: "+")
        let first = hasSign ? start + 1 : start
        guard end - first <= 4 else { return nil }
        var value = 0
        for index in first..<end { value = value * 10 + Int(line[index] &- 0x30) }
        return line[start] == UInt8(ascii: "-") ? -value : value
    }

    /// `mantissa * 10^exponent`, correctly rounded, or nil where it would need more than 128 bits.
    fileprivate static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        if mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
            // Clinger 1990: both operands are exact, so one rounding remains.
            let exact = Double(mantissa)
            return exponent < 0 ? exact / exactPowers[-exponent] : exact * exactPowers[exponent]
        }
        guard exponent >= -19, exponent <= 19 else { return nil }
        if exponent >= 0 {
            let product = mantissa.multipliedFullWidth(by: integerPowers[exponent])
            return rounded(high: product.high, low: product.low, scale: 0)
        }
        return quotient(mantissa, integerPowers[-exponent])
    }

    /// `mantissa / divisor` through a 128-bit dividend: 63 or 64 bits of quotient, and the remainder says whether
    /// anything is left. Both are shifted up to their highest bit first, so the quotient cannot overflow.
    private static func quotient(_ mantissa: UInt64, _ divisor: UInt64) -> Double {
        let mantissaShift = mantissa.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let shifted = mantissa << UInt64(mantissaShift)
        let parts = (divisor << UInt64(divisorShift)).dividingFullWidth((shifted >> 1, shifted << 63))
        let sticky: UInt64 = parts.remainder == 0 ? 0 : 1 << 63
        // The quotient is the high word; what is left of it only has to be nonzero in the low word.
        return rounded(high: parts.quotient, low: sticky, scale: divisorShift - mantissaShift - 63 - 64)
    }

    /// The 128-bit number `high:low` times 2^scale, rounded to nearest, ties to even.
    private static func rounded(high: UInt64, low: UInt64, scale: Int) -> Double {
        var top = high
        var rest = low
        var exponent = scale + 64
        if top == 0 {
            top = low
            rest = 0
            exponent = scale
        }
        let shift = UInt64(top.leadingZeroBitCount)
        if shift > 0 {
            top = top << shift | rest >> (64 - shift)
            rest <<= shift
        }
        exponent -= Int(shift)
        var kept = top >> 11
        let dropped = top & 0x7FF
        let isAboveHalf = dropped > 0x400 || (dropped == 0x400 && rest != 0)
        if isAboveHalf || (dropped == 0x400 && kept & 1 == 1) { kept += 1 }
        return Double(sign: .plus, exponent: exponent + 11, significand: Double(kept))
    }

    @inline(never)
    private static func slow(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double {
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: line[range]), as: UTF8.self)
        return Double(text) ?? .nan
    }
}

extension JSONCell {
    /// The nearest Double to a number's text; an infinity when it is too large.
    ///
    /// A number whose digits and point are at most eight bytes, which nearly all are, is one word: the digits behind
    /// the point are moved up to those before it, and what they say is exact, as is the power of ten, so that the
    /// division is the only rounding (Clinger 1990).
    @inline(__always)
    func value(_ base: UnsafeRawPointer) -> Double {
        let minus: UInt64 = base.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "-") ? 1 : 0
        let first = start &+ Int(truncatingIfNeeded: minus)
        let byteCount = end &- first
        let fraction = Int(fractionCount)
        if fraction > 7 || byteCount > 8 { return longerNumber(base) }
        let pointCount = fraction > 0 ? 1 : 0
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: first, as: UInt64.self))
        let whole: UInt64 = (1 as UInt64) << UInt64(truncatingIfNeeded: 8 &* (byteCount &- fraction &- pointCount)) &- 1
        let digits = (word & whole) | (word &>> 8 & ~whole)
        let value = JSONCell.integer(digits ^ 0x3030_3030_3030_3030, digitCount: byteCount &- pointCount)
        let magnitude = Double(Int64(truncatingIfNeeded: value)) / DecimalParser.exactPowers[fraction]
        return Double(bitPattern: magnitude.bitPattern | minus &<< 63)
    }

    /// With at most seven digits on either side of the point, `whole * 10^n + fraction` is below 10^14 < 2^53 and
    /// every step of it is exact, so that the division is the only rounding (Clinger 1990).
    @inline(never)
    private func longerNumber(_ base: UnsafeRawPointer) -> Double {
        if fractionCount > 7 { return longNumber(base) }
        let isNegative = base.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "-")
        let first = start &+ (isNegative ? 1 : 0)
        let count = Int(fractionCount)
        let wholeEnd = end &- count &- (count == 0 ? 0 : 1)
        var magnitude = JSONCell.whole(base, first, wholeEnd)
        if count > 0 {
            let power = DecimalParser.exactPowers[count]
            magnitude = (magnitude * power + JSONCell.whole(base, end &- count, end)) / power
        }
        return Double(bitPattern: magnitude.bitPattern | (isNegative ? 1 << 63 : 0))
    }

    @inline(never)
    private func longNumber(_ base: UnsafeRawPointer) -> Double {
        let count = Int(fractionCount)
        let isNegative = base.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "-")
        let first = isNegative ? start + 1 : start
        let point = end - count - 1
        // Nineteen digits fit into 64 bits.
        guard fractionCount != JSONCell.unmeasured, point - first + count <= 19 else { return measuredNumber(base) }
        var mantissa = JSONCell.integer(base, first, point)
        mantissa = mantissa * 100_000_000 + JSONCell.integer(base, point + 1, point + 9)
        if count > 8 {
            let rest = JSONCell.integer(base, point + 9, end)
            mantissa = mantissa * DecimalParser.integerPowers[count - 8] + rest
        }
        guard let magnitude = DecimalParser.nearest(mantissa, -count) else { return measuredNumber(base) }
        return isNegative ? -magnitude : magnitude
    }

    private func measuredNumber(_ base: UnsafeRawPointer) -> Double {
        DecimalParser.double(UnsafeRawBufferPointer(start: base, count: end), start..<end)
    }

    @inline(__always)
    private static func whole(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Double {
        Double(Int64(truncatingIfNeeded: integer(base, start, end)))
    }

    /// One to eight digits: neighbors are put together in pairs, then pairs of pairs. Reads eight bytes.
    @inline(__always)
    private static func integer(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> UInt64 {
        let word = base.loadUnaligned(fromByteOffset: start, as: UInt64.self) ^ 0x3030_3030_3030_3030
        return integer(UInt64(littleEndian: word), digitCount: end &- start)
    }

    /// The number of the lowest bytes, the first digit the lowest, each without its 0x30.
    @inline(__always)
    private static func integer(_ word: UInt64, digitCount: Int) -> UInt64 {
        // Zeros are shifted in below the first digit, and what follows the last one falls out.
        var digits = word &<< UInt64(truncatingIfNeeded: 64 &- 8 &* digitCount)
        digits = digits &* 10 &+ digits &>> 8
        let even = (digits & 0x0000_00FF_0000_00FF) &* (100 + (1_000_000 << 32))
        let odd = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* (1 + (10_000 << 32))
        return (even &+ odd) &>> 32
    }
}
