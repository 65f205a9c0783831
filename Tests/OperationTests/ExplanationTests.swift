import Domain
import Operation
import Supervision
import Testing

@Suite("The explanation of an agent, from the decision on record")
struct ExplanationTests {
    private let mode = Fold.PolicyMode.constant(.standard)

    private func cycle(_ world: World) -> Cycle {
        Cycle(
            clock: world.clock, runner: FoldRunner(log: world.log, snapshots: world.snapshots),
            publisher: Publisher(files: world.outputs, log: world.publications),
            runs: RunLog(append: { _ in }, list: { _ in [] }))
    }

    private func explanation(_ world: World, _ name: String = "bob", asOf: Timestamp) throws -> Explanation? {
        try cycle(world).runner.explanation(of: Samples.agent(name), mode, asOf: asOf)
    }

    @Test("After a cycle it is that of a fold from the first fact, whatever has come since and decides nothing")
    func agrees() throws {
        let world = Fleet.world(days: 9)
        #expect(try explanation(world, asOf: Fleet.day(8)) == nil)
        _ = try cycle(world).run(mode, asOf: Fleet.day(8))
        for minutes in [0, 1, 200, 1_439] as [Int64] {
            let asOf = Fleet.day(8) + .minutes(minutes)
            let folded = try cycle(Fleet.world(days: 9)).look(mode, asOf: asOf).report
            for name in ["ann", "bob", "carl"] {
                let right = try #require(folded.explanation(of: Samples.agent(name)))
                #expect(try explanation(world, name, asOf: asOf) == right, "\(name), \(minutes) min")
            }
        }
        #expect(try explanation(world, "dora", asOf: Fleet.day(8)) == nil)
    }

    @Test("After the next decision, and before it was ever kept, the fold is asked")
    func later() throws {
        let world = Fleet.world(days: 9)
        _ = try cycle(world).run(mode, asOf: Fleet.day(8))
        #expect(try explanation(world, asOf: Fleet.day(9)) == nil)
        #expect(try explanation(world, asOf: Fleet.day(7) + .hours(23)) == nil)
        let other = FoldRunner(log: world.log, snapshots: world.snapshots)
        #expect(try other.explanation(of: Samples.agent("bob"), .constant(.seed), asOf: Fleet.day(8)) == nil)
    }

    @Test("An older fact that comes in takes it away with the states that it makes wrong")
    func olderFacts() throws {
        let world = Fleet.world(days: 9)
        _ = try cycle(world).run(mode, asOf: Fleet.day(8))
        #expect(try explanation(world, asOf: Fleet.day(8)) != nil)
        let older = StampedFact(
            fact: .outcome(Samples.outcome("bob", "BTC", at: Fleet.day(5))), knownAt: Fleet.day(6),
            attestation: .unattested, lineNumber: 0)
        _ = try world.log.append(IngestBatch(source: nil, facts: [older], recordedAt: Fleet.day(8)))
        #expect(try explanation(world, asOf: Fleet.day(8)) == nil)
        _ = try cycle(world).run(mode, asOf: Fleet.day(8))
        let folded = try cycle(world).look(mode, asOf: Fleet.day(8)).report
        #expect(try explanation(world, asOf: Fleet.day(8)) == folded.explanation(of: Samples.agent("bob")))
    }

    @Test("A decision of a person takes effect at once: the fold is asked")
    func humanDecision() throws {
        let world = Fleet.world(days: 9)
        _ = try cycle(world).run(mode, asOf: Fleet.day(8))
        let kill = HumanDecision(
            kind: .kill, scope: .agent(Samples.agent("bob")), at: Fleet.day(8) + .hours(2), reason: "odd",
            author: "ada", evidence: "")
        world.store([.decision(kill)])
        #expect(try explanation(world, asOf: Fleet.day(8) + .hours(1)) != nil)
        #expect(try explanation(world, asOf: Fleet.day(8) + .hours(3)) == nil)
    }
}
