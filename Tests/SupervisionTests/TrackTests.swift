import Domain
import Supervision
import Testing

@Suite("Tracks, names and facts of every kind")
struct TrackTests {
    private let bars = [
        hourlyBars("BTC", hours: 0..<24 * 30) { 100 + Double($0) / 10 },
        hourlyBars("ETH", hours: 0..<24 * 30) { 50 - Double($0) / 100 },
    ]

    @Test("a new version begins a new track; what the old one had open stays with it, in the same step too")
    func versionBeginsTrack() throws {
        let facts = FactBatch(
            bars: bars,
            signals: [
                signal("a", "BTC", .long, at: day(10, 6), strategyClass: "s", version: "1"),
                signal("a", "ETH", .long, at: day(10, 18), strategyClass: "s", version: "2"),
                signal("a", "BTC", .short, at: day(12, 6), strategyClass: "s", version: "2"),
            ])
        let fold = folded(facts, to: day(15))
        let primary = fold.newOutcomes.filter(\.isPrimary)
        #expect(primary.map(\.trackNumber) == [0, 1, 1])
        #expect(primary.map(\.symbol.name) == ["BTC", "ETH", "BTC"])
        let report = fold.report(asOf: day(15))
        let found = try report.agent("a")
        #expect(found.version == "2" && found.trackNumber == 1)
        #expect(found.scorecard.outcomeCount == 2 && found.scorecard.signalCount == 3)
        #expect(report.fleet.outcomeCount == 3 && report.strategies.map(\.outcomeCount) == [3])
    }

    @Test("a new version is another trial, begins its book anew and takes the old skill as a weak prior")
    func versionIsTrial() throws {
        let old = (0..<12).map { signal("a", "BTC", .long, at: day(5 + Int64($0), 6), version: "1") }
        let new = (0..<3).map { signal("a", "BTC", .long, at: day(20 + Int64($0), 6), version: "2") }
        let before = report(FactBatch(bars: bars, signals: old), asOf: day(20))
        let after = report(FactBatch(bars: bars, signals: old + new), asOf: day(25))
        #expect(try before.agent("a").verdict.trialCount == 1)
        #expect(try after.agent("a").verdict.trialCount == 2)
        #expect(try before.agent("a").scorecard.book.markCount == 15)
        // From the day after the announcement to the last midnight: the day before is the old one's.
        #expect(try after.agent("a").scorecard.book.markCount == 5)
        #expect(try after.agent("a").multiplier.effectiveSignals <= 10 + 3)
        #expect(try after.agent("a").multiplier.effectiveSignals > 3)
    }

    @Test("a rename keeps the track, the stage, the decisions and the count of trials")
    func renameKeepsAll() throws {
        let signals = (0..<14).map { signal($0 < 7 ? "old" : "new", "BTC", .long, at: day(5 + Int64($0), 6)) }
        let veto = decision(.veto, .agent(agent("old")), at: day(8))
        let renamed = report(
            FactBatch(
                bars: bars, signals: signals, decisions: [veto], renames: [rename("old", to: "new", at: day(11, 12))]),
            asOf: day(25))
        #expect(renamed.agents.map(\.agent.name) == ["new"])
        let found = try renamed.agent("new")
        #expect(found.scorecard.outcomeCount == 14 && found.verdict.trialCount == 1 && found.trackNumber == 0)
        #expect(found.verdict.standingDecision == .veto)
        let apart = report(FactBatch(bars: bars, signals: signals), asOf: day(25))
        #expect(apart.agents.count == 2)
        #expect(try apart.agent("new").verdict.trialCount == 2)
    }

    @Test("a chain of renames is followed, whatever name a fact carries; a name in use is not taken")
    func renameChain() throws {
        let signals = ["a", "b", "c"].enumerated().map {
            signal($0.element, "BTC", .long, at: day(10 + Int64($0.offset) * 3, 6))
        }
        let renames = [
            rename("a", to: "b", at: day(11)), rename("b", to: "c", at: day(12)), rename("c", to: "other", at: day(20)),
        ]
        let other = signal("other", "ETH", .long, at: day(9))
        let found = report(FactBatch(bars: bars, signals: signals + [other], renames: renames), asOf: day(25))
        #expect(found.agents.map(\.agent.name) == ["c", "other"])
        #expect(try found.agent("c").scorecard.signalCount == 3)
    }

    @Test("late signals are counted, not scored, and named in the findings")
    func lateIsNotScored() throws {
        let late = (0..<3).map { signal("nostradamus", "BTC", .long, at: day(8 + Int64($0), 6), attestation: .late) }
        let found = report(FactBatch(bars: bars, signals: late), uncapped, asOf: day(20))
        let card = try found.agent("nostradamus").scorecard
        #expect(card.signalCount == 3 && card.rejections == [.late: 3])
        #expect(card.outcomeCount == 0 && card.book.markCount == 0)
        let texts = found.findings(saying: "nostradamus: 3 of 3 signals were written later").map(\.severity)
        #expect(texts == [.warning])
        // Capital waits for nobody for ever, not for one who never had a signal that counts either.
        #expect(try found.allocation("nostradamus").weight < 0.5)
    }

    @Test("an agent that only ever sends flats holds nothing, is not scored and falls silent")
    func onlyFlats() throws {
        let flats = (0..<12).map { signal("monk", "BTC", .flat, at: day(5 + Int64($0), 6)) }
        let found = report(FactBatch(bars: bars, signals: flats), uncapped, asOf: day(17))
        let monk = try found.agent("monk")
        #expect(monk.isAsleep && monk.scorecard.rejections == [.flat: 12] && monk.scorecard.outcomeCount == 0)
        #expect(monk.multiplier.value == 1 && monk.verdict.kind == .insufficientEvidence)
        #expect(try found.allocation("monk").weight.isClose(to: PowerOfHalf.value(8.75 / 7)))
        #expect(found.allocation.lookThrough == .none)
        #expect(found.findings(saying: "Silent: monk").count == 1)
    }

    @Test("a flat signal ends what is open, and silence begins with it")
    func flatEnds() throws {
        let facts = FactBatch(
            bars: bars,
            signals: [
                signal("a", "BTC", .long, at: day(5), horizon: .hours(24 * 300)),
                signal("a", "BTC", .flat, at: day(6)),
            ])
        #expect(try report(facts, uncapped, asOf: day(9)).allocation("a").weight.isClose(to: 1))
        #expect(try report(facts, uncapped, asOf: day(16)).allocation("a").weight.isClose(to: 0.5, within: 1e-9))
    }

    @Test("a revision before the fill replaces the signal, one after it does not; contradictions are counted")
    func revisions() throws {
        let first = signal("a", "BTC", .long, at: day(6, 0, minutes: 30))
        var inTime = signal("a", "BTC", .short, at: day(6, 0, minutes: 30))
        inTime.knownAt = day(6, 0, minutes: 33)
        var afterGrace = inTime
        afterGrace.knownAt = day(6, 0, minutes: 40)
        var conflict = inTime
        conflict.knownAt = first.knownAt
        func outcome(_ signals: [Dated<Signal>]) throws -> (Direction, [RejectionReason: Int]) {
            let fold = folded(FactBatch(bars: bars, signals: signals), to: day(10))
            let primary = fold.newOutcomes.filter(\.isPrimary)
            #expect(primary.count == 1)
            return (
                try #require(primary.first).direction,
                try fold.report(asOf: day(10)).agent("a").scorecard.rejections
            )
        }
        #expect(try outcome([first, inTime]) == (.short, [.revised: 1]))
        #expect(try outcome([first, afterGrace]) == (.long, [.revised: 1]))
        #expect(try outcome([first, conflict]).1 == [.conflict: 1])
        #expect(try outcome([first, conflict]).0 == outcome([conflict, first]).0)
    }

    @Test("costs times 0 to 3 are the gross sum less so many costs")
    func costFactors() throws {
        var policy = Policy.standard
        policy.costs.roundTripBps = 10
        policy.costs.roundTripBpsBySymbol = ["ETH": 40]
        let signals = (0..<6).flatMap {
            [signal("a", "BTC", .long, at: day(5 + Int64($0))), signal("a", "ETH", .short, at: day(5 + Int64($0)))]
        }
        let fold = folded(FactBatch(bars: bars, signals: signals), .constant(policy), to: day(15))
        let card = try fold.report(asOf: day(15)).agent("a").scorecard
        let gross = fold.newOutcomes.filter(\.isPrimary).reduce(0.0) { $0 + $1.grossReturnBps }
        #expect(card.outcomeCount == 12 && gross > 0)
        for (factor, sum) in card.pnlSumBpsByCostFactor.enumerated() {
            #expect(sum.isClose(to: gross - Double(factor) * 6 * (10 + 40)))
        }
        #expect(card.pnlSumBps.isClose(to: card.pnlSumBpsByCostFactor[1]))
    }

    @Test("an outcome is direction times exit over entry at opens one could have had, less the cost")
    func outcomeIsTheMarkets() throws {
        let short = signal("a", "BTC", .short, at: day(5, 6, minutes: 10))
        let fold = folded(FactBatch(bars: bars, signals: [short]), to: day(8))
        let outcome = try #require(fold.newOutcomes.first { $0.isPrimary })
        // Opens at 07:00 of both days, not at 06:00.
        let (entry, exit) = (100 + Double(5 * 24 + 7) / 10, 100 + Double(6 * 24 + 7) / 10)
        #expect(outcome.entryPrice == entry && outcome.exitPrice == exit)
        #expect(outcome.grossReturnBps.isClose(to: -(exit / entry - 1) * 10_000))
        #expect(outcome.realizedReturnBps.isClose(to: outcome.grossReturnBps - 10))
        #expect(fold.newOutcomes.map(\.horizon.inHours) == [1, 4, 24])
    }

    @Test("the strategy class is the signal's, else the policy's, else the last known")
    func strategyMap() throws {
        var policy = Policy.standard
        policy.strategies = ["mapped": "from-policy", "own": "from-policy"]
        let signals = [
            signal("mapped", "BTC", .long, at: day(5)),
            signal("own", "BTC", .long, at: day(5), strategyClass: "its-own"),
            signal("plain", "BTC", .long, at: day(5)),
        ]
        let found = report(FactBatch(bars: bars, signals: signals), policy, asOf: day(8))
        #expect(found.agents.map(\.strategyClass) == ["from-policy", "its-own", "unclassified"])
        #expect(found.strategies.map(\.strategyClass) == ["from-policy", "its-own", "unclassified"])
    }

    @Test("telemetry inside the window makes the error rate")
    func telemetry() throws {
        let errorCounts: [Int64] = [2, 0, 0, 0]
        let records = errorCounts.enumerated().map { number, errors in
            let at = day(5, Int64(number))
            let record = TelemetryRecord(
                agent: agent("a"), runID: "r\(number)", at: at, errors: errors,
                latencyMilliseconds: 100 * Double(number + 1), costUSD: 0.5, tokensIn: 1, tokensOut: 1)
            return Dated(record, knownAt: at, attestation: .attested)
        }
        let facts = FactBatch(bars: bars, signals: [signal("a", "BTC", .long, at: day(5))], telemetry: records)
        let card = try report(facts, asOf: day(7)).agent("a").scorecard
        #expect(card.errorRate == .known(0.5) && card.averageLatencyMilliseconds == 250 && card.totalCostUSD == 2)
    }
}
