package import Domain
internal import Statistics

/// The seed's multiplier: a product of penalties that saturate in the absolute forecast error.
///
/// Kept to compare with, under `Policy.seed` alone. Its faults, measured (docs/METHODS.md): 250 outcomes with a mean
/// error above about 4.6 bps already put an agent at the floor, and every update charges the same history again.
package struct SaturatingError: Equatable, Sendable {
    /// One outcome, as the seed saw it.
    package struct Row: Equatable, Sendable {
        package var absoluteErrorBps: Double
        package var realizedBps: Double
        /// The outcome's number in the fleet, from 1: the seed looked at the fleet's newest `rowLimit` rows only.
        package var fleetNumber: Int

        package init(absoluteErrorBps: Double, realizedBps: Double, fleetNumber: Int) {
            self.absoluteErrorBps = absoluteErrorBps
            self.realizedBps = realizedBps
            self.fleetNumber = fleetNumber
        }
    }

    /// The newest rows, oldest first.
    private var rows: [Row] = []
    package private(set) var multiplier = 1.0

    package init() {}

    static let rowLimit = 8_000
    static let rowsPerAgent = 250
    static let halfLife = 80.0
    static let halfSaturationBps = 50.0
    static let penaltyCap = 0.08
    static let lossAmplifier = 1.3
    static let goodErrorBps = 30.0
    static let goodCountForBoost = 10
    static let boost = 0.02

    package mutating func take(_ row: Row) {
        rows.append(row)
        if rows.count > SaturatingError.rowsPerAgent { rows.removeFirst(rows.count - SaturatingError.rowsPerAgent) }
    }

    /// Charges the history once more, as each of the seed's runs did. `fleetCount` outcomes have been counted so far.
    package mutating func update(fleetCount: Int, policy: ConfidencePolicy) {
        let seen = rows.filter { $0.fleetNumber > fleetCount - SaturatingError.rowLimit }
        guard !seen.isEmpty else { return }
        var goodCount = 0
        var badCount = 0
        for (index, row) in seen.enumerated() {
            let age = Double(seen.count - 1 - index)
            let weight = decayFactor(halfLife: SaturatingError.halfLife, elapsed: age)
            let error = row.absoluteErrorBps
            var penalty = error / (error + SaturatingError.halfSaturationBps) * SaturatingError.penaltyCap * weight
            if row.realizedBps < 0 { penalty *= SaturatingError.lossAmplifier }
            multiplier *= 1 - penalty
            if row.realizedBps > 0 && error <= SaturatingError.goodErrorBps { goodCount += 1 }
            if row.realizedBps < 0 && error >= 2 * SaturatingError.goodErrorBps { badCount += 1 }
        }
        if goodCount >= SaturatingError.goodCountForBoost && badCount == 0 { multiplier *= 1 + SaturatingError.boost }
        multiplier = roundedHalfEven(max(policy.floor, min(policy.ceiling, multiplier)), decimals: 4)
    }

    package var confidence: ConfidenceMultiplier {
        let skill: Evidence<Double> = .insufficient(count: rows.count, needed: SaturatingError.rowsPerAgent)
        return ConfidenceMultiplier(value: multiplier, skill: skill, effectiveSignals: Double(rows.count))
    }
}

extension SaturatingError: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&rows)
        try coder.visit(&multiplier)
    }
}

extension SaturatingError.Row: SnapshotVisitable {
    package init() { self.init(absoluteErrorBps: 0, realizedBps: 0, fleetNumber: 0) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&absoluteErrorBps)
        try coder.visit(&realizedBps)
        try coder.visit(&fleetNumber)
    }
}
