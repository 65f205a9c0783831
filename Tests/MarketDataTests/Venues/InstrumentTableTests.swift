import Domain
import Testing

@testable import MarketData

/// Which instrument a name means.
struct InstrumentTableTests {
    private static func instrument(
        _ base: String, _ quote: String, _ state: InstrumentState = .trading, id: String? = nil
    ) -> Instrument {
        Instrument(venue: .kraken, id: id ?? base + quote, base: base, quote: quote, state: state)
    }

    private static let listed = [
        instrument("BTC", "EUR"), instrument("BTC", "USD"), instrument("BTC", "USDC"), instrument("BTC", "USDT"),
        instrument("ETH", "BTC"), instrument("ETH", "EUR"), instrument("ETH", "USD"),
        instrument("SOL", "USDT", .halted), instrument("SOL", "USD"), instrument("LUNA", "USDT", .delisted),
        instrument("LUNA", "USD", .halted), instrument("XMR", "BTC"), instrument("XMR", "EUR"),
        instrument("CRVUSD", "USD"), instrument("USDT", "USD"), instrument("STETH", "ETH"),
        instrument("DOGE", "USD", id: "XDGUSD"), instrument("DOT", "USD", id: "DOTUSD"),
        instrument("DOT", "USD", id: "DOT2USD"), instrument("OLD", "USD", .delisted, id: "OLD1USD"),
        instrument("OLD", "USD", id: "OLDUSD"),
    ]

    private func found(
        _ name: String, quotes: [String] = ["USDT", "USD", "USDC"], isSpelled: Bool = false
    ) -> Result<String, VenueFailure> {
        let table = InstrumentTable(InstrumentTableTests.listed, venue: .kraken, quotes: quotes)
        return Result { () throws(VenueFailure) in
            if isSpelled { return try table.instrument(spelled: name).id }
            guard let symbol = Symbol(name) else { throw .refused(.kraken, "no symbol") }
            return try table.instrument(for: symbol).id
        }
    }

    @Test(
        "A symbol without a quote takes the first preferred one that trades, then one that does not",
        arguments: [
            ("BTC", "BTCUSDT"), ("XBT", "BTCUSDT"), ("BTC/USDT", "BTCUSDT"), ("BTC-USD", "BTCUSDT"),
            ("BTCUSDC", "BTCUSDT"),
            ("ETH", "ETHUSD"), ("SOL", "SOLUSD"), ("LUNA", "LUNAUSD"), ("CRVUSD/USDT", "CRVUSDUSD"),
            ("USDT", "USDTUSD"),
            ("DOGE", "XDGUSD"), ("OLD", "OLDUSD"),
        ])
    func dollars(_ name: String, _ id: String) { #expect(found(name) == .success(id)) }

    @Test(
        "A symbol with another quote is exactly that pair",
        arguments: [
            ("ETH/BTC", "ETHBTC"), ("ETH-XBT", "ETHBTC"), ("ETH/EUR", "ETHEUR"), ("XMR_BTC", "XMRBTC"),
            ("STETH/ETH", "STETHETH"),
        ])
    func pairs(_ name: String, _ id: String) { #expect(found(name) == .success(id)) }

    @Test(
        "A fleet that counts in euros means euros",
        arguments: [("BTC", "BTCEUR"), ("ETH", "ETHEUR"), ("XMR", "XMREUR")])
    func euros(_ name: String, _ id: String) { #expect(found(name, quotes: ["eur"]) == .success(id)) }

    @Test(
        "As spelled, a dollar that was named is that dollar",
        arguments: [
            ("BTC-USDC", "BTCUSDC"), ("btcusdc", "BTCUSDC"), ("XBT/USD", "BTCUSD"), ("BTC", "BTCUSDT"),
            ("BTC/USDC:USDC", "BTCUSDC"), ("BTC:USD", "BTCUSD"), ("BTC-USD-SWAP", "BTCUSD"), ("ETH/BTC", "ETHBTC"),
            ("CRVUSD/USD", "CRVUSDUSD"), ("USDT", "USDTUSD"), ("USDT/USD", "USDTUSD"),
        ])
    func spelled(_ name: String, _ id: String) { #expect(found(name, isSpelled: true) == .success(id)) }

    @Test("A price in other money is no price in dollars: the pairs there are get named")
    func otherQuotes() throws {
        #expect(
            found("XMR")
                == .failure(.ambiguousSymbol(try #require(Symbol("XMR")), .kraken, candidates: ["XMR/BTC", "XMR/EUR"])))
        #expect(
            found("SOL", quotes: ["EUR"])
                == .failure(
                    .ambiguousSymbol(try #require(Symbol("SOL")), .kraken, candidates: ["SOL/USD", "SOL/USDT"])))
    }

    @Test("Two instruments under one name are ambiguous where both trade", arguments: [false, true])
    func twoOfOneName(_ isSpelled: Bool) throws {
        let symbol = try #require(Symbol("DOT"))
        #expect(
            found("DOT/USD", isSpelled: isSpelled)
                == .failure(.ambiguousSymbol(symbol, .kraken, candidates: ["DOT2USD", "DOTUSD"])))
    }

    @Test(
        "An unknown name is answered with the nearest, and with none where none is near",
        arguments: [
            ("BTCC", ["BTC"]), ("BTCC/EUR", ["BTC/EUR"]), ("ETHBTC", ["ETH/BTC"]), ("DOGEE", ["DOGE"]),
            ("BTC/JPY", ["BTC/EUR", "BTC/USD", "BTC/USDC"]),
            ("AAPL", [String]()), ("600028.SH", []), ("SLO", ["SOL"]),
        ])
    func unknown(_ name: String, _ suggestions: [String]) throws {
        let symbol = try #require(Symbol(name))
        let expected = VenueFailure.unknownSymbol(symbol, .kraken, suggestions: suggestions)
        guard case .failure(.unknownSymbol(let asked, _, let near)) = found(name) else {
            Issue.record("\(name) was found, or failed otherwise: \(found(name))")
            return
        }
        #expect(asked == symbol)
        #expect(near.count <= 3)
        #expect(near.starts(with: suggestions) && (suggestions.isEmpty ? near.isEmpty : true), "\(expected), \(near)")
    }

    @Test("A dollar that was named and is not listed is not replaced by another")
    func missingDollar() throws {
        let symbol = try #require(Symbol("ETH"))
        #expect(
            found("ETH-USDC", isSpelled: true)
                == .failure(.unknownSymbol(symbol, .kraken, suggestions: ["ETH/BTC", "ETH/EUR", "ETH/USD"])))
    }

    @Test("What is no symbol is refused in words", arguments: ["", "  ", "ΔBTC", "BTC/ETH/USD", "a&b"])
    func noSymbol(_ text: String) {
        guard case .failure(.refused(.kraken, let words)) = found(text, isSpelled: true) else {
            Issue.record("\(text): \(found(text, isSpelled: true))")
            return
        }
        #expect(words.contains("is no symbol"))
    }

    @Test("The order of the list, and other venues' instruments in it, change nothing")
    func orderFree() throws {
        let others = Venue.allCases.filter { $0 != .kraken }.map {
            Instrument(venue: $0, id: "BTC-USDT", base: "BTC", quote: "USDT", state: .trading)
        }
        let table = InstrumentTable(
            Array((others + InstrumentTableTests.listed).reversed()), venue: .kraken, quotes: ["USDT", "USD", "USDC"])
        for name in ["BTC", "ETH", "SOL", "LUNA", "ETH/BTC"] {
            #expect(try table.instrument(for: try #require(Symbol(name))).id == found(name).get())
        }
    }
}
