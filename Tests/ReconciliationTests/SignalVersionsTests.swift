import Domain
import Reconciliation
import Testing

@Suite("Revisions")
struct SignalVersionsTests {
    private let grace = Span.minutes(5)

    private func version(_ minutes: Int64, score: Double) -> SignalVersions.Version {
        let signal = Signal(
            agent: agent(), symbol: symbol(), direction: .long, score: score, generatedAt: start, signalID: "7")
        let dated = Dated(signal, knownAt: start + .minutes(minutes), attestation: .attested)
        return SignalVersions.Version(signal: dated, identity: signal.identity)
    }

    /// Every order of the versions gives the same choice.
    private func choose(
        _ versions: [SignalVersions.Version], fill: @escaping (Timestamp) -> Timestamp?
    ) -> SignalVersions.Choice {
        let choices = permutations(versions).map { order in
            SignalVersions.choose(among: order, grace: grace) { fill($0.knownAt) }
        }
        for choice in choices { #expect(choice == choices[0]) }
        return choices[0]
    }

    private func permutations<Value>(_ values: [Value]) -> [[Value]] {
        guard let first = values.first else { return [[]] }
        return permutations(Array(values.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }

    @Test("the last version known within the grace and before the entry counts, the others are revised")
    func takesLast() {
        let versions = [version(0, score: 1), version(2, score: 2), version(4, score: 3)]
        let choice = choose(versions) { _ in start + .hours(1) }
        #expect(choice.counting == versions[2])
        #expect(choice.losers.map(\.version) == [versions[0], versions[1]])
        #expect(choice.losers.allSatisfy { $0.reason == .revised })
    }

    @Test("the grace ends to the minute")
    func endsGrace() {
        let timely = [version(0, score: 1), version(5, score: 2)]
        #expect(choose(timely) { _ in nil }.counting == timely[1])
        let late = [version(0, score: 1), version(6, score: 2)]
        let choice = choose(late) { _ in nil }
        #expect(choice.counting == late[0] && choice.losers.map(\.reason) == [.revised])
    }

    @Test("a version known after the entry of the one it would replace changes nothing")
    func endsAtEntry() {
        let versions = [version(0, score: 1), version(3, score: 2)]
        #expect(choose(versions) { _ in start + .minutes(2) }.counting == versions[0])
        // At the very moment of the fill both would be filled there.
        #expect(choose(versions) { _ in start + .minutes(3) }.counting == versions[1])
        #expect(choose(versions) { $0 == start ? nil : start + .minutes(3) }.counting == versions[1])
    }

    @Test("of two versions of one moment the smaller content counts, and the other is a conflict")
    func breaksTies() {
        let versions = [version(0, score: 1), version(0, score: 2), version(0, score: 3)]
        let smallest = versions.min {
            ($0.identity.content.high, $0.identity.content.low) < ($1.identity.content.high, $1.identity.content.low)
        }
        let choice = choose(versions) { _ in nil }
        #expect(choice.counting == smallest)
        #expect(choice.losers.map(\.reason) == [.conflict, .conflict])
        let four = choose(versions + [version(1, score: 4)]) { _ in nil }
        #expect(four.counting.signal.value.score == 4)
        #expect(four.losers.map(\.reason) == [.conflict, .conflict, .revised])
    }

    @Test("one version alone counts, whatever the market did")
    func alone() {
        let only = version(90, score: 1)
        #expect(choose([only]) { _ in start }.counting == only)
    }

    @Test("taking versions as they come is the same as taking them together")
    func isIncremental() {
        let versions = [version(0, score: 1), version(2, score: 2), version(3, score: 3), version(9, score: 4)]
        let together = choose(versions) { $0 + .minutes(30) }
        var counting = versions[0]
        for version in versions.dropFirst() {
            counting = choose([counting, version]) { $0 + .minutes(30) }.counting
        }
        #expect(counting == together.counting && counting == versions[2])
    }
}
