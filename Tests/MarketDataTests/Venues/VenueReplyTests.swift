import Domain
import HTTPPort
import Testing

@testable import MarketData

/// What each venue's answers mean.
struct VenueReplyTests {
    @Test(
        "Candles as documented become ascending bars, idle hours and running ones included",
        arguments: SampleReplies.all)
    func candles(_ sample: SampleReplies) throws {
        #expect(try sample.read(candles: sample.candles).get() == sample.bars)
    }

    @Test(
        "A list as documented becomes instruments in the field's names, with their states", arguments: SampleReplies.all
    )
    func instruments(_ sample: SampleReplies) throws {
        let page = try sample.read(instruments: sample.instruments).get()
        #expect(page.instruments == sample.listed)
        #expect(page.cursor == nil)
    }

    @Test("An hour's rows are no bars of another length", arguments: SampleReplies.all)
    func otherLength(_ sample: SampleReplies) {
        #expect(sample.read(candles: sample.candles, barLength: .hours(4)).failureKind == "malformed")
        #expect(sample.read(candles: sample.candles, barLength: .day).failureKind == "malformed")
    }

    @Test("Where a venue says how long its bar is, a long bar that opens on the grid of a short one is no short bar")
    func lengthOfBinance() {
        let sample = SampleReplies.binance
        let read = sample.read(candles: sample.candles, barLength: .minutes(30))
        #expect(read.failureText.contains("does not last 30 minutes"))
    }

    @Test(
        "No bars are an answer: the venue has none there",
        arguments: [
            (SampleReplies.binance, "[]"), (.coinbase, "[]"),
            (.kraken, #"{"error":[],"result":{"XXBTZUSD":[],"last":0}}"#), (.okx, #"{"code":"0","msg":"","data":[]}"#),
            (
                .bybit,
                #"{"retCode":0,"retMsg":"OK","result":{"category":"spot","symbol":"BTCUSDT","list":[]},"time":1}"#
            ),
            (.bitstamp, #"{"data":{"pair":"BTC/USD","ohlc":[]}}"#),
        ])
    func noBars(_ sample: SampleReplies, _ body: String) throws {
        #expect(try sample.read(candles: body).get().isEmpty)
    }

    @Test(
        "A list without a single instrument is a broken list, not an empty market",
        arguments: [
            (SampleReplies.binance, #"{"symbols":[]}"#), (.coinbase, "[]"), (.kraken, #"{"error":[],"result":{}}"#),
            (.okx, #"{"code":"0","msg":"","data":[]}"#),
            (.bybit, #"{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[]},"time":1}"#),
            (.bitstamp, "[]"),
            (.coinbase, #"[{"id":"A-B"},{"id":7}]"#),
        ])
    func nothingListed(_ sample: SampleReplies, _ body: String) {
        #expect(sample.read(instruments: body).failureKind == "malformed")
    }

    @Test("A row twice is one bar; two rows for one hour that differ are none", arguments: SampleReplies.all)
    func doubledRows(_ sample: SampleReplies) throws {
        let value = try SampleJSON(sample.candles)
        let rows = try #require(([[]] + value.paths).first { value.elementCount($0) == 3 })
        let twice = value.appendingElement(1, to: rows)
        #expect(try sample.read(candles: twice.text).get() == sample.bars)
        let changed = value.appendingElement(1, to: rows) { row in row.replacingText("112.25", by: "113.25") }
        #expect(changed.text != twice.text)
        #expect(sample.read(candles: changed.text).failureText.contains("differ"))
    }

    struct Wrong: Sendable {
        var from: String
        var to: String
        var says: String
    }

    @Test(
        "A price that cannot be refuses the page, and says where and which", arguments: SampleReplies.all,
        [
            Wrong(from: "112.25", to: "110.75", says: "does not hold"),
            Wrong(from: "109", to: "110.75", says: "does not hold"),
            Wrong(from: "109", to: "0", says: "the low is"), Wrong(from: "109", to: "-109", says: "the low is"),
            Wrong(from: "112.25", to: "1e400", says: "the high is"),
            Wrong(from: "112.25", to: "1e300", says: "the high is"),
            Wrong(from: "12.5", to: "-1", says: "the volume is"),
            Wrong(from: "111.125", to: "1e-300", says: "the close is"),
        ])
    func impossible(_ sample: SampleReplies, _ wrong: Wrong) throws {
        let text = try SampleJSON(sample.candles).replacingNumber(wrong.from, by: wrong.to).text
        let failure = sample.read(candles: text).failureText
        #expect(failure.contains(wrong.says) && failure.contains("row "), "\(failure)")
    }

    @Test("A time off the grid, or in another unit, is no opening", arguments: SampleReplies.all)
    func times(_ sample: SampleReplies) throws {
        let isSeconds = sample.venue == .coinbase || sample.venue == .kraken || sample.venue == .bitstamp
        let hour = isSeconds ? "1761264000" : "1761264000000"
        let others = isSeconds ? ["1761264001", "1761264000000"] : ["1761264000001", "1761264060000", "1761264000"]
        for other in others + ["1", "-1761264000", "99999999999999999999"] {
            let text = sample.candles.replacing(hour, with: other)
            #expect(text != sample.candles)
            #expect(sample.read(candles: text).failureKind == "malformed", "\(other)")
        }
    }

    @Test(
        "Bodies that are no answer are told apart from errors", arguments: SampleReplies.all,
        [
            "", "  \n", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "<?xml version=\"1.0\"?>", "null",
            "true", "17", "\"maintenance\"", "{}", "[1]", "{\"data\":null}", "[[]]", "[{}]", "upstream connect error",
            "\u{FEFF}", "[", "{\"result\":{}}",
        ])
    func nonsense(_ sample: SampleReplies, _ body: String) {
        #expect(sample.read(candles: body).failureKind == "malformed", "\(body)")
        #expect(sample.read(instruments: body).failureKind == "malformed", "\(body)")
    }

    @Test(
        "A venue's own errors keep their meaning, whatever the status they came with",
        arguments: [
            (SampleReplies.binance, #"{"code":-1121,"msg":"Invalid symbol."}"#, "unknown"),
            (
                .binance, #"{"code":-1003,"msg":"Too much request weight used; IP banned until 1761264000000."}"#,
                "limited"
            ),
            (.binance, #"{"code":-1100,"msg":"Illegal characters found in a parameter."}"#, "refused -1100"),
            (.coinbase, #"{"message":"NotFound"}"#, "unknown"),
            (.coinbase, #"{"message":"Public rate limit exceeded"}"#, "limited"),
            (.coinbase, #"{"message":"Unsupported granularity"}"#, "refused without number"),
            (.kraken, #"{"error":["EQuery:Unknown asset pair"]}"#, "unknown"),
            (.kraken, #"{"error":["EGeneral:Too many requests"]}"#, "limited"),
            (.kraken, #"{"error":["EAPI:Rate limit exceeded"],"result":{}}"#, "limited"),
            (.kraken, #"{"error":["EService: Throttled: 1761264000"]}"#, "limited"),
            (.kraken, #"{"error":["EService:Unavailable"]}"#, "limited"),
            (.kraken, #"{"error":["EGeneral:Invalid arguments"]}"#, "refused EGeneral"),
            (.okx, #"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#, "unknown"),
            (.okx, #"{"code":"51000","msg":"Parameter instId error","data":[]}"#, "unknown"),
            (.okx, #"{"code":"51000","msg":"Parameter bar error","data":[]}"#, "refused 51000"),
            (.okx, #"{"code":"50011","msg":"Too Many Requests"}"#, "limited"),
            (.okx, #"{"code":"50001","msg":"Service temporarily unavailable","data":[]}"#, "limited"),
            (.bybit, #"{"retCode":10006,"retMsg":"Too many visits!","result":{}}"#, "limited"),
            (.bybit, #"{"retCode":10001,"retMsg":"Not supported symbols","result":{}}"#, "unknown"),
            (.bybit, #"{"retCode":10001,"retMsg":"Invalid period!","result":{}}"#, "refused 10001"),
            (.bybit, #"{"retCode":10016,"retMsg":"Server error","result":{}}"#, "limited"),
            (.bitstamp, #"{"status":"error","reason":"Invalid currency pair"}"#, "unknown"),
            (.bitstamp, #"{"response_code":"400.002","response_explanation":"Request rejected."}"#, "limited"),
            (.bitstamp, #"{"error":"Under scheduled maintenance"}"#, "refused without number"),
            (.bitstamp, #"{"code":"1","errors":[{"field":"step","message":"is not valid","code":"9"}]}"#, "refused 1"),
        ])
    func errors(_ sample: SampleReplies, _ body: String, _ kind: String) {
        #expect(sample.read(candles: body).failureKind == kind)
        #expect(sample.read(instruments: body).failureKind == kind)
    }

    @Test(
        "An answer about another instrument is none",
        arguments: [
            (SampleReplies.kraken, "XXBTZUSD", "XETHZUSD"), (.kraken, "XXBTZUSD", "XXBTZEUR"),
            (.bybit, "BTCUSDT", "ETHUSDT"), (.bybit, "\"spot\"", "\"linear\""), (.bitstamp, "BTC/USD", "BTC/EUR"),
        ])
    func anotherInstrument(_ sample: SampleReplies, _ asked: String, _ other: String) {
        #expect(sample.read(candles: sample.candles.replacing(asked, with: other)).failureKind == "malformed")
    }

    @Test("Kraken answers under the pair's internal name, or under the one asked for; a warning is no error")
    func krakenNames() throws {
        let sample = SampleReplies.kraken
        let renamed = sample.candles.replacing("XXBTZUSD", with: "XBTUSD")
        #expect(try sample.read(candles: renamed).get() == sample.bars)
        let warned = sample.candles.replacing(#""error":[]"#, with: #""error":["WGeneral:Deprecated"]"#)
        #expect(try sample.read(candles: warned).get() == sample.bars)
        let two = sample.candles.replacing(#""last":"#, with: #""XETHZUSD":[],"last":"#)
        #expect(sample.read(candles: two).failureKind == "malformed")
    }

    @Test("Kraken's pairs are read whether its words or its names say BTC")
    func krakenWords() throws {
        let sample = SampleReplies.kraken
        let words = sample.instruments.replacing("\"XBT/USD\"", with: "\"BTC/USD\"")
        #expect(try sample.read(instruments: words).get().instruments == sample.listed)
        let both = words.replacing("\"XBTUSD\"", with: "\"BTCUSD\"")
        #expect(try sample.read(instruments: both).get().instruments.first?.id == "BTCUSD")
        let other = sample.instruments.replacing("\"XBT/USD\"", with: "\"BCH/USD\"")
        #expect(try sample.read(instruments: other).get().instruments == Array(sample.listed.dropFirst()))
    }

    @Test("A venue's words reach an error as one short line")
    func words() {
        let long = String(repeating: "x", count: 5_000)
        let text = SampleReplies.okx.read(candles: #"{"code":"1","msg":"a\nb\u001b[31m"# + long + #""}"#).failureText
        #expect(text.hasPrefix("error 1: a b [31mxxx"))
        #expect(text.count < 260)
    }

    @Test("One broken entry costs itself and not the list; a state nobody knows does not trade")
    func brokenEntries() throws {
        let sample = SampleReplies.binance
        let cut = sample.instruments.replacing(#""baseAsset":"ETH","#, with: "")
        #expect(try sample.read(instruments: cut).get().instruments.map(\.id) == ["BTCUSDT", "LUNAUSDT"])
        let misnamed = sample.instruments.replacing(#""baseAsset":"ETH""#, with: #""baseAsset":"ETC""#)
        #expect(try sample.read(instruments: misnamed).get().instruments.map(\.id) == ["BTCUSDT", "LUNAUSDT"])
        let novel = sample.instruments.replacing("TRADING", with: "SLEEPING")
        #expect(try sample.read(instruments: novel).get().instruments.map(\.state) == [.halted, .halted, .halted])
        let twice = sample.instruments.replacing(
            #""ETHBTC","status":"HALT","baseAsset":"ETH","quoteAsset":"BTC""#,
            with: #""BTCUSDT","status":"HALT","baseAsset":"BTC","quoteAsset":"USDT""#)
        #expect(try sample.read(instruments: twice).get().instruments.map(\.id) == ["LUNAUSDT"])
        let hostile = sample.instruments.replacing("ETHBTC", with: "ETH&x=1").replacing(
            #""baseAsset":"ETH","quoteAsset":"BTC""#, with: #""baseAsset":"ETH&x","quoteAsset":"=1""#)
        #expect(try sample.read(instruments: hostile).get().instruments.map(\.id) == ["BTCUSDT", "LUNAUSDT"])
    }

    @Test("Bybit's cursor leads on, and a bar that closes after the venue's clock is unfinished")
    func bybitDetails() throws {
        let sample = SampleReplies.bybit
        let next = sample.instruments.replacing(#""nextPageCursor":"""#, with: #""nextPageCursor":"a=b&c""#)
        let cursor = try sample.read(instruments: next).get().cursor
        #expect(cursor == "a=b&c")
        let target = sample.interface.instrumentRequest(cursor).target
        #expect(target == "/v5/market/instruments-info?category=spot&limit=1000&cursor=a%3Db%26c")
        let later = sample.candles.replacing("1761272000000", with: "1761274800000")
        #expect(try sample.read(candles: later).get().map(\.isConfirmed) == [nil, nil, nil])
    }

    @Test("A key twice in one object is no field", arguments: SampleReplies.all)
    func keyTwice(_ sample: SampleReplies) throws {
        let text = sample.instruments
        let key = try #require(sample.stateFields.sorted().last { text.contains("\"\($0)\"") })
        let doubled = text.replacing("\"\(key)\":", with: "\"\(key)\":null,\"\(key)\":")
        #expect(doubled != text)
        #expect(sample.read(instruments: doubled).failureKind == "malformed")
    }
}
