import Books
import Domain
import Testing

@Suite("Book")
struct BookTests {
    @Test(
        "the marks of one signal multiply to what its fills earned, whatever the day's end cut through",
        arguments: [1.0, -1])
    func marksMultiply(sign: Double) {
        let prices = walk(96, seed: 4)
        let market = market([series(prices)])
        var book = Book()
        // From 10:30 for a day: in at the open of 11:00, out at that of 11:00 next day.
        book.open(interval(1, 0, sign, from: hour(10) + .minutes(30), to: hour(34) + .minutes(30)))
        let marks = advance(&book, to: hour(96), market)
        #expect(marks.map(\.at) == [1, 2, 3, 4].map { start + .days($0) })
        let change = sign * (prices[35] / prices[11] - 1)
        let costs = 0.0005 + 0.0005 * prices[35] / prices[11]
        #expect(abs(growth(marks) - (1 + change - costs)) < 1e-12)
        #expect(abs(marks.reduce(1) { $0 * (1 + $1.netReturn) } - book.equity) < 1e-12)
        #expect(marks.map(\.isExposed) == [true, true, false, false])
        #expect(book.holdings.isEmpty && book.intervals.isEmpty && abs(book.cash - book.equity) < 1e-15)
        let turnover = marks[0].turnover + marks[1].turnover * (1 + marks[0].netReturn)
        #expect(abs(turnover - (1 + prices[35] / prices[11])) < 1e-12)
    }

    @Test("in and out at one price costs one round trip, exactly half a side")
    func costsHalfASide() {
        let market = market([series([Double](repeating: 100, count: 97))], roundTripBps: 40)
        var book = Book()
        book.open(interval(1, from: hour(30), to: hour(60)))
        let marks = advance(&book, to: hour(96), market)
        #expect(abs(marks[0].netReturn + 0.0020) < 1e-15 && abs(marks[0].grossReturn) < 1e-15)
        #expect(abs(marks[1].netReturn + 0.0020 / 0.9980) < 1e-15 && abs(marks[1].grossReturn) < 1e-15)
        #expect(marks[0].turnover == 1 && abs(marks[1].turnover - 1 / 0.9980) < 1e-15)
        #expect(abs(book.equity - (1 - 0.0040)) < 1e-12)
    }

    @Test("a short pays and earns with its sign, and may cost more than a long ever could")
    func shorts() {
        let prices = (0...72).map { $0 < 30 ? 100.0 : 150 }
        let market = market([series(prices)], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, 0, -1, from: hour(1), to: hour(60)))
        let marks = advance(&book, to: hour(72), market)
        #expect(marks.map(\.netReturn) == [0, -0.5, 0])
    }

    @Test("targets net by symbol over the number of all open signals; gross is at most 1")
    func targets() {
        var book = Book()
        for (number, symbol, sign) in [(1, 0, 1.0), (2, 0, 1), (3, 0, -1), (4, 1, -1)] {
            book.open(interval(number, symbol, sign, from: hour(1), to: hour(10)))
        }
        let targets = book.targets(at: hour(1))
        #expect(targets.map(\.symbol) == [0, 1] && targets.map(\.weight) == [0.25, -0.25])
        #expect(book.targets(at: start).isEmpty && book.targets(at: hour(10)).isEmpty)
        #expect(book.openCount(at: hour(5)) == 4 && book.isAwake(at: hour(9)) && !book.isAwake(at: hour(10)))
    }

    @Test("opposing signals hold nothing, trade nothing and cost nothing")
    func opposes() {
        let market = market([series(walk(72, seed: 9))])
        var book = Book()
        book.open(interval(1, 0, 1, from: hour(1), to: hour(30)))
        book.open(interval(2, 0, -1, from: hour(1), to: hour(30)))
        let marks = advance(&book, to: hour(72), market)
        #expect(marks.allSatisfy { $0.netReturn == 0 && $0.turnover == 0 && !$0.isExposed })
    }

    @Test("a signal that joins takes its share from the others, and gives it back, at the cost of what is traded")
    func resizes() {
        let (first, second) = (walk(72, seed: 5), walk(72, seed: 6))
        let market = market([series(first), series(second)], roundTripBps: 20)
        var book = Book()
        book.open(interval(1, 0, 1, from: hour(2), to: hour(20)))
        book.open(interval(2, 1, -1, from: hour(8), to: hour(14)))
        let marks = advance(&book, to: hour(24), market)
        // By hand, at the fills 2, 8, 14 and 20.
        var cash = 1 - 1 - 0.001
        var units = 1 / first[2]
        var equity = cash + units * first[8]
        var wanted = 0.5 * equity / first[8]
        let shorted = -0.5 * equity / second[8]
        cash += (units - wanted) * first[8] - abs(units - wanted) * first[8] * 0.001
        cash += -shorted * second[8] * (1 - 0.001)
        units = wanted
        equity = cash + units * first[14] + shorted * second[14]
        wanted = equity / first[14]
        cash -= (wanted - units) * first[14] + abs(wanted - units) * first[14] * 0.001
        cash += shorted * second[14] - abs(shorted) * second[14] * 0.001
        cash += wanted * first[20] * (1 - 0.001)
        #expect(abs(marks[0].netReturn - (cash - 1)) < 1e-12)
    }

    @Test("signals back to back hold the symbol, without trading it over and over", arguments: [UInt64(1), 2])
    func backToBack(seed: UInt64) {
        let days = 60
        let prices = walk(24 * (days + 2), seed: seed)
        let market = market([series(prices)])
        var book = Book()
        for day in 0..<Int64(days) {
            book.open(interval(Int(day), from: start + .days(day) + .hours(3), to: start + .days(day + 1) + .hours(3)))
        }
        let marks = advance(&book, to: hour(Int64(24 * (days + 2))), market)
        let held = prices[24 * days + 3] / prices[3]
        // One round trip, and the daily trimming of what the entry cost: 5 bps once, then 5 bps of that.
        #expect(abs(growth(marks) / (held * 0.9995 * 0.9995) - 1) < 2e-5, "seed \(seed)")
        let middle = marks.dropFirst(2).prefix(days - 4)
        #expect(middle.allSatisfy { $0.turnover < 1e-6 }, "seed \(seed)")
    }

    @Test("a flat signal ends what is open on its symbol, and only that")
    func closes() {
        let (first, second) = (walk(72, seed: 5), walk(72, seed: 6))
        let market = market([series(first), series(second)], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, 0, 1, from: hour(2), to: hour(50)))
        book.open(interval(2, 1, 1, from: hour(2), to: hour(50)))
        book.open(interval(3, 0, 1, from: hour(12), to: hour(50)))
        book.close(symbol: 0, at: hour(10))
        _ = advance(&book, to: hour(24), market)
        #expect(book.holdings.count == 2)
        book.close(symbol: 0, at: hour(26))
        book.close(symbol: 1, at: hour(26))
        let marks = advance(&book, to: hour(48), market)
        #expect(book.holdings.isEmpty && marks.last?.isExposed == true)
    }

    @Test("a signal withdrawn before its fill was never there")
    func withdraws() throws {
        let market = market([series(walk(72, seed: 5))])
        var (book, other) = (Book(), Book())
        book.open(interval(1, from: hour(2), to: hour(30)))
        book.withdraw(key: StableHash("1"))
        book.open(interval(2, 0, -1, from: hour(3), to: hour(30)))
        other.open(interval(2, 0, -1, from: hour(3), to: hour(30)))
        #expect(advance(&book, to: hour(72), market) == advance(&other, to: hour(72), market))
    }

    @Test("a mark waits for every price it needs, and a day at the most")
    func waits() {
        let prices = walk(96, seed: 5)
        var book = Book()
        book.open(interval(1, from: hour(2), to: hour(60)))
        #expect(book.nextFinalMark(asOf: hour(23), market: market([series(Array(prices[...22]))])) == nil)
        #expect(book.nextFinalMark(asOf: hour(24), market: market([series(Array(prices[...23]))])) == nil)
        #expect(book.nextFinalMark(asOf: hour(47), market: market([series(Array(prices[...23]))])) == nil)
        #expect(book.nextFinalMark(asOf: hour(24), market: market([series(Array(prices[...24]))])) == hour(24))
        #expect(book.nextFinalMark(asOf: hour(48), market: market([series(Array(prices[...23]))])) == hour(24))
        // Another symbol's gap is no reason to wait.
        #expect(
            book.nextFinalMark(asOf: hour(24), market: market([series(Array(prices[...24])), []])) == hour(24))
        #expect(Book().nextFinalMark(asOf: hour(96), market: market([])) == nil)
    }

    @Test("a price that stops is stale, and then the position is closed where it hurts", arguments: [1.0, -1])
    func abandons(sign: Double) {
        let prices = [Double](repeating: 100, count: 13)
        let market = market([series(prices)], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, 0, sign, from: hour(2), to: start + .days(20)))
        let marks = advance(&book, to: start + .days(12), market)
        // The last price is that of 12:00 on the first day; 7 days from then end before the mark of day 8.
        #expect(marks.prefix(7).allSatisfy { $0.netReturn == 0 && $0.abandonedCount == 0 })
        #expect(marks[7].at == start + .days(8) && marks[7].netReturn == -0.5 && marks[7].abandonedCount == 1)
        #expect(marks.map(\.staleCount).prefix(8) == [0, 1, 1, 1, 1, 1, 1, 0])
        #expect(marks.dropFirst(8).allSatisfy { $0.netReturn == 0 && !$0.isExposed })
    }

    @Test("a symbol that never had a price is never held")
    func missesEntry() {
        let market = market([series(walk(240, seed: 5)), []])
        var book = Book()
        book.open(interval(1, 1, 1, from: hour(2), to: start + .days(20)))
        let marks = advance(&book, to: start + .days(10), market)
        #expect(marks.count == 10 && marks.allSatisfy { $0.netReturn == 0 && !$0.isExposed })
        #expect(book.intervals.allSatisfy { $0.entry == .missed })
    }

    @Test("an entry in a bar that is still running at the mark is worth what it cost")
    func holdsRunningBar() {
        // The first bar there is, 22:00 to 02:00.
        let bars = series([100, 110, 120, 130, 140, 150, 160], from: hour(22), length: .hours(4))
        let market = market([bars], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, from: hour(21), to: hour(40)))
        let marks = advance(&book, to: hour(46), market)
        #expect(marks.count == 1 && marks[0].netReturn == 0 && !book.isRuined)
        #expect(book.holdings.count == 1)
    }

    @Test("gross exposure is at most 1 though a symbol stands still", arguments: [UInt64(1), 2, 3, 4, 5])
    func boundsGross(seed: UInt64) {
        var draws = Draws(seed: seed)
        let hours = 24 * 40
        // Prices that do not move, so that nothing drifts.
        let all = (0..<4).map { index in
            var missing: Set<Int> = []
            var hour = 0
            while hour < hours {
                hour += 1 + draws.below(60)
                let end = hour + draws.below(40)
                while hour < end { missing.insert(hour); hour += 1 }
            }
            return series([Double](repeating: 10 * Double(index + 1), count: hours + 1), missing: missing)
        }
        let market = market(all, roundTripBps: 0)
        var book = Book()
        for number in 0..<300 {
            let from = start + .minutes(Int64(draws.below(hours * 60)))
            book.open(
                interval(
                    number, draws.below(4), draws.below(2) == 0 ? 1 : -1, from: from,
                    to: from + .hours(Int64(1 + draws.below(72)))))
        }
        book.open(interval(1_000, from: start, to: hour(1)))
        while let mark = book.nextFinalMark(asOf: start + .days(41), market: market) {
            _ = book.advance(to: mark, market: market)
            let (gross, equity) = book.exposure(at: mark, market)
            #expect(gross <= equity * (1 + 1e-9), "seed \(seed), \(mark): \(gross / equity)")
        }
    }

    @Test("what a halted symbol holds is not used twice")
    func holdsHaltedShare() {
        let flat = [Double](repeating: 100, count: 49)
        // The second symbol stands still from 10:00 to 20:00; its signal ends at 12:00.
        let market = market([series(flat), series(flat, missing: Set(10..<20))], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, 0, 1, from: hour(2), to: hour(40)))
        book.open(interval(2, 1, 1, from: hour(2), to: hour(12)))
        book.open(interval(3, 0, 1, from: hour(13), to: hour(15)))
        let marks = advance(&book, to: hour(24), market)
        // In: 0.5 + 0.5. At 12:00 the first may not grow; at 20:00 the second is sold.
        #expect(abs(marks[0].turnover - 1.5) < 1e-12)
    }

    @Test("a market that knows the common day by heart marks every book alike")
    func commonMark() {
        var marks: [[BookMark]] = []
        for commonMark in [nil, hour(24), hour(48), hour(30)] {
            var known = market([series(walk(72, seed: 3)), series(walk(72, seed: 4), missing: [47])])
            known = Book.Market(
                histories: known.histories, pricing: known.pricing, roundTripBps: known.roundTripBps,
                commonMark: commonMark)
            var book = Book()
            book.open(interval(1, 0, 1, from: hour(3), to: hour(60)))
            book.open(interval(2, 1, -1, from: hour(9), to: hour(50)))
            marks.append(advance(&book, to: hour(72), known))
        }
        // Before the first day there is no close to begin from.
        #expect(marks[0].map { $0.marketReturn != nil } == [false, true, true])
        #expect(marks.allSatisfy { $0 == marks[0] })
    }
}
