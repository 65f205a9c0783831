import Domain
import Reconciliation
import Testing

@Suite("Reconciliation")
struct ReconcilerTests {
    private func reconciler(costs roundTripBps: Double = 10) -> Reconciler {
        var costs = CostPolicy()
        costs.roundTripBps = roundTripBps
        return Reconciler(pricing: PricingPolicy(), costs: costs)
    }

    private func outcomes(_ answers: [Reconciler.Answer]) -> [Outcome] {
        answers.compactMap { if case .outcome(let outcome) = $0 { outcome } else { nil } }
    }

    @Test("a long earns what the next opens made of it, less the round trip")
    func long() throws {
        var open = openSignal(.long)
        let (answers, isFinal) = reconciler().answers(to: &open, history: ramp(0..<30), asOf: start + .hours(30))
        #expect(isFinal)
        let all = outcomes(answers)
        #expect(all.map(\.horizon) == [.hours(1), .hours(4), .standard] && all.map(\.isPrimary) == [false, false, true])
        // Made at 00:30: in at 01:00 for 101; out at 00:30 + 24 h, at the open of 01:00 next day, 125.
        let outcome = all[2]
        #expect(outcome.entryAt == start + .hours(1) && outcome.entryPrice == 101)
        #expect(outcome.exitAt == start + .hours(25) && outcome.exitPrice == 125)
        #expect(outcome.closesAt == start + .minutes(30) + .hours(24))
        #expect(outcome.grossReturnBps == (125.0 / 101 - 1) * 10_000 && outcome.costBps == 10)
        #expect(outcome.realizedReturnBps == outcome.grossReturnBps - 10)
        #expect(outcome.expectedReturnBps == 24 && outcome.sigmaBps == 240 && outcome.overlapCount == 2)
        #expect(outcome.forecastErrorBps == outcome.realizedReturnBps - 24)
        // Diagnostic: out at 02:00 and 05:00; expectation by time, volatility by its root.
        #expect(all[0].exitPrice == 102 && all[0].expectedReturnBps == 1)
        #expect(all[1].exitPrice == 105 && all[1].expectedReturnBps == 4)
        #expect(abs((all[1].sigmaBps ?? 0) - 240 / 6.0.squareRoot()) < 1e-9)
        #expect(all[0].costBps == 10)
    }

    @Test("a short earns the fall, and pays the same")
    func short() throws {
        var open = openSignal(.short)
        let (answers, _) = reconciler().answers(to: &open, history: ramp(0..<30), asOf: start + .hours(30))
        let outcome = try #require(outcomes(answers).last)
        #expect(outcome.grossReturnBps == -(125.0 / 101 - 1) * 10_000)
        #expect(outcome.realizedReturnBps == outcome.grossReturnBps - 10)
    }

    @Test("nothing is answered before the bar is there, and each answer comes once")
    func waits() {
        var open = openSignal()
        let reconciler = reconciler()
        #expect(reconciler.answers(to: &open, history: PriceHistory(), asOf: start + .hours(1)) == ([], false))
        #expect(reconciler.answers(to: &open, history: ramp(0..<1), asOf: start + .hours(1)) == ([], false))
        #expect(open.entryAt == nil)
        #expect(reconciler.answers(to: &open, history: ramp(0..<2), asOf: start + .hours(2)) == ([], false))
        #expect(open.entryAt == start + .hours(1) && open.entryPrice == 101)
        let first = reconciler.answers(to: &open, history: ramp(0..<3), asOf: start + .hours(3))
        #expect(first.answers.count == 1 && !first.isFinal)
        #expect(reconciler.answers(to: &open, history: ramp(0..<3), asOf: start + .hours(3)) == ([], false))
        let second = reconciler.answers(to: &open, history: ramp(0..<25), asOf: start + .hours(25))
        #expect(outcomes(second.answers).map(\.horizon) == [.hours(4)] && !second.isFinal)
        let last = reconciler.answers(to: &open, history: ramp(0..<26), asOf: start + .hours(26))
        #expect(outcomes(last.answers).map(\.horizon) == [.standard] && last.isFinal)
    }

    @Test("the answers do not hang on how often one asks")
    func asksOften() {
        let reconciler = reconciler()
        var once = openSignal()
        let whole = reconciler.answers(to: &once, history: ramp(0..<30), asOf: start + .hours(30))
        var often = openSignal()
        var collected: [Reconciler.Answer] = []
        for hour in 1...30 as ClosedRange<Int64> {
            let step = reconciler.answers(to: &often, history: ramp(0..<hour), asOf: start + .hours(hour))
            collected += step.answers
            if step.isFinal { break }
        }
        #expect(collected == whole.answers)
    }

    @Test("the entry is kept when its bar has been forgotten")
    func keepsEntry() throws {
        var open = openSignal(horizon: .hours(24 * 30))
        let reconciler = reconciler()
        var history = ramp(0..<10)
        _ = reconciler.answers(to: &open, history: history, asOf: start + .hours(10))
        history = ramp(600..<740)
        var writer = SnapshotCoder.writer()
        try open.visit(&writer)
        var reader = SnapshotCoder.reader(writer.bytes)
        var read = OpenSignal()
        try read.visit(&reader)
        #expect(read == open && reader.isAtEnd)
        let (answers, isFinal) = reconciler.answers(to: &read, history: history, asOf: start + .hours(740))
        let outcome = try #require(outcomes(answers).last)
        #expect(isFinal && outcome.entryPrice == 101 && outcome.exitPrice == 821)
    }

    @Test("without a bar in two bars' time there is no entry; the next price is not a price one could have had")
    func missesEntry() {
        var open = openSignal(minutes: 30)
        let (answers, isFinal) = reconciler().answers(
            to: &open, history: ramp(0..<40, missing: [1, 2]), asOf: start + .hours(40))
        #expect(answers == [.rejected(.missingEntry)] && isFinal)
        // Two bars late to the minute is in time.
        var late = openSignal(minutes: 60)
        _ = reconciler().answers(to: &late, history: ramp(0..<40, missing: [1, 2]), asOf: start + .hours(40))
        #expect(late.entryAt == start + .hours(3))
    }

    @Test("a late exit within two bars counts at its own price; later it is missing, and the diagnostics stay")
    func exitsLate() throws {
        var open = openSignal()
        let late = reconciler().answers(
            to: &open, history: ramp(0..<40, missing: [25]), asOf: start + .hours(40))
        let outcome = try #require(outcomes(late.answers).last)
        #expect(outcome.exitAt == start + .hours(26) && outcome.exitPrice == 126)
        var gone = openSignal()
        let missing = reconciler().answers(
            to: &gone, history: ramp(0..<40, missing: [25, 26, 27]), asOf: start + .hours(40))
        #expect(missing.isFinal && missing.answers.last == .rejected(.missingExit))
        #expect(outcomes(missing.answers).map(\.horizon) == [.hours(1), .hours(4)])
    }

    @Test("a price that never comes is waited for seven days, and then missing for good")
    func stopsWaiting() {
        var entry = openSignal()
        let week = start + .minutes(30) + .days(7)
        #expect(reconciler().answers(to: &entry, history: ramp(0..<1), asOf: week) == ([], false))
        let after = reconciler().answers(to: &entry, history: ramp(0..<1), asOf: week + Span(milliseconds: 1))
        #expect(after == ([.rejected(.missingEntry)], true))
        var exit = openSignal()
        let close = start + .minutes(30) + .days(8)
        #expect(!reconciler().answers(to: &exit, history: ramp(0..<10), asOf: close).isFinal)
        let gone = reconciler().answers(to: &exit, history: ramp(0..<10), asOf: close + Span(milliseconds: 1))
        #expect(gone == ([.rejected(.missingExit)], true))
    }

    @Test("known after its own end, or entered only then, a signal has expired")
    func expires() {
        var known = openSignal(horizon: .hours(1), knownAfter: .hours(2))
        #expect(
            reconciler().answers(to: &known, history: ramp(0..<9), asOf: start + .hours(9))
                == ([.rejected(.expired)], true))
        // 20 minutes from 00:30: over before the bar of 01:00.
        guard let third = Horizon(.minutes(20)) else { return }
        var brief = openSignal(horizon: third)
        #expect(
            reconciler().answers(to: &brief, history: ramp(0..<9), asOf: start + .hours(9))
                == ([.rejected(.expired)], true))
    }

    @Test(
        "a horizon as short as a diagnostic one has no diagnostic of that length",
        arguments: [(1, [1]), (2, [1, 2]), (4, [1, 4]), (5, [1, 4, 5])] as [(Int64, [Int64])])
    func shortHorizons(hours: Int64, expected: [Int64]) {
        var open = openSignal(minutes: 0, horizon: .hours(hours))
        let (answers, isFinal) = reconciler().answers(to: &open, history: ramp(0..<9), asOf: start + .hours(9))
        #expect(outcomes(answers).map(\.horizon) == expected.map { .hours($0) } && isFinal)
        #expect(outcomes(answers).filter(\.isPrimary).count == 1)
    }

    @Test("a diagnostic horizon that is over before the entry has no outcome")
    func skipsDiagnostics() {
        var open = openSignal(minutes: 0, knownAfter: .hours(2))
        let (answers, _) = reconciler().answers(to: &open, history: ramp(0..<30), asOf: start + .hours(30))
        #expect(outcomes(answers).map(\.horizon) == [.hours(4), .standard])
    }

    @Test("an imported outcome stands as it is")
    func imports() {
        let row = ImportedOutcome(
            agent: agent(), symbol: symbol(), direction: .short, generatedAt: start, horizon: .standard,
            realizedReturnBps: -55, expectedReturnBps: 20, expectedSigmaBps: nil, entryPrice: nil, exitPrice: nil,
            score: nil, confidence: nil, runID: nil, strategyClass: nil, regime: nil, forecasterVersion: nil)
        let outcome = Outcome(
            imported: row, attestation: .unattested, trackNumber: 1, strategyClass: "x", overlapCount: 3)
        #expect(outcome.realizedReturnBps == -55 && outcome.costBps == 0 && outcome.forecastErrorBps == -75)
        #expect(outcome.isPrimary && outcome.isImported && outcome.exitAt == start + .hours(24))
    }

    @Test("a snapshot of an open signal cut anywhere is an error")
    func refusesTruncation() throws {
        var open = openSignal()
        var writer = SnapshotCoder.writer()
        try open.visit(&writer)
        for count in writer.bytes.indices {
            var reader = SnapshotCoder.reader(Array(writer.bytes[..<count]))
            var read = OpenSignal()
            #expect(throws: SnapshotCoder.Failure.self) { try read.visit(&reader) }
        }
        #expect(open.signal.unknownFields.isEmpty, "the ledger keeps them; the state has a bound")
    }

    @Test("who repeats the sign of the running bar earns nothing before costs", arguments: [UInt64(1), 2, 3, 4])
    func trapsLookAhead(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        var history = PriceHistory()
        var bars: [Bar] = []
        var price = 100.0
        for hour in 0..<6_000 as Range<Int64> {
            // A sum of twelve uniforms is near enough to normal; 60 bps an hour.
            let shock = (0..<12).reduce(-6.0) { sum, _ in sum + draws.uniform() }
            let next = price * (1 + 0.006 * shock)
            let bar = Bar(
                openAt: start + .hours(hour), closeAt: start + .hours(hour + 1), open: price, high: max(price, next),
                low: min(price, next), close: next, volume: nil)
            bars.append(bar)
            _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: .hours(240))
            price = next
        }
        var earned: [Double] = []
        var stolen: [Double] = []
        for bar in bars.dropLast(3) {
            let direction: Direction = bar.close > bar.open ? .long : .short
            let signal = Signal(
                agent: agent(), symbol: symbol(), direction: direction, horizon: .hours(1),
                generatedAt: bar.openAt + .minutes(45))
            var open = OpenSignal(
                signal: signal, identity: signal.identity, knownAt: signal.generatedAt, attestation: .attested,
                trackNumber: 0, strategyClass: "", overlapCount: 1, sigmaBps: nil, expectedReturnBps: 0,
                forecasterVersion: "", features: [])
            let (answers, _) = reconciler().answers(to: &open, history: history, asOf: start + .hours(6_000))
            earned.append(try #require(outcomes(answers).last).grossReturnBps)
            stolen.append(direction.sign * (bar.close / bar.open - 1) * 10_000)
        }
        let mean = earned.reduce(0, +) / Double(earned.count)
        // 60 bps over the root of 6,000 is 0.77 bps.
        #expect(abs(mean) < 4 * 0.8, "seed \(seed): \(mean) bps a signal")
        // From the open of its own bar it would be the mean magnitude of a normal hour, 48 bps.
        #expect(stolen.reduce(0, +) / Double(stolen.count) > 45)
    }
}
