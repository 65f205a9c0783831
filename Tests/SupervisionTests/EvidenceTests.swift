import Domain
import Reporting
import Statistics
import Supervision
import Swarm
import Testing

@Suite("What little or strange evidence comes to")
struct EvidenceTests {
    private let bars = [hourlyBars("BTC", hours: 0..<24 * 20) { 100 + Double($0) / 10 }]

    @Test("no facts at all make a report that says so", arguments: [Policy.standard, Policy.seed])
    func nothing(policy: Policy) {
        let found = report(FactBatch(), policy, asOf: day(3))
        #expect(found.decidedAt == nil && found.agents.isEmpty && found.strategies.isEmpty)
        #expect(found.allocation == .none)
        #expect(found.facts == FactsDigest() && found.factCounts.isEmpty)
        #expect(found.findings.map(\.severity) == [.warning])
        #expect(found.findings(saying: "No signal is known by 2025-01-04T00:00:00Z").count == 1)
        #expect(!TextReport.text(found).isEmpty && !JSONReport.bytes(found).isEmpty)
    }

    @Test("before the first fact the report is that of nothing")
    func beforeTheFirst() {
        let facts = FactBatch(bars: bars, signals: [signal("a", "BTC", .long, at: day(5))])
        let before = start - .days(1)
        expectSame(report(facts, asOf: before), report(FactBatch(), asOf: before), "before the first")
    }

    @Test("prices alone leave nobody to judge")
    func pricesAlone() {
        let found = report(FactBatch(bars: bars), asOf: day(5))
        #expect(found.agents.isEmpty && found.fleet.barCount == 5 * 24 && found.allocation.cash == 1)
        #expect(found.findings(saying: "No signal is known").count == 1)
    }

    @Test("signals that wait for their first decision are not denied")
    func waitingForTheFirst() {
        let facts = FactBatch(signals: [signal("a", "BTC", .long, at: day(5, 3))])
        let found = report(facts, asOf: day(5, 4))
        #expect(found.decidedAt == nil && found.agents.isEmpty && found.factCounts == [.signal: 1])
        #expect(found.findings(saying: "No signal is known").isEmpty)
        #expect(found.findings(saying: "1 fact came since the last decision").count == 1)
        let alone = report(FactBatch(bars: bars) + facts, asOf: day(5, 4))
        #expect(alone.findings(saying: "No signal is known").isEmpty && !alone.findings.isEmpty)
    }

    @Test("on a grid point the state is of that moment, between two of the earlier one")
    func gridPoints() throws {
        let facts = FactBatch(
            bars: bars,
            signals: [
                signal("a", "BTC", .long, at: day(5)), signal("b", "BTC", .long, at: day(6)),
                signal("c", "BTC", .long, at: day(6, 1)),
            ])
        let onGrid = report(facts, asOf: day(6))
        #expect(onGrid.decidedAt == day(6) && onGrid.agents.map(\.agent.name) == ["a", "b"])
        #expect(onGrid.findings(saying: "came since").isEmpty)
        let between = report(facts, asOf: day(6, 5))
        #expect(between.decidedAt == day(6) && between.agents == onGrid.agents)
        #expect(between.allocation == onGrid.allocation)
        #expect(between.factCounts[.signal] == 3 && onGrid.factCounts[.signal] == 2)
        #expect(between.facts != onGrid.facts)
        // One signal and five bars.
        let since = "6 facts came since the last decision and count from 2025-01-08T00:00:00Z"
        #expect(between.findings(saying: since).count == 1)
    }

    @Test("signals on a symbol without prices wait, then are rejected, and the finding names the symbol")
    func noPrices() throws {
        let signals = [signal("a", "DOGE", .long, at: day(5)), signal("b", "BTC", .long, at: day(5))]
        let facts = FactBatch(bars: bars, signals: signals)
        let waiting = report(facts, asOf: day(8))
        #expect(try waiting.agent("a").scorecard.pendingCount == 1)
        #expect(waiting.findings(saying: "No price of DOGE is known: 0 signals have no outcome, 1 wait.").count == 1)
        #expect(waiting.findings(saying: "1 of 2 agents ha").count == 1)
        let rejected = report(facts, asOf: day(14))
        #expect(try rejected.agent("a").scorecard.rejections == [.missingEntry: 1])
        #expect(rejected.findings(saying: "No price of DOGE is known: 1 signals have no outcome, 0 wait.").count == 1)
    }

    @Test("a position whose price ends is kept, flagged, then closed at a price that hurts")
    func delisted() throws {
        let ended = [hourlyBars("LUNA", hours: 0..<24 * 6) { _ in 80 }, bars[0]]
        let facts = FactBatch(bars: ended, signals: [signal("a", "LUNA", .long, at: day(5, 12))])
        let stale = try report(facts, asOf: day(10)).agent("a").scorecard
        #expect(stale.book.staleMarkCount > 0 && stale.book.abandonedPositionCount == 0 && stale.pendingCount == 1)
        let closed = try report(facts, asOf: day(18)).agent("a").scorecard
        #expect(closed.book.abandonedPositionCount == 1 && closed.rejections == [.missingExit: 1])
        #expect(closed.book.totalReturnNet < -0.49)
        let named = report(facts, asOf: day(18)).findings(saying: "No price for LUNA after 2025-01-07T00:00:00Z")
        #expect(named.count == 1)
    }

    private func importedRows(_ count: Int, of name: String, gain: (Int) -> Double) -> [Dated<ImportedOutcome>] {
        (0..<count).map { number in
            let row = ImportedOutcome(
                agent: agent(name), symbol: symbol("BTC"), direction: number % 2 == 0 ? .long : .short,
                generatedAt: day(Int64(number)), horizon: .standard, realizedReturnBps: gain(number),
                expectedReturnBps: 10, expectedSigmaBps: 200, entryPrice: nil, exitPrice: nil, score: nil,
                confidence: nil, runID: nil, strategyClass: "migrated", regime: nil, forecasterVersion: "old@3")
            return Dated(row, knownAt: row.closesAt, attestation: .unattested)
        }
    }

    @Test("imported outcomes alone, without any price, make scorecards, books and an attribution")
    func importedOnly() throws {
        let rows = importedRows(120, of: "m") { $0 % 3 == 0 ? -60 : 50 }
        let found = report(FactBatch(outcomes: rows), asOf: day(125))
        let card = try found.agent("m").scorecard
        #expect(card.outcomeCount == 120 && card.unattestedCount == 120 && card.signalCount == 120)
        #expect(card.pnlSumBps.isClose(to: 80 * 50 - 40 * 60) && card.forecasterVersion == "old@3")
        #expect(card.pnlSumBpsByCostFactor.allSatisfy { $0.isClose(to: card.pnlSumBps) })
        #expect(card.hitRate.value?.value == 80.0 / 120)
        #expect(card.averageErrorBps.value?.value.isClose(to: card.pnlSumBps / 120 - 10) == true)
        #expect(card.book.importedPositionCount == 120 && card.book.markCount >= 120)
        let compounded = (0..<120).reduce(1.0) { $0 * (1 + ($1 % 3 == 0 ? -0.006 : 0.005)) }
        #expect(card.book.totalReturnNet.isClose(to: compounded - 1))
        let strategy = try #require(found.strategies.first)
        #expect(strategy.strategyClass == "migrated" && strategy.outcomeCount == 120 && strategy.contribution == 1)
        // The worst 6 of 120 shortfalls are all 60 + 10.
        #expect(strategy.shortfallCVaR95.value?.isClose(to: 70) == true)
        #expect(strategy.shortfallCVaR99 == .insufficient(count: 120, needed: 500))
        // No automatic promotion rests on what nobody saw.
        #expect(try found.agent("m").verdict.stage == .candidate)
    }

    @Test("agents that are first seen in another order than that of their names keep their accounts apart")
    func firstSeenOutOfOrder() throws {
        // Within one step whoever closes first is seen first; trials are counted by name.
        func found(first: String, second: String) throws -> (first: Double, second: Double) {
            let early = importedRows(200, of: first) { $0 % 3 == 0 ? -20 : 30 }
            let late = importedRows(200, of: second) { $0 % 3 == 0 ? -60 : 30 }.map { row in
                var value = row.value
                value.generatedAt = value.generatedAt + .hours(1)
                return Dated(value, knownAt: value.closesAt, attestation: row.attestation)
            }
            let report = report(FactBatch(outcomes: early + late), asOf: day(205))
            return (try report.allocation(first).weight, try report.allocation(second).weight)
        }
        let named = try found(first: "a", second: "b")
        let swapped = try found(first: "b", second: "a")
        #expect(named == swapped && named.first > named.second)
    }

    @Test("under the seed imported outcomes reach the floor of the multiplier, one run every six hours")
    func importedUnderSeed() throws {
        let rows = importedRows(30, of: "m") { _ in 200 }
        let found = report(FactBatch(outcomes: rows), .seed, asOf: day(32))
        #expect(try found.agent("m").multiplier.value == 0.5)
        // The first outcome is known at day 1; one charge of error 190: 1 - 0.08 * 190 / 240, rounded to four decimals.
        #expect(try report(FactBatch(outcomes: rows), .seed, asOf: day(1)).agent("m").multiplier.value == 0.9367)
    }

    @Test("multipliers tell honest forecasters from others, through the whole fold; the seed's do not")
    func honesty() throws {
        let seed: UInt64 = 2_024
        let fleet = HonestyFleet(seed: seed, agentCount: 24, forecastRMS: 0.3, forecastCount: 1_000)
        let found = report(Self.facts(of: fleet), asOf: start + .days(1_002))
        let multipliers = found.agents.map(\.multiplier.value)
        let rank = try #require(spearmanCorrelation(multipliers, fleet.agents.map(\.honesty))).coefficient
        #expect(rank >= 0.75, "seed \(seed): rank correlation \(rank)")
        #expect(multipliers.allSatisfy { $0 > 0.5 && $0 < 1.1 }, "seed \(seed)")
        #expect(found.agents.allSatisfy { $0.scorecard.outcomeCount == 1_000 })
        // Nobody saw it being written, so that nobody is promoted; those that fell too far may be killed.
        #expect(found.agents.allSatisfy { $0.verdict.stage == .candidate || $0.verdict.stage == .killed })
        // An honest forecaster is not below 1, one that knows nothing is.
        #expect(multipliers[23] > 1 && multipliers[0] < 1, "seed \(seed): \(multipliers[0]), \(multipliers[23])")

        let small = HonestyFleet(seed: seed, agentCount: 8, forecastRMS: 0.3, forecastCount: 120)
        let seeded = report(Self.facts(of: small), .seed, asOf: start + .days(122))
        #expect(seeded.agents.map(\.multiplier.value) == [Double](repeating: 0.5, count: 8), "seed \(seed)")
    }

    private static func facts(of fleet: HonestyFleet) -> FactBatch {
        FactBatch(
            outcomes: fleet.agents.flatMap { agent in
                fleet.importedOutcomes(of: agent, symbol: symbol("BTC"), startAt: start).map {
                    Dated($0, knownAt: $0.closesAt, attestation: .unattested)
                }
            })
    }

    @Test("the sign of the unfinished bar earns nothing before costs, and a fortune at a price nobody had")
    func lookAheadTrap() throws {
        let seed: UInt64 = 77
        var settings = MarketSettings(seed: seed, symbols: [symbol("BTC")], startAt: start, dayCount: 150)
        settings.annualDrift = 0
        let market = SimulatedMarket(settings)
        for moment in LookAheadTrap.Moment.allCases {
            let trap = LookAheadTrap(agent: agent("trap"), moment: moment)
            let signals = trap.signals(for: symbol("BTC"), over: market.bars(of: symbol("BTC"))).map {
                Dated($0, knownAt: $0.generatedAt, attestation: .attested)
            }
            let fold = folded(FactBatch(bars: market.series(.attested), signals: signals), to: settings.endAt)
            let outcomes = fold.newOutcomes.filter(\.isPrimary)
            #expect(outcomes.count > 3_000 && outcomes.allSatisfy { $0.entryAt >= $0.generatedAt }, "seed \(seed)")
            let gross = outcomes.map(\.grossReturnBps)
            let width = try #require(standardDeviation(of: gross)) / Double(gross.count).squareRoot()
            #expect(try #require(mean(of: gross)).magnitude < 3 * width, "seed \(seed), \(moment)")
            let opens = Dictionary(
                uniqueKeysWithValues: market.bars(of: symbol("BTC")).map { ($0.openAt, $0.open) })
            let cheated = outcomes.compactMap { outcome -> Double? in
                let opened = outcome.generatedAt.floored(to: .hours(1))
                guard let entry = opens[opened], let exit = opens[opened + .hours(1)] else { return nil }
                return outcome.direction.sign * (exit / entry - 1) * 10_000
            }
            #expect(try #require(mean(of: cheated)) > 30, "seed \(seed), \(moment): the trap has no teeth")
            let card = try fold.report(asOf: settings.endAt).agent("trap")
            #expect(card.verdict.stage != .promoted && card.scorecard.pnlSumBps < 0, "seed \(seed), \(moment)")
        }
    }
}
