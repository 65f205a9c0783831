import Domain
import MarketData
import Operation
import PriceShelf
import Testing

/// When a run over the symbols has failed.
struct PriceFeedFailureTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)

    private func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("Invariant: \(name) is a symbol") }
        return symbol
    }

    private func shelf(_ names: [String]) -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: midnight + .hours(30) + .minutes(1))
        shelf.with { state in
            state.needs = names.map {
                PriceNeed(symbol: symbol($0), firstSignalAt: midnight, lastCloseAt: midnight + .hours(48))
            }
        }
        return shelf
    }

    @Test("A misspelled symbol and a venue that is down do not fail a run in which everything else is up to date")
    func misspelled() async throws {
        let shelf = shelf(["BITCOIN", "BTC"])
        let kraken = ScriptedVenue(.kraken) { script in
            script.instrument = { (symbol: Symbol) throws(VenueFailure) -> Instrument in
                guard symbol.name == "BTC" else { throw .unknownSymbol(symbol, .kraken, suggestions: ["BTC"]) }
                return Instrument(venue: .kraken, id: "XBTUSD", base: "BTC", quote: "USD", state: .trading)
            }
        }
        let binance = ScriptedVenue(.binance) { script in
            script.instrument = { (_: Symbol) throws(VenueFailure) -> Instrument in
                throw VenueFailure.unreachable(.binance, "status 503")
            }
        }
        let feed = shelf.feed([binance.source, kraken.source])
        #expect(try await feed.run().barCount == 54)
        let quiet = try await feed.run()
        #expect(!quiet.isFailure)
        #expect(quiet.askedCount == 0)
        #expect(quiet.symbolTroubles.map(\.symbol) == [symbol("BITCOIN")])
        // What was listed once is missing where nobody who answers lists it.
        kraken.listsNothing()
        shelf.with { $0.now = $0.now + .hours(1) }
        #expect(try await feed.run().isFailure)
    }
}
