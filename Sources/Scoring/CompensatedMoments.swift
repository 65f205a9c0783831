package import Domain

/// Count, sum and centered squares of a stream (Welford 1962), the sum compensated (Neumaier 1974).
package struct CompensatedMoments: Equatable, Sendable {
    fileprivate var count = 0
    fileprivate var plain = 0.0
    fileprivate var compensation = 0.0
    fileprivate var runningMean = 0.0
    fileprivate var centeredSquares = 0.0

    package init() {}

    package var sum: Double { plain + compensation }
    package var mean: Double { count > 0 ? sum / Double(count) : 0 }
    package var sampleVariance: Double? { count > 1 ? max(0, centeredSquares) / Double(count - 1) : nil }

    package mutating func take(_ value: Double) {
        let total = plain + value
        compensation += plain.magnitude >= value.magnitude ? (plain - total) + value : (value - total) + plain
        plain = total
        count += 1
        let deviation = value - runningMean
        runningMean += deviation / Double(count)
        centeredSquares += deviation * (value - runningMean)
    }
}

extension CompensatedMoments: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&count)
        try coder.visit(&plain)
        try coder.visit(&compensation)
        try coder.visit(&runningMean)
        try coder.visit(&centeredSquares)
    }
}

/// Four streams of one length, each to the last bit what `CompensatedMoments` makes of it: a processor adds and divides
/// several numbers at once, and the statistics of an outcome are four.
package struct FourMoments: Equatable, Sendable {
    private var count = 0
    private var plain = SIMD4<Double>.zero
    private var compensation = SIMD4<Double>.zero
    private var runningMean = SIMD4<Double>.zero
    private var centeredSquares = SIMD4<Double>.zero

    package init() {}

    /// `nil` where they differ in length.
    init?(
        _ first: CompensatedMoments, _ second: CompensatedMoments, _ third: CompensatedMoments,
        _ fourth: CompensatedMoments
    ) {
        count = first.count
        for (lane, moments) in [first, second, third, fourth].enumerated() {
            guard moments.count == count else { return nil }
            plain[lane] = moments.plain
            compensation[lane] = moments.compensation
            runningMean[lane] = moments.runningMean
            centeredSquares[lane] = moments.centeredSquares
        }
    }

    package subscript(_ lane: Int) -> CompensatedMoments {
        var moments = CompensatedMoments()
        moments.count = count
        moments.plain = plain[lane]
        moments.compensation = compensation[lane]
        moments.runningMean = runningMean[lane]
        moments.centeredSquares = centeredSquares[lane]
        return moments
    }

    @inline(__always)
    package mutating func take(_ values: SIMD4<Double>) {
        let total = plain + values
        // What the sum has lost, without asking which of the two is greater (Knuth 1998, section 4.2.2, theorem B): it
        // is a number by itself, so that every way to find it finds the same bits.
        let added = total - plain
        compensation += (plain - (total - added)) + (values - added)
        plain = total
        count += 1
        let deviation = values - runningMean
        runningMean += deviation / Double(count)
        centeredSquares += deviation * (values - runningMean)
    }
}
