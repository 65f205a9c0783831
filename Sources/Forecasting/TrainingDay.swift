internal import Domain
internal import Statistics
internal import StatisticsState

/// What one training point brought: the moments of its outcomes, and how each candidate had predicted them.
struct TrainingDay: Equatable, Sendable {
    /// The training point at which the outcomes were known.
    var at = Timestamp(milliseconds: 0)
    var moments = RegressionMoments(featureCount: FeatureVector.count)
    /// Outcomes that every candidate predicted before it was trained on them.
    var testedCount = 0
    var testedWeight = 0.0
    /// Weighted sums of squared errors, bps^2: zero, fallback, then one for each penalty. Empty where none was tested.
    var squaredErrors: [Double] = []
}

/// The fits of one training point, one for each penalty, kept until the signals that they could have served are known.
struct CandidateFits: Equatable, Sendable {
    var at = Timestamp(milliseconds: 0)
    var models: [LinearForecast] = []
}

/// A fit reduced to what a prediction takes. The same operations in the same order as `RidgeModel.expectedReturnBps`,
/// so that what was tested is what goes into force.
struct LinearForecast: Equatable, Sendable {
    var intercept = 0.0
    var means: [Double] = []
    /// 0 for a feature that did not vary.
    var scales: [Double] = []
    var coefficients: [Double] = []

    init() {}

    init(_ fit: RidgeFit) {
        intercept = fit.intercept
        means = fit.featureMeans
        coefficients = fit.coefficients
        // `ridgeFit` answers coefficient 0 and scale 1 for a constant feature; a scale of 0 says so.
        scales = zip(fit.featureScales, fit.coefficients).map { $1 == 0 ? 0 : $0 }
    }

    func expectedReturnBps(_ values: [Double], maximalBps: Double) -> Double {
        var sum = intercept
        for index in values.indices where scales[index] > 0 {
            sum += coefficients[index] * (values[index] - means[index]) / scales[index]
        }
        return max(-maximalBps, min(maximalBps, sum))
    }
}

extension TrainingDay: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&at)
        try coder.visit(moments: &moments)
        try coder.visit(&testedCount)
        try coder.visit(&testedWeight)
        try coder.visit(&squaredErrors)
    }
}

extension CandidateFits: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&at)
        try coder.visit(&models)
    }
}

extension LinearForecast: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&intercept)
        try coder.visit(&means)
        try coder.visit(&scales)
        try coder.visit(&coefficients)
        guard means.count == FeatureVector.count, scales.count == means.count, coefficients.count == means.count
        else { throw .malformed }
    }
}

extension SnapshotCoder {
    mutating func visit(moments: inout RegressionMoments) throws(Failure) {
        try visit(&moments.count)
        try visit(&moments.totalWeight)
        try visit(&moments.featureMeans)
        try visit(&moments.targetMean)
        try visit(&moments.featureProducts)
        try visit(&moments.targetProducts)
        try visit(&moments.targetSquares)
        let count = moments.featureCount
        guard moments.featureMeans.count == count, moments.targetProducts.count == count,
            moments.featureProducts.count == count * (count + 1) / 2
        else { throw .malformed }
    }
}
