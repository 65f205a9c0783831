package import Domain

/// Which of a venue's instruments a symbol means.
///
/// A symbol that names no quote (`BTC`) is the asset in dollars, and the settings say which quotes count as that, in
/// order: the first that the venue trades is taken, a halted or delisted one only where none trades. A fleet that
/// counts in euros prefers `EUR`, and `BTC` is `BTC/EUR` to it. A symbol with another quote (`ETH/BTC`) is exactly that
/// pair. Nothing is guessed: an asset that is listed only in quotes nobody asked for is an error that names them, since
/// its price in euros is no price in dollars.
package struct InstrumentTable: Sendable {
    package let venue: Venue
    private let preferredQuotes: [String]
    private let byPair: [String: [Instrument]]
    /// Ascending.
    private let quotesByBase: [String: [String]]

    /// What an error may suggest at most.
    private static let suggestionsMax = 3

    /// - Parameter quotes: for symbols that name none, in order of preference.
    package init(_ instruments: [Instrument], venue: Venue, quotes: [String]) {
        self.venue = venue
        preferredQuotes = quotes.map { InstrumentTable.assetName($0.trimmingSpaces()) }
        byPair = Dictionary(grouping: instruments.filter { $0.venue == venue }) { $0.base + "/" + $0.quote }
        var listed: [String: Set<String>] = [:]
        for pair in byPair.values { listed[pair[0].base, default: []].insert(pair[0].quote) }
        quotesByBase = listed.mapValues { $0.sorted() }
    }

    package func instrument(for symbol: Symbol) throws(VenueFailure) -> Instrument {
        let (base, quote) = InstrumentTable.parts(of: symbol)
        return try instrument(symbol, base, quote: quote)
    }

    /// The instrument that a person means, who may name the dollar that she means: `BTC-USDC` is that pair and no other
    /// dollar, where the symbol `BTC` leaves the choice to the settings.
    package func instrument(spelled text: String) throws(VenueFailure) -> Instrument {
        guard let symbol = Symbol(text) else {
            throw .refused(venue, "\"\(text.prefix(64))\" is no symbol: write it as BTC, BTC/USDT or ETH/BTC")
        }
        let (base, quote) = InstrumentTable.parts(of: symbol)
        guard let exact = quote ?? InstrumentTable.dollarQuote(in: text, base: base) else {
            return try instrument(for: symbol)
        }
        return try instrument(symbol, base, quote: exact)
    }

    private func instrument(_ symbol: Symbol, _ base: String, quote: String?) throws(VenueFailure) -> Instrument {
        for state in [InstrumentState.trading, .halted, .delisted] {
            for quote in quote.map({ [$0] }) ?? preferredQuotes {
                let matches = (byPair[base + "/" + quote] ?? []).filter { $0.state == state }
                if matches.count == 1 { return matches[0] }
                if matches.count > 1 {
                    throw .ambiguousSymbol(symbol, venue, candidates: matches.map(\.id).sorted())
                }
            }
        }
        let listed = quotesByBase[base] ?? []
        if quote == nil, !listed.isEmpty {
            throw .ambiguousSymbol(symbol, venue, candidates: listed.map { base + "/" + $0 })
        }
        throw .unknownSymbol(symbol, venue, suggestions: suggestions(for: symbol, base, quote, listed: listed))
    }
}

extension InstrumentTable {
    /// Base, and the quote where it is not the dollar: `CRVUSD/USD` is how the asset CRVUSD in dollars is written.
    private static func parts(of symbol: Symbol) -> (base: String, quote: String?) {
        guard let slash = symbol.name.firstIndex(of: "/") else { return (symbol.name, nil) }
        let quote = String(symbol.name[symbol.name.index(after: slash)...])
        return (String(symbol.name[..<slash]), Symbol.dollarQuotes.contains(quote) ? nil : quote)
    }

    private static func assetName(_ text: String) -> String {
        let name = text.uppercased()
        return name == "XBT" ? "BTC" : name
    }

    /// The dollar that a text names behind its base, with or without a separator: `USDC` in `BTC-USDC` and `BTCUSDC`.
    private static func dollarQuote(in text: String, base: String) -> String? {
        var letters = text.trimmingSpaces().uppercased()
        // `BTC/USDT:USDT` settles in what follows the colon; `BTC:USD` is a pair.
        if let colon = letters.firstIndex(of: ":") {
            let pair = String(letters[..<colon])
            letters = assetName(pair) == base ? pair + "/" + letters[letters.index(after: colon)...] : pair
        }
        while let ending = ["-SWAP", "-PERP", "_PERP", "PERP"].first(where: letters.hasSuffix) {
            letters.removeLast(ending.count)
        }
        for quote in Symbol.dollarQuotes where letters.hasSuffix(quote) {
            var rest = letters.dropLast(quote.count)
            if let last = rest.last, "/-_".contains(last) { rest.removeLast() }
            if assetName(String(rest)) == base { return quote }
        }
        return nil
    }

    /// The nearest names as a person would write them, at most half of whose letters differ: the base in other quotes,
    /// the pair that lacks its separator, then by the number of letters.
    private func suggestions(
        for symbol: Symbol, _ base: String, _ quote: String?, listed quotes: [String]
    ) -> [String] {
        if !quotes.isEmpty { return quotes.prefix(InstrumentTable.suggestionsMax).map { base + "/" + $0 } }
        let glued = byPair.keys.filter { $0.split(separator: "/").joined() == symbol.name }.sorted()
        let limit = max(1, base.count / 2)
        let near = quotesByBase.keys.map { (name: $0, distance: EditDistance.between(base, $0)) }
            .filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        // In the quote that was asked for, where there is such a pair.
        let names = near.map { near in
            quote.map { near.name + "/" + $0 }.flatMap { byPair[$0] == nil ? nil : $0 } ?? near.name
        }
        return Array((glued + names).prefix(InstrumentTable.suggestionsMax))
    }
}
