import Domain
import JSONText
import Testing

@testable import MarketData

/// What real exchanges answered, and what we make of it.
@Suite(.enabled(if: RecordedReplies.folder != nil))
struct RecordedReplyTests {
    private func instrument(_ venue: Venue, _ id: String, _ base: String, _ quote: String) -> Instrument {
        Instrument(venue: venue, id: id, base: base, quote: quote, state: .trading)
    }

    private func candles(
        _ instrument: Instrument, _ body: [UInt8], _ barLength: Span
    ) -> Result<[VenueCandle], ReplyFailure> {
        Result { () throws(ReplyFailure) in
            try VenueInterface.of(instrument.venue).candles(body, instrument, barLength)
        }
    }

    private func instruments(_ venue: Venue, _ body: [UInt8]) -> Result<InstrumentPage, ReplyFailure> {
        Result { () throws(ReplyFailure) in try VenueInterface.of(venue).instruments(body) }
    }

    @Test("Kraken, 2025: 720 finished minutes, idle ones included, and an unfinished one")
    func krakenMinutes() throws {
        let pair = instrument(.kraken, "XBTUSDT", "BTC", "USDT")
        let body = try RecordedReplies.body("nautilus/kraken/http_ohlc.json")
        let minutes = try candles(pair, body, .minutes(1)).get()
        #expect(minutes.count == 721)
        #expect(minutes.first?.bar.openAt == Timestamp(seconds: 1_762_777_020))
        #expect(minutes.first?.bar.open == 106_038.2)
        #expect(minutes.first?.bar.volume == 0)
        #expect(minutes.filter { $0.isConfirmed == false } == minutes.suffix(1))
        // No minute is missing between the first and the last.
        let span = try #require(minutes.last).bar.openAt - (try #require(minutes.first)).bar.openAt
        #expect(span == .minutes(Int64(minutes.count - 1)))
        #expect(candles(pair, body, .hours(1)).failureKind == "malformed")
        let other = instrument(.kraken, "ETHUSDT", "ETH", "USDT")
        #expect(candles(other, body, .minutes(1)).failureText.contains("asked for was ETHUSDT"))
    }

    @Test("Kraken, 2017: the key is not the name asked for")
    func krakenOld() throws {
        let body = try RecordedReplies.body("xchange/kraken_marketdata_example-ohlc-data.json")
        let minutes = try candles(instrument(.kraken, "XBTUSD", "BTC", "USD"), body, .minutes(1)).get()
        #expect(minutes.last?.bar.openAt == Timestamp(seconds: 1_502_445_660))
        #expect(minutes.last?.isConfirmed == false)
        #expect(minutes.first?.bar.close == 3_449.999)
    }

    @Test("Kraken cut at any place is no answer")
    func krakenCut() throws {
        let pair = instrument(.kraken, "XBTUSDT", "BTC", "USDT")
        let body = try RecordedReplies.body("nautilus/kraken/http_ohlc.json")
        let end = try #require(body.lastIndex(of: UInt8(ascii: "}")))
        for count in stride(from: 0, through: end, by: 9_973) {
            #expect(candles(pair, Array(body[..<count]), .minutes(1)).failureKind == "malformed", "\(count) bytes")
        }
    }

    @Test(
        "Recorded replies with noise in them give no impossible bar",
        arguments: [
            (Venue.coinbase, "xchange/coinbasepro_marketdata_example-historical-candles.json", 300),
            (.okx, "nautilus/okx/http_get_candlesticks_full.json", 300),
            (.kraken, "xchange/kraken_marketdata_example-ohlc-data.json", 10),
        ])
    func noise(_ venue: Venue, _ name: String, _ rounds: Int) throws {
        let body = try RecordedReplies.body(name)
        let pair = instrument(venue, "XBTUSD", "BTC", "USD")
        var chance = NoiseGenerator(state: 20_251_024)
        for round in 0..<rounds {
            let read = candles(pair, chance.damaged(body), .minutes(1))
            #expect(read.value.map { $0.map(\.bar).arePossible(every: .minutes(1)) } != false, "round \(round)")
        }
    }

    @Test("Kraken's pairs in the field's names; shares as tokens are left out")
    func krakenPairs() throws {
        let page = try instruments(.kraken, RecordedReplies.body("nautilus/kraken/http_asset_pairs.json")).get()
        let bitcoin = try #require(page.instruments.first { $0.id == "XBTUSDT" })
        #expect(bitcoin == instrument(.kraken, "XBTUSDT", "BTC", "USDT"))
        let shares = try RecordedReplies.body("nautilus/kraken/http_asset_pairs_tokenized.json")
        #expect(instruments(.kraken, shares).failureText.contains("none of 1 entries"))
    }

    @Test("Coinbase Exchange, 2018: low and high before open and close, newest first")
    func coinbase() throws {
        let product = instrument(.coinbase, "BTC-USD", "BTC", "USD")
        let body = try RecordedReplies.body("xchange/coinbasepro_marketdata_example-historical-candles.json")
        let minutes = try candles(product, body, .minutes(1)).get()
        #expect(minutes.count == 10)
        #expect(minutes.first?.bar.openAt == Timestamp(seconds: 1_517_443_200))
        let last = try #require(minutes.last).bar
        #expect([last.open, last.high, last.low, last.close] == [10_106.01, 10_120.21, 10_106, 10_120.21])
    }

    @Test("Coinbase's other interface is not this one")
    func coinbaseAdvanced() throws {
        let product = instrument(.coinbase, "BTC-USD", "BTC", "USD")
        let body = try RecordedReplies.body("nautilus/coinbase/http_candles.json")
        #expect(candles(product, body, .hours(1)).failureKind == "malformed")
        for name in ["http_products.json", "http_products_future.json"] {
            #expect(
                instruments(.coinbase, try RecordedReplies.body("nautilus/coinbase/" + name)).failureKind == "malformed"
            )
        }
    }

    @Test("Binance: the documentation's week is no day and no hour")
    func binance() throws {
        let body = try RecordedReplies.body("nautilus/binance/spot_http_json_klines_response.json")
        for length in VenueInterface.of(.binance).limits.barLengths {
            #expect(
                candles(instrument(.binance, "BTCUSDT", "BTC", "USDT"), body, length).failureText.contains(
                    "does not last"))
        }
        let list = try RecordedReplies.body("nautilus/binance/spot_http_json_exchange_info_response.json")
        #expect(try instruments(.binance, list).get().instruments == [instrument(.binance, "ETHBTC", "ETH", "BTC")])
    }

    @Test("OKX: ascending or not as given, and confirmed as flagged")
    func okx() throws {
        let pair = instrument(.okx, "BTC-USDT", "BTC", "USDT")
        let open = try RecordedReplies.body("nautilus/okx/http_get_candlesticks.json")
        #expect(try candles(pair, open, .minutes(1)).get().map(\.isConfirmed) == [false, false])
        let full = try candles(
            pair, RecordedReplies.body("nautilus/okx/http_get_candlesticks_full.json"), .minutes(1)
        ).get()
        #expect(full.map(\.bar.close) == [102_806.1, 102_820.4])
        #expect(full.map(\.isConfirmed) == [true, true])
    }

    @Test("Bybit: a contract's candles are no spot prices")
    func bybit() throws {
        let body = try RecordedReplies.body("nautilus/bybit/http_get_klines_linear.json")
        let failure = candles(instrument(.bybit, "BTCUSDT", "BTC", "USDT"), body, .minutes(1)).failureText
        #expect(failure.contains("linear") && failure.contains("not spot"))
    }

    @Test("Bitstamp, 2020: the newest bars up to the end, whatever the start; a day with two closes is none")
    func bitstamp() throws {
        let file = "gocryptotrader/bitstamp_public_http.json.gz"
        let pair = instrument(.bitstamp, "btcusd", "BTC", "USD")
        let path = "/api/v2/ohlc/btcusd/"
        let asked = "end=1577836799&limit=1000&start=1546300800&step="
        let minutes = try #require(try RecordedReplies.proxied(file, path: path, query: asked + "60"))
        let read = try candles(pair, Array(minutes.utf8), .minutes(1)).get()
        #expect(read.count == 1_000)
        #expect(read.last?.bar.openAt == Timestamp(seconds: 1_577_836_740))
        #expect(read.contains { $0.bar.volume == 0 })

        let days = try #require(try RecordedReplies.proxied(file, path: path, query: asked + "86400"))
        let failure = candles(pair, Array(days.utf8), .day).failureText
        #expect(failure.contains("two rows for 2019-01-09T00:00:00Z differ"), "\(failure)")
        // The same page without that day begins before the asked start: the venue counts back from the end.
        let document = try SampleJSON(days)
        let rows = try #require(document.paths.first { document.elementCount($0) == 1_000 })
        let doubled = try #require(
            document[rows].array?.firstIndex { $0["timestamp"]?.string == "1546992000" })
        let mended = document.replacing(rows + [doubled], by: nil).text
        let bars = try candles(pair, Array(mended.utf8), .day).get()
        #expect(bars.count == 999)
        #expect(try #require(bars.first).bar.openAt < Timestamp(seconds: 1_546_300_800))

        let list = try #require(
            try RecordedReplies.proxied(file, path: "/api/v2/trading-pairs-info/", query: ""))
        let page = try instruments(.bitstamp, Array(list.utf8)).get()
        #expect(page.instruments.count == 103)
        #expect(page.instruments.first == pair)
        #expect(Set(page.instruments.map(\.state)) == [.trading, .halted])
    }

    @Test("Replies of other endpoints and other venues are no candles and no lists", arguments: Venue.allCases)
    func strangers(_ venue: Venue) throws {
        let names = [
            "nautilus/binance/spot_http_json_ticker_24hr_response.json", "nautilus/coinbase/http_ticker.json",
            "nautilus/kraken/http_futures_candles_spot.json", "nautilus/kraken/http_futures_tickers.json",
            "nautilus/kraken/http_server_time.json", "nautilus/kraken/http_system_status.json",
            "nautilus/kraken/http_ticker.json", "nautilus/kraken/http_trades.json",
            "nautilus/okx/http_get_index_price.json", "nautilus/okx/http_get_mark_price.json",
            "xchange/bitfinex_marketdata_example-ticker-data.json",
            "xchange/bitstamp_marketdata_example-trades-data.json",
            "xchange/bitstamp_marketdata_example-ticker-data.json",
            "xchange/kraken_marketdata_example-trades-data.json",
        ]
        for name in names {
            let body = try RecordedReplies.body(name)
            for length in VenueInterface.of(venue).limits.barLengths {
                let read = candles(instrument(venue, "XBTUSDT", "BTC", "USDT"), body, length)
                #expect(read.failureKind == "malformed", "\(name)")
            }
            #expect(instruments(venue, body).failureKind == "malformed", "\(name)")
        }
    }
}
