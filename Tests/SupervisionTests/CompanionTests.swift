import Domain
import Reporting
import Supervision
import Testing

/// Policies that share a fold, against each of them alone.
struct CompanionTests {
    /// What a policy may change and still keep the same outcomes, track records and books.
    private static var alike: [Policy] {
        var bold = Policy.standard
        bold.name = "bold"
        bold.gates.requiresAttestation = false
        bold.gates.errorLevel = 0.5
        bold.confidence.gain = 2
        bold.confidence.floor = 0.2
        bold.allocation.prior = .bernstein
        var wary = Policy.standard
        wary.name = "wary"
        wary.risk.killDrawdownSigmas = 3
        wary.gates.promotion = .approval
        wary.allocation.prior = .equal
        wary.allocation.usesTailHaircut = false
        return [.standard, bold, wary]
    }

    @Test("each policy decides as it would alone, whatever the evidence", arguments: 1...12 as ClosedRange<UInt64>)
    func asAlone(seed: UInt64) {
        let facts = HostileEvidence(seed: seed).facts
        let (first, end) = (day(3), day(20))
        for policies in [Self.alike, [.equalWeight, .inverseVolatility, .allCash]] {
            var together = ReplayFold(
                policy: policies[0], beside: Array(policies.dropFirst()), from: first, through: end)
            together.apply(facts)
            together.advance(to: end)
            together.finish()
            let separated = together.separated()
            #expect(separated.count == policies.count)
            for (policy, fold) in zip(policies, separated) {
                var alone = ReplayFold(policy: policy, from: first, through: end)
                alone.apply(facts)
                alone.advance(to: end)
                alone.finish()
                let name = "\(policy.name), seed \(seed)"
                #expect(fold.record.days == alone.record.days, "\(name)")
                #expect(fold.record.bookReturns == alone.record.bookReturns, "\(name)")
                #expect(fold.record.bookResiduals == alone.record.bookResiduals, "\(name)")
                #expect(fold.record.stageChanges == alone.record.stageChanges, "\(name)")
                #expect(fold.record.decisionCount == alone.record.decisionCount, "\(name)")
                #expect(fold.record.agents == alone.record.agents && fold.record.policy == policy, "\(name)")
                #expect(
                    JSONReport.bytes(fold.report(asOf: end)) == JSONReport.bytes(alone.report(asOf: end)), "\(name)")
                #expect(fold.fold.snapshot() == alone.fold.snapshot(), "\(name)")
            }
        }
    }

    @Test("only what is read at a decision may differ; every other setting keeps policies apart")
    func keepsApart() throws {
        #expect(Fold.keepsAlike(.equalWeight, .inverseVolatility) && Fold.keepsAlike(.equalWeight, .allCash))
        #expect(!Fold.keepsAlike(.standard, .equalWeight) && !Fold.keepsAlike(.standard, .seed))
        let free = [
            "allocation.", "gates.", "risk.", "confidence.gain", "confidence.floor", "confidence.ceiling", "name",
        ]
        var seen = 0
        for key in Policy.keys {
            guard let other = Self.other(key) else { continue }
            seen += 1
            let mayDiffer = free.contains { key.key.hasPrefix($0) } && key.key != "gates.telemetryWindowDays"
            #expect(Fold.keepsAlike(.standard, other) == mayDiffer, "\(key.key)")
        }
        #expect(seen > 40, "\(seen) keys")
    }

    @Test("the bounds of the seed's multiplier are remembered, and keep policies apart")
    func seedBounds() {
        var other = Policy.seed
        other.confidence.floor = 0.3
        #expect(!Fold.keepsAlike(.seed, other))
        other = .seed
        other.allocation.agentCap = 0.5
        #expect(Fold.keepsAlike(.seed, other))
    }

    /// The standard with another value under a key, taken from the policies with a name; else a number of half.
    private static func other(_ key: PolicyKey) -> Policy? {
        let standard = Policy.standard
        let named = [Policy.seed, .equalWeight, .inverseVolatility, .allCash]
        for policy in named where key.read(policy) != key.read(standard) {
            var changed = standard
            key.write(&changed, key.read(policy))
            return changed
        }
        guard case .number(let number) = key.read(standard), number != 0 else { return nil }
        var changed = standard
        key.write(&changed, .number(number / 2))
        return changed == standard ? nil : changed
    }
}
