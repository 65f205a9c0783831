/// Everything a least-squares fit needs to know about its rows: counts, means and centered products.
///
/// Rows of past outcomes (features x, realized return y, weight w) go in one by one and need not be kept. The memory
/// is that of the products, p (p + 1) / 2 + 2 p numbers for p features, however many rows there were. Products are
/// centered while rows arrive (West 1979), so a feature of mean 60,000 and spread 1 keeps its digits.
///
/// Every field is state: a snapshot stores the bit patterns and continues without a difference. Taking in rows one by
/// one or many at once gives the same bits. Two blocks may be merged (Chan, Golub & LeVeque 1979); that is equal up to
/// rounding only, so where bits matter blocks are cut at fixed places and merged in order.
package struct RegressionMoments: Sendable, Equatable {
    package let featureCount: Int
    /// Rows with weight above 0.
    package var count: Int
    package var totalWeight: Double
    /// The weighted mean of each feature.
    package var featureMeans: [Double]
    package var targetMean: Double
    /// `sum w (x_i - mean_i)(x_j - mean_j)` for i <= j, row by row: (0,0) (0,1) … (0,p-1) (1,1) ….
    package var featureProducts: [Double]
    /// `sum w (x_i - mean_i)(y - mean)`.
    package var targetProducts: [Double]
    /// `sum w (y - mean)^2`.
    package var targetSquares: Double

    package init(featureCount: Int) {
        precondition(featureCount >= 0, "Invariant: a count of features")
        self.featureCount = featureCount
        count = 0
        totalWeight = 0
        featureMeans = [Double](repeating: 0, count: featureCount)
        targetMean = 0
        featureProducts = [Double](repeating: 0, count: featureCount * (featureCount + 1) / 2)
        targetProducts = [Double](repeating: 0, count: featureCount)
        targetSquares = 0
    }

    /// Takes in one row. - Complexity: O(p^2).
    package mutating func add(row: [Double], target: Double, weight: Double = 1) {
        precondition(row.count == featureCount, "Invariant: a row has one value a feature")
        for value in row { precondition(value.isFinite, "Invariant: features are finite") }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: featureCount) { scratch in
            row.withUnsafeBufferPointer { addRow($0, target, weight: weight, scratch) }
        }
    }

    /// Takes in many rows, `rows` being row after row; the same bits as one by one.
    ///
    /// - Parameter weights: One a row, not negative; `nil` gives each the weight 1.
    /// - Complexity: O(n p^2).
    package mutating func add(rows: [Double], targets: [Double], weights: [Double]? = nil) {
        let p = featureCount
        precondition(rows.count == targets.count * p, "Invariant: a row has one value a feature")
        precondition(weights.map { $0.count == targets.count } ?? true, "Invariant: one weight a row")
        for value in rows { precondition(value.isFinite, "Invariant: features are finite") }
        var deviations = [Double](repeating: 0, count: p)
        rows.withUnsafeBufferPointer { values in
            deviations.withUnsafeMutableBufferPointer { scratch in
                for index in targets.indices {
                    let row = UnsafeBufferPointer(rebasing: values[index * p..<(index + 1) * p])
                    addRow(row, targets[index], weight: weights?[index] ?? 1, scratch)
                }
            }
        }
    }

    /// One weighted step of West 1979; `scratch` holds the deviations from the old means.
    private mutating func addRow(
        _ row: UnsafeBufferPointer<Double>, _ target: Double, weight: Double,
        _ scratch: UnsafeMutableBufferPointer<Double>
    ) {
        precondition(target.isFinite && weight.isFinite && weight >= 0, "Invariant: finite target and weight")
        guard weight > 0 else { return }
        let before = totalWeight
        count += 1
        totalWeight += weight
        let share = weight / totalWeight
        // West 1979: products grow by w W / (W + w) times the product of the deviations from the old means.
        let factor = before * share
        let targetDeviation = target - targetMean
        targetMean += targetDeviation * share
        targetSquares += factor * targetDeviation * targetDeviation
        for i in 0..<featureCount {
            scratch[i] = row[i] - featureMeans[i]
            featureMeans[i] += scratch[i] * share
            targetProducts[i] += factor * scratch[i] * targetDeviation
        }
        let p = featureCount
        featureProducts.withUnsafeMutableBufferPointer { products in
            var start = 0
            for i in 0..<p {
                let scaled = factor * scratch[i]
                for j in i..<p { products[start + j - i] += scaled * scratch[j] }
                start += p - i
            }
        }
    }

    /// Takes in the rows of another block, as if they came after these.
    ///
    /// With d the difference of the means and `f = W1 W2 / (W1 + W2)`, every product grows by the other's and
    /// `f d_i d_j` (Chan, Golub & LeVeque 1979).
    ///
    /// - Complexity: O(p^2).
    package mutating func merge(_ other: RegressionMoments) {
        precondition(featureCount == other.featureCount, "Invariant: blocks of the same features")
        guard other.totalWeight > 0 else { return }
        guard totalWeight > 0 else {
            self = other
            return
        }
        let total = totalWeight + other.totalWeight
        let share = other.totalWeight / total
        let factor = totalWeight * share
        let targetDifference = other.targetMean - targetMean
        let differences = featureMeans.indices.map { other.featureMeans[$0] - featureMeans[$0] }
        var start = 0
        featureProducts.withUnsafeMutableBufferPointer { products in
            other.featureProducts.withUnsafeBufferPointer { others in
                differences.withUnsafeBufferPointer { differences in
                    for i in differences.indices {
                        let scaled = factor * differences[i]
                        // Both hold p (p + 1) / 2 products, and `start + p - i` ends at that.
                        for j in i..<differences.count {
                            products[start &+ j &- i] += others[start &+ j &- i] + scaled * differences[j]
                        }
                        start += differences.count - i
                    }
                }
            }
        }
        for i in differences.indices {
            targetProducts[i] += other.targetProducts[i] + factor * differences[i] * targetDifference
            featureMeans[i] += differences[i] * share
        }
        targetSquares += other.targetSquares + factor * targetDifference * targetDifference
        targetMean += targetDifference * share
        count += other.count
        totalWeight = total
    }

    /// The place of (i, j) among the packed products, in either order.
    func productIndex(_ i: Int, _ j: Int) -> Int {
        let (low, high) = i <= j ? (i, j) : (j, i)
        return low * featureCount - low * (low - 1) / 2 + high - low
    }
}
