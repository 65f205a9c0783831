import Domain
import Statistics
import Supervision
import Testing

@Suite("Replay")
struct ReplayTests {
    static let policies: [Policy] = [.standard, .seed, .equalWeight, .inverseVolatility, .allCash]
    static let cases: [(seed: UInt64, policy: Policy)] = (1...10).map { ($0, policies[Int($0) % 5]) }

    /// Everything known by `time`, in one fold whose record begins with the first fact.
    private func replayed(
        _ facts: FactBatch, _ policy: Policy, from start: Timestamp = day(-2), to end: Timestamp
    ) -> ReplayFold {
        var fold = ReplayFold(policy: policy, from: start, through: end)
        fold.apply(facts)
        fold.advance(to: end)
        fold.finish()
        return fold
    }

    @Test("With the future deleted every decision is the same to the byte", arguments: cases)
    func futureCut(seed: UInt64, policy: Policy) {
        var evidence = HostileEvidence(seed: seed)
        let moments = ([day(5), day(16, 7), evidence.moment(), evidence.moment(), evidence.endAt]).sorted()
        var informed = ReplayFold(policy: policy, from: day(0), through: evidence.endAt)
        informed.apply(evidence.facts)
        for moment in moments {
            informed.advance(to: moment)
            var blind = ReplayFold(policy: policy, from: day(0), through: evidence.endAt)
            blind.apply(evidence.facts.filtered { $0 <= moment })
            blind.advance(to: moment)
            let name = "seed \(seed), \(policy.name), \(moment)"
            expectSame(informed.report(asOf: moment), blind.report(asOf: moment), name)
            #expect(informed.record.days == blind.record.days, "\(name): the days differ")
            #expect(informed.record.stageChanges == blind.record.stageChanges, "\(name): the stages differ")
        }
        #expect(informed.record.days.count > 15, "seed \(seed): little was tested")
    }

    @Test("The last day of a replay is the report of that day, and its days are the fleet's record", arguments: cases)
    func lastDay(seed: UInt64, policy: Policy) {
        let evidence = HostileEvidence(seed: seed)
        let fold = replayed(evidence.facts, policy, to: evidence.endAt)
        let report = supervise(evidence.facts, under: .constant(policy), asOf: evidence.endAt)
        expectSame(fold.report(asOf: evidence.endAt), report, "seed \(seed), \(policy.name)")
        let statistics = ReplayStatistics(fold.record)
        #expect(statistics?.netReturn.isClose(to: report.fleet.record.totalReturnNet) == true, "seed \(seed)")
        #expect(statistics?.maximalDrawdown.isClose(to: report.fleet.record.maximalDrawdown) == true, "seed \(seed)")
        let ratio = (statistics?.sharpeRatio.value?.value, report.fleet.record.sharpeRatio.value?.value)
        if let one = ratio.0, let two = ratio.1 { #expect(one.isClose(to: two), "seed \(seed)") }
        #expect((ratio.0 == nil) == (ratio.1 == nil), "seed \(seed)")
    }

    @Test("A later start leaves days out and changes none: what came before still teaches", arguments: cases.prefix(5))
    func laterStart(seed: UInt64, policy: Policy) {
        let evidence = HostileEvidence(seed: seed)
        let whole = replayed(evidence.facts, policy, to: evidence.endAt).record
        let part = replayed(evidence.facts, policy, from: day(14, 5), to: evidence.endAt).record
        #expect(part.days == whole.days.filter { $0.start >= day(14, 5) }, "seed \(seed)")
        #expect(part.stageChanges == whole.stageChanges.filter { $0.at >= day(14, 5) }, "seed \(seed)")
        #expect(!part.days.isEmpty && part.days.count < whole.days.count, "seed \(seed)")
    }

    @Test("All cash earns exactly nothing and moves nothing", arguments: 1...4 as ClosedRange<UInt64>)
    func allCash(seed: UInt64) throws {
        let evidence = HostileEvidence(seed: seed)
        let record = replayed(evidence.facts, .allCash, to: evidence.endAt).record
        for day in record.days {
            #expect(day.netReturn == 0 && day.grossReturn == 0 && day.turnover == 0 && day.cash == 1, "seed \(seed)")
        }
        let statistics = try #require(ReplayStatistics(record))
        #expect(statistics.netReturn == 0 && statistics.maximalDrawdown == 0 && statistics.investedShare == 0)
        #expect(statistics.sharpeRatio.value == nil && ReplayOracles.logWealth(of: record) == 0)
    }

    @Test(
        "Equal weight is the benchmark that every fold keeps beside its own weights",
        arguments: 1...6 as ClosedRange<UInt64>)
    func equalWeight(seed: UInt64) {
        let evidence = HostileEvidence(seed: seed)
        let record = replayed(evidence.facts, .equalWeight, to: evidence.endAt).record
        for day in record.days {
            #expect(day.netReturn.isClose(to: day.equalWeightNetReturn, within: 1e-12), "seed \(seed), \(day.start)")
        }
        #expect(record.days.contains { $0.netReturn != 0 }, "seed \(seed): nothing was earned")
        #expect(record.stageChanges.allSatisfy { $0.to != .promoted || $0.reason.contains("ada") }, "seed \(seed)")
    }

    @Test("A promotion and a kill are followed to their ends, by the numbers of the agent's own book")
    func fates() throws {
        var facts = FactBatch()
        facts.bars = [hourlyBars("BTC", hours: 0..<24 * 140) { 100 + 20 * Double($0 % 97) / 97 }]
        facts.signals = (0..<138).map { signal("apt", "BTC", $0 % 3 == 0 ? .short : .long, at: day($0, 3)) }
        facts.decisions = [
            decision(.promote, .agent(agent("apt")), at: day(10, 5), reason: "trusted"),
            decision(.kill, .agent(agent("apt")), at: day(50, 5), reason: "drifted"),
        ]
        let record = replayed(facts, .standard, to: day(140)).record
        let fates = ReplayFate.all(of: record)
        #expect(fates.map(\.at) == [day(11), day(51)] && fates.map(\.isPromotion) == [true, false])
        let first = try #require(fates.first)
        let start = try #require(record.days.firstIndex { $0.start == day(11) })
        let month = record.bookReturns[start..<start + 30].map { $0[0] }
        #expect(first.after30?.dayCount == 30 && first.after30?.netReturn == ReplayStatistics.compounded(month))
        let residuals = record.bookResiduals[start..<start + 90].map { $0[0] }
        #expect(first.after90?.residual.isClose(to: residuals.reduce(0, +)) == true)
        #expect(first.untilEnd?.dayCount == record.days.count - start)
        // A killed agent's book goes on, and ninety days after day 51 there is no record any more.
        #expect(fates[1].after30 != nil && fates[1].after90 == nil && fates[1].untilEnd?.dayCount ?? 0 > 80)
        #expect(fates[1].reason.contains("drifted"))
    }
}

@Suite("Figures of a replay")
struct ReplayFigureTests {
    private func record(_ returns: [Double], books: [[Double]]? = nil, agents: [AgentID] = []) -> ReplayRecord {
        ReplayRecord(
            policy: .standard, from: day(0), through: day(Int64(returns.count)),
            days: returns.enumerated().map {
                ReplayRecord.Day(start: day(Int64($0.offset)), netReturn: $0.element, grossReturn: $0.element)
            },
            bookReturns: books ?? returns.map { _ in [] }, bookResiduals: books ?? returns.map { _ in [] },
            agents: agents)
    }

    @Test("Nothing is said of nothing, and little of little")
    func empty() throws {
        #expect(ReplayStatistics(record([])) == nil)
        #expect(ReplayOracles(record([]), switchLimit: 3) == nil)
        let one = try #require(ReplayStatistics(record([0.01])))
        #expect(one.netReturn.isClose(to: 0.01) && one.sharpeRatio == .insufficient(count: 1, needed: 20))
        #expect(one.annualVolatility == .insufficient(count: 1, needed: 20))
        #expect(ReplayDifference(record([0.01]), less: record([0.02])).dailyBps == .insufficient(count: 1, needed: 20))
    }

    @Test("Oracles of three days and two agents, by hand")
    func oracles() throws {
        // Apt: +10 %, -10 %, +10 %. Brisk: -5 %, +20 %, -5 %, and joined late: its first day is missing.
        let record = record(
            [0, 0, 0], books: [[0.1], [-0.1, 0.2], [0.1, -0.05]], agents: [agent("apt"), agent("brisk")])
        let oracles = try #require(ReplayOracles(record, switchLimit: 2))
        // 1.2 x 0.95 = 1.14 beats 1.1 x 0.9 x 1.1 = 1.089.
        #expect(oracles.bestAgent.agent == agent("brisk"))
        #expect(abs(oracles.bestAgent.logWealth - 0.131_028_262_4) < 1e-9)
        // Apt, brisk, apt: 1.1 x 1.2 x 1.1 = 1.452, less two changes at 10 bps each.
        #expect(oracles.switchCount == 2)
        #expect(abs(oracles.bestSuccession.logWealth - (0.372_941_916_4 - 0.002)) < 1e-9)
        #expect(oracles.bestRebalanced.logWealth >= oracles.bestAgent.logWealth - 1e-9)
        let none = try #require(ReplayOracles(record, switchLimit: 0))
        #expect(abs(none.bestSuccession.logWealth - none.bestAgent.logWealth) < 1e-12)
    }

    @Test("Where every agent loses, cash is best")
    func cash() throws {
        let losing = record([0, 0], books: [[-0.1], [-0.2]], agents: [agent("apt")])
        let oracles = try #require(ReplayOracles(losing, switchLimit: 3))
        #expect(oracles.bestAgent.agent == nil && oracles.bestAgent.logWealth == 0)
        #expect(oracles.bestSuccession.logWealth == 0 && abs(oracles.bestRebalanced.logWealth) <= 1e-4)
        #expect(abs(ReplayOracles.logWealth(of: record([-0.1, -0.2])) - -0.328_504_067) < 1e-9)
    }

    @Test("A difference is paired by day, and of a record with itself it is exactly zero")
    func differences() throws {
        var random = Xoshiro256(seed: 11)
        let luck = (0..<400).map { _ in 0.01 * random.normal() }
        let one = record(luck.map { $0 + 0.001 })
        let two = record(luck)
        let difference = ReplayDifference(one, less: two)
        let daily = try #require(difference.dailyBps.value)
        #expect(daily.value.isClose(to: 10, within: 1e-9) && (daily.standardError ?? 1) < 1e-9)
        let itself = ReplayDifference(one, less: one)
        #expect(itself.dailyBps.value?.value == 0 && itself.sharpe.value?.value == 0)
        #expect(itself.sharpe.value?.standardError == 0)
        // The same luck twice over: the ratio is the same, and its difference certain.
        let doubled = ReplayDifference(record(luck.map { 2 * $0 }), less: two)
        #expect(abs(doubled.sharpe.value?.value ?? 1) < 1e-9 && (doubled.sharpe.value?.standardError ?? 1) < 1e-9)
    }

    @Test("The error of the difference of two Sharpe ratios is what repeated histories show")
    func sharpeDifferenceError() {
        var random = Xoshiro256(seed: 12)
        var values: [Double] = []
        var errors: [Double] = []
        for _ in 0..<300 {
            let market = (0..<250).map { _ in random.studentT(degreesOfFreedom: 5) }
            let one = market.map { 0.01 * ($0 + 0.8 * random.normal()) + 0.001 }
            let two = market.map { 0.01 * ($0 + 0.4 * random.normal()) }
            let sharpe = ReplayDifference(record(one), less: record(two)).sharpe.value
            values.append(sharpe?.value ?? 0)
            errors.append(sharpe?.standardError ?? 0)
        }
        let scatter = standardDeviation(of: values) ?? 0
        let stated = mean(of: errors) ?? 0
        // The scatter of 300 histories is itself known to 4 %.
        #expect(abs(stated / scatter - 1) < 0.15, "stated \(stated), found \(scatter), seed 12")
    }
}

@Suite("Placebos")
struct ReplayPlaceboTests {
    private func survey(_ facts: FactBatch) -> ReplaySurvey {
        var survey = ReplaySurvey(looksAtSignals: true)
        survey.take(facts)
        return survey
    }

    @Test("Shifted: every signal comes one bar of its own symbol later, and nothing else moves")
    func shift() {
        var facts = FactBatch()
        facts.bars = [
            hourlyBars("BTC", hours: 0..<30) { _ in 100 },
            BarSeries(
                symbol: symbol("ETH"),
                bars: (0..<3 as Range<Int64>).map { number in
                    let bar = Bar(
                        openAt: day(number), closeAt: day(number + 1), open: 1, high: 1, low: 1, close: 1, volume: nil)
                    return Dated(bar, knownAt: bar.closeAt, attestation: .attested)
                }),
        ]
        facts.signals = [
            signal("apt", "BTC", .long, at: day(1, 3)), signal("apt", "ETH", .short, at: day(1, 3)),
            signal("apt", "DOGE", .long, at: day(1, 3)),
        ]
        let shifted = ReplayPlacebo.shifted(survey(facts)).spoiled(facts)
        #expect(shifted.signals.map(\.knownAt) == [day(1, 4), day(2, 3), day(1, 4)])
        #expect(shifted.signals.map(\.value.generatedAt) == [day(1, 4), day(2, 3), day(1, 4)])
        #expect(shifted.signals.map(\.value.direction) == facts.signals.map(\.value.direction))
        #expect(shifted.bars.flatMap(\.bars) == facts.bars.flatMap(\.bars))
    }

    @Test("Shuffled: each agent keeps its numbers of longs, shorts and flats; the same seed deals the same",
        arguments: 1...6 as ClosedRange<UInt64>)
    func shuffle(seed: UInt64) {
        // Conflicting versions of one call turn together, so counts are of calls: one version each here.
        var facts = HostileEvidence(seed: seed).facts
        var seen: Set<StableHash> = []
        facts.signals = facts.signals.filter { seen.insert($0.value.identity.key).inserted }
        let survey = survey(facts)
        func dealt(_ draw: Int) -> FactBatch {
            ReplayPlacebo.shuffled(ReplayShuffle(survey, seed: seed, draw: draw)).spoiled(facts)
        }
        func counts(_ facts: FactBatch) -> [String: Int] {
            Dictionary(facts.signals.map { ("\($0.value.agent) \($0.value.direction)", 1) }, uniquingKeysWith: +)
        }
        #expect(counts(dealt(0)) == counts(facts), "seed \(seed)")
        #expect(dealt(0).signals == dealt(0).signals, "seed \(seed)")
        #expect(dealt(0).signals != dealt(1).signals && dealt(0).signals != facts.signals, "seed \(seed)")
        for (one, two) in zip(facts.signals, dealt(0).signals) {
            #expect(one.value.identity.key == two.value.identity.key && one.knownAt == two.knownAt, "seed \(seed)")
            let isTurned = one.value.direction != two.value.direction
            if let before = one.value.probabilityUp, let after = two.value.probabilityUp {
                #expect(after.isClose(to: isTurned ? 1 - before : before), "seed \(seed)")
            }
        }
        // Cut into batches in another order, the survey knows the same.
        var reversed = ReplaySurvey(looksAtSignals: true)
        for signal in facts.signals.reversed() { reversed.take(FactBatch(signals: [signal])) }
        let again = ReplayPlacebo.shuffled(ReplayShuffle(reversed, seed: seed, draw: 0)).spoiled(facts)
        #expect(again.signals == dealt(0).signals, "seed \(seed)")
    }

    @Test("An agent that knows the next day is rich as it is and ordinary when its calls are dealt anew")
    func knowing() throws {
        var random = Xoshiro256(seed: 3)
        let rises = (0..<120).map { _ in random.happens(0.5) }
        var facts = FactBatch()
        var price = 100.0
        var prices = [price]
        for rise in rises {
            for _ in 0..<24 {
                price *= rise ? 1.001 : 0.999
                prices.append(price)
            }
        }
        facts.bars = [hourlyBars("BTC", hours: 0..<Int64(rises.count * 24)) { prices[Int($0)] }]
        facts.signals = rises.indices.dropLast().map {
            signal("apt", "BTC", rises[$0] ? .long : .short, at: day(Int64($0)))
        }
        func sharpe(_ facts: FactBatch) throws -> Double {
            var fold = ReplayFold(policy: .equalWeight, from: day(0), through: day(120))
            fold.apply(facts)
            fold.advance(to: day(120))
            return try #require(ReplayStatistics(fold.record)?.sharpeRatio.value?.value)
        }
        let real = try sharpe(facts)
        let survey = survey(facts)
        let drawn = try (0..<10).map { draw in
            try sharpe(ReplayPlacebo.shuffled(ReplayShuffle(survey, seed: 5, draw: draw)).spoiled(facts))
        }
        #expect(real > 20, "\(real)")
        #expect(drawn.allSatisfy { $0 < real / 3 }, "\(drawn)")
    }
}
