/// The name under which an agent writes its signals: as written, without surrounding white space, never empty.
package struct AgentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    /// `nil` for an empty name, or one over 200 bytes, or one with control characters.
    package init?(_ text: some StringProtocol) {
        let trimmed = text.trimmingSpaces()
        guard !trimmed.isEmpty, trimmed.utf8.count <= 200, !trimmed.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        self.name = trimmed
    }

    package static func < (left: AgentID, right: AgentID) -> Bool { left.name < right.name }
    package var description: String { name }
}

/// An instrument, in canonical form: `BTC` for a pair quoted in dollars or a dollar coin, `ETH/BTC` for another pair,
/// the name as written (`600028.SH`, `AAPL`) for what is not a pair.
///
/// The rule, in order: white space is cut and letters become capitals; `BASE:QUOTE`-like settlement and `-SWAP`,
/// `-PERP` endings are cut; one `/`, `-` or `_` separates base from quote; without a separator a dollar quote
/// (`USDT, USDC, BUSD, FDUSD, TUSD, USD`) at the end of at least two other characters is cut; `XBT` is `BTC`. Dollar
/// quotes are one quote: a return in dollars and one in a dollar coin differ by far less than any cost. Other quotes
/// are recognized only behind a separator, since `STETH` is not `ST` in ether.
package struct Symbol: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    /// The quotes that count as the dollar, longest first.
    package static let dollarQuotes = ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD"]

    /// `nil` for an empty name, or one over 64 bytes, or with characters other than letters, digits and `. / - _ : = ^`.
    package init?(_ text: some StringProtocol) {
        var letters = text.trimmingSpaces().uppercased()
        guard !letters.isEmpty, letters.utf8.count <= 64, letters.utf8.allSatisfy(Symbol.isAllowed) else { return nil }
        if let colon = letters.firstIndex(of: ":") { letters = String(letters[..<colon]) }
        for ending in ["-SWAP", "-PERP", "_PERP", "PERP"] where letters.hasSuffix(ending) && letters != ending {
            letters.removeLast(ending.count)
            break
        }
        guard let name = Symbol.canonical(letters) else { return nil }
        self.name = name
    }

    private static func canonical(_ letters: String) -> String? {
        let parts = letters.split(maxSplits: 2, omittingEmptySubsequences: false) { "/-_".contains($0) }
        if parts.count == 2 {
            guard !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            let base = parts[0] == "XBT" ? "BTC" : String(parts[0])
            return dollarQuotes.contains(String(parts[1])) ? base : base + "/" + parts[1]
        }
        guard parts.count == 1, !letters.isEmpty else { return nil }
        for quote in dollarQuotes where letters.hasSuffix(quote) && letters.utf8.count >= quote.utf8.count + 2 {
            let base = String(letters.dropLast(quote.count))
            return base == "XBT" ? "BTC" : base
        }
        return letters == "XBT" ? "BTC" : letters
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "^"): true
        default: false
        }
    }

    package static func < (left: Symbol, right: Symbol) -> Bool { left.name < right.name }
    package var description: String { name }
}

extension StringProtocol {
    /// Without spaces, tabs and line ends at both ends.
    package func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !isSpace($0) }) else { return "" }
        let last = lastIndex(where: { !isSpace($0) }) ?? first
        return String(self[first...last])
    }
}
