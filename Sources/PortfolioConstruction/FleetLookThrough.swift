package import Domain
internal import Statistics

/// What one agent holds, and how much of the capital follows it.
package struct FundedPositions: Equatable, Sendable {
    package struct Target: Equatable, Sendable {
        package var symbol: Symbol
        /// The fraction of the agent's own equity, signed: short is negative.
        package var target: Double

        package init(symbol: Symbol, target: Double) {
            precondition(target.isFinite, "Invariant: a position is finite")
            self.symbol = symbol
            self.target = target
        }
    }

    package var agent: AgentID
    package var weight: Double
    /// In any order; a symbol named twice counts twice.
    package var targets: [Target]

    package init(agent: AgentID, weight: Double, targets: [Target]) {
        precondition(weight >= 0 && weight.isFinite, "Invariant: a weight is finite and not negative")
        self.agent = agent
        self.weight = weight
        self.targets = targets
    }
}

/// The positions of the fleet as one portfolio: ten agents that are all long one coin are one bet.
///
/// Per symbol, net is the sum of weight times target and gross the sum of its magnitudes. Concentration is the
/// Herfindahl index of the absolute net positions (1 = all in one symbol). The losses are for a move of 10 %: of all
/// symbols together against the net exposure, and of each against the fleet's position in it, the worst case of the
/// two. Fractions of the capital; nothing held is `.none`.
///
/// The order of agents and of targets does not reach the sums: both are sorted first.
///
/// - Complexity: O(n log n) in the number of positions.
package func lookThrough(of funded: [FundedPositions]) -> LookThrough {
    var parts: [(symbol: Symbol, agent: AgentID, size: Double)] = []
    for positions in funded where positions.weight > 0 {
        for target in positions.targets where target.target != 0 {
            parts.append((target.symbol, positions.agent, positions.weight * target.target))
        }
    }
    parts.sort { ($0.symbol, $0.agent, $0.size) < ($1.symbol, $1.agent, $1.size) }
    var positions: [LookThrough.Position] = []
    var start = parts.startIndex
    while start < parts.endIndex {
        let symbol = parts[start].symbol
        let end = parts[start...].firstIndex { $0.symbol != symbol } ?? parts.endIndex
        let sizes = parts[start..<end].map(\.size)
        positions.append(
            LookThrough.Position(
                symbol: symbol, net: compensatedSum(sizes), gross: compensatedSum(sizes.map(\.magnitude))))
        start = end
    }
    guard !positions.isEmpty else { return .none }
    let net = compensatedSum(positions.map(\.net))
    let absoluteNet = compensatedSum(positions.map(\.net.magnitude))
    return LookThrough(
        positions: positions, netExposure: net, grossExposure: compensatedSum(positions.map(\.gross)),
        concentration: absoluteNet > 0
            ? compensatedSum(positions.map { ($0.net / absoluteNet) * ($0.net / absoluteNet) }) : nil,
        lossIfMarketMovesAgainst: 0.1 * net.magnitude, lossIfEachMovesAgainst: 0.1 * absoluteNet)
}
