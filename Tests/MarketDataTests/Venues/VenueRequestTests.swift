import Domain
import HTTPPort
import Testing

@testable import MarketData

/// What is asked, to the letter.
struct VenueRequestTests {
    private let midnight = Timestamp(seconds: SampleReplies.midnight)

    private func target(_ sample: SampleReplies, _ length: Span, bars: Int64) -> String {
        sample.interface.candleRequest(sample.instrument, length, midnight, midnight + length * bars).target
    }

    @Test(
        "Ten hours are asked for as each venue wants it",
        arguments: [
            (
                SampleReplies.binance,
                "/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=1761264000000&endTime=1761299999000&limit=10"
            ),
            (
                .coinbase,
                "/products/BTC-USD/candles?granularity=3600&start=2025-10-24T00:00:00Z&end=2025-10-24T09:59:59Z"
            ),
            (.kraken, "/0/public/OHLC?pair=XBTUSD&interval=60&since=1761263999"),
            (
                .okx,
                "/api/v5/market/history-candles?instId=BTC-USDT&bar=1H&before=1761263999999&after=1761300000000"
                    + "&limit=10"
            ),
            (
                .bybit,
                "/v5/market/kline?category=spot&symbol=BTCUSDT&interval=60&start=1761264000000&end=1761299999000"
                    + "&limit=10"
            ),
            (.bitstamp, "/api/v2/ohlc/btcusd/?step=3600&limit=10&start=1761264000&end=1761299999"),
        ])
    func hours(_ sample: SampleReplies, _ expected: String) {
        #expect(target(sample, .hours(1), bars: 10) == expected)
    }

    @Test(
        "Each length has the venue's own name, the day that of UTC",
        arguments: [
            (SampleReplies.binance, ["1m", "5m", "15m", "30m", "1h", "4h", "1d"], "&interval="),
            (.coinbase, ["60", "300", "900", "3600", "86400"], "?granularity="),
            (.kraken, ["1", "5", "15", "30", "60", "240", "1440"], "&interval="),
            (.okx, ["1m", "5m", "15m", "30m", "1H", "4H", "1Dutc"], "&bar="),
            (.bybit, ["1", "5", "15", "30", "60", "240", "D"], "&interval="),
            (.bitstamp, ["60", "300", "900", "1800", "3600", "14400", "86400"], "?step="),
        ])
    func lengths(_ sample: SampleReplies, _ names: [String], _ key: String) {
        let lengths = sample.interface.limits.barLengths
        #expect(lengths.count == names.count)
        #expect(lengths == lengths.sorted())
        for (length, name) in zip(lengths, names) {
            #expect(target(sample, length, bars: 1).contains(key + name + "&"), "\(target(sample, length, bars: 1))")
        }
    }

    @Test("A range longer than a page is cut to its first page", arguments: SampleReplies.all)
    func longRange(_ sample: SampleReplies) {
        let page = Int64(sample.interface.limits.candlesPerPage)
        for length in sample.interface.limits.barLengths {
            #expect(target(sample, length, bars: page + 500) == target(sample, length, bars: page))
        }
    }

    @Test(
        "Lists of instruments are asked for at their documented place",
        arguments: [
            (SampleReplies.binance, "/api/v3/exchangeInfo?showPermissionSets=false"), (.coinbase, "/products"),
            (.kraken, "/0/public/AssetPairs"), (.okx, "/api/v5/public/instruments?instType=SPOT"),
            (.bybit, "/v5/market/instruments-info?category=spot&limit=1000"), (.bitstamp, "/api/v2/markets/"),
        ])
    func lists(_ sample: SampleReplies, _ expected: String) {
        #expect(sample.interface.instrumentRequest(nil).target == expected)
    }

    @Test("Every venue has its interface, over TLS, and stays below what the venue allows", arguments: Venue.allCases)
    func limits(_ venue: Venue) throws {
        let interface = VenueInterface.of(venue)
        #expect(interface.venue == venue)
        #expect(interface.baseURL.hasPrefix("https://") && !interface.baseURL.hasSuffix("/"))
        // Weight a second that the venue documents.
        let allowed: [Venue: Double] = [
            .binance: 100, .coinbase: 10, .kraken: 1, .okx: 10, .bybit: 120, .bitstamp: 10_000.0 / 600,
        ]
        #expect(interface.limits.weightPerSecond < (try #require(allowed[venue])))
        let heaviest = max(1, interface.instrumentRequest(nil).weight)
        #expect(interface.limits.burst >= heaviest)
    }

    @Test(
        "What the headers say is used up is a share of the limit, and nonsense is nothing",
        arguments: [
            (Venue.binance, [HTTPHeader("x-mbx-used-weight-1m", "1500")], Optional(0.25)),
            (.binance, [HTTPHeader("X-MBX-USED-WEIGHT-1M", "9000")], 1), (.binance, [], nil),
            (.binance, [HTTPHeader("X-MBX-USED-WEIGHT-1M", "-4")], nil),
            (.binance, [HTTPHeader("X-MBX-USED-WEIGHT-1M", "many")], nil),
            (.bybit, [HTTPHeader("X-Bapi-Limit", "50"), HTTPHeader("X-Bapi-Limit-Status", "40")], 0.2),
            (.bybit, [HTTPHeader("X-Bapi-Limit", "0"), HTTPHeader("X-Bapi-Limit-Status", "0")], nil),
            (.bybit, [HTTPHeader("X-Bapi-Limit", "50"), HTTPHeader("X-Bapi-Limit-Status", "60")], nil),
            (.coinbase, [HTTPHeader("X-MBX-USED-WEIGHT-1M", "1500")], nil),
        ])
    func usedShare(_ venue: Venue, _ headers: [HTTPHeader], _ expected: Double?) throws {
        let share = VenueInterface.of(venue).usedShare(HTTPResponse(status: 200, headers: headers))
        #expect((share == nil) == (expected == nil))
        if let share, let expected { #expect((share - expected).magnitude < 1e-12) }
    }
}
