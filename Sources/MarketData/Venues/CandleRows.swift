import Domain

/// The six numbers of a candle, where they stand in a row.
struct CandleFields {
    var time: ReplyValue
    var open: ReplyValue
    var high: ReplyValue
    var low: ReplyValue
    var close: ReplyValue
    var volume: ReplyValue
    var isConfirmed: Bool?

    init(
        time: ReplyValue, open: ReplyValue, high: ReplyValue, low: ReplyValue, close: ReplyValue, volume: ReplyValue,
        isConfirmed: Bool? = nil
    ) {
        self.time = time
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.isConfirmed = isConfirmed
    }
}

/// What all venues' candles must be before they are bars: every price finite, positive and within the range of its
/// bar, every opening on the grid of the asked length, one bar an opening.
///
/// A page with one impossible row is refused whole. Leaving the row out would make a gap of it, and a venue that
/// writes one impossible price has no claim to be believed about its neighbors.
struct CandleRows {
    enum TimeUnit: Int64 {
        case milliseconds = 1
        case seconds = 1_000
    }

    var barLength: Span
    var unit: TimeUnit

    /// Beyond these a number is no price but another field, or a unit mistaken (ours): the smallest quotes in use are
    /// near 1e-12, the largest near 1e10.
    private static let plausiblePrices = 1e-18...1e15
    private static let plausibleVolumes = 0...1e27

    /// Ascending, without doubles, whatever the order of the rows.
    func candles(
        _ rows: [ReplyValue],
        fields: (_ row: ReplyValue, _ place: String) throws(ReplyFailure) -> CandleFields
    ) throws(ReplyFailure) -> [VenueCandle] {
        var candles: [VenueCandle] = []
        candles.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            let place = "row \(index + 1)"
            candles.append(try candle(try fields(row, place), place))
        }
        return try CandleRows.ascending(candles)
    }

    /// The elements of a row that is an array of at least `count`: a row that lost one element would shift all others.
    static func elements(
        _ row: ReplyValue, count: Int, _ place: String
    ) throws(ReplyFailure) -> [ReplyValue] {
        guard let elements = row.elements else { throw .malformed("\(place) is no array: \(row.excerpt)") }
        guard elements.count >= count else {
            throw .malformed("\(place) has \(elements.count) elements instead of \(count): \(row.excerpt)")
        }
        return elements
    }

    private func candle(_ fields: CandleFields, _ place: String) throws(ReplyFailure) -> VenueCandle {
        let openAt = try opening(fields.time, place)
        let open = try price(fields.open, "open", place)
        let high = try price(fields.high, "high", place)
        let low = try price(fields.low, "low", place)
        let close = try price(fields.close, "close", place)
        guard high >= max(open, close), low <= min(open, close) else {
            throw .malformed(
                "\(place): the range \(fields.low.excerpt) to \(fields.high.excerpt) does not hold the open"
                    + " \(fields.open.excerpt) and the close \(fields.close.excerpt)")
        }
        guard let volume = fields.volume.number, CandleRows.plausibleVolumes.contains(volume) else {
            throw .malformed("\(place): the volume is \(fields.volume.excerpt)")
        }
        let bar = Bar(
            openAt: openAt, closeAt: openAt + barLength, open: open, high: high, low: low, close: close, volume: volume)
        return VenueCandle(bar: bar, isConfirmed: fields.isConfirmed)
    }

    private func opening(_ value: ReplyValue, _ place: String) throws(ReplyFailure) -> Timestamp {
        let range = Timestamp.plausible
        guard let number = value.integer, number >= range.lowerBound.milliseconds / unit.rawValue,
            number <= range.upperBound.milliseconds / unit.rawValue
        else { throw .malformed("\(place): the time is \(value.excerpt)") }
        let openAt = Timestamp(milliseconds: number * unit.rawValue)
        guard openAt == openAt.floored(to: barLength) else {
            throw .malformed(
                "\(place): \(openAt) is no opening of a bar of \(barLength.milliseconds / 60_000) minutes")
        }
        return openAt
    }

    private func price(_ value: ReplyValue, _ name: String, _ place: String) throws(ReplyFailure) -> Double {
        guard let price = value.number, CandleRows.plausiblePrices.contains(price) else {
            throw .malformed("\(place): the \(name) is \(value.excerpt)")
        }
        return price
    }

    /// Venues repeat a row now and then. What is the same twice is one bar; what differs is none, since nothing tells
    /// which is right (Bitstamp's daily bars hold 2019-01-09 twice, with two closes).
    private static func ascending(_ candles: [VenueCandle]) throws(ReplyFailure) -> [VenueCandle] {
        var kept: [VenueCandle] = []
        kept.reserveCapacity(candles.count)
        for candle in candles.sorted(by: { $0.bar.openAt < $1.bar.openAt }) {
            guard let last = kept.last, last.bar.openAt == candle.bar.openAt else {
                kept.append(candle)
                continue
            }
            guard last == candle else {
                throw .malformed("two rows for \(candle.bar.openAt) differ")
            }
        }
        return kept
    }
}
