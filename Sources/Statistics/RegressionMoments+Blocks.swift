import CVectorLoops

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
        let step = 2 * RegressionMoments.rowsInBlock
        for first in stride(from: 0, to: targets.count, by: step) {
            let (last, afterNext) = (min(first + step, targets.count), min(first + 2 * step, targets.count))
            kernel.takeIn(
                rows.extracting(first * featureCount..<last * featureCount), targets.extracting(first..<last),
                next: rows.extracting(last * featureCount..<afterNext * featureCount))
            merge(kernel.first)
            merge(kernel.second)
        }
        // A value that is not finite makes its mean so: looked at here, where it costs nothing.
        precondition(
            targetMean.isFinite && targetSquares.isFinite && featureMeans.allSatisfy(\.isFinite)
                && featureProducts.allSatisfy(\.isFinite),
            "Invariant: rows are finite, and so are their squares")
    }
}

/// The products of two blocks side by side, in tiles of three columns by three.
///
/// The columns are the features and, last, the target, centered. Two rows of each block make a `SIMD4`: its lanes are
/// the rows 0, 2, 4 … of the first block, its rows 1, 3, 5 …, and those of the second. The sum over a block is that of
/// its two lanes. Only tiles on and above the diagonal are computed.
private struct BlockKernel {
    typealias Lanes = SIMD4<Double>

    let featureCount: Int
    /// Groups of three columns; those after the target are zero.
    private let panelCount: Int
    /// Of each column, in the lanes of each block.
    private var means: [Lanes]
    /// Panel after panel; in a panel, pair of rows after pair of rows; in a pair, three columns. 136 KB for 32 features
    /// stay in the second cache, and the two panels of a tile in the first.
    private var packed: [Lanes]
    /// One triple more than there are pairs: a power of two would put all panels into the same places of a cache.
    private let panelLength = 3 * (RegressionMoments.rowsInBlock / 2 + 1)
    private var tiles: [Lanes]
    /// For each number of `tiles` its place among features, targets and the target's squares; -1 for none.
    private let places: [Int]
    private(set) var first: RegressionMoments
    private(set) var second: RegressionMoments

    init(featureCount: Int) {
        self.featureCount = featureCount
        panelCount = featureCount / 3 + 1
        let columns = panelCount * 3
        means = [Lanes](repeating: .zero, count: columns)
        packed = [Lanes](repeating: .zero, count: panelCount * panelLength)
        first = RegressionMoments(featureCount: featureCount)
        second = first
        var places: [Int] = []
        for top in stride(from: 0, to: columns, by: 3) {
            for left in stride(from: top, to: columns, by: 3) {
                for i in top..<top + 3 {
                    for j in left..<left + 3 { places.append(first.blockPlace(i, j)) }
                }
            }
        }
        self.places = places
        tiles = [Lanes](repeating: .zero, count: places.count)
    }

    /// Replaces `first` and `second` by the moments of these rows, of which the second block may have few or none.
    ///
    /// - Parameter next: The rows after these, brought from memory meanwhile.
    mutating func takeIn(_ rows: Span<Double>, _ targets: Span<Double>, next: Span<Double>) {
        let count = min(targets.count, RegressionMoments.rowsInBlock)
        let pairCount = (count + 1) / 2
        // Safe: `rows` holds as many rows as `targets`, checked by the caller; the packed columns of `pairCount` pairs
        // fit since count is at most `rowsInBlock`; and each pointer lives in its closure.
        rows.withUnsafeBufferPointer { x in
            targets.withUnsafeBufferPointer { y in
                setMeans(of: &first, x, y, 0..<count)
                setMeans(of: &second, x, y, count..<y.count)
                pack(x, y, pairCount)
            }
        }
        next.withUnsafeBytes { multiply(pairCount, fetching: $0) }
        first.setBlock(tiles, places) { $0.x + $0.y }
        second.setBlock(tiles, places) { $0.z + $0.w }
    }

    /// Replaces count and means of `block` by those of these rows.
    private func setMeans(
        of block: inout RegressionMoments, _ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>,
        _ rows: Range<Int>
    ) {
        let p = featureCount
        let fours = rows.lowerBound + rows.count / 4 * 4
        block.count = rows.count
        block.totalWeight = Double(rows.count)
        // No rows have no mean; theirs is never looked at, and 0 is a number.
        let n = max(block.totalWeight, 1)
        var targetSum = 0.0
        for row in rows { targetSum += y[row] }
        block.targetMean = targetSum / n
        block.featureMeans.withUnsafeMutableBufferPointer { sums in
            for column in 0..<p { sums[column] = 0 }
            for row in stride(from: rows.lowerBound, to: fours, by: 4) {
                // Four rows for one load and store of the sum.
                let start = row * p
                for column in 0..<p {
                    let one = x[start &+ column] + x[start &+ p &+ column]
                    sums[column] += one + (x[start &+ 2 &* p &+ column] + x[start &+ 3 &* p &+ column])
                }
            }
            for row in fours..<rows.upperBound { for column in 0..<p { sums[column] += x[row * p + column] } }
            for column in 0..<p { sums[column] /= n }
        }
    }

    private mutating func pack(
        _ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>, _ pairCount: Int
    ) {
        let (p, secondStart) = (featureCount, first.count)
        for column in 0..<p { means[column] = lanes(first.featureMeans[column], second.featureMeans[column]) }
        means[p] = lanes(first.targetMean, second.targetMean)
        packed.withUnsafeMutableBufferPointer { packed in
            means.withUnsafeBufferPointer { means in
                for pair in 0..<second.count / 2 {
                    let row = 2 &* pair
                    var (a, c) = (row &* p, (secondStart &+ row) &* p)
                    var (b, d) = (a &+ p, c &+ p)
                    var (place, column) = (3 &* pair, 0)
                    while column &+ 3 <= p {
                        packed[place] = Lanes(x[a], x[b], x[c], x[d]) - means[column]
                        packed[place &+ 1] = Lanes(x[a &+ 1], x[b &+ 1], x[c &+ 1], x[d &+ 1]) - means[column &+ 1]
                        packed[place &+ 2] = Lanes(x[a &+ 2], x[b &+ 2], x[c &+ 2], x[d &+ 2]) - means[column &+ 2]
                        column &+= 3
                        (a, b, c, d) = (a &+ 3, b &+ 3, c &+ 3, d &+ 3)
                        place &+= panelLength
                    }
                    for lane in 0..<p &- column {
                        packed[place &+ lane] =
                            Lanes(x[a &+ lane], x[b &+ lane], x[c &+ lane], x[d &+ lane]) - means[column &+ lane]
                    }
                    let (one, two) = (y[secondStart &+ row], y[secondStart &+ row &+ 1])
                    packed[place &+ p &- column] = Lanes(y[row], y[row &+ 1], one, two) - means[p]
                }
                // Where the second block has ended: what is missing is at the mean and adds nothing.
                for pair in second.count / 2..<pairCount {
                    for column in 0...p {
                        let mean = means[column]
                        func deviation(_ row: Int, _ end: Int, _ lane: Int) -> Double {
                            row < end ? (column < p ? x[row * p + column] : y[row]) - mean[lane] : 0
                        }
                        let (row, other) = (2 * pair, secondStart + 2 * pair)
                        packed[column / 3 * panelLength + 3 * pair + column % 3] = Lanes(
                            deviation(row, secondStart, 0), deviation(row + 1, secondStart, 1),
                            deviation(other, y.count, 2), deviation(other + 1, y.count, 3))
                    }
                }
            }
        }
    }

    private func lanes(_ first: Double, _ second: Double) -> Lanes { Lanes(first, first, second, second) }

    private mutating func multiply(_ pairCount: Int, fetching next: UnsafeRawBufferPointer) {
        let share = next.count / (tiles.count / 9) + 1
        var ahead = next[...]
        packed.withUnsafeBufferPointer { packed in
            tiles.withUnsafeMutableBufferPointer { tiles in
                guard let columns = packed.baseAddress, var tile = tiles.baseAddress else { return }
                for top in 0..<panelCount {
                    for left in top..<panelCount {
                        let part = UnsafeRawBufferPointer(rebasing: ahead.prefix(share))
                        block_fetch_ahead(part.baseAddress, part.count)
                        ahead = ahead.dropFirst(share)
                        // Safe: a panel holds three numbers a pair, and `tiles` nine a tile.
                        block_products(
                            columns + panelLength * top, columns + panelLength * left, pairCount, tile)
                        tile += 9
                    }
                }
            }
        }
    }
}

extension RegressionMoments {
    /// Where the product of two columns goes, the target being column p: packed products, then the target's, then its
    /// squares; -1 below the diagonal and after the target.
    fileprivate func blockPlace(_ i: Int, _ j: Int) -> Int {
        guard i <= j, j <= featureCount else { return -1 }
        return j < featureCount ? productIndex(i, j) : featureProducts.count + i
    }

    fileprivate mutating func setBlock(
        _ tiles: [SIMD4<Double>], _ places: [Int], sum: (SIMD4<Double>) -> Double
    ) {
        let p = featureCount
        let squares = featureProducts.count + p
        var squareSum = 0.0
        featureProducts.withUnsafeMutableBufferPointer { products in
            targetProducts.withUnsafeMutableBufferPointer { ofTarget in
                for (lanes, place) in zip(tiles, places) where place >= 0 {
                    if place < products.count {
                        products[place] = sum(lanes)
                    } else if place < squares {
                        ofTarget[place - products.count] = sum(lanes)
                    } else {
                        squareSum = sum(lanes)
                    }
                }
            }
        }
        targetSquares = squareSum
    }
}
