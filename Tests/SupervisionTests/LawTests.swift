import Domain
import Statistics
import Supervision
import Testing

/// The four laws, on fleets whose facts are late, revised, contradictory, renamed, incomplete and out of order.
@Suite("Laws")
struct LawTests {
    static let modes: [Fold.PolicyMode] = [
        .constant(.standard), .constant(.seed), .scheduled(first: .standard), .scheduled(first: .seed),
    ]

    static let cases: [(seed: UInt64, mode: Fold.PolicyMode)] = (1...8).map { ($0, modes[Int($0) % 4]) }

    private func name(_ seed: UInt64, _ mode: Fold.PolicyMode) -> String { "seed \(seed), \(mode.fingerprint)" }

    @Test("idempotent: the same facts at the same moment are the same bytes", arguments: cases)
    func isIdempotent(seed: UInt64, mode: Fold.PolicyMode) {
        let evidence = HostileEvidence(seed: seed)
        let first = supervise(evidence.facts, under: mode, asOf: evidence.endAt)
        expectSame(
            first, supervise(HostileEvidence(seed: seed).facts, under: mode, asOf: evidence.endAt), name(seed, mode))
        // Asking twice, and asking on the way, changes nothing.
        var fold = Fold(mode: mode)
        fold.apply(evidence.facts)
        var time = day(2)
        while time < evidence.endAt {
            fold.advance(to: time)
            _ = fold.report(asOf: time)
            time = time + .hours(31)
        }
        fold.advance(to: evidence.endAt)
        expectSame(fold.report(asOf: evidence.endAt), fold.report(asOf: evidence.endAt), name(seed, mode))
        expectSame(first, fold.report(asOf: evidence.endAt), name(seed, mode))
        #expect(first.fleet.outcomeCount > 100 && first.agents.count == 7, "\(name(seed, mode)): little was tested")
        #expect(first.fleet.withdrawnBarCount > 5, "\(name(seed, mode)): no bar was withdrawn")
    }

    @Test("order-free: shuffled lists in random batches are the same bytes", arguments: cases)
    func isOrderFree(seed: UInt64, mode: Fold.PolicyMode) {
        var evidence = HostileEvidence(seed: seed)
        let straight = folded(evidence.facts, mode, to: evidence.endAt)
        let times = (0..<5).map { _ in evidence.moment() }.sorted() + [evidence.endAt]
        var fold = Fold(mode: mode)
        for (time, batch) in zip(times, evidence.batches(until: times)) {
            fold.apply(batch)
            fold.advance(to: time)
        }
        expectSame(straight.report(asOf: evidence.endAt), fold.report(asOf: evidence.endAt), name(seed, mode))
        #expect(straight.outcomeChain == fold.outcomeChain, "\(name(seed, mode))")
        let isSameDecisions = straight.decisions(knownAt: evidence.endAt) == fold.decisions(knownAt: evidence.endAt)
        #expect(isSameDecisions, "\(name(seed, mode))")
        let isSameState = straight.snapshot() == fold.snapshot()
        #expect(isSameState, "\(name(seed, mode)): the snapshots differ")
    }

    @Test("causal: what becomes known later changes nothing, whether it is there or not", arguments: cases)
    func isCausal(seed: UInt64, mode: Fold.PolicyMode) {
        var evidence = HostileEvidence(seed: seed)
        // On the grid, between grid points, before the first signal, and close to the end.
        let moments = [day(4), day(16), evidence.moment(), evidence.moment(), evidence.endAt - .minutes(1)]
        for time in moments {
            let known = evidence.facts.filtered { $0 <= time }
            let short = supervise(known, under: mode, asOf: time)
            expectSame(
                short, supervise(evidence.facts, under: mode, asOf: time), "\(name(seed, mode)), as of \(time)")
        }
    }

    @Test("a report on the way is the report of then", arguments: cases.prefix(4))
    func isReplay(seed: UInt64, mode: Fold.PolicyMode) {
        var evidence = HostileEvidence(seed: seed)
        let moments = (0..<4).map { _ in evidence.moment() }.sorted()
        var fold = Fold(mode: mode)
        fold.apply(evidence.facts)
        for time in moments {
            fold.advance(to: time)
            expectSame(
                fold.report(asOf: time), supervise(evidence.facts, under: mode, asOf: time),
                "\(name(seed, mode)), as of \(time)")
        }
    }

    @Test("incremental is from scratch: going on from a snapshot is never having stopped", arguments: cases)
    func isIncremental(seed: UInt64, mode: Fold.PolicyMode) throws {
        var evidence = HostileEvidence(seed: seed)
        let straight = folded(evidence.facts, mode, to: evidence.endAt)
        var stops = (0..<4).map { _ in evidence.moment() }.sorted()
        stops.append(evidence.endAt)
        var fold = folded(evidence.facts, mode, to: stops[0])
        var outcomes = fold.newOutcomes
        for stop in stops {
            fold.newOutcomes = []
            fold.advance(to: stop)
            outcomes += fold.newOutcomes
            guard let position = fold.position else { continue }
            let bytes = fold.snapshot()
            var restored = try #require(Fold(snapshot: bytes, mode: mode), "\(name(seed, mode)), \(position)")
            let isSameSnapshot = restored.snapshot() == bytes
            #expect(isSameSnapshot, "\(name(seed, mode)), \(position): a restored fold writes another snapshot")
            restored.apply(evidence.facts.filtered { $0 > position })
            expectSame(
                fold.report(asOf: stop), restored.report(asOf: stop), "\(name(seed, mode)), restored at \(position)")
            fold = restored
        }
        expectSame(straight.report(asOf: evidence.endAt), fold.report(asOf: evidence.endAt), name(seed, mode))
        let isSameState = straight.snapshot() == fold.snapshot()
        #expect(isSameState, "\(name(seed, mode)): the snapshots differ")
        let isSameOutcomes = straight.newOutcomes == outcomes
        #expect(isSameOutcomes, "\(name(seed, mode)): the outcomes differ")
        #expect(straight.outcomeChain == fold.outcomeChain)
    }

    @Test(
        "every signal is answered once: outcomes, rejections and pending add up",
        arguments: 1...4 as ClosedRange<UInt64>)
    func addsUp(seed: UInt64) {
        var evidence = HostileEvidence(seed: seed)
        // Rows of another system and copies in another spelling are counted elsewhere.
        evidence.facts.outcomes = []
        evidence.facts.renames = []
        var fold = Fold(mode: .constant(.standard))
        fold.apply(evidence.facts)
        fold.advance(to: evidence.endAt)
        let report = fold.report(asOf: evidence.endAt)
        let primaryCount = fold.newOutcomes.count { $0.isPrimary }
        let rejectedCount = report.fleet.rejections.values.reduce(0, +)
        #expect(primaryCount == report.fleet.outcomeCount, "seed \(seed)")
        #expect(
            report.fleet.signalCount == primaryCount + rejectedCount + report.fleet.pendingCount,
            "seed \(seed): \(primaryCount) outcomes, \(rejectedCount) rejected, \(report.fleet.pendingCount) pending")
        #expect(report.factCounts[.signal] == report.fleet.signalCount, "seed \(seed)")
    }
}
