/// A linear model of the expected return, fitted by ridge regression, with all that is needed to recompute a
/// prediction by hand: `intercept + sum coefficient_i (x_i - mean_i) / scale_i`.
package struct RidgeFit: Sendable, Equatable {
    /// One for each feature, in units of the target per standard deviation of the feature.
    package let coefficients: [Double]
    package let featureMeans: [Double]
    /// The population standard deviation of each feature; 1 where the feature did not vary.
    package let featureScales: [Double]
    /// The weighted mean of the target: what is predicted for an average row.
    package let intercept: Double
    /// The l2 penalty of the fit.
    package let penalty: Double
    package let count: Int
    package let totalWeight: Double

    package init(
        coefficients: [Double], featureMeans: [Double], featureScales: [Double], intercept: Double, penalty: Double,
        count: Int, totalWeight: Double
    ) {
        precondition(
            coefficients.count == featureMeans.count && coefficients.count == featureScales.count,
            "Invariant: one coefficient, mean and scale a feature")
        self.coefficients = coefficients
        self.featureMeans = featureMeans
        self.featureScales = featureScales
        self.intercept = intercept
        self.penalty = penalty
        self.count = count
        self.totalWeight = totalWeight
    }

    /// The expected target of a row, in the unit of the target. - Complexity: O(p).
    package func predict(_ row: [Double]) -> Double {
        precondition(row.count == coefficients.count, "Invariant: a row has one value a feature")
        var sum = CompensatedSum()
        for i in row.indices { sum.add(coefficients[i] * ((row[i] - featureMeans[i]) / featureScales[i])) }
        return intercept + sum.value
    }

    /// `sum w (y - prediction)^2` over the rows behind `moments`: of the training rows, or, out of sample, of later
    /// ones. Needs no rows. Divide by `moments.totalWeight` for the mean.
    ///
    /// - Complexity: O(p^2).
    package func squaredErrorSum(on moments: RegressionMoments) -> Double {
        precondition(moments.featureCount == coefficients.count, "Invariant: moments of the same features")
        let slopes = coefficients.indices.map { coefficients[$0] / featureScales[$0] }
        var centered = CompensatedSum(plain: moments.targetSquares)
        for i in slopes.indices {
            centered.add(-2 * slopes[i] * moments.targetProducts[i])
            for j in slopes.indices {
                centered.add(slopes[i] * slopes[j] * moments.featureProducts[moments.productIndex(i, j)])
            }
        }
        let meanError = moments.targetMean - predict(moments.featureMeans)
        return max(0, centered.value) + moments.totalWeight * meanError * meanError
    }
}

/// Fits a ridge regression to moments.
///
/// Features are standardized by their weighted mean and population standard deviation; then
///
///     minimize  sum w (y - intercept - z b)^2 + penalty |b|^2
///
/// with the intercept free. These are the coefficients of scikit-learn's
/// `make_pipeline(StandardScaler(), Ridge(alpha=penalty))`. A feature that did not vary gets coefficient 0 and scale 1.
/// Solved by the factorization of Cholesky (Hoerl & Kennard 1970).
///
/// `nil` for no rows, and where the matrix is not positive definite: penalty 0 with features that are copies or sums of
/// one another, or more features than rows.
///
/// - Precondition: `penalty >= 0` and finite.
/// - Complexity: O(p^3), independent of the number of rows.
package func ridgeFit(_ moments: RegressionMoments, penalty: Double) -> RidgeFit? {
    ridgeFits(moments, penalties: [penalty])[0]
}

/// What `ridgeFit` answers for each penalty, to the bit; what does not depend on the penalty is done once.
///
/// - Complexity: O(penalties * p^3), independent of the number of rows.
package func ridgeFits(_ moments: RegressionMoments, penalties: [Double]) -> [RidgeFit?] {
    precondition(penalties.allSatisfy { $0 >= 0 && $0.isFinite }, "Invariant: a penalty is not negative")
    guard moments.totalWeight > 0 else { return penalties.map { _ in nil } }
    let p = moments.featureCount
    var scales = [Double](repeating: 1, count: p)
    var varying: [Int] = []
    for i in 0..<p {
        let variance = moments.featureProducts[moments.productIndex(i, i)] / moments.totalWeight
        guard variance > roundingVariance(of: moments, feature: i, variance) else { continue }
        scales[i] = variance.squareRoot()
        varying.append(i)
    }
    var matrix: [Double] = []
    matrix.reserveCapacity(varying.count * (varying.count + 1) / 2)
    for (row, i) in varying.enumerated() {
        for j in varying[...row] {
            matrix.append(moments.featureProducts[moments.productIndex(i, j)] / scales[i] / scales[j])
        }
    }
    let rightSide = varying.map { moments.targetProducts[$0] / scales[$0] }
    return penalties.map { penalty in
        guard let solution = solvePositiveDefinite(matrix, adding: penalty, rightSide) else { return nil }
        var coefficients = [Double](repeating: 0, count: p)
        for (position, i) in varying.enumerated() { coefficients[i] = solution[position] }
        return RidgeFit(
            coefficients: coefficients, featureMeans: moments.featureMeans, featureScales: scales,
            intercept: moments.targetMean, penalty: penalty, count: moments.count, totalWeight: moments.totalWeight)
    }
}

/// The variance that rounding alone may leave of a constant feature; scikit-learn's bound in `StandardScaler`.
private func roundingVariance(of moments: RegressionMoments, feature: Int, _ variance: Double) -> Double {
    // Chan, Golub & LeVeque 1983: n eps var + (n mean eps)^2.
    let n = Double(moments.count)
    let error = n * moments.featureMeans[feature] * Double.ulpOfOne
    return n * Double.ulpOfOne * variance + error * error
}

/// Solves `(A + penalty I) x = b` for a symmetric matrix given by its lower rows, one after the other, or `nil` where
/// that is not positive definite up to rounding. A is a correlation matrix times n, so its diagonal is its scale.
///
/// - Complexity: O(n^3).
private func solvePositiveDefinite(_ lower: [Double], adding penalty: Double, _ rightSide: [Double]) -> [Double]? {
    let n = rightSide.count
    var factor = lower
    for j in 0..<n {
        let rowJ = j * (j + 1) / 2
        let diagonal = lower[rowJ + j] + penalty
        for i in j..<n {
            let rowI = i * (i + 1) / 2
            var sum = i == j ? diagonal : factor[rowI + j]
            for k in 0..<j { sum -= factor[rowI + k] * factor[rowJ + k] }
            if i > j {
                factor[rowI + j] = sum / factor[rowJ + j]
            } else {
                // Ours: a pivot that lost 13 of its 16 digits is the rounding of a singular matrix.
                guard sum > diagonal * 1e-13, sum.isFinite else { return nil }
                factor[rowJ + j] = sum.squareRoot()
            }
        }
    }
    var solution = rightSide
    for i in 0..<n {
        let row = i * (i + 1) / 2
        for k in 0..<i { solution[i] -= factor[row + k] * solution[k] }
        solution[i] /= factor[row + i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
        for k in (i + 1)..<max(n, i + 1) { solution[i] -= factor[k * (k + 1) / 2 + i] * solution[k] }
        solution[i] /= factor[i * (i + 1) / 2 + i]
    }
    return solution
}
