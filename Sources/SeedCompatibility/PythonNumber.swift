internal import JSONText

/// Numbers as CPython 3.11 reads, rounds and writes them.
enum PythonNumber {
    /// CPython refuses to convert longer integers (`sys.int_info.default_max_str_digits`).
    private static let integerDigitsMax = 4_300

    // MARK: Reading

    /// `float(text)`; nil where it raises. Too large a number is an infinity.
    static func float(_ text: [UInt8]) -> Double? {
        guard var numeral = PythonText.numeral(text) else { return nil }
        guard let isNegative = takeSign(&numeral) else { return nil }
        let magnitude: Double
        switch String(decoding: numeral, as: UTF8.self).lowercased() {
        case "inf", "infinity": magnitude = .infinity
        case "nan": return .nan
        default:
            guard let plain = withoutUnderscores(numeral), let decimal = decimal(plain) else { return nil }
            magnitude = decimal.withUnsafeBytes { JSONDecoding.nearestDouble($0, 0..<$0.count) }
        }
        return isNegative ? -magnitude : magnitude
    }

    /// `int(text)` as a normal text: no leading zeros, no plus, no minus at zero; nil where it raises.
    static func integer(_ text: [UInt8]) -> [UInt8]? {
        guard var numeral = PythonText.numeral(text) else { return nil }
        guard let isNegative = takeSign(&numeral), let digits = withoutUnderscores(numeral) else { return nil }
        guard !digits.isEmpty, digits.count <= integerDigitsMax, digits.allSatisfy(isDigit) else { return nil }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        if significant.isEmpty { return [UInt8(ascii: "0")] }
        return (isNegative ? [UInt8(ascii: "-")] : []) + significant
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    /// Removes one sign; nil when two stand there.
    private static func takeSign(_ numeral: inout [UInt8]) -> Bool? {
        let isSign: (UInt8) -> Bool = { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard let first = numeral.first, isSign(first) else { return false }
        numeral.removeFirst()
        if let second = numeral.first, isSign(second) { return nil }
        return first == UInt8(ascii: "-")
    }

    /// An underscore may stand between two digits and nowhere else.
    private static func withoutUnderscores(_ numeral: [UInt8]) -> [UInt8]? {
        for (index, byte) in numeral.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < numeral.count, isDigit(numeral[index - 1]), isDigit(numeral[index + 1]) else {
                return nil
            }
        }
        return numeral.filter { $0 != UInt8(ascii: "_") }
    }

    /// Brings `.5`, `5.` and `1e5` into the form of JSON; nil when the text is no decimal number.
    private static func decimal(_ text: [UInt8]) -> [UInt8]? {
        let whole = text.prefix(while: isDigit)
        var rest = text.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var decimal = [UInt8(ascii: "0")] + whole + [UInt8(ascii: ".")] + fraction + [UInt8(ascii: "0")]
        guard let mark = rest.first else { return decimal }
        guard mark | 0x20 == UInt8(ascii: "e") else { return nil }
        rest = rest.dropFirst()
        decimal.append(mark)
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            decimal.append(sign)
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
        return decimal + rest
    }

    // MARK: Rounding

    /// `round(value, 4)` for a value in 0.5...1.1: to the nearest, and of two equally near ones to the even one. Exact,
    /// since it works on the binary fraction itself: 0.78125 gives 0.7812, and 1.00005, which is less, gives 1.0.
    static func roundedToFourDigits(_ value: Double) -> Double {
        precondition(value >= 0.5 && value <= 1.1, "Invariant: a multiplier is within its bounds")
        // value = significand / 2^shift, so value * 10^4 = scaled / 2^shift in whole numbers below 2^67.
        let shift = 52 - Int(value.exponent)
        let significand = UInt128(value.significandBitPattern | 1 << 52)
        let scaled = significand * 10_000
        var whole = scaled >> UInt128(shift)
        let rest = scaled - whole << UInt128(shift)
        let half: UInt128 = 1 << UInt128(shift - 1)
        if rest > half || (rest == half && whole & 1 == 1) { whole += 1 }
        return Double(whole) / 10_000
    }

    // MARK: Writing

    /// `repr(value)` as `json.dumps` writes it: the shortest digits that read back, with an exponent below 0.0001 and
    /// from 1e16 on.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return sign + "0.0" }
        let (digits, pointPosition) = shortestDigits(value.magnitude)
        guard pointPosition > -4, pointPosition <= 16 else {
            let exponent = pointPosition - 1
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let padding = exponent.magnitude < 10 ? "0" : ""
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padding)\(exponent.magnitude)"
        }
        if pointPosition <= 0 { return sign + "0." + String(repeating: "0", count: -pointPosition) + digits }
        if digits.count <= pointPosition {
            return sign + digits + String(repeating: "0", count: pointPosition - digits.count) + ".0"
        }
        return sign + digits.prefix(pointPosition) + "." + digits.dropFirst(pointPosition)
    }

    /// The shortest digits without zeros around them, and where the point stands: 12.5 is ("125", 2).
    private static func shortestDigits(_ value: Double) -> (digits: String, pointPosition: Int) {
        let parts = value.description.split(separator: "e")
        let decimal = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = decimal[0] + (decimal.count > 1 ? decimal[1] : "")
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), decimal[0].count - leading + exponent)
    }

    /// The digits of a whole Double, which may have 309 of them.
    static func wholeText(_ value: Double) -> [UInt8] {
        precondition(value.isFinite && value == value.rounded(.towardZero), "Invariant: the number is whole")
        guard value != 0 else { return [UInt8(ascii: "0")] }
        // Digits from the lowest up, doubled once for each power of two behind the significand.
        let exponent = max(0, Int(value.exponent) - 52)
        var remaining = UInt64(value.magnitude / Double(sign: .plus, exponent: exponent, significand: 1))
        var digits: [UInt8] = []
        while remaining > 0 {
            digits.append(UInt8(remaining % 10))
            remaining /= 10
        }
        for _ in 0..<exponent {
            var carry: UInt8 = 0
            for index in digits.indices {
                let doubled = digits[index] * 2 + carry
                digits[index] = doubled % 10
                carry = doubled / 10
            }
            if carry > 0 { digits.append(carry) }
        }
        return (value < 0 ? [UInt8(ascii: "-")] : []) + digits.reversed().map { $0 + 0x30 }
    }
}
