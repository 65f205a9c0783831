internal import Books
package import Domain
internal import PortfolioConstruction
internal import PromotionGates

extension DecisionState: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&members)
        try trials.visit(&coder)
        try coder.visit(&retiredPromotionCount)
        try decisions.visit(&coder)
        try coder.visit(&medianBeta)
        try rounds.visit(&coder)
        try capital.visit(&coder)
        try fleet.visit(&coder)
    }
}

extension DecisionState.Member: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try record.visit(&coder)
        try stage.visit(&coder)
        try evidence.visit(&coder)
        var verdict = verdict
        try coder.visit(&verdict, blank: .none) { coder, verdict throws(SnapshotCoder.Failure) in
            try verdict.visit(&coder)
        }
        judgment = verdict.map(DecisionState.Judged.read)
    }
}
