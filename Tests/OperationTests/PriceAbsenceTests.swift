import Domain
import Operation
import PriceShelf
import Testing

/// What a look makes of the time since the last one.
struct PriceAbsenceTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)
    private let symbol = Samples.symbol("BTC")

    private func shelf(at now: Timestamp) -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: now)
        shelf.with { state in
            state.needs = [PriceNeed(symbol: symbol, firstSignalAt: midnight, lastCloseAt: midnight + .days(40))]
        }
        return shelf
    }

    private func intake(_ shelf: InMemoryPriceLedger, lastDecisionAt: Timestamp? = nil) -> PriceIntake {
        var intake = shelf.intake(PriceRules(barLength: .hours(1), history: .hours(12)))
        intake.lastDecisionAt = { lastDecisionAt }
        return intake
    }

    private func begin(_ intake: PriceIntake) throws -> PriceLook {
        let need = try #require(try intake.log.needs().first)
        return try #require(try intake.look(at: need))
    }

    private func end(_ look: PriceLook, _ intake: PriceIntake) throws {
        let windows = PriceWindow.windows(of: look.missing)
        for (index, window) in windows.enumerated() {
            let bars = window.hull.openings.map { opening in
                Bar(openAt: opening, closeAt: opening + .hours(1), open: 1, high: 1, low: 1, close: 1, volume: nil)
            }
            let quotes = VenueQuotes(venue: .binance, quote: "USDT", bars: bars, answered: [window.hull])
            _ = try intake.store(
                window, of: look, quotes: [quotes], isConclusive: true,
                end: index == windows.count - 1 ? PriceIntake.LookEnd(venue: nil, unanswered: []) : nil)
        }
    }

    @Test(
        "After days without a look, what closed is history where nothing was decided since, else news of today",
        arguments: [nil, 4, 5, 6, 70])
    func absence(decidedAt hour: Int64?) throws {
        let shelf = shelf(at: midnight + .hours(5))
        try end(try begin(intake(shelf)), intake(shelf))
        let now = midnight + .hours(80)
        shelf.with { $0.now = now }
        let deciding = intake(shelf, lastDecisionAt: hour.map { midnight + .hours($0) })
        try end(try begin(deciding), deciding)
        let stamp = try #require(shelf.stamps(symbol)[midnight + .hours(20)])
        let wasDecided = (hour ?? 0) > 5
        #expect(stamp.attestation == (wasDecided ? .attested : .unattested))
        #expect(stamp.knownAt == (wasDecided ? now : midnight + .hours(21)))
        // What was there before the first look is history, whoever decided.
        #expect(shelf.stamps(symbol)[midnight]?.attestation == .unattested)
    }

    @Test("A back-fill that ends after a shorter look began and ended does not make it undone")
    func beside() throws {
        let shelf = shelf(at: midnight + .hours(5))
        let intake = intake(shelf)
        let long = try begin(intake)
        shelf.with { $0.now = midnight + .hours(7) }
        try end(try begin(intake), intake)
        shelf.with { $0.now = midnight + .hours(8) }
        try end(long, intake)
        let watch = try #require(try shelf.log.watch(symbol))
        #expect(watch.lookedAt == midnight + .hours(7))
        #expect(watch.firstLookedAt == midnight + .hours(5))
    }

    @Test("A look from the future, of a clock that was ahead, is put right by the next one")
    func ahead() throws {
        let shelf = shelf(at: midnight + .hours(5))
        let intake = intake(shelf)
        try end(try begin(intake), intake)
        shelf.with { state in
            state.watches[symbol]?.lookedAt = midnight + .days(9)
            state.now = midnight + .hours(8)
        }
        try end(try begin(intake), intake)
        #expect(try shelf.log.watch(symbol)?.lookedAt == midnight + .hours(8))
    }
}
