import Books
import Domain
import Files
import Foundation
import Operation
import Statistics
import Supervision
import Swarm

/// Hourly bars that somebody recorded, and the classical agents on them.
struct RecordedMarket: Sendable {
    /// Prices of pairs that were recorded from the first to nearly the last hour of the folder; what came and went is
    /// left out, which is survivorship and is said where results are printed.
    let bars: [Symbol: [Bar]]

    static let folderName = "crypto_1h_binance_spot_2020_2024"

    /// `nil` where there is no such folder.
    init?(folder: String) throws {
        let path = folder + "/" + Self.folderName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var all: [Symbol: [Bar]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        where name.hasSuffix("_1h.csv.gz") {
            let source = SourceDescription.file(path + "/" + name, root: "/", kind: .prices, mappingPath: nil)
            try InputFiles.live(root: "/").read(source, nil) { chunk in
                for line in chunk.lines {
                    if case .fact(.bar(let symbol, let bar)) = line.content { all[symbol, default: []].append(bar) }
                }
            }
        }
        guard let first = all.values.compactMap(\.first?.openAt).min(), let longest = all.values.map(\.count).max()
        else { return nil }
        bars = all.filter { $0.value.first?.openAt == first && $0.value.count * 100 >= longest * 99 }
    }

    func fleet(withBeta: Bool) -> ReferenceFleet {
        ReferenceFleet(bars: bars, agents: ReferenceAgent.classical().filter { withBeta || !$0.isBeta })
    }

    /// The decision days and what has become known on each since the one before.
    func days(of fleet: ReferenceFleet) -> [RecordedDay] {
        var next = [Int](repeating: 0, count: fleet.panel.symbols.count)
        let series = fleet.panel.symbols.map { bars[$0] ?? [] }
        return fleet.decisionTimes.indices.map { day in
            let time = fleet.decisionTimes[day]
            var batch = FactBatch(
                signals: fleet.signals(onDay: day).map { Dated($0, knownAt: time, attestation: .attested) })
            for (symbol, all) in series.enumerated() {
                let start = next[symbol]
                while next[symbol] < all.count, all[next[symbol]].closeAt <= time { next[symbol] += 1 }
                let new = all[start..<next[symbol]].map { Dated($0, knownAt: $0.closeAt, attestation: .attested) }
                batch.bars.append(BarSeries(symbol: fleet.panel.symbols[symbol], bars: new))
            }
            return RecordedDay(time: time, facts: batch)
        }
    }
}

struct RecordedDay: Sendable {
    var time: Timestamp
    var facts: FactBatch
}

/// Which way signals are turned round, to see what is left when nothing can work.
enum SignFlip: Sendable {
    case none
    /// By agent and symbol, anew every 21 days.
    case eachPosition(seed: UInt64)
    /// The whole fleet at once, anew every 21 days: agents stay as correlated as they are.
    case wholeFleet(seed: UInt64)

    func sign(agent: Int, symbol: String, day: Int) -> Double {
        let block = String(day / 21)
        switch self {
        case .none: return 1
        case .eachPosition(let seed): return Self.coin(seed, String(agent) + symbol + block)
        case .wholeFleet(let seed): return Self.coin(seed, block)
        }
    }

    private static func coin(_ seed: UInt64, _ stream: String) -> Double {
        var generator = Xoshiro256(seed: seed, stream: stream)
        return generator.uniform() < 0.5 ? -1 : 1
    }
}

/// The books of recorded agents, marked by the code that marks books.
struct RecordedBooks: Sendable {
    /// By day and member; `nil` before the first signal.
    let marks: [[BookMark?]]
    let standings: [DecisionState.Standing]
    let start: Timestamp

    init(_ fleet: ReferenceFleet, _ days: [RecordedDay], policy: Policy, flip: SignFlip = .none) {
        let symbols = fleet.panel.symbols
        var market = Book.Market(
            histories: symbols.map { _ in PriceHistory() }, pricing: policy.pricing,
            roundTripBps: symbols.map { policy.costs.roundTripBps(of: $0) })
        var books = fleet.agents.map { _ in Book() }
        var marks: [[BookMark?]] = []
        for (number, day) in days.enumerated() {
            for (symbol, series) in day.facts.bars.enumerated() {
                for bar in series.bars {
                    _ = market.histories[symbol].insert(
                        bar.value, knownAt: bar.knownAt, volatilityHalfLife: policy.pricing.volatilityHalfLife)
                }
                market.histories[symbol].trim(before: day.time - .days(10))
            }
            market.feedThrough = market.histories.compactMap(\.newestClose).max()
            Self.open(day, number, fleet, &books, flip)
            guard number > 0 else { continue }
            marks.append(
                books.indices.map { index in
                    var mark: BookMark?
                    while let time = books[index].nextFinalMark(asOf: day.time, market: market) {
                        mark = books[index].advance(to: time, market: market)
                    }
                    // A mark that waited for a price belongs to an earlier day; the deciding part takes it by its time.
                    return mark
                })
        }
        self.marks = marks
        start = days[0].time
        standings = fleet.agents.map {
            DecisionState.Standing(agent: $0.id, strategyClass: $0.strategyClass, hasBook: false)
        }
    }

    private static func open(
        _ day: RecordedDay, _ number: Int, _ fleet: ReferenceFleet, _ books: inout [Book], _ flip: SignFlip
    ) {
        for dated in day.facts.signals {
            let signal = dated.value
            guard let agent = fleet.agents.firstIndex(where: { $0.id == signal.agent }),
                let symbol = fleet.panel.symbols.firstIndex(of: signal.symbol)
            else { continue }
            let key = StableHash(signal.agent.name + " " + signal.symbol.name + " " + String(number))
            books[agent].open(
                Book.Interval(
                    key: key, symbol: symbol,
                    sign: signal.direction.sign * flip.sign(agent: agent, symbol: signal.symbol.name, day: number),
                    from: day.time, to: day.time + .day, isAttested: true))
        }
    }

    var history: MarkHistory {
        MarkHistory(
            memberCount: standings.count, dayCount: marks.count, start: start, standings: standings,
            mark: { [marks] member, day, _ in marks[day][member] })
    }
}

/// The whole supervisor over the recorded days.
struct RecordedFold: Sendable {
    var netReturns: [Double] = []
    var equalWeightReturns: [Double] = []
    var cash = 0.0
    var turnover = 0.0

    init(_ days: [RecordedDay], policy: Policy) {
        var fold = Fold(mode: .constant(policy))
        var growth = (own: 1.0, equal: 1.0)
        for day in days {
            fold.apply(day.facts)
            fold.advance(to: day.time)
            fold.newOutcomes = []
            let record = fold.decisions.fleet.record
            guard record.markCount > netReturns.count else { continue }
            netReturns.append((1 + record.totalReturnNet) / growth.own - 1)
            equalWeightReturns.append((1 + record.equalWeightTotalReturnNet) / growth.equal - 1)
            growth = (1 + record.totalReturnNet, 1 + record.equalWeightTotalReturnNet)
            cash = record.averageCash ?? 1
            turnover = record.averageTurnover ?? 0
        }
    }
}
