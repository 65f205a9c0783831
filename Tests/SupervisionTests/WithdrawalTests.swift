import Domain
import Supervision
import Testing

/// Bars that venues do not agree on, and what the fold makes of them.
@Suite("Withdrawn bars")
struct WithdrawalTests {
    private static let hours = Int64(24 * 20)
    private static let series = hourlyBars("BTC", hours: 0..<hours) { 100 + Double($0 % 31) }

    private func bar(_ time: Timestamp) -> Bar { Self.series.bars[Int((time - start).milliseconds / 3_600_000)].value }

    /// One signal a day, entered at the bar of 06:00.
    private var facts: FactBatch {
        FactBatch(
            bars: [Self.series],
            signals: (2..<14).map { signal("a", "BTC", $0 % 2 == 0 ? .long : .short, at: day($0, 6)) })
    }

    private func outcomes(_ facts: FactBatch, through time: Timestamp) -> [Outcome] {
        folded(facts, to: time).newOutcomes
    }

    private func outcome(of time: Timestamp, in outcomes: [Outcome]) throws -> Outcome {
        try #require(outcomes.first { $0.generatedAt == time && $0.isPrimary })
    }

    @Test("one whose withdrawal is known by the grid point decides as if it had never come, and is counted",
        arguments: [-30, 0, 40] as [Int64])
    func neverEnters(minutes: Int64) throws {
        let entry = bar(day(5, 6))
        let withdrawal = withdrawal(of: entry, "BTC", at: entry.closeAt + .minutes(minutes))
        // Two versions of the bar: both are out.
        var other = Dated(entry, knownAt: entry.closeAt + .minutes(1), attestation: .attested)
        other.value.open *= 2
        let disputed = facts + FactBatch(
            bars: [BarSeries(symbol: symbol("BTC"), bars: [other])], barWithdrawals: [withdrawal])
        var without = facts
        without.bars[0].bars.removeAll { $0.value == entry }
        let (one, two) = (report(disputed, asOf: day(16)), report(without, asOf: day(16)))
        #expect(one.agents == two.agents && one.allocation == two.allocation && one.forecaster == two.forecaster)
        #expect(outcomes(disputed, through: day(16)) == outcomes(without, through: day(16)))
        #expect(try outcome(of: day(5, 6), in: outcomes(disputed, through: day(16))).entryAt == day(5, 7))
        #expect(one.fleet.withdrawnBarCount == 1 && one.fleet.correctedBarCount == 0)
        #expect(one.fleet.barCount == two.fleet.barCount + 2)
        #expect(one.factCounts[.barWithdrawal] == 1 && one.facts != two.facts)
    }

    @Test("one withdrawn once it was taken is no price from then on; what was final before stays final")
    func leaves() throws {
        // The signal of day 5 was entered at 06:00 on day 5 and is answered at 06:00 on day 6.
        let (entry, exit) = (bar(day(5, 6)), bar(day(6, 6)))
        let before = outcomes(facts, through: day(16))
        let afterAnswer = facts + FactBatch(barWithdrawals: [
            withdrawal(of: entry, "BTC", at: day(7, 5)), withdrawal(of: exit, "BTC", at: day(7, 5)),
        ])
        #expect(outcomes(afterAnswer, through: day(16)) == before)
        // Entered by the grid point of day 6, which is decided; the exit is still to come.
        let between = facts + FactBatch(barWithdrawals: [
            withdrawal(of: entry, "BTC", at: day(6, 3)), withdrawal(of: exit, "BTC", at: day(6, 8)),
        ])
        let answer = try outcome(of: day(5, 6), in: outcomes(between, through: day(16)))
        #expect(answer.entryAt == day(5, 6) && answer.entryPrice == entry.open)
        #expect(answer.exitAt == day(6, 7) && answer.exitPrice == bar(day(6, 7)).open)
        // The report of before does not know of it.
        let marked = report(between, asOf: day(6))
        #expect(marked == report(facts, asOf: day(6)) && marked.fleet.withdrawnBarCount == 0)
    }

    @Test("the last price known goes back to the one before, for marks that are still to come")
    func marks() throws {
        let last = bar(day(9, 23))
        let calmFacts = FactBatch(bars: [Self.series], signals: [signal("a", "BTC", .short, at: day(9, 6))])
        var facts = calmFacts
        facts.bars[0].bars = Self.series.bars.map { bar in
            var bar = bar
            if bar.value == last { bar.value.close *= 3 }
            return bar
        }
        func totalReturn(_ facts: FactBatch) throws -> Double {
            try report(facts, asOf: day(11)).agent("a").scorecard.book.totalReturnNet
        }
        let (honest, wild) = (try totalReturn(calmFacts), try totalReturn(facts))
        let calm = try totalReturn(facts + FactBatch(barWithdrawals: [withdrawal(of: last, "BTC", at: day(10))]))
        // Short since 06:00: threefold is ruin on paper.
        #expect(wild < -0.5 && calm > -0.5 && honest > -0.5, "\(wild), \(calm), \(honest)")
    }

    @Test("the report counts each bar once, names the newest and warns; a withdrawal too old to matter is a fact alone")
    func isTold() throws {
        let list = [
            withdrawal(of: bar(day(5, 6)), "BTC", at: day(5, 8)),
            withdrawal(of: bar(day(5, 6)), "BTC", at: day(6, 8), reason: "still"),
            withdrawal(of: bar(day(8, 1)), "BTC", at: day(8, 3), reason: "kraken 100, okx 103"),
            withdrawal(of: bar(day(7, 1)), "BTC", at: day(8, 2)),
        ]
        let found = report(facts + FactBatch(barWithdrawals: list), asOf: day(9))
        #expect(found.fleet.withdrawnBarCount == 3 && found.factCounts[.barWithdrawal] == 4)
        let finding = try #require(found.findings(saying: "3 bars were withdrawn").first)
        #expect(finding.severity == .warning && finding.topic == .prices)
        #expect(finding.text.contains("BTC 2025-01-09T01:00:00Z to 2025-01-09T02:00:00Z (kraken 100, okx 103)"))
        let single = report(facts + FactBatch(barWithdrawals: [list[0]]), asOf: day(9))
        #expect(single.findings(saying: "1 bar was withdrawn: venues do not agree on it").count == 1)

        let years = hourlyBars("BTC", hours: 0..<24 * 60) { 100 + Double($0 % 31) }
        let old = FactBatch(
            bars: [years], signals: [signal("a", "BTC", .long, at: day(50))],
            barWithdrawals: [withdrawal(of: years.bars[30].value, "BTC", at: day(55))])
        let late = report(old, asOf: day(60))
        #expect(late.fleet.withdrawnBarCount == 0 && late.factCounts[.barWithdrawal] == 1)
        #expect(late.findings(saying: "withdrawn").isEmpty)
    }

    @Test("withdrawals without end leave no trace in the state once their time is over, with bars or without")
    func isBounded() {
        func size(_ days: Int64, _ bars: [BarSeries]) -> Int {
            let list = (0..<days).map { number in
                let bar = Bar(
                    openAt: day(number), closeAt: day(number, 1), open: 1, high: 1, low: 1, close: 1, volume: nil)
                return withdrawal(of: bar, "BTC", at: day(number, 2))
            }
            return folded(FactBatch(bars: bars, barWithdrawals: list), to: day(days)).snapshot().count
        }
        let bars = [hourlyBars("BTC", hours: 0..<24 * 10) { _ in 100 }]
        #expect(size(200, []) == size(100, []) && size(200, bars) == size(100, bars))
    }
}
