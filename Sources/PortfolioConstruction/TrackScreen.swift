internal import Statistics

/// The residuals of one member, centered and scaled where it held a position all the time: then a correlation is one
/// product of rows.
struct StandardizedTrack {
    var values: [Double?]
    /// Days on which it held a position.
    var count: Int
    /// Standardized to mean 0 and sum of squares 1; empty where a day is missing or nothing moved.
    var row: [Double] = []

    init(_ residuals: [Double?]) {
        values = residuals
        let present = residuals.compactMap { $0 }
        count = present.count
        guard count == residuals.count, count > 0 else { return }
        let mean = compensatedSum(present) / Double(count)
        let squares = compensatedSum(present.map { ($0 - mean) * ($0 - mean) })
        guard squares > 0 else { return }
        let scale = 1 / squares.squareRoot()
        row = present.map { ($0 - mean) * scale }
    }

    /// Over the days that both have; the newest days of the two stand at the ends.
    static func correlation(_ one: StandardizedTrack, _ two: StandardizedTrack) -> (value: Double, count: Int)? {
        if one.row.count == two.row.count, !one.row.isEmpty {
            var sum = 0.0
            one.row.withUnsafeBufferPointer { left in
                two.row.withUnsafeBufferPointer { right in
                    for index in left.indices { sum += left[index] * right[index] }
                }
            }
            return (sum, one.row.count)
        }
        let common = min(one.values.count, two.values.count)
        var left: [Double] = []
        var right: [Double] = []
        for (first, second) in zip(one.values.suffix(common), two.values.suffix(common)) {
            guard let first, let second else { continue }
            left.append(first)
            right.append(second)
        }
        guard left.count >= AgentClusters.minimalCommonDays else { return nil }
        return pearsonCorrelation(left, right).map { ($0.coefficient, left.count) }
    }
}

/// Which pairs of tracks may be similar at all, found fast; who may be is then asked exactly.
///
/// A fleet of 1,000 has half a million pairs, and in most fleets next to none is a copy of another. Here each pair
/// costs a few products of rows in single precision, four days at a time: their error is at most a few parts in 10^5,
/// and a ceiling is the estimate plus 0.01. Where what is left of a track on the common days hardly moves, so that the
/// difference of two like numbers could err by more, the ceiling says nothing (2) and the exact answer is asked for. No
/// number that leaves this type reaches a decision but as "certainly below the bound".
///
/// On the days that both have, with x and y standardized over all days of their tracks and 0 where there is none, m and
/// l 1 where there is one, and n the number of common days,
///
///     correlation = (xy - (xl)(ym) / n) / sqrt((x^2 l - (xl)^2 / n) (y^2 m - (ym)^2 / n))
struct TrackScreen {
    private typealias Block = SIMD4<Float>
    private typealias Blocks = UnsafePointer<Block>

    /// Blocks of four days a track; the newest day of each stands at the end.
    private let width: Int
    private let count: Int
    private var values: [Block]
    private var squares: [Block]
    private var isPresent: [Block]
    /// Days of a track without a gap that moves: of two as long as one another the product of the rows is all.
    private let wholeLengths: [Int]
    /// Whether the track moves at all; one that does not has no correlation with any.
    private let moves: [Bool]

    /// More than a single-precision estimate may err by.
    static let margin: Float = 0.01
    /// The share of its squares that must be scatter, and the least they must be, or the estimate is worth nothing.
    private static let scatterShare: Float = 0.05
    private static let leastSquares: Float = 1e-12

    init(_ tracks: [StandardizedTrack]) {
        count = tracks.count
        width = ((tracks.map(\.values.count).max() ?? 0) + 3) / 4
        values = [Block](repeating: .zero, count: width * count)
        squares = values
        isPresent = values
        wholeLengths = tracks.map(\.row.count)
        moves = tracks.map { track in
            guard track.row.isEmpty else { return true }
            let present = track.values.compactMap { $0 }
            return present.contains { $0 != present[0] }
        }
        for (place, track) in tracks.enumerated() where moves[place] { lay(track, at: place) }
    }

    private mutating func lay(_ track: StandardizedTrack, at place: Int) {
        let present = track.values.compactMap { $0 }
        let center = compensatedSum(present) / Double(present.count)
        let scale = compensatedSum(present.map { ($0 - center) * ($0 - center) }).squareRoot()
        let missing = width * 4 - track.values.count
        for (day, value) in track.values.enumerated() {
            guard let value else { continue }
            let (block, lane) = (place * width + (missing + day) / 4, (missing + day) % 4)
            let standardized = Float(track.row.isEmpty ? (value - center) / scale : track.row[day])
            values[block][lane] = standardized
            squares[block][lane] = standardized * standardized
            isPresent[block][lane] = 1
        }
    }

    /// For every later track the most that its correlation with the track at `place` can be; 2 where that is not known,
    /// -2 where there is certainly none. Earlier entries stay as they are. - Complexity: O(tracks days).
    func fill(_ ceilings: inout [Float], of place: Int) {
        precondition(ceilings.count == count && place < count, "Invariant: one ceiling a track")
        values.withUnsafeBufferPointer { values in
            squares.withUnsafeBufferPointer { squares in
                isPresent.withUnsafeBufferPointer { isPresent in
                    // Each list holds `width` blocks for each of `count` tracks, and both places are below `count`.
                    guard let values = values.baseAddress, let squares = squares.baseAddress,
                        let isPresent = isPresent.baseAddress
                    else { return }
                    for other in place + 1..<max(count, place + 1) {
                        if !moves[place] || !moves[other] {
                            ceilings[other] = -2
                        } else if wholeLengths[place] > 0, wholeLengths[place] == wholeLengths[other] {
                            ceilings[other] =
                                product(values + place * width, values + other * width) + TrackScreen.margin
                        } else {
                            ceilings[other] = ceiling(place * width, other * width, values, squares, isPresent)
                        }
                    }
                }
            }
        }
    }

    private func product(_ left: Blocks, _ right: Blocks) -> Float {
        var (even, odd) = (Block.zero, Block.zero)
        var block = 0
        while block + 1 < width {
            even += left[block] * right[block]
            odd += left[block + 1] * right[block + 1]
            block += 2
        }
        if block < width { even += left[block] * right[block] }
        return (even + odd).sum()
    }

    /// All six sums in one walk over the days.
    private func ceiling(
        _ first: Int, _ second: Int, _ values: Blocks, _ squares: Blocks, _ isPresent: Blocks
    ) -> Float {
        var (common, products) = (Block.zero, Block.zero)
        var (firstSums, secondSums, firstSquares, secondSquares) = (Block.zero, Block.zero, Block.zero, Block.zero)
        for block in 0..<width {
            let (x, y) = (values[first + block], values[second + block])
            let (hasFirst, hasSecond) = (isPresent[first + block], isPresent[second + block])
            common += hasFirst * hasSecond
            products += x * y
            firstSums += x * hasSecond
            secondSums += y * hasFirst
            firstSquares += squares[first + block] * hasSecond
            secondSquares += squares[second + block] * hasFirst
        }
        let days = common.sum()
        guard days >= Float(AgentClusters.minimalCommonDays) else { return -2 }
        let (firstSum, firstSquare) = (firstSums.sum(), firstSquares.sum())
        let (secondSum, secondSquare) = (secondSums.sum(), secondSquares.sum())
        let firstScatter = firstSquare - firstSum * firstSum / days
        let secondScatter = secondSquare - secondSum * secondSum / days
        let least = TrackScreen.leastSquares
        guard firstSquare > least, secondSquare > least, firstScatter > TrackScreen.scatterShare * firstSquare,
            secondScatter > TrackScreen.scatterShare * secondSquare
        else { return 2 }
        let centered = products.sum() - firstSum * secondSum / days
        return centered / (firstScatter * secondScatter).squareRoot() + TrackScreen.margin
    }
}
