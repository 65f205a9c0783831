/// The Brier score of probability forecasts and its decomposition by Murphy 1973.
///
/// `score = mean (p - happened)^2`, 0 perfect, 1 always sure and wrong, 0.25 for saying one half. Lower is better.
/// Forecasts are grouped into bins of equal width; with n_k forecasts in bin k, mean forecast p_k, share o_k of those
/// that happened, and o overall:
///
///     score = reliability - resolution + uncertainty + withinBinResidue
///
/// Terms are squares of probabilities. The residue is what the grouping leaves out; it is 0 when all forecasts of a
/// bin are equal (Stephenson, Coelho & Jolliffe 2008).
package struct BrierScore: Sendable, Equatable {
    /// `mean (p - happened)^2`.
    package let score: Double
    /// `sum n_k (p_k - o_k)^2 / n`: does 70 % happen seven times in ten? 0 is calibrated.
    package let reliability: Double
    /// `sum n_k (o_k - o)^2 / n`: do different forecasts lead to different outcomes? Higher is better.
    package let resolution: Double
    /// `o (1 - o)`: how hard the question was; nobody's merit.
    package let uncertainty: Double
    package let count: Int

    package init(score: Double, reliability: Double, resolution: Double, uncertainty: Double, count: Int) {
        self.score = score
        self.reliability = reliability
        self.resolution = resolution
        self.uncertainty = uncertainty
        self.count = count
    }

    /// What the bins leave out, `score - (reliability - resolution + uncertainty)`.
    package var withinBinResidue: Double { score - (reliability - resolution + uncertainty) }

    /// The skill against always saying the base rate, `1 - score / uncertainty`: 1 perfect, 0 worthless, negative
    /// harmful. `nil` when everything, or nothing, happened.
    package var skill: Double? { uncertainty > 0 ? 1 - score / uncertainty : nil }
}

/// The Brier score of forecasts `p` in 0...1 of events that did or did not happen; `nil` for none.
///
/// Bin k of `binCount` holds `k <= p binCount < k + 1`; a forecast of 1 belongs to the last.
///
/// - Complexity: O(n + binCount).
package func brierScore(ofForecasts forecasts: [Double], happened: [Bool], binCount: Int = 10) -> BrierScore? {
    precondition(forecasts.count == happened.count, "Invariant: one answer a forecast")
    precondition(binCount >= 1, "Invariant: at least one bin")
    guard !forecasts.isEmpty else { return nil }
    let n = Double(forecasts.count)
    var squares = CompensatedSum()
    var forecastSums = [CompensatedSum](repeating: CompensatedSum(), count: binCount)
    var counts = [Double](repeating: 0, count: binCount)
    var hits = [Double](repeating: 0, count: binCount)
    for (forecast, came) in zip(forecasts, happened) {
        precondition(forecast >= 0 && forecast <= 1, "Invariant: a probability lies in 0...1")
        let answer = came ? 1.0 : 0.0
        squares.add((forecast - answer) * (forecast - answer))
        let bin = min(binCount - 1, Int(forecast * Double(binCount)))
        forecastSums[bin].add(forecast)
        counts[bin] += 1
        hits[bin] += answer
    }
    let baseRate = hits.reduce(0, +) / n
    var reliability = CompensatedSum()
    var resolution = CompensatedSum()
    for bin in 0..<binCount where counts[bin] > 0 {
        let said = forecastSums[bin].value / counts[bin]
        let came = hits[bin] / counts[bin]
        // Murphy 1973.
        reliability.add(counts[bin] * (said - came) * (said - came))
        resolution.add(counts[bin] * (came - baseRate) * (came - baseRate))
    }
    return BrierScore(
        score: squares.value / n, reliability: reliability.value / n, resolution: resolution.value / n,
        uncertainty: baseRate * (1 - baseRate), count: forecasts.count)
}
