import Domain
import MarketData
import Operation
import PriceShelf
import Synchronization
import Testing

/// Numbers that a callback was told.
final class ProgressLog: Sendable {
    private let mutex = Mutex<[Int64]>([])
    func add(_ value: Int64) { mutex.withLock { $0.append(value) } }
    var values: [Int64] { mutex.withLock { $0 } }
}

/// The price as of a moment, and how far venues lie apart.
struct PriceFeedQuoteTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)

    private var bitcoin: Symbol {
        guard let symbol = Symbol("BTC") else { preconditionFailure("Invariant: BTC is a symbol") }
        return symbol
    }

    private func opening(_ hour: Int64) -> Timestamp { midnight + .hours(hour) }

    private func watched() -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: midnight + .hours(10) + .minutes(1))
        shelf.with { state in
            state.needs = [PriceNeed(symbol: bitcoin, firstSignalAt: midnight, lastCloseAt: midnight + .hours(48))]
        }
        return shelf
    }

    @Test("The price is the close of the last bar closed by then, from the ledger")
    func fromLedger() async throws {
        let shelf = watched()
        let venue = ScriptedVenue(.binance)
        let feed = shelf.feed([venue.source])
        _ = try await feed.run()
        let asked = venue.asked.count
        let quote = try await feed.price(of: bitcoin, at: opening(5) + .minutes(59))
        #expect(quote == PriceQuote(
            symbol: bitcoin, price: ScriptedVenue.honest(opening(4)).close, closeAt: opening(5), venue: nil))
        #expect(venue.asked.count == asked)
    }

    @Test("A bar recorded after the moment in question is no answer to it")
    func knownLater() async throws {
        let shelf = watched()
        let feed = shelf.feed([ScriptedVenue(.binance).source])
        _ = try await feed.run()
        shelf.with { $0.now = opening(11) + .minutes(5) }
        _ = try await feed.run()
        #expect(try await feed.price(of: bitcoin, at: opening(11) + .minutes(4)).closeAt == opening(10))
        #expect(try await feed.price(of: bitcoin, at: opening(11) + .minutes(5)).closeAt == opening(11))
    }

    @Test("Where the ledger has none, the first venue with a bar closed by then is asked, and nothing is stored")
    func fromVenue() async throws {
        let shelf = watched()
        let empty = ScriptedVenue(.binance) { $0.bar = { _ in nil } }
        let feed = shelf.feed([empty.source, ScriptedVenue(.kraken).source])
        let quote = try await feed.price(of: bitcoin, at: opening(5) + .minutes(1))
        #expect(quote.venue == .kraken)
        #expect(quote.closeAt == opening(5))
        #expect(shelf.bars(bitcoin).isEmpty)
    }

    @Test("No price is an error that says which kind: to come, unknown, too old, none")
    func failures() async throws {
        let shelf = watched()
        let venue = ScriptedVenue(.binance)
        let feed = shelf.feed([venue.source])
        await #expect(throws: PriceQuoteFailure.future(bitcoin, at: opening(11))) {
            try await feed.price(of: bitcoin, at: opening(11))
        }
        venue.change { $0.bar = { _ in nil } }
        await #expect(throws: PriceQuoteFailure.none(bitcoin, at: opening(9), "")) {
            try await feed.price(of: bitcoin, at: opening(9))
        }
        venue.listsNothing(suggesting: ["BCH"])
        await #expect(throws: PriceQuoteFailure.unknownSymbol(bitcoin, "no venue lists it; the nearest: BCH")) {
            try await feed.price(of: bitcoin, at: opening(9))
        }
        venue.lists()
        let end = opening(3)
        venue.change { $0.bar = { $0 < end ? ScriptedVenue.honest($0) : nil } }
        _ = try await feed.run()
        await #expect(throws: PriceQuoteFailure.stale(bitcoin, closedAt: opening(3), at: opening(8))) {
            try await feed.price(of: bitcoin, at: opening(8))
        }
        #expect(try await feed.price(of: bitcoin, at: opening(6)).closeAt == opening(3))
    }

    @Test("A bar that was withdrawn is no price, not even in its venue's own words")
    func withdrawn() async throws {
        let shelf = watched()
        let only = opening(5)
        let binance = ScriptedVenue(.binance) { script in
            script.bar = { $0 == only ? ScriptedVenue.honest($0) : nil }
        }
        let kraken = ScriptedVenue(.kraken) { script in
            script.bar = { $0 == only ? ScriptedVenue.lie($0) : nil }
        }
        #expect(try await shelf.feed([binance.source]).price(of: bitcoin, at: opening(6)).venue == .binance)
        _ = try await shelf.feed([binance.source, kraken.source]).run()
        #expect(shelf.withdrawals.map(\.openAt) == [only])
        await #expect(throws: PriceQuoteFailure.none(bitcoin, at: opening(6), "")) {
            try await shelf.feed([binance.source]).price(of: bitcoin, at: opening(6))
        }
    }

    @Test("A comparison counts bars, median, largest difference and disagreements of every pair, and stores nothing")
    func comparison() async throws {
        let shelf = watched()
        let (basis, lie) = (1.001, opening(4))
        let kraken = ScriptedVenue(.kraken) { script in
            script.bar = { $0 == lie ? ScriptedVenue.lie($0, 1.2) : ScriptedVenue.lie($0, basis) }
        }
        let okx = ScriptedVenue(.okx) { script in script.bar = { $0 < lie ? ScriptedVenue.honest($0) : nil } }
        let feed = shelf.feed([ScriptedVenue(.binance).source, kraken.source, okx.source])
        let report = try await feed.compare([bitcoin], from: opening(0), through: opening(8))
        #expect(report.comparisons.map(\.barCount) == [8, 4, 4])
        #expect(report.comparisons.map(\.disagreementCount) == [1, 0, 0])
        #expect(report.comparisons.map(\.first) == [.binance, .binance, .kraken])
        #expect(report.comparisons.map(\.second) == [.kraken, .okx, .okx])
        #expect(abs((report.comparisons[0].medianBps ?? 0) - 10) < 1e-9)
        #expect(abs((report.comparisons[0].maximalBps ?? 0) - 2_000) < 1e-9)
        #expect(report.comparisons[0].firstDisagreement?.openAt == lie)
        #expect(report.comparisons[1].maximalBps == 0)
        #expect(shelf.transcript.isEmpty)
    }
}
