package import Domain
internal import Statistics
internal import StatisticsState

/// Watches the paper record of the fleet: of the mix, which knows no cash but its own, and of the weights in force.
///
/// The mix is watched, not the weights in force: a gate that watched what it lets through would never see a reason to
/// open again. Both records are after the turnover they cause.
package struct FleetWatch: Equatable, Sendable {
    private var filter = SharpeFilter(.mix(halfLife: 1))
    private var squares = ExponentialMoments(decay: decayFactor(halfLife: FleetWatch.volatilityHalfLife))
    /// Of the weights in force: the sum of returns, each in units of the volatility the mix was expected to have.
    private var fall = CompensatedSum()
    private var peak = 0.0
    private var dayCount = 0

    package init() {}

    static let volatilityHalfLife = 30.0
    /// An old best point fades, with a half-life of 120 days: a brake that waited for it would never be released.
    static let peakDecay = decayFactor(halfLife: 120)

    /// - Parameter mixNetReturn: `nil` on a day without a mix: what was known ages.
    package mutating func take(mixNetReturn: Double?, fleetNetReturn: Double, halfLife: Double?) {
        let model = halfLife.map { SharpeFilter.Model.mix(halfLife: $0) }
        guard let mixNetReturn else {
            if let model { filter.age(model) }
            return
        }
        if dayCount >= 10, let mean = squares.mean, mean > 1e-18 {
            let risk = mean.squareRoot()
            if let model { filter.update(mixNetReturn / risk, model) }
            fall.add(fleetNetReturn / risk)
            peak = max(fall.value, fall.value + (peak - fall.value) * FleetWatch.peakDecay)
        }
        squares.update(mixNetReturn * mixNetReturn)
        dayCount += 1
    }

    package func condition(halfLife: Double?) -> FleetCondition {
        var condition = FleetCondition()
        guard dayCount >= FleetCondition.minimalDays else {
            let missing = Evidence<Double>.insufficient(count: dayCount, needed: FleetCondition.minimalDays)
            condition.edge = .insufficient(count: dayCount, needed: FleetCondition.minimalDays)
            (condition.mixVolatility, condition.drawdownSigmas) = (missing, missing)
            return condition
        }
        if let mean = squares.mean, mean > 0 { condition.mixVolatility = .known(mean.squareRoot()) }
        condition.drawdownSigmas = .known(max(0, peak - fall.value))
        if let halfLife {
            let ratio = filter.annualRatio(.mix(halfLife: halfLife))
            condition.edge = .known(FleetCondition.Edge(sharpeRatio: ratio, dayCount: dayCount))
        }
        return condition
    }
}

extension FleetWatch: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&filter.probabilities)
        guard filter.probabilities.count == SharpeFilter.Model.mix(halfLife: 1).prior.count else { throw .malformed }
        try coder.visit(&squares)
        try coder.visit(&fall)
        try coder.visit(&peak)
        try coder.visit(&dayCount)
    }
}
