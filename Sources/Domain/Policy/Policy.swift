/// Every number that decides something, in one value: what the same facts are judged by.
///
/// Defaults are those of `standard@1`. A policy is pinned by its name and identified by its fingerprint; the text of
/// the resolved policy is a fact of the ledger, so that a later release with other defaults leaves the past as it was.
/// `nil` means "off", never "use a default".
package struct Policy: Equatable, Sendable {
    package var name = "standard@1"
    /// State moves only at multiples of this since the epoch.
    package var decisionEveryHours = 24.0
    /// How many of the newest outcomes, or marks, the statistics see that need the sample itself.
    package var window = 1_000
    /// A signal written down later than this after its own time is late.
    package var graceMinutes = 5.0
    package var pricing = PricingPolicy()
    package var costs = CostPolicy()
    package var forecasting = ForecastingPolicy()
    package var confidence = ConfidencePolicy()
    package var gates = GatePolicy()
    package var risk = RiskPolicy()
    package var allocation = AllocationPolicy()
    /// The strategy class of agents whose signals name none.
    package var strategies: [String: String] = [:]

    package init() {}

    package var decisionEvery: Span { .hoursRounded(decisionEveryHours) }
    package var grace: Span { .hoursRounded(graceMinutes / 60) }

    /// The rules of the notes the project comes from: saturating error multiplier, score-linear expectation, five
    /// thresholds, no costs. For comparison and migration; `docs/METHODS.md` says what is wrong with them.
    package static var seed: Policy {
        var policy = Policy()
        policy.name = "seed@1"
        policy.decisionEveryHours = 6
        policy.costs.roundTripBps = 0
        policy.forecasting.usesRidge = false
        policy.confidence.rule = .saturatingError
        policy.gates = .seed
        policy.risk.killDrawdownSigmas = nil
        policy.risk.killErrorLevel = nil
        policy.allocation.candidateFactor = 1
        policy.allocation.usesTailHaircut = false
        policy.allocation.silentAfterDays = nil
        policy.allocation.agentCap = 1
        policy.allocation.strategyCap = 1
        policy.allocation.prior = .equal
        policy.allocation.switchOffFleetSteps()
        return policy
    }

    package static var standard: Policy { Policy() }

    /// The policies that have a name, by that name with and without its version.
    package static func named(_ name: String) -> Policy? {
        switch name {
        case "standard", "standard@1": .standard
        case "seed", "seed@1": .seed
        case "equal-weight", "equal-weight@1": .equalWeight
        case "inverse-volatility", "inverse-volatility@1": .inverseVolatility
        case "all-cash", "all-cash@1": .allCash
        default: nil
        }
    }

    /// The names that `named(_:)` knows, pinned.
    package static let names = ["standard@1", "seed@1", "equal-weight@1", "inverse-volatility@1", "all-cash@1"]
}

/// What a policy is measured against: rules without any judgment, at the same prices, costs and times as `standard`.
extension Policy {
    /// Everything in the agents, nobody preferred, nobody promoted and nobody killed but by a person or by ruin.
    package static var equalWeight: Policy {
        var policy = Policy()
        policy.name = "equal-weight@1"
        // Nothing is made of expectations here, and a model takes time.
        policy.forecasting.usesRidge = false
        policy.confidence.gain = 0
        policy.gates.errorRateAtMost = nil
        policy.gates.errorLevel = nil
        policy.gates.promotion = .approval
        policy.risk.killDrawdownSigmas = nil
        policy.risk.killErrorLevel = nil
        policy.allocation.prior = .equal
        policy.allocation.agentCap = 1
        policy.allocation.strategyCap = 1
        policy.allocation.candidateFactor = 1
        policy.allocation.promotedFactor = 1
        policy.allocation.probationFactor = 1
        policy.allocation.usesTailHaircut = false
        policy.allocation.silentAfterDays = nil
        policy.allocation.switchOffFleetSteps()
        return policy
    }

    /// The same with every agent at the same risk: weights in proportion to 1 / daily volatility.
    package static var inverseVolatility: Policy {
        var policy = equalWeight
        policy.name = "inverse-volatility@1"
        policy.allocation.prior = .inverseVolatility
        return policy
    }

    /// Nothing in any agent, ever: what every policy must beat to be worth its risk.
    package static var allCash: Policy {
        var policy = equalWeight
        policy.name = "all-cash@1"
        policy.allocation.agentCap = 0
        return policy
    }
}

/// Which price a decision could have had.
package struct PricingPolicy: Equatable, Sendable {
    /// A fill is the open of the first bar within this many bar lengths.
    package var maximalFillDelayBars = 2
    /// In place of bars, for markets that close overnight.
    package var maximalFillDelayHours: Double?
    /// A mark waits this long for a price before it takes the last one, flagged.
    package var maximalStalenessHours = 24.0
    /// A position without a price for this long is closed at the punitive price.
    package var abandonedAfterDays = 7.0
    /// The move against the position, in per cent of the last price, at which an abandoned position is closed.
    package var punitiveMovePercent = 50.0
    /// Half-life of the exponentially weighted volatility, in time.
    package var volatilityHalfLifeHours = 240.0

    package init() {}

    package var fillDelay: FillDelay {
        FillDelay(bars: Int64(maximalFillDelayBars), fixed: maximalFillDelayHours.map(Span.hoursRounded))
    }
    package var maximalStaleness: Span { .hoursRounded(maximalStalenessHours) }
    package var abandonedAfter: Span { .hoursRounded(abandonedAfterDays * 24) }
    package var volatilityHalfLife: Span { .hoursRounded(volatilityHalfLifeHours) }
}

/// What a round trip costs, in bps of the traded value.
package struct CostPolicy: Equatable, Sendable {
    package var roundTripBps = 10.0
    /// By symbol, in place of the general figure.
    package var roundTripBpsBySymbol: [String: Double] = [:]

    package init() {}

    package func roundTripBps(of symbol: Symbol) -> Double { roundTripBpsBySymbol[symbol.name] ?? roundTripBps }
}

/// What an agent's score is worth in return.
package struct ForecastingPolicy: Equatable, Sendable {
    /// The score-linear fallback: clamp(score * bpsPerScore, +-maximalExpectedBps).
    package var bpsPerScore = 25.0
    package var maximalExpectedBps = 250.0
    package var usesRidge = true
    /// Penalties tried, on standardized features, times the number of outcomes.
    package var penalties = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
    package var minimalOutcomes = 300
    package var trainingWindowDays = 365.0
    /// By how many standard errors of the difference ridge must beat the zero forecast and the fallback, out of sample.
    package var requiredStandardErrors = 1.0

    package init() {}
}

package enum ConfidenceRule: String, Sendable, CaseIterable {
    /// Out-of-sample R^2 of the forecasts against saying nothing, in units of volatility.
    case skill
    /// The seed's: a product of saturating penalties on the absolute error in bps.
    case saturatingError = "saturating-error"
}

/// The multiplier: does the agent earn what it says?
package struct ConfidencePolicy: Equatable, Sendable {
    package var rule = ConfidenceRule.skill
    /// In independent signals.
    package var halfLifeSignals = 80.0
    package var floor = 0.50
    package var ceiling = 1.10
    package var gain = 1.0
    /// Realized returns are cut at this many sigmas, for this score only.
    package var winsorizedAtSigmas = 5.0
    /// Independent signals below which the multiplier is 1.0 and says that the evidence is insufficient.
    package var minimalSignals = 10.0

    package init() {}
}

package enum PromotionMode: String, Sendable, CaseIterable {
    case automatic
    /// A passed gate waits for `agents promote`.
    case approval
}

/// The thresholds between a candidate and capital. `nil` is "not required"; the number is shown all the same.
package struct GatePolicy: Equatable, Sendable {
    package var pnlSumBpsAbove: Double?
    package var hitRateAtLeast: Double?
    package var errorRateAtMost: Double? = 0
    package var averageAbsoluteErrorBpsAtMost: Double?
    package var averageErrorBpsAtLeast: Double?
    /// Whether an agent without telemetry passes the error-rate gate.
    package var waivesMissingTelemetry = true
    package var telemetryWindowDays = 30.0
    /// The share of null fleets that may ever promote anybody; the evidence gate.
    package var errorLevel: Double? = 0.05
    /// A loss in one day that the evidence always reckons with, as a fraction of the book.
    package var assumedDailyLoss = 0.10
    /// Unattested signals count for no automatic promotion.
    package var requiresAttestation = true
    package var promotion = PromotionMode.automatic

    package init() {}

    static var seed: GatePolicy {
        var policy = GatePolicy()
        policy.pnlSumBpsAbove = 150
        policy.hitRateAtLeast = 0.55
        policy.errorRateAtMost = 0
        policy.averageAbsoluteErrorBpsAtMost = 60
        policy.averageErrorBpsAtLeast = -20
        policy.waivesMissingTelemetry = false
        policy.errorLevel = nil
        return policy
    }
}

/// When capital is taken away.
package struct RiskPolicy: Equatable, Sendable {
    /// Drawdown in units of the agent's own daily volatility at which it is killed.
    package var killDrawdownSigmas: Double? = 30
    /// The chance that an agent whose mean is not negative is ever killed on evidence that it is.
    package var killErrorLevel: Double? = 0.05
    /// The share of that limit at which a promoted agent goes on probation.
    package var warningShare = 2.0 / 3.0
    /// The share below which probation ends.
    package var recoveryShare = 0.5
    /// Marks below which no drawdown in sigmas is judged.
    package var minimalMarks = 20

    package init() {}
}

package enum PriorRule: String, Sendable, CaseIterable {
    case equal
    case inverseVolatility = "inverse-volatility"
    /// Fixed share over possible Sharpe ratios, for each agent by itself.
    case sharpeFilter = "sharpe-filter"
    case adaHedge = "ada-hedge"
    case fixedShare = "fixed-share"
    /// ML-Poly.
    case polynomial = "ml-poly"
    /// Bernstein online aggregation, BOA.
    case bernstein = "boa"
}

/// From verdicts and multipliers to weights.
package struct AllocationPolicy: Equatable, Sendable {
    package var prior = PriorRule.sharpeFilter
    /// Half-life of what the learned rules remember, in days; `nil` never forgets (the Sharpe filter: 10,000).
    package var priorHalfLifeDays: Double? = 500
    /// Of the Sharpe filter's second, shorter memory: the lower of the two ratios counts; `nil`: one memory alone.
    package var shortHalfLifeDays: Double? = 200
    /// The share of the past that fixed share begins anew with each day.
    package var switchProbability = 0.005
    /// Correlation of residuals at which agents become one bet; `nil`: everybody stands alone.
    package var clusterJoin: Double? = 0.75
    /// At which they part again.
    package var clusterLeave = 0.6
    /// Common days from which `clusterJoin` is enough; on fewer, down to 20, more is asked.
    package var clusterMinimalDays = 60
    package var agentCap = 0.25
    package var strategyCap = 0.40
    package var candidateFactor = 0.5
    package var promotedFactor = 1.0
    package var probationFactor = 0.25
    package var usesTailHaircut = true
    /// The 95 % CVaR of the forecast shortfall, in sigmas, that costs nothing; a normal shortfall has 2.06.
    package var tailReferenceSigmas = 2.5
    package var tailHaircutFloor = 0.5
    /// Days without an open signal before the weight decays; `nil`: it never does.
    package var silentAfterDays: Double? = 3
    package var silentHalfLifeDays = 7.0
    /// Half-life of the mix's record that the fleet gate looks at, in days; `nil`: no gate.
    package var fleetGateHalfLifeDays: Double? = 250
    /// The annual Sharpe ratio, as far as the record proves it, above which capital leaves cash, and the one at which
    /// all of it does.
    package var fleetGateOpensAt = 0.5
    package var fleetGateFullAt = 1.5
    /// In per cent a year; `nil`: no target.
    package var volatilityTargetPercent: Double? = 20
    /// The fleet's fall, in its own daily volatilities, at which the brake begins; `nil`: no brake.
    package var brakeFromSigmas: Double? = 8
    /// At which it is at its floor.
    package var brakeToSigmas = 20.0
    package var brakeFloor = 0.25
    /// How far a weight of the mix may be from its target before it moves, at most 0.4 of an equal share; `nil`: it
    /// always moves.
    package var noTradeBand: Double? = 0.01

    package init() {}
}

extension AllocationPolicy {
    /// Everybody alone, everything invested, every day.
    package mutating func switchOffFleetSteps() {
        clusterJoin = nil
        fleetGateHalfLifeDays = nil
        volatilityTargetPercent = nil
        brakeFromSigmas = nil
        noTradeBand = nil
    }
}

extension Span {
    package static func hoursRounded(_ hours: Double) -> Span {
        Span(milliseconds: Int64((hours * 3_600_000).rounded()))
    }
}
