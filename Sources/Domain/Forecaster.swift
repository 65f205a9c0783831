/// The expected-return model in force at one moment: score to bps, or a ridge regression on named features.
///
/// It holds everything needed to recompute a prediction by hand.
package struct Forecaster: Equatable, Sendable {
    package var version: String
    package var fallback: ScoreLinear
    /// `nil` while the fallback is in force.
    package var ridge: RidgeModel?

    package init(version: String, fallback: ScoreLinear, ridge: RidgeModel?) {
        self.version = version
        self.fallback = fallback
        self.ridge = ridge
    }
}

/// clamp(score * bpsPerScore, +-maximalBps); a signal without a score expects nothing: 0.
package struct ScoreLinear: Equatable, Sendable {
    package var bpsPerScore: Double
    package var maximalBps: Double

    package init(bpsPerScore: Double, maximalBps: Double) {
        self.bpsPerScore = bpsPerScore
        self.maximalBps = maximalBps
    }

    package func expectedReturnBps(score: Double?) -> Double {
        guard let score else { return 0 }
        return max(-maximalBps, min(maximalBps, score * bpsPerScore))
    }
}

/// intercept + sum of coefficient * (feature - mean) / scale, in bps, for the 24-hour horizon.
package struct RidgeModel: Equatable, Sendable {
    package struct Feature: Equatable, Sendable {
        package var name: String
        package var mean: Double
        /// Population standard deviation; 0 for a constant feature, whose coefficient is 0.
        package var scale: Double
        package var coefficient: Double

        package init(name: String, mean: Double, scale: Double, coefficient: Double) {
            self.name = name
            self.mean = mean
            self.scale = scale
            self.coefficient = coefficient
        }
    }

    package var intercept: Double
    package var features: [Feature]
    /// On standardized features, for the sum of squared errors over all outcomes of the fit.
    package var l2Penalty: Double
    package var maximalBps: Double
    package var outcomeCount: Int
    package var trainedFrom: Timestamp
    package var trainedThrough: Timestamp
    package var fittedAt: Timestamp
    /// Digest of the moments fitted.
    package var dataDigest: String

    package init(
        intercept: Double, features: [Feature], l2Penalty: Double, maximalBps: Double, outcomeCount: Int,
        trainedFrom: Timestamp, trainedThrough: Timestamp, fittedAt: Timestamp, dataDigest: String
    ) {
        self.intercept = intercept
        self.features = features
        self.l2Penalty = l2Penalty
        self.maximalBps = maximalBps
        self.outcomeCount = outcomeCount
        self.trainedFrom = trainedFrom
        self.trainedThrough = trainedThrough
        self.fittedAt = fittedAt
        self.dataDigest = dataDigest
    }

    /// Clamped to +-maximalBps. `values` in the order of `features`.
    package func expectedReturnBps(_ values: [Double]) -> Double {
        precondition(values.count == features.count, "Invariant: one value a feature")
        var sum = intercept
        for (feature, value) in zip(features, values) where feature.scale > 0 {
            sum += feature.coefficient * (value - feature.mean) / feature.scale
        }
        return max(-maximalBps, min(maximalBps, sum))
    }
}

/// How the model did out of sample, and why it is or is not in force.
package struct ForecasterReport: Equatable, Sendable {
    package struct Candidate: Equatable, Sendable {
        package var name: String
        /// Mean squared forecast error out of sample, bps^2.
        package var meanSquaredErrorBps: Double

        package init(name: String, meanSquaredErrorBps: Double) {
            self.name = name
            self.meanSquaredErrorBps = meanSquaredErrorBps
        }
    }

    package var inForce: Forecaster
    /// Outcomes in the training window.
    package var outcomeCount: Int
    /// Outcomes on which all candidates were tried before they were trained on.
    package var outOfSampleCount: Int
    /// Zero, fallback and ridge at each penalty; empty before the first fit.
    package var candidates: [Candidate]
    /// In words: why this forecaster is in force.
    package var reason: String

    package init(
        inForce: Forecaster, outcomeCount: Int, outOfSampleCount: Int, candidates: [Candidate], reason: String
    ) {
        self.inForce = inForce
        self.outcomeCount = outcomeCount
        self.outOfSampleCount = outOfSampleCount
        self.candidates = candidates
        self.reason = reason
    }
}
