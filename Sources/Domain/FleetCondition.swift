/// How the fleet as a whole is doing, as known at a decision.
package struct FleetCondition: Equatable, Sendable {
    /// What the mix's own record says of an edge now; the fleet gate's.
    package struct Edge: Equatable, Sendable {
        /// The annual Sharpe ratio of the mix, net of its turnover, as far as its record proves one.
        package var sharpeRatio: Double
        /// How long the record is.
        package var dayCount: Int

        package init(sharpeRatio: Double, dayCount: Int) {
            precondition(sharpeRatio.isFinite && dayCount >= 0, "Invariant: an edge is finite")
            self.sharpeRatio = sharpeRatio
            self.dayCount = dayCount
        }
    }

    /// Days below which nothing is said.
    package static let minimalDays = 20

    package var edge: Evidence<Edge>
    /// Standard deviation of the mix's daily returns, recent days counting most.
    package var mixVolatility: Evidence<Double>
    /// The fall of the fleet's paper record from its best point, in units of the daily volatility it had.
    package var drawdownSigmas: Evidence<Double>

    package init(
        edge: Evidence<Edge> = .insufficient(count: 0, needed: FleetCondition.minimalDays),
        mixVolatility: Evidence<Double> = .insufficient(count: 0, needed: FleetCondition.minimalDays),
        drawdownSigmas: Evidence<Double> = .insufficient(count: 0, needed: FleetCondition.minimalDays)
    ) {
        self.edge = edge
        self.mixVolatility = mixVolatility
        self.drawdownSigmas = drawdownSigmas
    }
}
