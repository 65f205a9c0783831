package import Domain
package import Statistics

extension SharpeSignificance {
    /// Of one record of daily returns among those of all agents that were tried.
    ///
    /// - Parameters:
    ///   - ratio: Of the agent; `nil` where there is none.
    ///   - peers: The ratios per mark of all agents that have one, this one included: their variance is that of the
    ///     trials. Two at least; agents that never had a record are missing from it, and are counted all the same.
    ///   - trialCount: How many were ever tried; at least as many as there are peers.
    ///   - minimalMarks: Marks below which nothing is said.
    /// - Complexity: O(number of peers).
    package init(of ratio: SharpeRatio?, among peers: [Double], trialCount: Int, minimalMarks: Int) {
        let needed = max(minimalMarks, 4)
        let count = max(1, trialCount, peers.count)
        guard let ratio, ratio.count >= needed, let probability = ratio.probabilistic(above: 0) else {
            let lacking = Evidence<Double>.insufficient(count: min(ratio?.count ?? 0, needed - 1), needed: needed)
            self.init(
                probabilityAboveZero: lacking, deflatedProbability: lacking, trialCount: count,
                minimumTrackRecordDays: nil)
            return
        }
        var deflated = Evidence<Double>.insufficient(count: min(peers.count, 1), needed: 2)
        if count == 1 {
            deflated = .known(probability)
        } else if let variance = sampleVariance(of: peers),
            let value = ratio.deflated(trialCount: count, trialVariance: variance)
        {
            deflated = .known(value)
        }
        self.init(
            probabilityAboveZero: .known(probability), deflatedProbability: deflated, trialCount: count,
            minimumTrackRecordDays: ratio.minimumTrackRecordLength(above: 0))
    }
}
