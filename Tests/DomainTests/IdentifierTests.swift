import Domain
import Testing

@Suite("Names")
struct IdentifierTests {
    @Test(
        "a symbol is what it is called, by the stated rule",
        arguments: [
            ("BTC", "BTC"), ("BTC/USDT", "BTC"), ("BTCUSDT", "BTC"), ("BTC-USD", "BTC"), ("btc_usd", "BTC"),
            (" btc ", "BTC"), ("XBTUSD", "BTC"), ("XBT", "BTC"), ("XBT/EUR", "BTC/EUR"), ("ETH/BTC", "ETH/BTC"),
            ("ETH/XBT", "ETH/BTC"), ("ETH-BTC", "ETH/BTC"), ("STETH", "STETH"), ("WBTC", "WBTC"),
            ("WBTCUSDT", "WBTC"), ("600028.SH", "600028.SH"), ("AAPL", "AAPL"), ("BTC-USDT-SWAP", "BTC"),
            ("BTC/USDT:USDT", "BTC"), ("BTC/USD:BTC", "BTC"), ("BTCUSD_PERP", "BTC"), ("BTC-PERP", "BTC"),
            ("BTCUSDT:USDT", "BTC"), ("LINK:USD", "LINK"), ("1INCHUSDT", "1INCH"), ("1000PEPEUSDT", "1000PEPE"),
            ("USDT", "USDT"), ("USDC", "USDC"), ("BUSD", "BUSD"), ("TUSD", "TUSD"), ("FDUSD", "FDUSD"),
            ("USDCUSDT", "USDC"), ("FDUSDUSDT", "FDUSD"), ("PERP", "PERP"), ("PERPUSDT", "PERP"),
            ("BNBUSD", "BNB"), ("ARBUSD", "ARB"), ("DOTUSD", "DOT"), ("SHIBUSD", "SHIB"), ("BTCFDUSD", "BTC"),
            ("BTC/BUSD", "BTC"), ("CRVUSD/USDT", "CRVUSD/USD"), ("CRVUSDUSDT", "CRVUSD/USD"), ("CRV/USDT", "CRV"),
            ("BTC=F", "BTC=F"), ("^GSPC", "^GSPC"), ("EUR/USD", "EUR"), ("USD/JPY", "USD/JPY"),
        ])
    func canonicalizes(text: String, name: String) { #expect(Symbol(text)?.name == name) }

    @Test(
        "what names no symbol, or more than one, is refused",
        arguments: [
            "", "  ", "BTC USDT", "BTC/", "/USDT", "BTC/USDT/ETH", "BTC-USDT-240329", "BINANCE:BTCUSDT", "NASDAQ:AAPL",
            ":USDT", "ßTC", "ＢＴＣ", "BTC\u{301}", "BTC'", "a,b", String(repeating: "A", count: 65),
        ])
    func refuses(text: String) { #expect(Symbol(text) == nil) }

    @Test("a canonical name is its own canonical name", arguments: [UInt64(1), 2, 3])
    func isIdempotent(seed: UInt64) {
        var draws = Draws(seed: seed)
        let pieces = [
            "BTC", "USD", "USDT", "BUSD", "FDUSD", "PERP", "XBT", "SWAP", "/", "-", "_", ":", "W", "1", ".", "T",
        ]
        var acceptedCount = 0
        for _ in 0..<20_000 {
            let text = (0...draws.below(6)).map { _ in draws.choice(pieces) }.joined()
            guard let symbol = Symbol(text) else { continue }
            acceptedCount += 1
            #expect(Symbol(symbol.name) == symbol, "seed \(seed): \(text) is \(symbol)")
        }
        #expect(acceptedCount > 5_000)
    }

    @Test("an agent's name is as written, without surrounding spaces, bounded and printable")
    func agents() {
        #expect(AgentID("  Grok 4 ")?.name == "Grok 4")
        for text in ["", " ", "a\u{0}b", "a\nb", "\u{7F}", String(repeating: "x", count: 201)] {
            #expect(AgentID(text) == nil)
        }
        #expect(AgentID(String(repeating: "x", count: 200)) != nil)
    }

    @Test("two spellings of one name are two agents, in a fixed order, whichever came first")
    func spellings() throws {
        let composed = try #require(AgentID("caf\u{E9}"))
        let decomposed = try #require(AgentID("cafe\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        #expect((composed < decomposed) != (decomposed < composed))
        #expect([composed, decomposed].sorted() == [decomposed, composed].sorted())
    }
}

@Suite("Edit distance")
struct EditDistanceTests {
    @Test(
        "letters inserted, removed, replaced or swapped are counted",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("Window", "window", 0),
            ("kitten", "sitting", 3), ("windwo", "window", 1), ("ca", "abc", 3), ("é", "e", 1),
        ])
    func measures(left: String, right: String, distance: Int) {
        #expect(EditDistance.between(left, right) == distance)
        #expect(EditDistance.between(right, left) == distance)
    }

    @Test("the nearest name is found by its last part too, and ties go to the alphabet")
    func finds() {
        let keys = ["window", "costs.roundTripBps"]
        #expect(EditDistance.nearest(to: "roundTripBps", among: keys) == "costs.roundTripBps")
        #expect(EditDistance.nearest(to: "x", among: ["b", "a"]) == "a")
        #expect(EditDistance.nearest(to: "x", among: []) == nil)
    }
}
