package import Domain
package import Statistics

// How the states of online statistics go into a snapshot. Statistics knows nothing of Domain, Domain nothing of
// Statistics; what joins them stands here, once for all stages.

extension SnapshotCoder {
    package mutating func visit(_ moments: inout ExponentialMoments) throws(Failure) {
        try visit(&moments.decay)
        try visit(&moments.totalWeight)
        try visit(&moments.totalSquaredWeight)
        try visit(&moments.weightedMean)
        try visit(&moments.centeredSquares)
    }

    package mutating func visit(_ covariance: inout ExponentialCovariance) throws(Failure) {
        try visit(&covariance.first)
        try visit(&covariance.second)
        try visit(&covariance.centeredProducts)
    }

    package mutating func visit(_ sum: inout CompensatedSum) throws(Failure) {
        try visit(&sum.plain)
        try visit(&sum.compensation)
    }

    package mutating func visit(_ scale: inout VolatilityScale) throws(Failure) {
        try visit(&scale.recentSquares)
        try visit(&scale.squareSum)
        try visit(&scale.count)
        try visit(&scale.worstLoss)
    }

    package mutating func visit(_ tracker: inout DrawdownTracker) throws(Failure) {
        try visit(&tracker.count)
        try visit(&tracker.equity)
        try visit(&tracker.peak)
        try visit(&tracker.peakIndex)
        try visit(&tracker.worst.fraction)
        try visit(&tracker.worst.peakIndex)
        try visit(&tracker.worst.troughIndex)
    }
}

/// The newest values of a series, up to a number fixed by the caller; the oldest leave first.
package struct RecentValues: Equatable, Sendable, SnapshotVisitable {
    private var ring: [Double] = []
    private var start = 0

    package init() {}

    package var count: Int { ring.count }

    /// Oldest first.
    package var values: [Double] {
        guard start > 0 else { return ring }
        var values: [Double] = []
        values.reserveCapacity(ring.count)
        values.append(contentsOf: ring[start...])
        values.append(contentsOf: ring[..<start])
        return values
    }

    /// `capacity` may change from one value to the next, as a policy's window does: a smaller one forgets at once.
    package mutating func append(_ value: Double, capacity: Int) {
        precondition(value.isFinite, "Invariant: only finite values are kept")
        precondition(capacity > 0, "Invariant: a window has room for a value")
        if ring.count == capacity {
            ring[start] = value
            start = start + 1 == capacity ? 0 : start + 1
            return
        }
        if start > 0 || ring.count > capacity {
            ring = Array(values.suffix(capacity - 1))
            start = 0
        }
        ring.append(value)
    }

    /// Where the ring begins is no part of what it holds.
    package static func == (left: RecentValues, right: RecentValues) -> Bool { left.values == right.values }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        guard coder.isReading else { return coder.write(ring[start...], ring[..<start]) }
        try coder.visit(&ring)
        start = 0
    }
}
