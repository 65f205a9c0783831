/// Moments of many rows at once, at the speed of the processor: for a history of millions of rows, where `add` would
/// touch every product once a row.
///
/// Rows are cut, counted from the first, into blocks of 256, and blocks into runs of 64. A block is centered on its own
/// means (two passes: Chan, Golub & LeVeque 1983) and multiplied out; blocks are merged into their run and runs into
/// the whole, both in order. So the bits depend on the rows alone: whoever has two threads computes whole runs on them
/// and merges in order, and gets the bits of one thread. They are not the bits of `add`, which follows another order;
/// both are right to rounding, and what must continue a stored sum stays with the one it began with.
extension RegressionMoments {
    package static let rowsInBlock = 256
    package static let rowsInRun = 64 * rowsInBlock

    /// The moments of rows of weight 1, `rows` being row after row.
    ///
    /// - Precondition: all values are finite, and so are the sums of their squares.
    /// - Complexity: O(n p^2).
    package init(featureCount: Int, rows: Span<Double>, targets: Span<Double>) {
        precondition(rows.count == targets.count * featureCount, "Invariant: a row has one value a feature")
        self.init(featureCount: featureCount)
        for first in stride(from: 0, to: targets.count, by: RegressionMoments.rowsInRun) {
            let last = min(first + RegressionMoments.rowsInRun, targets.count)
            merge(
                RegressionMoments(
                    featureCount: featureCount, run: rows.extracting(first * featureCount..<last * featureCount),
                    targets: targets.extracting(first..<last)))
        }
    }

    /// The moments of one run: rows `rowsInRun * k` and after, at most `rowsInRun` of them. For callers with threads.
    package init(featureCount: Int, run rows: Span<Double>, targets: Span<Double>) {
        precondition(targets.count <= RegressionMoments.rowsInRun, "Invariant: at most a run")
        precondition(rows.count == targets.count * featureCount, "Invariant: a row has one value a feature")
        self.init(featureCount: featureCount)
        var kernel = BlockKernel(featureCount: featureCount)
        for first in stride(from: 0, to: targets.count, by: RegressionMoments.rowsInBlock) {
            let last = min(first + RegressionMoments.rowsInBlock, targets.count)
            kernel.takeIn(
                rows.extracting(first * featureCount..<last * featureCount), targets.extracting(first..<last))
            merge(kernel.moments)
        }
        // A value that is not finite makes its mean so: looked at here, where it costs nothing.
        precondition(
            targetMean.isFinite && targetSquares.isFinite && featureMeans.allSatisfy(\.isFinite)
                && featureProducts.allSatisfy(\.isFinite),
            "Invariant: rows are finite, and so are their squares")
    }
}

/// The products of one block, in tiles of three columns by three.
///
/// The columns are the features and, last, the target, centered. Two rows make a `SIMD2`, so that a tile takes six
/// loads for nine products of two, and needs fifteen of the sixteen registers that every x86-64 has. Only tiles on and
/// above the diagonal are computed. The sum over a block is that of the rows 0, 2, 4 … plus that of 1, 3, 5 ….
private struct BlockKernel {
    typealias Pair = SIMD2<Double>

    let featureCount: Int
    /// Groups of three columns; columns after the target are zero.
    private let panelCount: Int
    private var means: [Pair]
    /// Panel after panel; in a panel, pair of rows after pair of rows; in a pair, three columns. 67 KB for 32 features:
    /// it stays in the second cache.
    private var packed: [Pair]
    private var tiles: [Pair]
    /// For each number of `tiles` its place among features, targets and the target's squares; -1 for none.
    private let places: [Int]
    private(set) var moments: RegressionMoments

    init(featureCount: Int) {
        self.featureCount = featureCount
        panelCount = featureCount / 3 + 1
        let columns = panelCount * 3
        means = [Pair](repeating: .zero, count: columns)
        packed = [Pair](repeating: .zero, count: columns * RegressionMoments.rowsInBlock / 2)
        moments = RegressionMoments(featureCount: featureCount)
        var places: [Int] = []
        for top in stride(from: 0, to: columns, by: 3) {
            for left in stride(from: top, to: columns, by: 3) {
                for i in top..<top + 3 {
                    for j in left..<left + 3 { places.append(moments.blockPlace(i, j)) }
                }
            }
        }
        self.places = places
        tiles = [Pair](repeating: .zero, count: places.count)
    }

    /// Replaces `moments` by those of these rows.
    mutating func takeIn(_ rows: Span<Double>, _ targets: Span<Double>) {
        let count = targets.count
        // Safe: `rows` holds count * featureCount values, checked by the caller; the packed columns of (count + 1) / 2
        // pairs fit since count is at most `rowsInBlock`; and each pointer lives in its closure.
        rows.withUnsafeBufferPointer { x in
            targets.withUnsafeBufferPointer { y in
                setMeans(x, y)
                pack(x, y, pairCount: (count + 1) / 2)
            }
        }
        multiply(pairCount: (count + 1) / 2)
        moments.count = count
        moments.totalWeight = Double(count)
        for column in 0..<featureCount { moments.featureMeans[column] = means[column].x }
        moments.targetMean = means[featureCount].x
        moments.setBlock(tiles, places)
    }

    private mutating func setMeans(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) {
        let p = featureCount
        let fours = y.count / 4 * 4
        var sums = [Double](repeating: 0, count: p)
        sums.withUnsafeMutableBufferPointer { sums in
            for first in stride(from: 0, to: fours, by: 4) {
                // Four rows for one load and store of the sum.
                let start = first * p
                for column in 0..<p {
                    let one = x[start &+ column] + x[start &+ p &+ column]
                    sums[column] += one + (x[start &+ 2 &* p &+ column] + x[start &+ 3 &* p &+ column])
                }
            }
            for row in fours..<y.count { for column in 0..<p { sums[column] += x[row * p + column] } }
        }
        var targetSum = 0.0
        for value in y { targetSum += value }
        let n = Double(y.count)
        for column in 0..<p { means[column] = Pair(repeating: sums[column] / n) }
        means[p] = Pair(repeating: targetSum / n)
    }

    private mutating func pack(
        _ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>, pairCount: Int
    ) {
        let p = featureCount
        packed.withUnsafeMutableBufferPointer { packed in
            means.withUnsafeBufferPointer { means in
                for pair in 0..<y.count / 2 {
                    var (upper, lower) = (2 &* pair &* p, (2 &* pair &+ 1) &* p)
                    var (place, column) = (3 &* pair, 0)
                    while column &+ 3 <= p {
                        packed[place] = Pair(x[upper], x[lower]) - means[column]
                        packed[place &+ 1] = Pair(x[upper &+ 1], x[lower &+ 1]) - means[column &+ 1]
                        packed[place &+ 2] = Pair(x[upper &+ 2], x[lower &+ 2]) - means[column &+ 2]
                        column &+= 3
                        upper &+= 3
                        lower &+= 3
                        place &+= 3 &* pairCount
                    }
                    for lane in 0..<p &- column {
                        packed[place &+ lane] = Pair(x[upper &+ lane], x[lower &+ lane]) - means[column &+ lane]
                    }
                    packed[place &+ p &- column] = Pair(y[2 &* pair], y[2 &* pair &+ 1]) - means[p]
                }
                guard y.count % 2 == 1 else { return }
                // The missing partner of the last row is at the mean and adds nothing.
                for column in 0...p {
                    let last = column < p ? x[(y.count - 1) * p + column] : y[y.count - 1]
                    packed[column / 3 * 3 * pairCount + 3 * (pairCount - 1) + column % 3] =
                        Pair(last - means[column].x, 0)
                }
            }
        }
    }

    private mutating func multiply(pairCount: Int) {
        packed.withUnsafeBufferPointer { packed in
            tiles.withUnsafeMutableBufferPointer { tiles in
                guard let columns = packed.baseAddress, var tile = tiles.baseAddress else { return }
                for top in 0..<panelCount {
                    for left in top..<panelCount {
                        BlockKernel.tile(
                            columns + 3 * pairCount * top, columns + 3 * pairCount * left, pairCount, into: tile)
                        tile += 9
                    }
                }
            }
        }
    }

    /// `sum a_i b_j` over the pairs of rows. Safe where `a` and `b` hold three numbers a pair and `tile` nine.
    @inline(never)
    private static func tile(
        _ a: UnsafePointer<Pair>, _ b: UnsafePointer<Pair>, _ pairCount: Int, into tile: UnsafeMutablePointer<Pair>
    ) {
        var (s00, s01, s02) = (Pair.zero, Pair.zero, Pair.zero)
        var (s10, s11, s12) = (Pair.zero, Pair.zero, Pair.zero)
        var (s20, s21, s22) = (Pair.zero, Pair.zero, Pair.zero)
        var (a, b) = (a, b)
        for _ in 0..<pairCount {
            let (a0, a1, a2) = (a[0], a[1], a[2])
            let (b0, b1, b2) = (b[0], b[1], b[2])
            s00 += a0 * b0
            s01 += a0 * b1
            s02 += a0 * b2
            s10 += a1 * b0
            s11 += a1 * b1
            s12 += a1 * b2
            s20 += a2 * b0
            s21 += a2 * b1
            s22 += a2 * b2
            a += 3
            b += 3
        }
        (tile[0], tile[1], tile[2]) = (s00, s01, s02)
        (tile[3], tile[4], tile[5]) = (s10, s11, s12)
        (tile[6], tile[7], tile[8]) = (s20, s21, s22)
    }
}

extension RegressionMoments {
    /// Where the product of two columns goes, the target being column p: packed products, then the target's, then its
    /// squares; -1 below the diagonal and after the target.
    fileprivate func blockPlace(_ i: Int, _ j: Int) -> Int {
        guard i <= j, j <= featureCount else { return -1 }
        return j < featureCount ? productIndex(i, j) : featureProducts.count + i
    }

    fileprivate mutating func setBlock(_ tiles: [SIMD2<Double>], _ places: [Int]) {
        let p = featureCount
        let squares = featureProducts.count + p
        var squareSum = 0.0
        featureProducts.withUnsafeMutableBufferPointer { products in
            targetProducts.withUnsafeMutableBufferPointer { ofTarget in
                for (pair, place) in zip(tiles, places) where place >= 0 {
                    let sum = pair.x + pair.y
                    if place < products.count {
                        products[place] = sum
                    } else if place < squares {
                        ofTarget[place - products.count] = sum
                    } else {
                        squareSum = sum
                    }
                }
            }
        }
        targetSquares = squareSum
    }
}
