package import Domain
internal import Statistics

extension ForecasterTraining: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(policy: &policy)
        try coder.visit(forecaster: &inForce)
        try coder.visit(&days)
        try coder.visit(&fits)
        try coder.visit(&lastPoint)
        try coder.visit(choice: &choice)
        let candidates = 2 + policy.penalties.count
        guard days.allSatisfy({ $0.squaredErrors.isEmpty || $0.squaredErrors.count == candidates }),
            fits.allSatisfy({ $0.models.count == policy.penalties.count })
        else { throw .malformed }
    }
}

extension SnapshotCoder {
    mutating func visit(choice: inout ModelChoice) throws(Failure) {
        try visit(&choice.at)
        try visit(&choice.penaltyIndex, blank: 0) { coder, index throws(Failure) in try coder.visit(&index) }
        try visit(&choice.testedCount)
        try visit(&choice.meanSquaredErrors)
        try visit(&choice.reason)
    }

    mutating func visit(policy: inout ForecastingPolicy) throws(Failure) {
        try visit(&policy.bpsPerScore)
        try visit(&policy.maximalExpectedBps)
        try visit(&policy.usesRidge)
        try visit(&policy.penalties)
        try visit(&policy.minimalOutcomes)
        try visit(&policy.trainingWindowDays)
        try visit(&policy.requiredStandardErrors)
    }

    mutating func visit(forecaster: inout Forecaster) throws(Failure) {
        try visit(&forecaster.version)
        try visit(&forecaster.fallback.bpsPerScore)
        try visit(&forecaster.fallback.maximalBps)
        try visit(&forecaster.ridge, blank: .blank) { coder, ridge throws(Failure) in try coder.visit(ridge: &ridge) }
    }

    private mutating func visit(ridge: inout RidgeModel) throws(Failure) {
        try visit(&ridge.intercept)
        try visit(&ridge.features, blank: RidgeModel.Feature(name: "", mean: 0, scale: 0, coefficient: 0)) {
            coder, feature throws(Failure) in
            try coder.visit(&feature.name)
            try coder.visit(&feature.mean)
            try coder.visit(&feature.scale)
            try coder.visit(&feature.coefficient)
        }
        try visit(&ridge.l2Penalty)
        try visit(&ridge.maximalBps)
        try visit(&ridge.outcomeCount)
        try visit(&ridge.trainedFrom)
        try visit(&ridge.trainedThrough)
        try visit(&ridge.fittedAt)
        try visit(&ridge.dataDigest)
    }
}

extension RidgeModel {
    fileprivate static let blank = RidgeModel(
        intercept: 0, features: [], l2Penalty: 0, maximalBps: 0, outcomeCount: 0,
        trainedFrom: Timestamp(milliseconds: 0), trainedThrough: Timestamp(milliseconds: 0),
        fittedAt: Timestamp(milliseconds: 0), dataDigest: "")

    /// Tells models apart that were fitted on the same day: from the bit patterns of all numbers that predict.
    var weightsDigest: String {
        var hash = StableHash()
        hash.combine(intercept.bitPattern)
        hash.combine(maximalBps.bitPattern)
        for feature in features {
            hash.combine(feature.name)
            for number in [feature.mean, feature.scale, feature.coefficient] { hash.combine(number.bitPattern) }
        }
        hash.finish()
        return hash.description
    }
}

extension RegressionMoments {
    /// From the bit patterns of everything that a fit sees.
    var digest: String {
        var hash = StableHash()
        hash.combine(UInt64(count))
        for number in [totalWeight, targetMean, targetSquares] + featureMeans + targetProducts + featureProducts {
            hash.combine(number.bitPattern)
        }
        hash.finish()
        return hash.description
    }
}

extension TrainingRow: SnapshotVisitable {
    package init() {
        self.init(
            signalAt: Timestamp(milliseconds: 0), features: [Double](repeating: 0, count: FeatureVector.count),
            target: 0, score: nil, overlapCount: 1)
    }

    /// Rows wait in a snapshot where state moves more often than training does.
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&signalAt)
        try coder.visit(&features)
        try coder.visit(&target)
        try coder.visit(&score)
        try coder.visit(&weight)
        guard features.count == FeatureVector.count else { throw .malformed }
    }
}
