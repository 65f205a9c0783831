import Domain
import HTTPPort
import LocalExchange
import MarketData
import Operation
import Synchronization
import Testing

/// Each venue's client, over real connections, against an exchange that answers as that venue does.
struct VenueJourneyTests {
    private static let hour = Span.hours(1)
    /// 2025-06-01T12:30:00Z: half an hour into a bar.
    private static let now = Timestamp(seconds: 1_748_781_000)
    private static let noon = now.floored(to: hour)

    /// A part of the target that only requests for candles have.
    private static func candlePath(_ venue: Venue) -> String {
        switch venue {
        case .binance: "/klines"
        case .coinbase, .okx: "candles"
        case .kraken: "/OHLC"
        case .bybit: "/kline"
        case .bitstamp: "/ohlc"
        }
    }

    private static func openings(_ count: Int64, through: Timestamp = noon) -> OpeningRange {
        OpeningRange(from: through - hour * count, through: through, barLength: hour)
    }

    /// What the exchange has of finished bars.
    private static func expected(
        _ exchange: ExchangeServer, _ instrument: Instrument, _ range: OpeningRange
    ) -> [Bar] {
        (0..<range.count).compactMap { index in
            exchange.bar(
                instrument.base, instrument.quote, at: instrument.venue, opening: range.from + hour * index,
                length: hour)
        }
    }

    private static func bitcoin() throws -> Symbol { try #require(Symbol("BTC")) }

    @Test("Each venue's bars are the exchange's own, all finished ones and no other", arguments: Venue.allCases)
    func bars(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            #expect(instrument.base == "BTC" && instrument.quote == "USDT")
            // Through 15:00: three openings of the range are not finished, one of them runs.
            let asked = Self.openings(9, through: Self.noon + Self.hour * 3)
            let page = try await client.page(of: instrument, in: asked)
            #expect(page.answeredThrough == Self.noon)
            let finished = OpeningRange(from: asked.from, through: Self.noon, barLength: Self.hour)
            #expect(page.bars == Self.expected(exchange, instrument, finished))
            #expect(page.bars.count == 6)
        }
    }

    @Test("A long range takes the fewest pages, and they meet without a gap or a double", arguments: Venue.allCases)
    func pages(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let limits = VenueInterface.of(venue).limits
            let range = Self.openings(limits.reachableBars.map { Int64($0 - 1) } ?? 1_050)
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            exchange.forgetRequests()
            var bars: [Bar] = []
            var from = range.from
            while from < range.through {
                let rest = OpeningRange(from: from, through: range.through, barLength: Self.hour)
                let page = try await client.page(of: instrument, in: rest)
                guard page.answeredThrough > from else { break }
                bars += page.bars
                from = page.answeredThrough
            }
            #expect(bars == Self.expected(exchange, instrument, range))
            let count = Int(range.count)
            let fewest = (count + limits.candlesPerPage - 1) / limits.candlesPerPage
            #expect(exchange.requests.count == fewest)
        }
    }

    @Test("What is beyond Kraken's newest 720 bars is out of reach, and told from when on it is not")
    func outOfReach() async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(.kraken, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            exchange.forgetRequests()
            // The newest of the reachable ones is the running bar.
            let reachable = try #require(VenueInterface.of(.kraken).limits.reachableBars)
            #expect((700...720).contains(reachable))
            let earliest = Self.noon - Self.hour * Int64(reachable - 1)
            await #expect(throws: VenueFailure.outOfReach(.kraken, earliest: earliest)) {
                try await client.page(of: instrument, in: Self.openings(800))
            }
            #expect(exchange.requests.isEmpty)
            let all = OpeningRange(from: earliest, through: Self.noon, barLength: Self.hour)
            let page = try await client.page(of: instrument, in: all)
            #expect(page.bars.count == reachable - 1)
        }
    }

    @Test("By a clock that is ahead of the venue's, the running bar is not finished", arguments: Venue.allCases)
    func fastClock(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.noon + Span(milliseconds: -5_000))
            let client = VenueClient.test(
                venue, at: exchange, sender, now: Self.noon + Span(milliseconds: 5_000))
            let instrument = try await client.instrument(for: Self.bitcoin())
            let page = try await client.page(of: instrument, in: Self.openings(6))
            #expect(page.answeredThrough == Self.noon - Self.hour)
            #expect(page.bars.count == 5)
        }
    }

    @Test(
        "By a clock that is behind the venue's, nothing is asked that it calls future", arguments: Venue.allCases)
    func slowClock(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(
                venue, at: exchange, sender, now: Self.noon - Self.hour + Span(milliseconds: 5_000))
            let instrument = try await client.instrument(for: Self.bitcoin())
            let page = try await client.page(of: instrument, in: Self.openings(6))
            #expect(page.answeredThrough == Self.noon - Self.hour)
            #expect(page.bars.last?.closeAt == Self.noon - Self.hour)
        }
    }

    @Test("Missing bars stay missing, and are answered", arguments: Venue.allCases)
    func gap(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let missing = (Self.noon - Self.hour * 4)..<(Self.noon - Self.hour * 2)
            exchange.distort(Distortion(.missing, at: venue, base: "BTC", openings: missing))
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            let page = try await client.page(of: instrument, in: Self.openings(6))
            #expect(page.answeredThrough == Self.noon)
            #expect(page.bars.map(\.openAt) == [6, 5, 2, 1].map { Self.noon - Self.hour * $0 })
        }
    }

    @Test("An empty answer right after a close is not yet an answer for that bar", arguments: Venue.allCases)
    func staleEmptyList(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.noon + .minutes(1))
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            exchange.script(.emptyList, on: Self.candlePath(venue))
            let page = try await client.page(of: instrument, in: Self.openings(6))
            #expect(page == CandlePage(bars: [], answeredThrough: Self.noon - Self.hour))
        }
    }

    @Test("Whatever goes wrong once, the same bars come in the end", arguments: Venue.allCases, Mishap.transient)
    func mishaps(_ venue: Venue, _ mishap: Mishap) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            exchange.script(mishap, on: Self.candlePath(venue))
            let page = try await client.page(of: instrument, in: Self.openings(6))
            #expect(page.bars == Self.expected(exchange, instrument, Self.openings(6)))
            #expect(page.answeredThrough == Self.noon)
            exchange.calm()
            let again = try await client.page(of: instrument, in: Self.openings(6))
            #expect(again == page)
        }
    }

    @Test(
        "What goes wrong every time is given up after the set attempts",
        arguments: [
            Mishap.status(503), .html, .reset, .closeInBody, .garbage, .hugeBody(bytes: 1 << 24, isAnnounced: false),
            .wrongContentLength(by: 1), .silence,
        ])
    func givenUp(_ mishap: Mishap) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            var settings = ClientSettings(attempts: 3, maximalResponseBytes: 1 << 20)
            if mishap == .silence { settings.timeout = Span(milliseconds: 40) }
            let waits = Waits()
            let client = VenueClient.test(.binance, at: exchange, sender, settings: settings, waits: waits)
            let instrument = Instrument(
                venue: .binance, id: "BTCUSDT", base: "BTC", quote: "USDT", state: .trading)
            exchange.script(mishap, on: "/klines", count: 100)
            do throws(VenueFailure) {
                _ = try await client.page(of: instrument, in: Self.openings(6))
                Issue.record("\(mishap) gave bars")
            } catch {
                guard case .unreachable(.binance, let detail) = error else {
                    Issue.record("\(mishap): \(error)")
                    return
                }
                #expect(!detail.contains("127.0.0.1") && !detail.contains("klines"))
            }
            // What timed out may not even have arrived.
            #expect(mishap == .silence ? exchange.requests.count <= 3 : exchange.requests.count == 3)
            #expect(waits.spans.count == 2)
        }
    }

    @Test("The venue's own no is final, in its words", arguments: Venue.allCases)
    func refused(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(venue, at: exchange, sender)
            let gone = Instrument(venue: venue, id: "NOSUCH", base: "NO", quote: "SUCH", state: .trading)
            exchange.forgetRequests()
            do throws(VenueFailure) {
                _ = try await client.page(of: gone, in: Self.openings(6))
                Issue.record("\(venue) has bars of nothing")
            } catch {
                guard case .refused(venue, let words) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(words.contains("unknown instrument"), "\(words)")
            }
            #expect(exchange.requests.count == 1)
        }
    }

    @Test("An error object with status 200 gives no bars", arguments: Venue.allCases)
    func errorObject(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            let client = VenueClient.test(venue, at: exchange, sender)
            let instrument = try await client.instrument(for: Self.bitcoin())
            exchange.script(.errorObject, on: Self.candlePath(venue), count: 100)
            await #expect(throws: VenueFailure.self) {
                try await client.page(of: instrument, in: Self.openings(6))
            }
        }
    }

    @Test("A list in pages is read to its end", arguments: [1, 5, 17, 18, 100])
    func listPages(_ perPage: Int) async throws {
        try await withExchange { exchange, sender in
            exchange.setInstrumentsPerPage(perPage)
            let client = VenueClient.test(.bybit, at: exchange, sender)
            let last = try #require(Symbol("DOGE"))
            let instrument = try await client.instrument(for: last)
            #expect(instrument.id == "DOGEUSDT")
            #expect(exchange.requests.count == (18 + perPage - 1) / perPage)
        }
    }

    @Test("What is halted or gone is a state, or is not listed any more", arguments: Venue.allCases)
    func states(_ venue: Venue) async throws {
        try await withExchange { exchange, sender in
            for quote in ["USDT", "USD", "USDC"] { exchange.list(Listing("XRP", quote, state: .halted)) }
            let client = VenueClient.test(venue, at: exchange, sender)
            let ripple = try #require(Symbol("XRP"))
            let instrument = try await client.instrument(for: ripple)
            #expect(instrument.state == .halted)
            let unknown = try #require(Symbol("NOSUCHCOIN"))
            do throws(VenueFailure) {
                _ = try await client.instrument(for: unknown)
                Issue.record("\(venue) lists a coin that there is not")
            } catch {
                guard case .unknownSymbol(unknown, venue, _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    @Test("Under a fifth of failures of all kinds every page still comes right", arguments: [1, 2, 3] as [UInt64])
    func storm(_ seed: UInt64) async throws {
        try await withExchange { exchange, sender in
            exchange.setNow(Self.now)
            exchange.disturb(probability: 0.2, Mishap.transient, seed: seed)
            let settings = ClientSettings(attempts: 8, breakerFailures: 50)
            for venue in Venue.allCases {
                let client = VenueClient.test(venue, at: exchange, sender, settings: settings)
                let instrument = try await client.instrument(for: Self.bitcoin())
                for part in 0..<8 {
                    let range = Self.openings(24, through: Self.noon - Self.hour * Int64(24 * part))
                    let page = try await client.page(of: instrument, in: range)
                    #expect(
                        page.bars == Self.expected(exchange, instrument, range), "seed \(seed), \(venue), \(part)")
                }
            }
            #expect(exchange.requests.contains { $0.mishap != nil })
        }
    }
}
