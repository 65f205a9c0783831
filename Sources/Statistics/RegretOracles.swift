internal import RealModule

// What would have been best, known only afterwards: the yardsticks of a replay. A matrix of gains is `[day][agent]`,
// an agent's return of the day, 0 where it slept; days in order, the same agents every day.

/// One agent, held throughout.
package struct BestAgent: Equatable, Sendable {
    package var agent: Int
    /// The sum of its gains.
    package var total: Double

    package init(agent: Int, total: Double) {
        self.agent = agent
        self.total = total
    }
}

/// The best succession of agents with a limited number of changes.
package struct BestSuccession: Equatable, Sendable {
    /// The sum of the gains along the way, less the costs of the changes.
    package var total: Double
    /// Which agent was held, a day each.
    package var agents: [Int]

    package init(total: Double, agents: [Int]) {
        self.total = total
        self.agents = agents
    }

    /// How often the agent changed.
    package var switchCount: Int { zip(agents, agents.dropFirst()).count { $0 != $1 } }
}

/// The agent with the largest sum of gains; of equals the first. `nil` without days or agents.
///
/// With simple returns at constant stakes the total is what the agent earned; with `logWealthGains` it is the
/// logarithm of what became of 1. Cash is one more agent with zeros: `withCash`.
///
/// - Complexity: O(days x agents).
package func bestAgent(gains: [[Double]]) -> BestAgent? {
    guard let count = agentCount(of: gains), count > 0 else { return nil }
    var sums = [CompensatedSum](repeating: CompensatedSum(), count: count)
    for day in gains { for agent in day.indices { sums[agent].add(day[agent]) } }
    return bestOfFirst(sums.map(\.value)).map { BestAgent(agent: $0, total: sums[$0].value) }
}

/// The succession of agents with the largest sum of gains and at most `switchLimit` changes, by dynamic programming.
///
/// `best(t, k, i) = gain(t, i) + max(best(t-1, k, i), max_j best(t-1, k-1, j) - switchCost)`. The inner maximum does
/// not depend on i, so a day costs O(agents) for each k. Changing to oneself never pays: it is the same with a
/// change less. Ties: the earlier agent, and no change.
///
/// - Parameter switchCost: What a change costs in units of gains (the whole position is sold and bought: one turn of
///   capital), at least 0. To begin costs nothing.
/// - Complexity: O(days x agents x switches) time, one bit of memory (held in a byte) each.
package func bestSuccession(gains: [[Double]], switchLimit: Int, switchCost: Double = 0) -> BestSuccession? {
    precondition(switchLimit >= 0, "Invariant: a limit is a number of changes")
    precondition(switchCost >= 0 && switchCost.isFinite, "Invariant: a change does not pay by itself")
    guard let count = agentCount(of: gains), count > 0 else { return nil }
    // More changes than days there cannot be.
    let limit = min(switchLimit, gains.count - 1)
    var best = [[Double]](repeating: gains[0], count: limit + 1)
    var leaders: [[Int]] = []
    var cameByChange = [Bool](repeating: false, count: gains.count * (limit + 1) * count)
    for day in 1..<max(1, gains.count) {
        let leadersNow = best.map { bestOfFirst($0) ?? 0 }
        leaders.append(leadersNow)
        // From the most changes down: a row needs the one with a change less as it was the day before.
        for changes in stride(from: limit, through: 0, by: -1) {
            let incoming = changes > 0 ? best[changes - 1][leadersNow[changes - 1]] - switchCost : -Double.infinity
            let offset = (day * (limit + 1) + changes) * count
            for agent in 0..<count {
                if incoming > best[changes][agent] {
                    best[changes][agent] = incoming
                    cameByChange[offset + agent] = true
                }
                best[changes][agent] += gains[day][agent]
            }
        }
    }
    // The fewest changes among equals.
    let tops = best.map { row in bestOfFirst(row).map { row[$0] } ?? 0 }
    var changes = bestOfFirst(tops) ?? 0
    let total = tops[changes]
    var agent = bestOfFirst(best[changes]) ?? 0
    var agents = [Int](repeating: agent, count: gains.count)
    for day in stride(from: gains.count - 1, through: 0, by: -1) {
        agents[day] = agent
        if cameByChange[(day * (limit + 1) + changes) * count + agent] {
            changes -= 1
            agent = leaders[day - 1][changes]
        }
    }
    return BestSuccession(total: total, agents: agents)
}

/// The gains with cash as the last agent: 0 every day.
package func withCash(_ gains: [[Double]]) -> [[Double]] { gains.map { $0 + [0] } }

/// `ln(1 + return)`, so that sums over days are logarithms of wealth. A return of -1 or less ends all wealth: it
/// becomes `ruin`, a finite number below what any history can earn back, so that a ruined agent is never best.
package func logWealthGains(_ returns: [[Double]], ruin: Double = -1e12) -> [[Double]] {
    returns.map { day in day.map { $0 > -1 ? Double.log(onePlus: $0) : ruin } }
}

/// The index of the largest value, of equals the first.
func bestOfFirst(_ values: [Double]) -> Int? {
    var best: Int?
    for index in values.indices where best.map({ values[index] > values[$0] }) ?? true { best = index }
    return best
}

/// `nil` without days; every day must have the same agents.
func agentCount(of gains: [[Double]]) -> Int? {
    guard let first = gains.first else { return nil }
    for day in gains {
        precondition(day.count == first.count, "Invariant: every day has the same agents")
        for gain in day { precondition(gain.isFinite, "Invariant: a gain is finite") }
    }
    return first.count
}
