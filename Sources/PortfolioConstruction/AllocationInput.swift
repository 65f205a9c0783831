package import Domain

/// What the allocation is told of one agent, all of it known at the decision.
package struct AllocationInput: Equatable, Sendable {
    package var agent: AgentID
    package var strategyClass: String
    /// The confidence multiplier, not negative; 1 is neutral. Only its size beside the others' matters.
    package var multiplier: Double
    /// The 95 % CVaR of the forecast shortfall of its strategy class, in sigmas; positive = loss.
    package var strategyCVaR95Sigmas: Evidence<Double>
    package var stage: Stage
    /// Days since its last open signal; 0 while one is open; `nil` where it never had one.
    package var silentDays: Double?
    /// Standard deviation of its book's daily returns before the decision.
    package var dailyVolatility: Evidence<Double>
    /// What was learned of it from the days that are over.
    package var capital: CapitalState.Reading

    package init(
        agent: AgentID, strategyClass: String, multiplier: Double, strategyCVaR95Sigmas: Evidence<Double>,
        stage: Stage, silentDays: Double?, dailyVolatility: Evidence<Double>, capital: CapitalState.Reading = .none
    ) {
        precondition(multiplier >= 0 && multiplier.isFinite, "Invariant: a multiplier is finite and not negative")
        precondition((silentDays ?? 0) >= 0 && (silentDays ?? 0).isFinite, "Invariant: silence is not negative")
        self.agent = agent
        self.strategyClass = strategyClass
        self.multiplier = multiplier
        self.strategyCVaR95Sigmas = strategyCVaR95Sigmas
        self.stage = stage
        self.silentDays = silentDays
        self.dailyVolatility = dailyVolatility
        self.capital = capital
    }
}
