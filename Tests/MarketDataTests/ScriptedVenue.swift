import Domain
import MarketData
import Operation
import Synchronization

/// A venue that a test drives: what it has, how it fails, and what it was asked.
final class ScriptedVenue: Sendable {
    struct Script {
        /// `nil` for one that lists the symbol as trading, in USDT.
        var instrument: (@Sendable (Symbol) throws(VenueFailure) -> Instrument)?
        /// What it says of an opening; `nil` for nothing.
        var bar: @Sendable (Timestamp) -> Bar? = { ScriptedVenue.honest($0) }
        /// Thrown in place of an answer to a range.
        var failure: (@Sendable (OpeningRange) -> VenueFailure?)?
        var candlesPerPage: Int64 = 1_000
        /// It does not know yet what opened from here on.
        var knowsThrough: Timestamp?
        /// Answers wait so many turns of the scheduler.
        var turns = 0
        var asked: [OpeningRange] = []
    }

    let venue: Venue
    private let script = Mutex(Script())

    init(_ venue: Venue, _ change: (inout Script) -> Void = { _ in }) {
        self.venue = venue
        script.withLock { change(&$0) }
    }

    func change(_ body: (inout Script) -> Void) { script.withLock { body(&$0) } }

    var asked: [OpeningRange] { script.withLock { $0.asked } }

    /// Every venue that is honest says the same: a price that moves with the hour.
    static func honest(_ opening: Timestamp) -> Bar {
        let hour = Double(opening.milliseconds / 3_600_000 % 24)
        return Bar(
            openAt: opening, closeAt: opening + .hours(1), open: 100 + hour, high: 102 + hour, low: 99 + hour,
            close: 101 + hour, volume: 1)
    }

    static func lie(_ opening: Timestamp, _ factor: Double = 1.1) -> Bar {
        var bar = honest(opening)
        bar.close *= factor
        bar.high = max(bar.high, bar.close)
        bar.low = min(bar.low, bar.close)
        return bar
    }

    func lists(_ state: InstrumentState = .trading, quote: String = "USDT") {
        let venue = venue
        change { script in
            script.instrument = { symbol in
                Instrument(venue: venue, id: symbol.name + quote, base: symbol.name, quote: quote, state: state)
            }
        }
    }

    func listsNothing(suggesting names: [String] = []) {
        let venue = venue
        change { script in
            script.instrument = { (symbol: Symbol) throws(VenueFailure) -> Instrument in
                throw VenueFailure.unknownSymbol(symbol, venue, suggestions: names)
            }
        }
    }

    var source: CandleSource {
        CandleSource(
            venue: venue,
            instrument: { symbol throws(VenueFailure) in
                let (turns, instrument) = self.script.withLock { ($0.turns, $0.instrument) }
                for _ in 0..<turns { await Task.yield() }
                if let instrument { return try instrument(symbol) }
                return Instrument(
                    venue: self.venue, id: symbol.name + "USDT", base: symbol.name, quote: "USDT", state: .trading)
            },
            page: { _, range throws(VenueFailure) in
                let script = self.script.withLock { script in
                    script.asked.append(range)
                    return script
                }
                for _ in 0..<script.turns { await Task.yield() }
                if let failure = script.failure?(range) { throw failure }
                let page = min(range.through, range.from + range.barLength * script.candlesPerPage)
                let through = max(range.from, min(page, script.knowsThrough ?? page))
                let openings = OpeningRange(from: range.from, through: through, barLength: range.barLength).openings
                return CandlePage(bars: openings.compactMap(script.bar), answeredThrough: through)
            })
    }
}
