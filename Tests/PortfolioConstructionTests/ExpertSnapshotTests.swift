import Domain
import Statistics
import StatisticsState
import Testing

/// The state of the rules for prior weights in a snapshot.
@Suite struct ExpertSnapshotTests {
    private func learned(_ rule: ExpertAggregation.Rule) -> ExpertAggregation {
        var experts = ExpertAggregation(rule: rule, halfLife: 30, priorMasses: [1, 2, 0.5])
        var luck = Xoshiro256(seed: 12)
        for round in 0..<90 {
            if round == 40 { experts.join(priorMass: 0.25) }
            if round == 60 { experts.retire(1) }
            let losses = (0..<experts.count).map { _ in luck.normal() }
            experts.update(losses: losses, isAwake: losses.map { _ in luck.uniform() < 0.8 })
        }
        return experts
    }

    @Test func `what is read back continues to the last bit`() throws {
        for rule in [
            .adaHedge, .fixedShare(switchProbability: 0.02, learningRate: nil),
            .fixedShare(switchProbability: 0.02, learningRate: 3), .polynomial, .bernstein,
        ] as [ExpertAggregation.Rule] {
            var written = learned(rule)
            var writer = SnapshotCoder.writer()
            try writer.visit(&written)
            var read = ExpertAggregation(rule: .adaHedge)
            var reader = SnapshotCoder.reader(writer.bytes)
            try reader.visit(&read)
            #expect(reader.isAtEnd)
            #expect(read == written)
            written.update(losses: [1, 2, 3, 4], isAwake: [true, true, true, false])
            read.update(losses: [1, 2, 3, 4], isAwake: [true, true, true, false])
            #expect(read == written)
        }
    }

    @Test func `lists of different lengths, an unknown rule and a torn end are refused`() throws {
        var broken = learned(.bernstein)
        broken.squares.removeLast()
        var writer = SnapshotCoder.writer()
        #expect(throws: SnapshotCoder.Failure.malformed) { try writer.visit(&broken) }
        var whole = learned(.bernstein)
        writer = SnapshotCoder.writer()
        try writer.visit(&whole)
        var bytes = writer.bytes
        var read = ExpertAggregation(rule: .adaHedge)
        var reader = SnapshotCoder.reader(bytes.dropLast())
        #expect(throws: SnapshotCoder.Failure.truncated) { try reader.visit(&read) }
        bytes[0] = 9
        reader = SnapshotCoder.reader(bytes)
        #expect(throws: SnapshotCoder.Failure.malformed) { try reader.visit(&read) }
    }
}
