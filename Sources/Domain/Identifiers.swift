/// The name under which an agent writes its signals: as written, without surrounding white space, never empty.
///
/// Two spellings that Unicode calls equivalent (`é` as one character or as two) are two names, as they are in the
/// ledger and in every digest: were they one here, the line that came first would decide which of them is shown.
package struct AgentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String
    /// Tells apart what `String` holds to be equal.
    private let spelling: UInt64

    /// `nil` for an empty name, or one over 200 bytes, or one with control characters.
    package init?(_ text: some StringProtocol) {
        let trimmed = text.trimmingSpaces()
        guard !trimmed.isEmpty, trimmed.utf8.count <= 200, !trimmed.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        name = trimmed
        spelling = StableHash(trimmed).low
    }

    package static func < (left: AgentID, right: AgentID) -> Bool {
        left.name == right.name ? left.spelling < right.spelling : left.name < right.name
    }

    package var description: String { name }
}

/// An instrument, in canonical form: `BTC` for a pair quoted in dollars or a dollar coin, `ETH/BTC` for another pair,
/// the name as written (`600028.SH`, `AAPL`) for what is not a pair.
///
/// The rule, in order:
/// 1. white space is cut and letters become capitals;
/// 2. behind a pair, `:` and what it settles in are cut (`BTC/USDT:USDT`); `LINK:USD` is `LINK/USD`; any other colon is
///    refused, since `BINANCE:BTCUSDT` and `BINANCE:ETHUSDT` are not one symbol;
/// 3. the endings `-SWAP`, `-PERP`, `_PERP` are cut, and a bare `PERP` where there is no separator;
/// 4. one `/`, `-` or `_` separates base from quote; without a separator `USDT`, `USDC`, `FDUSD` or `USD` at the end of
///    at least two other characters is cut. `BUSD` and `TUSD` are quotes only behind a separator: `ARBUSD` is ARB in
///    dollars, not AR in BUSD;
/// 5. `XBT` is `BTC`; a dollar coin alone is itself.
///
/// Dollar quotes are one quote: a return in dollars and one in a dollar coin differ by far less than any cost. Other
/// quotes are recognized only behind a separator, since `STETH` is not `ST` in ether. A base that would itself read as
/// a pair keeps its quote (`CRVUSD/USDT` is `CRVUSD/USD`, not `CRV`). The canonical name of a canonical name is itself.
package struct Symbol: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    /// The quotes that count as the dollar.
    package static let dollarQuotes = ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD"]

    /// Those that need no separator, longest first.
    private static let gluedQuotes = ["FDUSD", "USDT", "USDC", "USD"]

    /// `nil` for an empty name, or one over 64 bytes, or with characters other than Latin letters, digits and
    /// `. / - _ : = ^`.
    package init?(_ text: some StringProtocol) {
        let trimmed = text.trimmingSpaces()
        // Before the capitals: those of some other alphabets are Latin letters.
        guard trimmed.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let letters = trimmed.uppercased()
        guard !letters.isEmpty, letters.utf8.count <= 64, letters.utf8.allSatisfy(Symbol.isAllowed),
            let pair = Symbol.withoutSettlement(letters),
            let name = Symbol.canonical(Symbol.withoutContractEnding(pair)), name.utf8.count <= 64
        else { return nil }
        self.name = name
    }

    private static func isSeparator(_ letter: Character) -> Bool { letter == "/" || letter == "-" || letter == "_" }

    private static func withoutSettlement(_ letters: String) -> String? {
        guard let colon = letters.firstIndex(of: ":") else { return letters }
        let pair = String(letters[..<colon])
        let settlement = String(letters[letters.index(after: colon)...])
        if pair.contains(where: isSeparator) || readsAsPair(pair) { return pair }
        return dollarQuotes.contains(settlement) ? pair + "/" + settlement : nil
    }

    private static func withoutContractEnding(_ letters: String) -> String {
        var rest = letters
        while let ending = ["-SWAP", "-PERP", "_PERP"].first(where: rest.hasSuffix), rest != ending {
            rest.removeLast(ending.count)
        }
        while !rest.contains(where: isSeparator), rest.hasSuffix("PERP"), rest != "PERP" { rest.removeLast(4) }
        return rest
    }

    private static func canonical(_ letters: String) -> String? {
        let parts = letters.split(maxSplits: 2, omittingEmptySubsequences: false, whereSeparator: isSeparator)
        if parts.count == 2 {
            guard !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            let (base, quote) = (renamed(String(parts[0])), renamed(String(parts[1])))
            return dollarQuotes.contains(quote) ? inDollars(base) : base + "/" + quote
        }
        guard parts.count == 1, !letters.isEmpty else { return nil }
        return withoutGluedQuote(letters).map { inDollars(renamed($0)) } ?? renamed(letters)
    }

    private static func renamed(_ coin: String) -> String { coin == "XBT" ? "BTC" : coin }

    private static func inDollars(_ base: String) -> String { readsAsPair(base) ? base + "/USD" : base }

    /// Whether the name, without a separator, would lose its end if it were read again.
    private static func readsAsPair(_ letters: String) -> Bool {
        withoutGluedQuote(letters) != nil || withoutContractEnding(letters) != letters
    }

    private static func withoutGluedQuote(_ letters: String) -> String? {
        guard !dollarQuotes.contains(letters) else { return nil }
        let quote = gluedQuotes.first { letters.hasSuffix($0) && letters.utf8.count >= $0.utf8.count + 2 }
        return quote.map { String(letters.dropLast($0.utf8.count)) }
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
