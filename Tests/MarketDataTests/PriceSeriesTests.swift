import Domain
import MarketData
import Operation
import PriceShelf
import Testing

/// Venues against what the ledger holds already.
struct PriceSeriesTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)

    private func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("Invariant: \(name) is a symbol") }
        return symbol
    }

    private func opening(_ hour: Int64) -> Timestamp { midnight + .hours(hour) }

    /// A ledger that needs the symbol and holds bars of it from a file, at so many times an honest venue's price.
    private func shelf(_ names: [String] = ["ONE"], holding hours: [Int64], factor: Double = 1) -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: midnight + .hours(30) + .minutes(1))
        shelf.with { state in
            state.needs = names.map {
                PriceNeed(symbol: symbol($0), firstSignalAt: midnight, lastCloseAt: midnight + .hours(480))
            }
            state.facts = hours.map { hour in
                let bar = scaled(opening(hour), factor)
                return StampedFact(
                    fact: .bar(symbol(names[0]), bar), knownAt: bar.closeAt, attestation: .unattested, lineNumber: 1)
            }
        }
        return shelf
    }

    private func scaled(_ opening: Timestamp, _ factor: Double) -> Bar {
        var bar = ScriptedVenue.honest(opening)
        bar.open *= factor
        bar.high *= factor
        bar.low *= factor
        bar.close *= factor
        return bar
    }

    @Test("Holes in a file of a share that is named like a coin are not filled with the coin's bars")
    func share() async throws {
        let hours = (Int64(-24)..<30).filter { $0 % 5 != 0 }
        let shelf = shelf(["ONE", "BTC"], holding: hours, factor: 40)
        let summary = try await shelf.feed([ScriptedVenue(.binance).source, ScriptedVenue(.kraken).source]).run()
        #expect(shelf.bars(symbol("ONE")).count == hours.count)
        #expect(shelf.with { $0.watches[symbol("ONE")] } == nil)
        #expect(shelf.with { $0.gaps.isEmpty })
        let trouble = try #require(summary.symbolTroubles.first)
        #expect(trouble.symbol == symbol("ONE"))
        #expect(trouble.text.hasPrefix("binance says 101.0 USDT where the ledger holds 4040.0 at"))
        #expect(trouble.text.contains("rename the symbol") && trouble.text.contains("put prices.quotes back"))
        #expect(shelf.bars(symbol("BTC")).count == 54, "the others go on")
        #expect(!summary.isFailure)
    }

    @Test("Euros do not follow dollars, however many hours lie between, and the run has failed", arguments: [1, 3, 60])
    func currency(hours: Int64) async throws {
        let shelf = shelf(holding: [])
        let (binance, kraken) = (ScriptedVenue(.binance), ScriptedVenue(.kraken))
        _ = try await shelf.feed([binance.source, kraken.source]).run()
        let before = shelf.transcript
        shelf.with { $0.now = $0.now + .hours(hours) }
        for venue in [binance, kraken] {
            venue.lists(quote: "EUR")
            venue.change { $0.bar = { scaled($0, 0.92) } }
        }
        let summary = try await shelf.feed([binance.source, kraken.source], quotes: ["EUR"]).run()
        #expect(shelf.transcript == before)
        #expect(summary.symbolTroubles.count == 1)
        #expect(summary.isFailure)
        // Put back, it goes on.
        for venue in [binance, kraken] {
            venue.lists()
            venue.change { $0.bar = { ScriptedVenue.honest($0) } }
        }
        let again = try await shelf.feed([binance.source, kraken.source]).run()
        #expect(again.barCount == Int(hours))
        #expect(again.symbolTroubles.isEmpty)
    }

    @Test("Where the bars that are held lie far from what is missing, the newest of them are asked for by themselves")
    func farAway() async throws {
        let (other, same) = (shelf(holding: [-10, -9, -8], factor: 2), shelf(holding: [-10, -9, -8], factor: 1.02))
        for shelf in [other, same] {
            shelf.with { $0.needs[0].firstSignalAt = midnight - .days(90) }
        }
        let binance = ScriptedVenue(.binance)
        let refused = try await other.feed([binance.source]).run()
        #expect(refused.symbolTroubles.count == 1)
        #expect(other.bars(symbol("ONE")).count == 3)
        #expect(binance.asked.map(\.count) == [24], "one page, and no window")
        let taken = try await same.feed([binance.source]).run()
        #expect(taken.symbolTroubles.isEmpty)
        #expect(taken.barCount == 24 + 90 * 24 + 30 - 3)
    }

    @Test("Two held bars decide nothing, three do", arguments: [2, 3])
    func tooFew(count: Int64) async throws {
        let shelf = shelf(holding: (20..<20 + count).map { $0 }, factor: 3)
        let summary = try await shelf.feed([ScriptedVenue(.binance).source]).run()
        #expect(summary.symbolTroubles.count == (count == 3 ? 1 : 0))
        #expect(shelf.bars(symbol("ONE")).count == (count == 3 ? 3 : 54))
    }

    @Test("One venue that speaks of something else is left out where another speaks of the ledger's series")
    func leftOut() async throws {
        let shelf = shelf(holding: (-24..<28).map { $0 })
        let binance = ScriptedVenue(.binance) { $0.bar = { scaled($0, 7) } }
        let others = [ScriptedVenue(.kraken), ScriptedVenue(.okx)]
        let summary = try await shelf.feed([binance.source] + others.map(\.source)).run()
        #expect(shelf.with { $0.sources } == ["kraken, checked by okx"])
        #expect(shelf.withdrawals.isEmpty)
        #expect(summary.symbolTroubles.isEmpty)
        #expect(summary.venueTroubles.map(\.venue) == [.binance])
        #expect(shelf.bars(symbol("ONE")).count == 54)
    }

    @Test("One wrong print of a venue among held bars refuses nothing, and an hour's look costs one request a venue")
    func oneLie() async throws {
        let shelf = shelf(holding: (-24..<29).map { $0 })
        let lie = opening(27)
        let venues = [Venue.binance, .kraken].map { venue in
            ScriptedVenue(venue) { $0.bar = { $0 == lie ? ScriptedVenue.lie($0, 3) : ScriptedVenue.honest($0) } }
        }
        let summary = try await shelf.feed(venues.map(\.source)).run()
        #expect(summary.checkedCount == 1)
        #expect(summary.symbolTroubles.isEmpty)
        #expect(venues.map(\.asked.count) == [1, 1])
    }
}
