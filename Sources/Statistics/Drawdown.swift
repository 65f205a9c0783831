/// A fall of equity from a peak to a trough.
package struct Drawdown: Sendable, Equatable {
    /// `(peak - trough) / peak`: 0.25 = a quarter of the money was gone. Above 1 where more than all was lost.
    package var fraction: Double
    /// The point of the peak: 0 = the start, i = after the i-th return.
    package var peakIndex: Int
    /// The point of the trough, not before the peak.
    package var troughIndex: Int

    package init(fraction: Double, peakIndex: Int, troughIndex: Int) {
        self.fraction = fraction
        self.peakIndex = peakIndex
        self.troughIndex = troughIndex
    }
}

/// The running equity of one unit of money through the returns: n + 1 points, the first being 1.
///
/// `E_0 = 1, E_i = E_(i-1) (1 + r_i)`. Equity that reached 0 or less stays where it is: nothing is left to compound.
///
/// - Complexity: O(n).
package func equityCurve(ofReturns returns: [Double]) -> [Double] {
    var tracker = DrawdownTracker()
    var curve = [tracker.equity]
    curve.reserveCapacity(returns.count + 1)
    for value in returns {
        tracker.update(value)
        curve.append(tracker.equity)
    }
    return curve
}

/// The largest fall from a peak that the returns went through, the start (equity 1) counting as a peak.
///
/// What the unluckiest investor lost who came in at the top. A fraction, positive; the first such fall where several
/// are equal; 0 at the start where equity never fell. `nil` for no returns.
///
/// - Complexity: O(n).
package func maxDrawdown(ofReturns returns: [Double]) -> Drawdown? {
    var tracker = DrawdownTracker()
    for value in returns { tracker.update(value) }
    return tracker.maximum
}

/// Equity, peak and drawdowns of a stream of returns. Every field is state for a snapshot.
package struct DrawdownTracker: Sendable, Equatable {
    /// How many returns were taken in.
    package var count: Int
    /// What one unit of money has become.
    package var equity: Double
    /// The highest equity so far, at least the 1 of the start.
    package var peak: Double
    /// The point at which the peak was first reached.
    package var peakIndex: Int
    /// The worst fall so far.
    package var worst: Drawdown

    package init() {
        count = 0
        equity = 1
        peak = 1
        peakIndex = 0
        worst = Drawdown(fraction: 0, peakIndex: 0, troughIndex: 0)
    }

    /// Takes in the return of one mark: 0.01 = one per cent up. - Complexity: O(1).
    package mutating func update(_ value: Double) {
        precondition(value.isFinite, "Invariant: a return is finite")
        count += 1
        if equity > 0 { equity *= 1 + value }
        if equity > peak {
            peak = equity
            peakIndex = count
        }
        let fraction = (peak - equity) / peak
        if fraction > worst.fraction {
            worst = Drawdown(fraction: fraction, peakIndex: peakIndex, troughIndex: count)
        }
    }

    /// How far equity is below its peak now, as a fraction; `nil` before the first return.
    package var current: Double? { count > 0 ? (peak - equity) / peak : nil }

    /// The worst fall so far; `nil` before the first return.
    package var maximum: Drawdown? { count > 0 ? worst : nil }
}
