import Books
import Domain
import StatisticsState
import Testing

@Suite("Record of a book")
struct BookRecordTests {
    private func mark(_ day: Int64, _ net: Double, market: Double? = nil, gross: Double? = nil) -> BookMark {
        BookMark(
            at: start + .days(day), netReturn: net, grossReturn: gross ?? net, turnover: 0.5, isExposed: net != 0,
            isAttested: true, marketReturn: market, staleCount: 0, abandonedCount: 0, importedCount: 0)
    }

    @Test("returns compound, and the drawdown is the fall of what they compound to")
    func compounds() throws {
        var record = BookRecord()
        for (day, net) in [0.1, -0.2, 0.05, -0.1, 0.5].enumerated() {
            _ = record.take(mark(Int64(day), net, gross: net + 0.001), fleetMedianBeta: nil, window: 100)
        }
        let summary = record.summary(book: Book(), ratio: record.sharpeRatio, fleetMedianBeta: nil)
        #expect(abs(summary.totalReturnNet - (1.1 * 0.8 * 1.05 * 0.9 * 1.5 - 1)) < 1e-12)
        #expect(abs(summary.totalReturnGross - (1.101 * 0.801 * 1.051 * 0.901 * 1.501 - 1)) < 1e-12)
        // From 1.1 to 1.1 * 0.8 * 1.05 * 0.9.
        #expect(abs(summary.maximalDrawdown - (1 - 0.8 * 1.05 * 0.9)) < 1e-12)
        #expect(summary.currentDrawdown == 0)
        #expect(summary.averageTurnover == 0.5 && summary.exposedShare == 1 && summary.markCount == 5)
        #expect(summary.sharpeRatio == .insufficient(count: 5, needed: 20))
    }

    @Test("a fall from the start is a drawdown")
    func drawsDownFromStart() {
        var record = BookRecord()
        _ = record.take(mark(1, -0.25), fleetMedianBeta: nil, window: 100)
        let summary = record.summary(book: Book(), ratio: record.sharpeRatio, fleetMedianBeta: nil)
        #expect(summary.maximalDrawdown == 0.25 && summary.currentDrawdown == 0.25)
    }

    @Test("market part and residual add up to the return, and the beta was known before the mark")
    func splits() throws {
        var draws = Draws(seed: 3)
        var record = BookRecord()
        for day in 0..<200 as Range<Int64> {
            let marketReturn = draws.uniform() * 0.06 - 0.03
            let net = draws.uniform() * 0.02
            let beta = record.beta(fleetMedian: 0.7)
            let split = record.take(mark(day, net, market: marketReturn), fleetMedianBeta: 0.7, window: 100)
            #expect(abs(split.marketPart - (beta ?? 0) * marketReturn) < 1e-15)
            #expect(abs(split.marketPart + split.residual - net) < 1e-15)
        }
        #expect(record.residuals.count == 100)
        #expect(BookRecord().beta(fleetMedian: 0.7) == 0.7 && BookRecord().beta(fleetMedian: nil) == nil)
    }

    @Test(
        "being long in a rising market is no edge, whatever the others' beta: the residual is zero in the mean",
        arguments: [nil, 0, -1, 1] as [Double?])
    func longOnly(fleetMedian: Double?) throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            let dayCount = 400
            let prices = walk(24 * dayCount, seed: seed, drift: 0.000_3)
            let market = market([series(prices)])
            var book = Book()
            book.open(interval(1, from: hour(1), to: start + .days(Int64(dayCount) + 1)))
            var record = BookRecord()
            var residuals: [Double] = []
            var nets: [Double] = []
            for mark in advance(&book, to: start + .days(Int64(dayCount)), market) {
                let split = record.take(mark, fleetMedianBeta: fleetMedian, window: 1_000)
                if record.markCount > 60 {
                    residuals.append(split.residual)
                    nets.append(mark.netReturn)
                }
            }
            let residual = residuals.reduce(0, +) / Double(residuals.count)
            let net = nets.reduce(0, +) / Double(nets.count)
            #expect(net > 0.003, "seed \(seed): the market rises")
            #expect(abs(residual) < 1e-4, "seed \(seed): \(residual) of \(net) a day")
            #expect(try abs(#require(record.ownBeta) - 1) < 0.01)
        }
    }

    @Test("a slope that is noise gives way to the fleet's median; by hand")
    func shrinks() throws {
        var record = BookRecord()
        for day in 0..<4 as Range<Int64> {
            // Market 1, -1, 1, -1 per cent; book 2, 2, -2, -2: no slope at all, and no certainty of that.
            _ = record.take(
                mark(day, day < 2 ? 0.02 : -0.02, market: day % 2 == 0 ? 0.01 : -0.01), fleetMedianBeta: 1, window: 100)
        }
        // Nearly equal weights: slope near 0, SE^2 = (4 / 1) / (4 - 2) = 2, tau^2 = 0.25: 2 / 2.25 of the median.
        #expect(try abs(#require(record.beta(fleetMedian: 1)) - 2 / 2.25) < 0.02)
        #expect(try abs(#require(record.beta(fleetMedian: -3)) + 3 * 2 / 2.25) < 0.05)
        var young = BookRecord()
        for day in 0..<2 as Range<Int64> {
            _ = young.take(mark(day, 0.02, market: Double(day) / 100), fleetMedianBeta: 1, window: 100)
        }
        #expect(young.beta(fleetMedian: 0.7) == 0.7 && young.beta(fleetMedian: nil) == nil)
    }

    @Test("a window bounds what is kept, and may change")
    func windows() {
        var record = BookRecord()
        for day in 0..<25 as Range<Int64> {
            let window = day < 15 ? 10 : (day < 20 ? 12 : 5)
            _ = record.take(mark(day, Double(day) / 1_000), fleetMedianBeta: nil, window: window)
        }
        #expect(record.netReturns.values == [20, 21, 22, 23, 24].map { $0 / 1_000 })
        var other = BookRecord()
        for day in 0..<20 as Range<Int64> {
            _ = other.take(mark(day, Double(day) / 1_000), fleetMedianBeta: nil, window: day < 15 ? 10 : 12)
        }
        #expect(other.netReturns.values == (8..<20).map { Double($0) / 1_000 })
    }
}
