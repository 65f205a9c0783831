import Books
import Domain
import Testing

@Suite("Ruin, imports and snapshots of a book")
struct RuinAndSnapshotTests {
    @Test("at 5 % of its equity a book is ruined, for good")
    func ruins() {
        let prices = (0...96).map { $0 < 10 ? 100.0 : ($0 < 30 ? 5 : 500) }
        let market = market([series(prices)], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, from: hour(2), to: hour(90)))
        let marks = advance(&book, to: hour(96), market)
        #expect(marks.map(\.netReturn) == [-0.95, 0, 0, 0])
        #expect(book.isRuined && book.equity == 0.05 && book.holdings.isEmpty)
        #expect(marks.dropFirst().allSatisfy { $0.turnover == 0 })
    }

    @Test("a short that loses more than there is loses all of it, once")
    func losesAll() {
        let prices = (0...96).map { $0 < 10 ? 100.0 : 300 }
        let market = market([series(prices)])
        var book = Book()
        book.open(interval(1, 0, -1, from: hour(2), to: hour(90)))
        let marks = advance(&book, to: hour(96), market)
        #expect(marks.map(\.netReturn) == [-1, 0, 0, 0])
        #expect(marks.allSatisfy { $0.grossReturn >= -1 } && book.equity == 0 && book.isRuined)
    }

    @Test("ruin between two marks is ruin, though the price came back")
    func ruinsBetweenMarks() {
        // A squeeze to four times the price, during which a second signal makes the book trade.
        let prices = (0...72).map { $0 < 5 ? 100.0 : ($0 < 15 ? 400 : 100) }
        let market = market([series(prices), series([Double](repeating: 50, count: 73))])
        var book = Book()
        book.open(interval(1, 0, -1, from: hour(2), to: hour(60)))
        book.open(interval(2, 1, 1, from: hour(8), to: hour(60)))
        let marks = advance(&book, to: hour(72), market)
        #expect(book.isRuined && book.equity == 0 && marks.map(\.netReturn) == [-1, 0, 0])
    }

    @Test("an imported return counts whole when it closes, and is flagged")
    func recognizes() {
        var book = Book()
        let market = market([[]])
        book.recognize(Book.ImportedReturn(closesAt: hour(34), weightedReturn: 0.02), symbol: 0)
        book.recognize(Book.ImportedReturn(closesAt: hour(40), weightedReturn: -0.01), symbol: 0)
        book.recognize(Book.ImportedReturn(closesAt: hour(72), weightedReturn: 0.05), symbol: 0)
        let marks = advance(&book, to: hour(96), market)
        #expect(marks.map(\.at) == [1, 2, 3, 4].map { start + .days($0) })
        #expect(marks.map(\.importedCount) == [0, 2, 1, 0])
        let expected = [0, 0.01, 0.05, 0]
        #expect(zip(marks, expected).allSatisfy { abs($0.netReturn - $1) < 1e-12 })
        #expect(marks.map(\.isAttested) == [true, false, false, true])
        #expect(marks.map(\.isExposed) == [false, true, true, false])
    }

    @Test("the order in which imported returns came changes nothing")
    func importsInAnyOrder() throws {
        var books = [Book(), Book()]
        let rows = (0..<20).map { Book.ImportedReturn(closesAt: hour(30), weightedReturn: 0.1 / Double($0 + 3)) }
        for row in rows { books[0].recognize(row, symbol: 0) }
        for row in rows.reversed() { books[1].recognize(row, symbol: 0) }
        #expect(advance(&books[0], to: hour(48), market([[]])) == advance(&books[1], to: hour(48), market([[]])))
    }

    @Test("a mark that rests on an unattested signal is no evidence, until its position is gone")
    func attests() {
        let prices = [Double](repeating: 100, count: 121)
        // No bar from 26:00 to 80:00: the position of the backdated signal cannot be sold before.
        let market = market([series(prices, missing: Set(26..<80))], roundTripBps: 0)
        var book = Book()
        book.open(interval(1, from: hour(2), to: hour(28), isAttested: false))
        let marks = advance(&book, to: hour(120), market)
        #expect(marks.map(\.isAttested) == [false, false, false, false, true])
        #expect(marks.map(\.isExposed) == [true, true, true, true, false])
        #expect(book.intervals.isEmpty)
    }

    @Test("going on from a snapshot is the same as never having stopped, to the last bit", arguments: [UInt64(1), 2, 3])
    func snapshots(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        let hours = 24 * 60
        let all = (0..<3).map { index in
            let missing = Set((0..<120).map { _ in draws.below(hours) } + (300..<300 + draws.below(200)))
            return series(walk(hours, seed: seed + UInt64(index) * 7), missing: missing)
        }
        let market = market(all)
        var (whole, stopping) = (Book(), Book())
        var (wholeRecord, stoppingRecord) = (BookRecord(), BookRecord())
        for day in 0..<62 as Range<Int64> {
            for number in 0..<draws.below(5) {
                let from = start + .days(day) + .minutes(Int64(draws.below(1_440)))
                let signal = interval(
                    Int(day) * 10 + number, draws.below(3), draws.below(2) == 0 ? 1 : -1, from: from,
                    to: from + .hours(Int64(1 + draws.below(60))), isAttested: draws.below(4) > 0)
                whole.open(signal)
                stopping.open(signal)
            }
            let now = start + .days(day + 1)
            let first = advance(&whole, to: now, market)
            stopping = try stopping.restored()
            let second = advance(&stopping, to: now, market)
            #expect(first == second, "seed \(seed), day \(day)")
            for mark in first { _ = wholeRecord.take(mark, fleetMedianBeta: 0.5, window: 10) }
            for mark in second { _ = stoppingRecord.take(mark, fleetMedianBeta: 0.5, window: 10) }
            var writer = SnapshotCoder.writer()
            try stoppingRecord.visit(&writer)
            var reader = SnapshotCoder.reader(writer.bytes)
            stoppingRecord = BookRecord()
            try stoppingRecord.visit(&reader)
            #expect(reader.isAtEnd)
        }
        #expect(try whole.bytes() == stopping.bytes(), "seed \(seed)")
        var (one, two) = (SnapshotCoder.writer(), SnapshotCoder.writer())
        try wholeRecord.visit(&one)
        try stoppingRecord.visit(&two)
        #expect(one.bytes == two.bytes && wholeRecord.markCount > 50, "seed \(seed)")
    }

    @Test("a book and its record stay small, whatever their age")
    func isBounded() throws {
        let dayCount = 1_500
        let market = market([series(walk(24 * dayCount, seed: 1))])
        var book = Book()
        var record = BookRecord()
        for day in 0..<Int64(dayCount) {
            for part in 0..<4 as Range<Int64> {
                let from = start + .days(day) + .hours(6 * part)
                book.open(interval(Int(day * 4 + part), from: from, to: from + .hours(24)))
            }
            for mark in advance(&book, to: start + .days(day + 1), market) {
                _ = record.take(mark, fleetMedianBeta: nil, window: 1_000)
            }
        }
        var writer = SnapshotCoder.writer()
        try record.visit(&writer)
        let size = try book.bytes().count + writer.bytes.count
        #expect(size < 20_000, "\(size) bytes")
        #expect(record.markCount == dayCount)
    }
}
