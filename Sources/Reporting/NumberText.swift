package import Domain

/// How numbers look in documents for people: fixed decimals, a sign where the sign is the message, and too little
/// evidence as `n=3 of 100`.
package enum NumberText {
    /// 0.1234 as `12.3`; the unit stands in the column's title or behind the number.
    package static func percent(_ fraction: Double, _ decimals: Int = 1) -> String {
        let scaled = fraction * 100
        return DecimalText.fixed(scaled.isFinite ? scaled : fraction, decimals)
    }

    /// With `+` in front of what is above zero after rounding.
    package static func signed(_ value: Double, _ decimals: Int = 1) -> String {
        let text = DecimalText.fixed(value, decimals)
        let isZero = text.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
        return value > 0 && !isZero ? "+" + text : text
    }

    /// `-7,154`, `+38`: for sums, in whole units.
    package static func signedWhole(_ value: Double) -> String {
        guard let whole = Int(exactly: value.rounded(.toNearestOrAwayFromZero)) else { return signed(value, 0) }
        return (whole > 0 ? "+" : "") + DecimalText.grouped(whole)
    }

    /// Ends a sentence that somebody else began.
    static func sentence(_ text: String) -> String {
        let trimmed = text.trimmingSpaces()
        guard let last = trimmed.last else { return "" }
        return trimmed.prefix(1).uppercased() + trimmed.dropFirst() + (".!?".contains(last) ? "" : ".")
    }

    package static func signedPercent(_ fraction: Double, _ decimals: Int = 1) -> String {
        let scaled = fraction * 100
        return signed(scaled.isFinite ? scaled : fraction, decimals)
    }

    /// `n=3 of 100`; without the second number where it is not what is missing.
    package static func insufficient(_ count: Int, _ needed: Int) -> String {
        needed > count ? "n=\(count) of \(needed)" : "n=\(count)"
    }

    /// The value, or how little there is.
    package static func evidence(_ evidence: Evidence<Double>, _ text: (Double) -> String) -> String {
        switch evidence {
        case .known(let value): text(value)
        case .insufficient(let count, let needed): insufficient(count, needed)
        }
    }

    /// `52.1 +- 3.0`, both in the same unit, or how little there is.
    package static func estimate(
        _ evidence: Evidence<Estimate>, decimals: Int, factor: Double = 1, isSigned: Bool = false
    ) -> String {
        switch cell(evidence, decimals: decimals, factor: factor, isSigned: isSigned) {
        case .text(let text): text
        case .estimate(let value, let error): error.isEmpty ? value : value + " +- " + error
        }
    }

    package static func cell(
        _ evidence: Evidence<Estimate>, decimals: Int, factor: Double = 1, isSigned: Bool = false
    ) -> Table.Cell {
        switch evidence {
        case .insufficient(let count, let needed): .text(insufficient(count, needed))
        case .known(let estimate):
            .estimate(
                value: isSigned
                    ? signed(estimate.value * factor, decimals) : DecimalText.fixed(estimate.value * factor, decimals),
                error: estimate.standardError.map { DecimalText.fixed($0 * factor, decimals) } ?? "")
        }
    }

    /// `1 agent`, `7 agents`, `4,242 signals`.
    package static func counted(_ count: Int, _ noun: String) -> String {
        DecimalText.grouped(count) + " " + noun + (count == 1 ? "" : "s")
    }

    /// At most six significant digits: for numbers whose size is not known beforehand, such as the values of gates.
    package static func significant(_ value: Double, _ digits: Int = 6) -> String {
        let rounded = DecimalText.significant(value, digits)
        if let whole = Int64(exactly: rounded), whole.magnitude < 1_000_000_000_000_000 { return String(whole) }
        return rounded.isFinite ? String(rounded) : String(value)
    }

    /// `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
