import Domain
import Testing

@testable import MarketData

/// Replies in the form that each venue documents, written for these tests: two finished hours and a third one, of
/// which the first has no trade where the venue gives such bars.
struct SampleReplies: Sendable, CustomTestStringConvertible {
    var venue: Venue
    var instrument: Instrument
    var candles: String
    /// What the candles say.
    var bars: [VenueCandle]
    var instruments: String
    var listed: [Instrument]
    /// Fields of an entry whose absence or type may change the state, never the instrument.
    var stateFields: Set<String>

    var testDescription: String { venue.rawValue }

    /// 2025-10-24T00:00:00Z.
    static let midnight: Int64 = 1_761_264_000

    static let all: [SampleReplies] = [binance, coinbase, kraken, okx, bybit, bitstamp]

    private static func bar(
        _ hour: Int64, _ open: Double, _ high: Double, _ low: Double, _ close: Double, _ volume: Double,
        _ isConfirmed: Bool? = nil
    ) -> VenueCandle {
        let openAt = Timestamp(seconds: midnight + hour * 3_600)
        return VenueCandle(
            bar: Bar(
                openAt: openAt, closeAt: openAt + .hours(1), open: open, high: high, low: low, close: close,
                volume: volume),
            isConfirmed: isConfirmed)
    }

    private static func listed(
        _ venue: Venue, _ id: String, _ base: String, _ quote: String, _ state: InstrumentState = .trading
    ) -> Instrument { Instrument(venue: venue, id: id, base: base, quote: quote, state: state) }

    /// The three bars with the confirmations a venue gives.
    private static func bars(_ flags: [Bool?], idleVolume: Double = 0) -> [VenueCandle] {
        [
            bar(0, 110.5, 110.5, 110.5, 110.5, idleVolume, flags[0]),
            bar(1, 110.5, 112.25, 109, 111, 12.5, flags[1]),
            bar(2, 111, 111.5, 110.75, 111.125, 3, flags[2]),
        ]
    }

    static let binance = SampleReplies(
        venue: .binance, instrument: listed(.binance, "BTCUSDT", "BTC", "USDT"),
        candles: """
            [[1761264000000,"110.50000000","110.50000000","110.50000000","110.50000000","0.00000000",1761267599999,\
            "0.00000000",0,"0.00000000","0.00000000","0"],
            [1761267600000,"110.50000000","112.25000000","109.00000000","111.00000000","12.50000000",1761271199999,\
            "1380.1",41,"6.0","662.4","0"],
            [1761271200000,"111.00000000","111.50000000","110.75000000","111.12500000","3.00000000",1761274799999,\
            "333.3",7,"1.0","111.1","0"]]
            """,
        bars: bars([nil, nil, nil]),
        instruments: """
            {"timezone":"UTC","serverTime":1761264000123,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT"}],\
            "exchangeFilters":[],"symbols":[
            {"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT",\
            "isSpotTradingAllowed":true,"filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"}],"permissions":[]},
            {"symbol":"ETHBTC","status":"HALT","baseAsset":"ETH","quoteAsset":"BTC","filters":[]},
            {"symbol":"LUNAUSDT","status":"BREAK","baseAsset":"LUNA","quoteAsset":"USDT","filters":[]}]}
            """,
        listed: [
            listed(.binance, "BTCUSDT", "BTC", "USDT"), listed(.binance, "ETHBTC", "ETH", "BTC", .halted),
            listed(.binance, "LUNAUSDT", "LUNA", "USDT", .halted),
        ],
        stateFields: ["status"])

    static let coinbase = SampleReplies(
        venue: .coinbase, instrument: listed(.coinbase, "BTC-USD", "BTC", "USD"),
        candles: """
            [[1761271200,110.75,111.5,111,111.125,3],[1761267600,109,112.25,110.5,111,12.5],
            [1761264000,110.5,110.5,110.5,110.5,0.125]]
            """,
        bars: bars([nil, nil, nil], idleVolume: 0.125),
        instruments: """
            [{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","display_name":\
            "BTC-USD","post_only":false,"limit_only":false,"cancel_only":false,"status":"online","status_message":"",\
            "trading_disabled":false,"auction_mode":false},
            {"id":"CGLD-EUR","base_currency":"CGLD","quote_currency":"EUR","post_only":true,"limit_only":false,\
            "cancel_only":false,"status":"online","trading_disabled":false},
            {"id":"XRP-GBP","base_currency":"XRP","quote_currency":"GBP","post_only":false,"cancel_only":false,\
            "status":"delisted","trading_disabled":true},
            {"id":"ETH-USD","base_currency":"ETH","quote_currency":"USD","post_only":false,"cancel_only":false,\
            "status":"online","trading_disabled":true}]
            """,
        listed: [
            listed(.coinbase, "BTC-USD", "BTC", "USD"), listed(.coinbase, "CGLD-EUR", "CELO", "EUR", .halted),
            listed(.coinbase, "XRP-GBP", "XRP", "GBP", .delisted), listed(.coinbase, "ETH-USD", "ETH", "USD", .halted),
        ],
        stateFields: ["status", "trading_disabled", "post_only", "cancel_only"])

    static let kraken = SampleReplies(
        venue: .kraken, instrument: listed(.kraken, "XBTUSD", "BTC", "USD"),
        candles: """
            {"error":[],"result":{"XXBTZUSD":[
            [1761264000,"110.5","110.5","110.5","110.5","0.0","0.00000000",0],
            [1761267600,"110.5","112.25","109.0","111.0","110.9","12.50000000",31],
            [1761271200,"111.0","111.5","110.75","111.125","111.1","3.00000000",5]],"last":1761267600}}
            """,
        bars: bars([true, true, false]),
        instruments: """
            {"error":[],"result":{
            "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT",\
            "aclass_quote":"currency","quote":"ZUSD","fees":[[0,0.4],[10000,0.35]],"status":"online"},
            "XXBTZUSD.d":{"altname":"XBTUSD.d","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",\
            "quote":"ZUSD","status":"online"},
            "XDGEUR":{"altname":"XDGEUR","wsname":"XDG/EUR","aclass_base":"currency","base":"XXDG",\
            "aclass_quote":"currency","quote":"ZEUR","status":"limit_only"},
            "LUNAUSD":{"altname":"LUNAUSD","wsname":"LUNA/USD","aclass_base":"currency","base":"LUNA",\
            "aclass_quote":"currency","quote":"ZUSD","status":"cancel_only"},
            "XETHXXBT":{"altname":"ETHXBT","wsname":"ETH/XBT","aclass_base":"currency","base":"XETH",\
            "aclass_quote":"currency","quote":"XXBT","status":"online"},
            "AAPLxUSD":{"altname":"AAPLxUSD","wsname":"AAPLx/USD","aclass_base":"tokenized_asset","base":"AAPLx",\
            "aclass_quote":"currency","quote":"ZUSD","status":"online"}}}
            """,
        listed: [
            listed(.kraken, "XBTUSD", "BTC", "USD"), listed(.kraken, "XDGEUR", "DOGE", "EUR"),
            listed(.kraken, "LUNAUSD", "LUNC", "USD", .halted), listed(.kraken, "ETHXBT", "ETH", "BTC"),
        ],
        stateFields: ["status"])

    static let okx = SampleReplies(
        venue: .okx, instrument: listed(.okx, "BTC-USDT", "BTC", "USDT"),
        candles: """
            {"code":"0","msg":"","data":[
            ["1761271200000","111","111.5","110.75","111.125","3","333.3","333.3","0"],
            ["1761267600000","110.5","112.25","109","111","12.5","1380.1","1380.1","1"],
            ["1761264000000","110.5","110.5","110.5","110.5","0","0","0","1"]]}
            """,
        bars: bars([true, true, false]),
        instruments: """
            {"code":"0","msg":"","data":[
            {"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","settleCcy":"","state":"live",\
            "listTime":"1548133413000"},
            {"instType":"SPOT","instId":"OKB-BTC","baseCcy":"OKB","quoteCcy":"BTC","state":"suspend"},
            {"instType":"SPOT","instId":"NEW-USDT","baseCcy":"NEW","quoteCcy":"USDT","state":"preopen"},
            {"instType":"SPOT","instId":"TEST-USDT","baseCcy":"TEST","quoteCcy":"USDT","state":"test"},
            {"instType":"SWAP","instId":"BTC-USDT-SWAP","baseCcy":"","quoteCcy":"","state":"live"}]}
            """,
        listed: [
            listed(.okx, "BTC-USDT", "BTC", "USDT"), listed(.okx, "OKB-BTC", "OKB", "BTC", .halted),
            listed(.okx, "NEW-USDT", "NEW", "USDT", .halted),
        ],
        stateFields: ["state"])

    static let bybit = SampleReplies(
        venue: .bybit, instrument: listed(.bybit, "BTCUSDT", "BTC", "USDT"),
        candles: """
            {"retCode":0,"retMsg":"OK","result":{"category":"spot","symbol":"BTCUSDT","list":[
            ["1761271200000","111","111.5","110.75","111.125","3","333.3"],
            ["1761267600000","110.5","112.25","109","111","12.5","1380.1"],
            ["1761264000000","110.5","110.5","110.5","110.5","0","0"]]},"retExtInfo":{},"time":1761272000000}
            """,
        bars: bars([nil, nil, false]),
        instruments: """
            {"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[
            {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","innovation":"0","status":"Trading",\
            "lotSizeFilter":{"basePrecision":"0.000001"}},
            {"symbol":"ETHBTC","baseCoin":"ETH","quoteCoin":"BTC","status":"PreLaunch"},
            {"symbol":"SOLEUR","baseCoin":"SOL","quoteCoin":"EUR","status":"Closed"}],"nextPageCursor":""},\
            "retExtInfo":{},"time":1761272000000}
            """,
        listed: [
            listed(.bybit, "BTCUSDT", "BTC", "USDT"), listed(.bybit, "ETHBTC", "ETH", "BTC", .halted),
            listed(.bybit, "SOLEUR", "SOL", "EUR", .delisted),
        ],
        stateFields: ["status"])

    static let bitstamp = SampleReplies(
        venue: .bitstamp, instrument: listed(.bitstamp, "btcusd", "BTC", "USD"),
        candles: """
            {"data":{"pair":"BTC/USD","ohlc":[
            {"timestamp":"1761264000","open":"110.5","high":"110.5","low":"110.5","close":"110.5","volume":"0.0"},
            {"timestamp":"1761267600","open":"110.5","high":"112.25","low":"109","close":"111","volume":"12.5"},
            {"high":"111.5","timestamp":"1761271200","volume":"3.00000000","low":"110.75","close":"111.125",\
            "open":"111"}]}}
            """,
        bars: bars([nil, nil, nil]),
        instruments: """
            [{"name":"BTC/USD","market_symbol":"btcusd","base_currency":"BTC","counter_currency":"USD",\
            "market_type":"SPOT","base_decimals":8,"minimum_order_value":"10.0","trading":"Enabled"},
            {"name":"XRP/BTC","url_symbol":"xrpbtc","base_decimals":8,"description":"XRP / Bitcoin",\
            "minimum_order":"0.0002 BTC","trading":"Disabled"},
            {"name":"BTC/USD-PERP","market_symbol":"btcusd-perp","base_currency":"BTC","counter_currency":"USD",\
            "market_type":"PERPETUAL","trading":"Enabled"}]
            """,
        listed: [listed(.bitstamp, "btcusd", "BTC", "USD"), listed(.bitstamp, "xrpbtc", "XRP", "BTC", .halted)],
        stateFields: ["trading"])
}

extension SampleReplies {
    var interface: VenueInterface { .of(venue) }

    func read(candles text: String, barLength: Span = .hours(1)) -> Result<[VenueCandle], ReplyFailure> {
        read(candles: Array(text.utf8), barLength: barLength)
    }

    func read(candles body: [UInt8], barLength: Span = .hours(1)) -> Result<[VenueCandle], ReplyFailure> {
        Result { () throws(ReplyFailure) in try interface.candles(body, instrument, barLength) }
    }

    func read(instruments text: String) -> Result<InstrumentPage, ReplyFailure> {
        read(instruments: Array(text.utf8))
    }

    func read(instruments body: [UInt8]) -> Result<InstrumentPage, ReplyFailure> {
        Result { () throws(ReplyFailure) in try interface.instruments(body) }
    }
}

extension Result where Failure == ReplyFailure {
    /// What kind of failure it was, for tables.
    var failureKind: String? {
        guard case .failure(let failure) = self else { return nil }
        return switch failure {
        case .malformed: "malformed"
        case .refused(let code, _): "refused \(code)"
        case .limited: "limited"
        case .unknownInstrument: "unknown"
        }
    }

    var failureText: String {
        guard case .failure(let failure) = self else { return "" }
        return failure.description
    }

    var value: Success? { try? get() }
}
