import Books
import Domain

let start = Timestamp(seconds: 1_735_689_600)  // 2025-01-01T00:00:00Z

func hour(_ hours: Int64) -> Timestamp { start + .hours(hours) }

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func word() -> UInt64 {
        let value = StableHash.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }

    mutating func uniform() -> Double { Double(word() >> 11) * 0x1p-53 }
    mutating func below(_ bound: Int) -> Int { Int(word() % UInt64(bound)) }
}

/// Bars of one symbol from the price at the beginning of each: bar k opens at `prices[k]` and closes at the next one.
func series(
    _ prices: [Double], from first: Timestamp = start, length: Span = .hours(1), missing: Set<Int> = []
) -> [Bar] {
    prices.indices.dropLast().filter { !missing.contains($0) }.map { index in
        let (open, close) = (prices[index], prices[index + 1])
        let openAt = first + length * Int64(index)
        return Bar(
            openAt: openAt, closeAt: openAt + length, open: open, high: max(open, close), low: min(open, close),
            close: close, volume: nil)
    }
}

func history(_ bars: [Bar]) -> PriceHistory {
    var history = PriceHistory()
    for bar in bars { _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: .hours(240)) }
    return history
}

/// A random walk of opens, `hours` + 1 of them.
func walk(_ hours: Int, seed: UInt64, volatility: Double = 0.006, drift: Double = 0) -> [Double] {
    var draws = Draws(seed: seed)
    var prices = [100.0]
    for _ in 0..<hours {
        let shock = (0..<12).reduce(-6.0) { sum, _ in sum + draws.uniform() }
        prices.append(prices[prices.count - 1] * (1 + drift + volatility * max(-5, min(5, shock))))
    }
    return prices
}

func market(_ series: [[Bar]], roundTripBps: Double = 10) -> Book.Market {
    Book.Market(
        histories: series.map(history), pricing: PricingPolicy(),
        roundTripBps: [Double](repeating: roundTripBps, count: series.count))
}

func interval(
    _ number: Int, _ symbol: Int = 0, _ sign: Double = 1, from: Timestamp, to: Timestamp, isAttested: Bool = true
) -> Book.Interval {
    Book.Interval(
        key: StableHash("\(number)"), symbol: symbol, sign: sign, from: from, to: to, isAttested: isAttested)
}

/// Marks the book as far as it is final at `time`.
func advance(_ book: inout Book, to time: Timestamp, _ market: Book.Market) -> [BookMark] {
    var marks: [BookMark] = []
    while let mark = book.nextFinalMark(asOf: time, market: market) {
        marks.append(book.advance(to: mark, market: market))
    }
    return marks
}

func growth(_ marks: [BookMark]) -> Double { marks.reduce(1) { $0 * (1 + $1.netReturn) } }

extension Book {
    /// Gross exposure at `time` as a share of the equity, at last prices.
    func exposure(at time: Timestamp, _ market: Book.Market) -> (gross: Double, equity: Double) {
        var gross = 0.0
        var equity = cash
        for holding in holdings {
            let value = holding.units * (market.histories[holding.symbol].lastPrice(before: time)?.price ?? 0)
            gross += abs(value)
            equity += value
        }
        return (gross, equity)
    }

    func bytes() throws -> [UInt8] {
        var copy = self
        var writer = SnapshotCoder.writer()
        try copy.visit(&writer)
        return writer.bytes
    }

    func restored() throws -> Book {
        var reader = SnapshotCoder.reader(try bytes())
        var read = Book()
        try read.visit(&reader)
        return read
    }
}
