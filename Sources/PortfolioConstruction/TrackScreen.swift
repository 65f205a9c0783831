internal import CVectorLoops
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
/// costs a few products of rows in single precision, many days at a time: their error is at most a few parts in 10^5,
/// and a ceiling is the estimate plus 0.01. Where what is left of a track on the common days hardly moves, so that the
/// difference of two like numbers could err by more, the ceiling says nothing (2) and the exact answer is asked for. No
/// number that leaves this type reaches a decision but as "certainly below the bound".
///
/// On the days that both have, with x and y standardized over all days of their tracks and 0 where there is none, m and
/// l 1 where there is one, and n the number of common days,
///
///     correlation = (xy - (xl)(ym) / n) / sqrt((x^2 l - (xl)^2 / n) (y^2 m - (ym)^2 / n))
struct TrackScreen {
    /// Numbers a track; the newest day of each stands at the end.
    private let width: Int
    private let count: Int
    private var values: [Float]
    private var squares: [Float]
    private var presence: [Float]
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
        width = ((tracks.map(\.values.count).max() ?? 0) + 7) / 8 * 8
        values = [Float](repeating: 0, count: width * count)
        squares = values
        presence = values
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
        let first = (place + 1) * width - track.values.count
        for (day, value) in track.values.enumerated() {
            guard let value else { continue }
            let standardized = Float(track.row.isEmpty ? (value - center) / scale : track.row[day])
            values[first + day] = standardized
            squares[first + day] = standardized * standardized
            presence[first + day] = 1
        }
    }

    /// For every later track the most that its correlation with the track at `place` can be; 2 where that is not known,
    /// -2 where there is certainly none. Earlier entries stay as they are. - Complexity: O(tracks days).
    func fill(_ ceilings: inout [Float], of place: Int) {
        precondition(ceilings.count == count && place < count, "Invariant: one ceiling a track")
        guard width > 0 else { return }
        var others = place + 1
        while others < count {
            let isWhole = isWhole(place, others)
            var end = others + 1
            while end < count, self.isWhole(place, end) == isWhole { end += 1 }
            if isWhole {
                fillProducts(&ceilings, of: place, others..<end)
            } else {
                fillSums(&ceilings, of: place, others..<end)
            }
            others = end
        }
        for other in place + 1..<max(count, place + 1) where !moves[place] || !moves[other] { ceilings[other] = -2 }
    }

    /// Whether the product of two rows is all there is to their correlation.
    private func isWhole(_ place: Int, _ other: Int) -> Bool {
        wholeLengths[place] > 0 && wholeLengths[place] == wholeLengths[other]
    }

    private func fillProducts(_ ceilings: inout [Float], of place: Int, _ others: Range<Int>) {
        values.withUnsafeBufferPointer { values in
            ceilings.withUnsafeMutableBufferPointer { ceilings in
                // Neither is empty: there is a track, and it has a width.
                guard let values = values.baseAddress, let ceilings = ceilings.baseAddress else { return }
                track_products(
                    values + place * width, values + others.lowerBound * width, width, others.count,
                    ceilings + others.lowerBound)
            }
        }
        for other in others { ceilings[other] += TrackScreen.margin }
    }

    private func fillSums(_ ceilings: inout [Float], of place: Int, _ others: Range<Int>) {
        var sums = [track_pair](repeating: track_pair(), count: others.count)
        withRows(of: place) { track in
            withRows(of: others.lowerBound) { others in
                track_sums(track, others, width, sums.count, &sums)
            }
        }
        for (other, sum) in zip(others, sums) { ceilings[other] = TrackScreen.ceiling(sum) }
    }

    private func withRows(of place: Int, _ body: (track_rows) -> Void) {
        values.withUnsafeBufferPointer { values in
            squares.withUnsafeBufferPointer { squares in
                presence.withUnsafeBufferPointer { presence in
                    let first = place * width
                    // None of them is empty, and the place is below `count`.
                    guard let values = values.baseAddress, let squares = squares.baseAddress,
                        let presence = presence.baseAddress
                    else { return }
                    body(track_rows(values: values + first, squares: squares + first, presence: presence + first))
                }
            }
        }
    }

    private static func ceiling(_ sum: track_pair) -> Float {
        guard sum.common >= Float(AgentClusters.minimalCommonDays) else { return -2 }
        let firstScatter = sum.first_squares - sum.first_sum * sum.first_sum / sum.common
        let secondScatter = sum.second_squares - sum.second_sum * sum.second_sum / sum.common
        guard sum.first_squares > leastSquares, sum.second_squares > leastSquares,
            firstScatter > scatterShare * sum.first_squares, secondScatter > scatterShare * sum.second_squares
        else { return 2 }
        let centered = sum.products - sum.first_sum * sum.second_sum / sum.common
        return centered / (firstScatter * secondScatter).squareRoot() + margin
    }
}
