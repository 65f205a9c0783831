/// One setting of a policy: its key, what it means, its shape, and how it is read and written.
package struct PolicyKey: Sendable {
    package let key: String
    package let documentation: String
    package let shape: SettingValue.Shape
    package let read: @Sendable (Policy) -> SettingValue
    /// Takes a value that `shape` admits.
    package let write: @Sendable (inout Policy, SettingValue) -> Void

    package typealias Path<Value> = any WritableKeyPath<Policy, Value> & Sendable

    static func number(
        _ key: String, _ path: Path<Double>, _ range: ClosedRange<Double>, _ documentation: String
    ) -> PolicyKey {
        PolicyKey(
            key: key, documentation: documentation, shape: .number(range, isOptional: false),
            read: { .number($0[keyPath: path]) },
            write: { if case .number(let number) = $1 { $0[keyPath: path] = number } })
    }

    static func optional(
        _ key: String, _ path: Path<Double?>, _ range: ClosedRange<Double>, _ documentation: String
    ) -> PolicyKey {
        PolicyKey(
            key: key, documentation: documentation, shape: .number(range, isOptional: true),
            read: { $0[keyPath: path].map(SettingValue.number) ?? .off },
            write: { policy, value in
                policy[keyPath: path] = if case .number(let number) = value { number } else { nil }
            })
    }

    static func integer(
        _ key: String, _ path: Path<Int>, _ range: ClosedRange<Double>, _ documentation: String
    ) -> PolicyKey {
        PolicyKey(
            key: key, documentation: documentation, shape: .integer(range),
            read: { .number(Double($0[keyPath: path])) },
            write: { if case .number(let number) = $1 { $0[keyPath: path] = Int(number) } })
    }

    static func flag(_ key: String, _ path: Path<Bool>, _ documentation: String) -> PolicyKey {
        PolicyKey(
            key: key, documentation: documentation, shape: .flag,
            read: { .flag($0[keyPath: path]) },
            write: { if case .flag(let flag) = $1 { $0[keyPath: path] = flag } })
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ path: Path<Choice>, _ documentation: String
    ) -> PolicyKey {
        PolicyKey(
            key: key, documentation: documentation, shape: .choice(Choice.allCases.map(\.rawValue)),
            read: { .text($0[keyPath: path].rawValue) },
            write: { if case .text(let word) = $1, let choice = Choice(rawValue: word) { $0[keyPath: path] = choice } })
    }
}

extension Policy {
    /// Every setting of a policy, in the order in which they are printed. The one list from which files, environment
    /// variables, flags, documentation, the canonical text and the fingerprint are made.
    package static let keys: [PolicyKey] = general + pricingKeys + forecastKeys + gateKeys + allocationKeys

    private static let general: [PolicyKey] = [
        PolicyKey(
            key: "name", documentation: "Name and version of the policy; a label, it decides nothing.", shape: .text,
            read: { .text($0.name) }, write: { if case .text(let name) = $1 { $0.name = name } }),
        .number(
            "decisionEveryHours", \.decisionEveryHours, 1...168,
            "State moves only at multiples of this many hours since the epoch (24: at 00:00 UTC)."),
        .integer("window", \.window, 100...100_000, "Newest outcomes or marks seen by quantiles, CVaR and ranks."),
        .number("graceMinutes", \.graceMinutes, 0...1_440, "A signal written down later than this is late."),
        PolicyKey(
            key: "strategies", documentation: "Strategy class of agents whose signals name none.", shape: .textMap,
            read: { .textMap($0.strategies) }, write: { if case .textMap(let map) = $1 { $0.strategies = map } }),
    ]

    private static let pricingKeys: [PolicyKey] = [
        .integer(
            "pricing.maximalFillDelayBars", \.pricing.maximalFillDelayBars, 1...1_000,
            "A fill is the open of the first bar at or after the decision, within this many bar lengths."),
        .optional(
            "pricing.maximalFillDelayHours", \.pricing.maximalFillDelayHours, 0...1_000,
            "In place of bars, for markets that close overnight."),
        .number(
            "pricing.maximalStalenessHours", \.pricing.maximalStalenessHours, 0...1_000,
            "A mark waits this long for a price, then takes the last one, flagged."),
        .number(
            "pricing.abandonedAfterDays", \.pricing.abandonedAfterDays, 1...365,
            "A position without a price for this long is closed at the punitive price."),
        .number(
            "pricing.punitiveMovePercent", \.pricing.punitiveMovePercent, 0...100,
            "Move against the position at which an abandoned one is closed."),
        .number(
            "pricing.volatilityHalfLifeHours", \.pricing.volatilityHalfLifeHours, 1...10_000,
            "Half-life of the exponentially weighted volatility."),
        .number(
            "costs.roundTripBps", \.costs.roundTripBps, 0...1_000, "Cost of a round trip, bps of the traded value."),
        PolicyKey(
            key: "costs.roundTripBpsBySymbol", documentation: "The same by symbol, where it differs.",
            shape: .numberMap(0...1_000), read: { .numberMap($0.costs.roundTripBpsBySymbol) },
            write: { if case .numberMap(let map) = $1 { $0.costs.roundTripBpsBySymbol = map } }),
    ]

    private static let forecastKeys: [PolicyKey] = [
        .number(
            "forecasting.bpsPerScore", \.forecasting.bpsPerScore, 0...10_000,
            "Score-linear fallback: clamp(score * bpsPerScore, +-maximalExpectedBps)."),
        .number("forecasting.maximalExpectedBps", \.forecasting.maximalExpectedBps, 0...10_000, "Its bound."),
        .flag("forecasting.usesRidge", \.forecasting.usesRidge, "Whether the ridge model is fitted at all."),
        PolicyKey(
            key: "forecasting.penalties",
            documentation: "Ridge penalties tried, per outcome, on standardized features.",
            shape: .numbers(1e-9...1e9), read: { .numbers($0.forecasting.penalties) },
            write: { if case .numbers(let list) = $1 { $0.forecasting.penalties = list } }),
        .integer(
            "forecasting.minimalOutcomes", \.forecasting.minimalOutcomes, 20...1_000_000,
            "Outcomes known before the fit below which there is no ridge model."),
        .number(
            "forecasting.trainingWindowDays", \.forecasting.trainingWindowDays, 30...10_000,
            "Outcomes older than this are left out of the fit."),
        .number(
            "forecasting.requiredStandardErrors", \.forecasting.requiredStandardErrors, 0...10,
            "By how many standard errors ridge must beat zero and fallback, out of sample, to go into force."),
        .choice("confidence.rule", \.confidence.rule, "How the multiplier is made; saturating-error is the seed's."),
        .number("confidence.halfLifeSignals", \.confidence.halfLifeSignals, 1...10_000, "In independent signals."),
        .number("confidence.floor", \.confidence.floor, 0...1, "Lower bound of the multiplier."),
        .number("confidence.ceiling", \.confidence.ceiling, 1...2, "Upper bound of the multiplier."),
        .number("confidence.gain", \.confidence.gain, 0...10, "Multiplier per unit of skill, near 1."),
        .number(
            "confidence.winsorizedAtSigmas", \.confidence.winsorizedAtSigmas, 1...100,
            "Realized returns are cut at this many sigmas, for this score only."),
        .number(
            "confidence.minimalSignals", \.confidence.minimalSignals, 1...1_000,
            "Independent signals below which the multiplier is 1.0, as insufficient evidence."),
    ]

    private static let gateKeys: [PolicyKey] = [
        .optional("gates.pnlSumBpsAbove", \.gates.pnlSumBpsAbove, -1e6...1e6, "Sum of realized returns, bps."),
        .optional("gates.hitRateAtLeast", \.gates.hitRateAtLeast, 0...1, "Share of outcomes above zero."),
        .optional("gates.errorRateAtMost", \.gates.errorRateAtMost, 0...1_000, "Errors per telemetry record."),
        .optional(
            "gates.averageAbsoluteErrorBpsAtMost", \.gates.averageAbsoluteErrorBpsAtMost, 0...1e6,
            "Mean magnitude of the forecast error, bps."),
        .optional(
            "gates.averageErrorBpsAtLeast", \.gates.averageErrorBpsAtLeast, -1e6...1e6,
            "Mean of realized minus expected, bps."),
        .flag(
            "gates.waivesMissingTelemetry", \.gates.waivesMissingTelemetry,
            "Whether an agent without telemetry passes the error-rate gate."),
        .number("gates.telemetryWindowDays", \.gates.telemetryWindowDays, 1...3_650, "Telemetry considered."),
        .optional(
            "gates.errorLevel", \.gates.errorLevel, 1e-6...0.5,
            "Share of fleets without any edge that may ever promote somebody; off: no evidence gate."),
        .number(
            "gates.assumedDailyLoss", \.gates.assumedDailyLoss, 0.001...1,
            "A loss in one day that the evidence always reckons with, as a fraction of the book."),
        .flag(
            "gates.requiresAttestation", \.gates.requiresAttestation,
            "Whether unattested signals count for no automatic promotion."),
        .choice("gates.promotion", \.gates.promotion, "automatic, or awaiting `agents promote`."),
        .optional(
            "risk.killDrawdownSigmas", \.risk.killDrawdownSigmas, 1...1_000,
            "Drawdown, in units of the agent's own daily volatility, at which it is killed."),
        .optional(
            "risk.killErrorLevel", \.risk.killErrorLevel, 1e-6...0.5,
            "Chance that an agent without a negative edge is ever killed on evidence of one; off: never on evidence."),
        .number("risk.warningShare", \.risk.warningShare, 0...1, "Share of that limit at which probation begins."),
        .number("risk.recoveryShare", \.risk.recoveryShare, 0...1, "Share of that limit below which it ends."),
        .integer("risk.minimalMarks", \.risk.minimalMarks, 2...1_000, "Marks below which no drawdown is judged."),
    ]

    private static let allocationKeys: [PolicyKey] = [
        .choice("allocation.prior", \.allocation.prior, "Weights before anything is known of an agent's merits."),
        .optional(
            "allocation.priorHalfLifeDays", \.allocation.priorHalfLifeDays, 1...10_000,
            "Half-life of what learned prior rules remember; off: they never forget."),
        .optional(
            "allocation.shortHalfLifeDays", \.allocation.shortHalfLifeDays, 1...10_000,
            "Half-life of sharpe-filter's second memory, of which the lower ratio counts; off: one memory."),
        .number(
            "allocation.switchProbability", \.allocation.switchProbability, 0...0.5,
            "Share with which fixed-share begins anew each day."),
        .optional(
            "allocation.clusterJoin", \.allocation.clusterJoin, 0.1...1,
            "Correlation of residual returns at which agents become one bet with one share and one cap."),
        .number("allocation.clusterLeave", \.allocation.clusterLeave, 0...1, "At which they part again."),
        .integer(
            "allocation.clusterMinimalDays", \.allocation.clusterMinimalDays, 20...120,
            "Common days from which that correlation is enough; on fewer, down to 20, more is asked."),
        .number("allocation.agentCap", \.allocation.agentCap, 0...1, "No agent holds more."),
        .number("allocation.strategyCap", \.allocation.strategyCap, 0...1, "No strategy class holds more."),
        .number("allocation.candidateFactor", \.allocation.candidateFactor, 0...1, "Share that a candidate keeps."),
        .number("allocation.promotedFactor", \.allocation.promotedFactor, 0...1, "Share that a promoted agent keeps."),
        .number("allocation.probationFactor", \.allocation.probationFactor, 0...1, "Share kept on probation."),
        .flag("allocation.usesTailHaircut", \.allocation.usesTailHaircut, "Whether CVaR of the strategy cuts weights."),
        .number(
            "allocation.tailReferenceSigmas", \.allocation.tailReferenceSigmas, 0.1...100,
            "95 % CVaR of the shortfall, in sigmas, that costs nothing."),
        .number("allocation.tailHaircutFloor", \.allocation.tailHaircutFloor, 0...1, "The least the haircut leaves."),
        .optional(
            "allocation.silentAfterDays", \.allocation.silentAfterDays, 0...3_650,
            "Days without an open signal before the weight decays to cash."),
        .number("allocation.silentHalfLifeDays", \.allocation.silentHalfLifeDays, 0.1...3_650, "How fast it decays."),
        .optional(
            "allocation.fleetGateHalfLifeDays", \.allocation.fleetGateHalfLifeDays, 1...10_000,
            "Half-life of the mix's record that says how much leaves cash at all; off: all of it."),
        .number(
            "allocation.fleetGateOpensAt", \.allocation.fleetGateOpensAt, -10...10,
            "Annual Sharpe ratio proven by that record above which capital leaves cash."),
        .number(
            "allocation.fleetGateFullAt", \.allocation.fleetGateFullAt, -10...10,
            "Annual Sharpe ratio at which all of it does."),
        .optional(
            "allocation.volatilityTargetPercent", \.allocation.volatilityTargetPercent, 0.1...1_000,
            "Annual volatility of the fleet above which weights are lowered."),
        .optional(
            "allocation.brakeFromSigmas", \.allocation.brakeFromSigmas, 0...1_000,
            "Fall of the fleet, in its own daily volatilities, from which weights are lowered."),
        .number("allocation.brakeToSigmas", \.allocation.brakeToSigmas, 0...1_000, "At which the floor is reached."),
        .number("allocation.brakeFloor", \.allocation.brakeFloor, 0.01...1, "What the brake leaves of the weights."),
        .optional(
            "allocation.noTradeBand", \.allocation.noTradeBand, 0...1,
            "Distance of a weight from its target below which it stays, at most 0.4 of an equal share."),
    ]
}

/// What is wrong with a policy's text or with the way its values fit together.
package struct PolicyError: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension Policy {
    /// One line a key, `key = value`, in the order of `keys`: complete, so that defaults play no part in reading it.
    package var text: String {
        Policy.keys.map { $0.key + " = " + $0.read(self).text + "\n" }.joined()
    }

    package var fingerprint: String { StableHash.hexadecimal(StableHash(text).high) }

    /// Reads `text`. A key that it lacks did not exist when it was written, and what it governs was not done: it stays
    /// off.
    package init(text: String) throws(PolicyError) {
        self.init()
        allocation.prior = .equal
        allocation.switchOffFleetSteps()
        risk.killErrorLevel = nil
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            guard let equals = line.firstIndex(of: "=") else { throw PolicyError("no '=' in '\(line)'") }
            let key = line[..<equals].trimmingSpaces()
            try set(key, line[line.index(after: equals)...].trimmingSpaces())
        }
        try validate()
    }

    /// Sets one key from text; an unknown key, a wrong shape or a value out of range is an error that says what fits.
    package mutating func set(_ key: String, _ text: String) throws(PolicyError) {
        guard let entry = Policy.keys.first(where: { $0.key == key }) else {
            throw PolicyError("unknown key '\(key)'; the nearest is '\(Policy.nearestKey(to: key))'")
        }
        guard let value = entry.shape.parse(text), entry.shape.admits(value) else {
            throw PolicyError("\(key) = '\(text)' is not \(entry.shape.description)")
        }
        entry.write(&self, value)
        if key == "costs.roundTripBpsBySymbol" { try checkSymbols() }
    }

    /// A cost under a name that no symbol bears would be paid by nobody.
    private func checkSymbols() throws(PolicyError) {
        for name in costs.roundTripBpsBySymbol.keys.sorted() {
            guard let symbol = Symbol(name) else {
                throw PolicyError("costs.roundTripBpsBySymbol names '\(name)', which is no symbol")
            }
            guard symbol.name == name else {
                throw PolicyError("costs.roundTripBpsBySymbol names '\(name)'; its name here is '\(symbol.name)'")
            }
        }
    }

    /// What no single key can say.
    package func validate() throws(PolicyError) {
        try checkSymbols()
        guard confidence.floor <= confidence.ceiling else {
            throw PolicyError("confidence.floor is above confidence.ceiling")
        }
        guard allocation.clusterLeave <= allocation.clusterJoin ?? 1 else {
            throw PolicyError("allocation.clusterLeave is above allocation.clusterJoin")
        }
        guard allocation.fleetGateOpensAt <= allocation.fleetGateFullAt else {
            throw PolicyError("allocation.fleetGateOpensAt is above allocation.fleetGateFullAt")
        }
        guard allocation.brakeFromSigmas ?? 0 <= allocation.brakeToSigmas else {
            throw PolicyError("allocation.brakeFromSigmas is above allocation.brakeToSigmas")
        }
        guard risk.recoveryShare <= risk.warningShare else {
            throw PolicyError("risk.recoveryShare is above risk.warningShare")
        }
        guard Span.day.milliseconds % decisionEvery.milliseconds == 0
            || decisionEvery.milliseconds % Span.day.milliseconds == 0
        else {
            throw PolicyError("decisionEveryHours = \(decisionEveryHours) neither divides 24 nor is a multiple of it")
        }
    }

    package static func nearestKey(to key: String) -> String {
        EditDistance.nearest(to: key, among: keys.map(\.key)) ?? "name"
    }
}
