import Domain
import Files
import Operation
import Testing

struct PriceLineTests {
    private let scratch = Scratch()
    private let header = "ts,open,high,low,close,volume\n"

    private func read(_ name: String, _ text: String) throws -> Reading {
        scratch.write(name, text)
        return try scratch.read(scratch.source(name, .prices))
    }

    private func bars(_ reading: Reading) -> [(Symbol, Bar)] {
        reading.lines.compactMap { line in
            guard case .fact(.bar(let symbol, let bar)) = line.content else { return nil }
            return (symbol, bar)
        }
    }

    @Test(arguments: [
        ("BTCUSDT_1h.csv", "BTC", 60), ("DOGEUSDT_30m_perp.csv", "DOGE", 30), ("BTC_1d.csv", "BTC", 1_440),
        ("BTC-USD-4h-2024-01.csv", "BTC", 240), ("ETH_BTC_5min.csv", "ETH/BTC", 5),
        ("600028.SH_1w.csv", "600028.SH", 10_080),
    ])
    func theFileNameTellsSymbolAndLength(name: String, symbol: String, minutes: Int) throws {
        let found = bars(try read(name, header + "1761271200,1,2,0.5,1.5,\n"))
        #expect(found.map(\.0.name) == [symbol])
        #expect(found.map(\.1.length) == [Span.minutes(Int64(minutes))])
        #expect(found.first?.1.openAt == Timestamp(seconds: 1_761_271_200))
        #expect(found.first?.1.volume == nil)
    }

    @Test func aNameWithoutALengthTellsNothing() throws {
        let reading = try read("prices.csv", header + "1761271200,1,2,0.5,1.5,3\n")
        #expect(reading.reasons.first?.hasPrefix("there is no symbol") == true)
        var source = scratch.source("prices.csv", .prices)
        source.symbol = "SOL/USDT"
        #expect(try scratch.read(source).reasons.first?.hasPrefix("the bar's length is unknown") == true)
        source.barLength = .minutes(15)
        #expect(bars(try scratch.read(source)).map(\.1.closeAt) == [Timestamp(seconds: 1_761_271_200 + 900)])
    }

    @Test func theLineSaysMoreThanTheFile() throws {
        let text = """
            Symbol,Open_Time,Open,High,Low,Close,close_time
            ETH,1761271200000,1,2,0.5,1.5,1761271499999
            ,2025-10-24T02:00:00Z,1,2,0.5,1.5,
            """
        let found = bars(try read("BTC_1h.csv", text))
        #expect(found.map(\.0.name) == ["ETH", "BTC"])
        #expect(found.map(\.1.length) == [.minutes(5), .hours(1)])
    }

    @Test func aDateAloneIsMidnightOfADailyBarOnly() throws {
        let found = bars(try read("BTC_1d.csv", "date,open,high,low,close\n2025-10-24,1,2,0.5,1.5\n"))
        #expect(found.map(\.1.openAt) == [Timestamp(seconds: 1_761_264_000)])
        let hourly = try read("BTC_1h.csv", "date,open,high,low,close\n2025-10-24,1,2,0.5,1.5\n")
        #expect(hourly.reasons == ["ts 2025-10-24 is a date alone, but the bar lasts 1.0 h: its hour is missing"])
    }

    @Test(arguments: [
        ("1761271200,0,2,0.5,1.5,3", "open 0 must be above 0"),
        ("1761271200,1,2,-0.5,1.5,3", "low -0.5 must be above 0"),
        ("1761271200,1,1.4,0.5,1.5,3", "high 1.4 is below the open 1.0 or the close 1.5"),
        ("1761271200,1,2,1.2,1.5,3", "low 1.2 is above the open 1.0 or the close 1.5"),
        ("1761271200,1,2,0.5,,3", "close is missing"), ("1761271200,1,2,0.5,nan,3", "close nan is not a finite number"),
        ("1761271200,1,1e400,0.5,1.5,3", "high 1e400 is not a finite number"),
        ("1761271200,1,2,0.5,1.5,-1", "volume -1 is negative"), ("1761271200,1,2,0.5,1.5,inf", "volume inf is not"),
        ("1761271200,1,2,0.5,0x1p3,3", "close 0x1p3 is not a finite number"), ("0,1,2,0.5,1.5,3", "ts 0 is not a time"),
        ("1761271200,1,2,0.5,1.5", "has 5 cells, but the header names 6 columns"),
        ("1761271200,1,2,0.5,1.5,3,4", "has 7 cells, but the header names 6 columns"),
    ])
    func impossibleBarsAreRefusedWithTheirNumbers(row: String, reason: String) throws {
        let found = try read("BTC_1h.csv", header + row + "\n").reasons
        #expect(found.count == 1 && found[0].hasPrefix(reason), "\(found)")
    }

    @Test func jsonBarsMayWritePricesAsTexts() throws {
        let line = """
            {"time":1761271200,"open":"1.0","high":"2","low":"0.5","close":"1.5","volume":null,"interval":"1h"}
            """
        scratch.write("x.jsonl", line)
        var source = scratch.source("x.jsonl", .prices)
        source.symbol = "BTC"
        #expect(bars(try scratch.read(source)).map(\.1.close) == [1.5])
    }

    @Test func anIntervalThatContradictsTheCloseIsRefused() throws {
        let text = "ts,open,high,low,close,interval,close_ts\n1761271200,1,2,0.5,1.5,1h,1761273000\n"
        #expect(try read("BTC.csv", text).reasons.isEmpty == false)
        #expect(
            try read("BTC_1h.csv", text).reasons == ["interval 1h is not the time to close_ts, 30.0 minutes"])
    }

    @Test func numbersAreReadToTheLastBit() throws {
        for seed in 1...200 {
            var random = Garbage(state: UInt64(seed))
            let value = Double(random.next() % 1_000_000_000) / 997 * [1e-9, 1, 1e9][random.below(3)] + 1e-12
            let texts = ["\(value)", "000\(value)", " \(value) "]
            let text = texts[random.below(texts.count)]
            let found = bars(try read("BTC_1h.csv", header + "1761271200,\(text),\(value),\(value),\(text),1\n"))
            #expect(found.first?.1.open == value, "seed \(seed), \(text)")
        }
    }
}
