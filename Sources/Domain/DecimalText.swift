/// Decimal numbers as text, without Foundation or locale.
package enum DecimalText {
    /// A finite number from text such as `-12.5`, `1e-3`, `+7`; `nil` for anything else, infinities, NaN, hexadecimal
    /// notation and what is too large for a `Double` included. Correctly rounded.
    package static func number(_ text: some StringProtocol) -> Double? {
        var hasDigit = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): break
            default: return nil
            }
        }
        guard hasDigit, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// `value` with `decimals` digits behind the point, halves of the exact binary value away from zero; no negative
    /// zero. Below 10^15 in magnitude; beyond that the shortest text that reads back.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        precondition(value.isFinite, "Invariant: only finite numbers are printed")
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let product = value.magnitude * scale
        var scaled = product.rounded(.toNearestOrAwayFromZero)
        // 1.115 is a little less than it looks, and its product with 100 is rounded to 111.5: only on a half can what
        // the product dropped decide, and one fused multiply-add gives it exactly.
        let dropped = (-product).addingProduct(value.magnitude, scale)
        if product - product.rounded(.down) == 0.5, dropped < 0 { scaled = product.rounded(.down) }
        guard scaled < 1e15 else { return String(value) }
        let whole = Int64(scaled)
        let unit = Int64(scale)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let fraction = String(whole % unit)
        return sign + String(whole / unit) + "." + String(repeating: "0", count: decimals - fraction.utf8.count)
            + fraction
    }

    /// At most `digits` significant digits, without trailing zeros: for documents frozen in tests, which must not hang
    /// on the last bit of a library function.
    package static func significant(_ value: Double, _ digits: Int = 6) -> Double {
        guard value != 0, value.isFinite else { return 0 }
        // The power of ten that would scale it is no number; nothing that is printed is that small.
        guard value.magnitude > 1e-290 else { return value }
        var magnitude = value.magnitude
        var exponent = 0
        while magnitude >= 10 {
            magnitude /= 10
            exponent += 1
        }
        while magnitude < 1 {
            magnitude *= 10
            exponent -= 1
        }
        let places = digits - 1 - exponent
        var scale = 1.0
        for _ in 0..<places.magnitude { scale *= 10 }
        let rounded = places >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
        return rounded
    }

    /// `1234567` as `1,234,567`.
    package static func grouped(_ count: Int) -> String {
        let digits = Array(String(count.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (count < 0 ? "-" : "") + text
    }
}
