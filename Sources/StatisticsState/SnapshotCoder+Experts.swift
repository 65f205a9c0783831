package import Domain
package import Statistics

extension SnapshotCoder {
    /// A rule with all it has learned. What cannot have been written by us is malformed: a snapshot is dropped before
    /// lists of different lengths can meet.
    package mutating func visit(_ experts: inout ExpertAggregation) throws(Failure) {
        try visit(&experts.rule)
        try visit(&experts.decay)
        try visit(&experts.priorMasses)
        try visit(&experts.isRetired, blank: false) { coder, flag throws(Failure) in try coder.visit(&flag) }
        try visit(&experts.regrets)
        try visit(&experts.scores)
        try visit(&experts.squares)
        try visit(&experts.roundCount)
        try visit(&experts.effectiveRoundCount)
        try visit(&experts.range)
        try visit(&experts.gap)
        try visit(&experts.inverseRate)
        try visit(&experts.inverseRateSum)
        try visit(&experts.variance)
        try visit(&experts.potentialBound)
        guard experts.isConsistent else { throw .malformed }
    }

    package mutating func visit(_ rule: inout ExpertAggregation.Rule) throws(Failure) {
        var tag: UInt8
        var probability = 0.0
        var rate: Double?
        switch rule {
        case .adaHedge: tag = 0
        case .fixedShare(let switchProbability, let learningRate):
            (tag, probability, rate) = (1, switchProbability, learningRate)
        case .polynomial: tag = 2
        case .bernstein: tag = 3
        }
        try visit(&tag)
        try visit(&probability)
        try visit(&rate)
        switch tag {
        case 0: rule = .adaHedge
        case 1: rule = .fixedShare(switchProbability: probability, learningRate: rate)
        case 2: rule = .polynomial
        case 3: rule = .bernstein
        default: throw .malformed
        }
    }
}
