import Domain
import GRDB
import Ledger
import Operation
import Testing

struct PriceLogTests {
    private let symbol: Symbol

    init() throws { symbol = try #require(Symbol("BTC")) }

    private func range(_ hours: Range<Int>) -> OpeningRange {
        OpeningRange(from: hour(hours.lowerBound), through: hour(hours.upperBound), barLength: .hours(1))
    }

    private func gap(_ hours: Range<Int>, attempts: Int = 1, reason: String = "no bar") -> PriceGap {
        PriceGap(
            symbol: symbol, range: range(hours), attempts: attempts, firstAskedAt: hour(100), lastAskedAt: hour(101),
            nextAskAt: hour(102), reason: reason)
    }

    private func watch(at count: Int, _ state: InstrumentState = .trading) -> PriceWatch {
        PriceWatch(
            symbol: symbol, firstLookedAt: hour(1), lookedAt: hour(count), state: state, venue: .kraken)
    }

    private func prices(
        _ facts: [IncomingFact] = [], watch: PriceWatch? = nil, range: OpeningRange? = nil, gaps: [PriceGap] = []
    ) -> PriceBatch {
        let source = SourceDescription(name: "kraken, okx", path: nil, kind: .prices, isWatched: true)
        let batch = IngestBatch(source: source, facts: facts.map { known($0) }, recordedAt: wellAfter)
        return PriceBatch(facts: batch, watch: watch, range: range, gaps: gaps)
    }

    @Test func `Symbols need prices from their first signal to the last close; flat ones and bars need none`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        #expect(try log.needs() == [])
        func signal(_ symbol: String, _ direction: Direction, at count: Int, hours: Int64) throws -> IncomingFact {
            .signal(
                Signal(
                    agent: try #require(AgentID("ann")), symbol: try #require(Symbol(symbol)), direction: direction,
                    horizon: .hours(hours), generatedAt: hour(count)))
        }
        _ = try ledger.append(
            batch([
                try signal("SOL", .long, at: 5, hours: 1), try signal("BTC", .short, at: 9, hours: 24),
                try signal("BTC", .long, at: 3, hours: 4), try signal("ETH", .flat, at: 3, hours: 4),
                try signal("SOL", .long, at: 2, hours: 1), try bar("ADA", openHour: 2),
            ]))
        _ = try ledger.append(
            batch([try signal("BTC", .long, at: 3, hours: 4), try signal("SOL", .short, at: 4, hours: 1)]))
        let needs = try log.needs()
        #expect(needs.map(\.symbol.name) == ["BTC", "SOL"])
        #expect(needs.map(\.firstSignalAt) == [hour(3), hour(2)] && needs.map(\.lastCloseAt) == [hour(33), hour(6)])
    }

    @Test func `A batch whose signals are refused leaves no need behind`() throws {
        let ledger = try opened(try TemporaryFolder())
        var broken = batch([try signal("ann", hour: 2)])
        broken.facts.append(known(try bar("BTC", openHour: 1, close: -1)))
        #expect(throws: LedgerError.self) { _ = try ledger.append(broken) }
        #expect(try ledger.priceLog.needs() == [])
    }

    @Test func `Openings are those of the length asked for, within the range, each once, withdrawn ones included`()
        throws
    {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        #expect(try log.openings(symbol, range(0..<10)) == [])
        let long = Bar(openAt: hour(4), closeAt: hour(8), open: 1, high: 1, low: 1, close: 1, volume: nil)
        _ = try log.store(
            prices(
                try [0, 2, 3, 9, 10].map { try bar("BTC", openHour: $0) } + [
                    .bar(symbol, long), try bar("BTC", openHour: 3, close: 102), try withdrawal("BTC", openHour: 2),
                    try bar("ETH", openHour: 5),
                ]))
        #expect(try log.openings(symbol, range(2..<10)) == [hour(2), hour(3), hour(9)])
        #expect(
            try log.openings(symbol, OpeningRange(from: hour(0), through: hour(8), barLength: .hours(4))) == [hour(4)])
    }

    @Test func `The newest bars are first versions, not withdrawn, closed by then, oldest first`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        _ = try log.store(
            prices(
                try (0..<8).map { try bar("BTC", openHour: $0, close: Double(100 + $0)) } + [
                    try bar("BTC", openHour: 6, close: 55), try withdrawal("BTC", openHour: 5),
                    try withdrawal("BTC", openHour: 5, reason: "again"), try bar("ETH", openHour: 6),
                ]))
        #expect(try log.newestBars(symbol, hour(7), 3).map(\.close) == [103, 104, 106])
        #expect(try log.newestBars(symbol, hour(7) - Span(milliseconds: 1), 2).map(\.close) == [103, 104])
        #expect(try log.newestBars(symbol, hour(0), 3) == [] && log.newestBars(symbol, hour(9), 0) == [])
    }

    @Test func `Bars go the way of all facts: counted, known, and older snapshots are dropped`() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let ledger = try opened(folder)
        let (log, snapshots) = (ledger.priceLog, ledger.snapshotStore)
        for count in [1, 30] {
            let snapshot = StoredSnapshot(gridPoint: hour(count), fingerprint: "p", methodVersion: 1, bytes: [1])
            try snapshots.save(snapshot)
        }
        let facts = [try bar("BTC", openHour: 3), try withdrawal("BTC", openHour: 3)]
        let first = try log.store(prices(facts))
        #expect(first.accepted == 2 && first.addsUp)
        let gridPoints = try snapshots.gridPoints()
        #expect(gridPoints == [hour(1)])
        let revision = try bar("BTC", openHour: 3, close: 7)
        let again = try log.store(prices(facts + [revision]))
        #expect(again.duplicates == 2 && again.revised == 1)
        let stored = try everything(ledger)
        #expect(stored.count == 3)
        let recordedAt = try ledger.lastRecordedAt()
        #expect(recordedAt == wellAfter)
        var sources: [String] = []
        for entry in try ledger.sourceCounts() { sources.append(entry.source) }
        #expect(sources == ["kraken, okx"])
    }

    @Test func `What is watched is remembered as it was last stored, in the order of names`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        #expect(try log.watch(symbol) == nil && log.watches() == [])
        _ = try log.store(prices(watch: watch(at: 5)))
        let halted = watch(at: 9, .halted)
        _ = try log.store(prices(watch: halted))
        let other = PriceWatch(
            symbol: try #require(Symbol("ADA")), firstLookedAt: hour(2), lookedAt: hour(2), state: .delisted,
            venue: .bitstamp)
        _ = try log.store(prices(watch: other))
        #expect(try log.watch(symbol) == halted && log.watches() == [other, halted])
    }

    @Test func `Gaps within a range are replaced, one that lies partly in it is cut, others stay`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        let old = [gap(0..<4), gap(6..<8, attempts: 2), gap(10..<20, attempts: 3, reason: "halted"), gap(30..<31)]
        _ = try log.store(prices(gaps: old))
        let daily = PriceGap(
            symbol: symbol, range: OpeningRange(from: start, through: start + .days(1), barLength: .days(1)),
            attempts: 1, firstAskedAt: hour(1), lastAskedAt: hour(1), nextAskAt: hour(1), reason: "")
        _ = try log.store(prices(gaps: [daily]))
        var ether = gap(0..<40)
        ether.symbol = try #require(Symbol("ETH"))
        _ = try log.store(prices(gaps: [ether]))

        _ = try log.store(prices(watch: watch(at: 50), range: range(2..<12), gaps: [gap(3..<5, attempts: 7)]))
        let hourly = try log.gaps(symbol).filter { $0.range.barLength == .hours(1) }
        #expect(
            hourly == [
                gap(0..<2), gap(3..<5, attempts: 7), gap(12..<20, attempts: 3, reason: "halted"), gap(30..<31),
            ])
        #expect(try log.gaps(symbol).contains(daily) && log.gaps(nil).contains(ether))
        #expect(try log.gaps(ether.symbol) == [ether])

        // In the middle of one: both ends stay.
        _ = try log.store(prices(watch: watch(at: 51), range: range(14..<15)))
        #expect(
            try log.gaps(symbol).filter { $0.reason == "halted" }
                == [gap(12..<14, attempts: 3, reason: "halted"), gap(15..<20, attempts: 3, reason: "halted")])
        // An empty range, and one that touches: nothing changes.
        let before = try log.gaps(nil)
        _ = try log.store(prices(watch: watch(at: 52), range: range(16..<16)))
        _ = try log.store(prices(watch: watch(at: 53), range: range(20..<30)))
        #expect(try log.gaps(nil) == before)
        #expect(try log.gaps(nil).map(\.symbol.name) == ["BTC", "BTC", "BTC", "BTC", "BTC", "BTC", "ETH"])
    }

    @Test(arguments: UInt64(1)...6)
    func `Whatever ranges come, gaps never overlap and every hour is a gap as it was last told`(seed: UInt64) throws {
        let ledger = try opened(try TemporaryFolder())
        var random = SeededGenerator(seed: seed)
        var told = [Int?](repeating: nil, count: 40)
        for attempt in 1...40 {
            let from = Int.random(in: 0..<35, using: &random)
            let covered = from..<Int.random(in: from + 1...40, using: &random)
            var gaps: [PriceGap] = []
            for place in covered { told[place] = nil }
            if Bool.random(using: &random) {
                let inner = from..<Int.random(in: from + 1...covered.upperBound, using: &random)
                gaps = [gap(inner, attempts: attempt)]
                for place in inner { told[place] = attempt }
            }
            _ = try ledger.priceLog.store(prices(watch: watch(at: 50), range: range(covered), gaps: gaps))
            var found = [Int?](repeating: nil, count: 40)
            for gap in try ledger.priceLog.gaps(symbol) {
                for place in 0..<40 where hour(place) >= gap.range.from && hour(place) < gap.range.through {
                    #expect(found[place] == nil, "seed \(seed), attempt \(attempt): two gaps at \(place)")
                    found[place] = gap.attempts
                }
            }
            #expect(found == told, "seed \(seed), attempt \(attempt)")
        }
    }

    @Test func `A batch that names two symbols or none is refused whole`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.priceLog
        #expect(throws: LedgerError.self) {
            _ = try log.store(prices([try bar("ETH", openHour: 1)], watch: watch(at: 5)))
        }
        #expect(throws: LedgerError.self) { _ = try log.store(prices(range: range(0..<3))) }
        #expect(try everything(ledger) == [] && log.watches() == [])
    }

    @Test func `When a gap cannot be stored, neither are the bars that came with it`() throws {
        let ledger = try opened(try TemporaryFolder())
        let twice = [gap(1..<3), gap(1..<4)]
        #expect(throws: LedgerError.self) {
            _ = try ledger.priceLog.store(prices([try bar("BTC", openHour: 7)], watch: watch(at: 9), gaps: twice))
        }
        #expect(try everything(ledger) == [] && ledger.priceLog.gaps(nil) == [] && ledger.priceLog.watches() == [])
    }

    @Test func `What the daemon asks each minute is answered from indexes`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        let queue = try DatabaseQueue(path: folder.ledger)
        func plan(_ sql: String) throws -> String {
            try queue.read { database in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }
                    .joined(separator: "; ")
            }
        }
        let openings = try plan(
            "SELECT openAt FROM bar WHERE symbol = 1 AND openAt >= 0 AND openAt < 9 AND closeAt = openAt + 5 "
                + "AND version = 0 ORDER BY openAt")
        #expect(openings.contains("COVERING INDEX bar_key (symbol=? AND openAt>? AND openAt<?)"), "\(openings)")
        let due = try plan("SELECT id FROM alert_message WHERE deliveredAt IS NULL AND nextAttemptAt <= 5 ORDER BY +id")
        #expect(due.contains("alert_message_waiting"), "\(due)")
        let recent = try plan("SELECT id FROM job_run WHERE job = 'prices' ORDER BY id DESC LIMIT 3")
        #expect(recent.contains("job_run_by_job") && !recent.contains("B-TREE"), "\(recent)")
        let running = try plan("SELECT id FROM job_run WHERE outcome = 'running' ORDER BY id")
        #expect(running.contains("job_run_running"), "\(running)")
    }
}
