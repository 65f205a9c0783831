package import Domain
internal import Statistics

/// Agents that differ only in how honest their forecasts are, to measure a measure of honesty with.
///
/// In units of the horizon's volatility, with x, n and e independent standard normal numbers, r the forecast rms and h
/// the honesty of the agent:
///
///     f = r (h x + sqrt(1 - h^2) n)      what the agent forecasts
///     z = r x + sqrt(1 - r^2) e          what the market does
///
/// All forecasts have rms r and all returns variance 1, whatever h; cov(f, z) = h r^2, hence E[z | f] = h f: of what
/// the agent promises it keeps the share h. h = 1 is the honest forecaster, h = 0 knows nothing. Its skill against
/// saying nothing, (E[z^2] - E[(z - f)^2]) / E[z^2], is r^2 (2 h - 1): below one half honesty silence is better.
package struct HonestyFleet: Sendable {
    package struct Forecast: Equatable, Sendable {
        /// f, in sigmas.
        package var expected: Double
        /// z, in sigmas.
        package var realized: Double
        /// The volatility of the horizon's return.
        package var sigmaBps: Double

        package init(expected: Double, realized: Double, sigmaBps: Double) {
            self.expected = expected
            self.realized = realized
            self.sigmaBps = sigmaBps
        }
    }

    package struct Agent: Equatable, Sendable {
        package var id: AgentID
        /// h, in [0, 1].
        package var honesty: Double
        /// In the order of time.
        package var forecasts: [Forecast]

        package init(id: AgentID, honesty: Double, forecasts: [Forecast]) {
            self.id = id
            self.honesty = honesty
            self.forecasts = forecasts
        }
    }

    package let agents: [Agent]
    /// r.
    package let forecastRMS: Double

    /// `volatilitySpread`: sigma varies by this factor up and down from 300 bps, cycling slowly; 1 for a constant one.
    package init(
        seed: UInt64, agentCount: Int = 100, forecastRMS: Double = 0.3, forecastCount: Int = 1_000,
        volatilitySpread: Double = 2
    ) {
        precondition(agentCount >= 2 && forecastCount >= 1, "Invariant: honesties to tell apart")
        precondition(forecastRMS > 0 && forecastRMS < 1, "Invariant: part of the return cannot be known")
        precondition(volatilitySpread >= 1, "Invariant: a factor up and down")
        self.forecastRMS = forecastRMS
        let digits = String(agentCount - 1).utf8.count
        agents = (0..<agentCount).map { index in
            // Evenly spaced from 0 to 1: uniform, without the luck of a draw.
            let honesty = Double(index) / Double(agentCount - 1)
            let number = String(index)
            let name = "honesty-" + String(repeating: "0", count: digits - number.utf8.count) + number
            return Agent(
                id: identifier(name), honesty: honesty,
                forecasts: Self.forecasts(
                    honesty: honesty, rms: forecastRMS, count: forecastCount, spread: volatilitySpread,
                    generator: Xoshiro256(seed: seed, stream: name)))
        }
    }

    private static func forecasts(
        honesty: Double, rms: Double, count: Int, spread: Double, generator: Xoshiro256
    ) -> [Forecast] {
        var generator = generator
        var sigmaBps = 300.0
        return (0..<count).map { _ in
            let knowable = generator.portableNormal()
            let noise = generator.portableNormal()
            let surprise = generator.portableNormal()
            // A random walk of small steps between 300 / spread and 300 * spread.
            let step = 1 + 0.05 * (2 * generator.uniform() - 1)
            sigmaBps = min(300 * spread, max(300 / spread, sigmaBps * step))
            return Forecast(
                expected: rms * (honesty * knowable + (1 - honesty * honesty).squareRoot() * noise),
                realized: rms * knowable + (1 - rms * rms).squareRoot() * surprise, sigmaBps: sigmaBps)
        }
    }
}

extension HonestyFleet {
    /// The same forecasts as reconciled rows, one a day from `startAt`; direction is the sign of the forecast and both
    /// returns count in that direction, so that the expected one is never negative.
    package func importedOutcomes(of agent: Agent, symbol: Symbol, startAt: Timestamp) -> [ImportedOutcome] {
        agent.forecasts.enumerated().map { index, forecast in
            let direction: Direction = forecast.expected >= 0 ? .long : .short
            return ImportedOutcome(
                agent: agent.id, symbol: symbol, direction: direction, generatedAt: startAt + .days(Int64(index)),
                horizon: .standard, realizedReturnBps: direction.sign * forecast.realized * forecast.sigmaBps,
                expectedReturnBps: forecast.expected.magnitude * forecast.sigmaBps,
                expectedSigmaBps: forecast.sigmaBps, entryPrice: nil, exitPrice: nil,
                score: forecast.expected.magnitude, confidence: nil, runID: nil, strategyClass: "honesty", regime: nil,
                forecasterVersion: nil)
        }
    }
}
