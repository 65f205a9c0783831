internal import Statistics

extension RegimePanel {
    /// Daily net returns of the investor who knows every conditional mean and nothing else of the future.
    ///
    /// Weights in proportion to `max(0, mean) / deviation^2`, the best mix of independent books, none above `cap`: what
    /// is cut goes to the others in proportion, and to cash where all are at the cap. Always fully invested otherwise.
    /// Decided daily, it pays half of `roundTripBps` on what it moves, from where the day has carried the weights.
    ///
    /// - Complexity: O(days x members x log members).
    package func oracleReturns(cap: Double, roundTripBps: Double) -> [Double] {
        let caps = [Double?](repeating: cap, count: memberCount)
        return mixReturns(roundTripBps: roundTripBps) { day in
            let variance = deviations[day] * deviations[day]
            let wanted = (0..<memberCount).map { max(0, expectedReturns[place(of: $0, onDay: day)]) / variance }
            guard wanted.contains(where: { $0 > 0 }) else { return wanted }
            return cappedProportional(weights: wanted, caps: caps, total: 1).weights
        }
    }

    /// Equal weights in all, always.
    package func equalWeightReturns(roundTripBps: Double) -> [Double] {
        let weights = [Double](repeating: 1 / Double(memberCount), count: memberCount)
        return mixReturns(roundTripBps: roundTripBps) { _ in weights }
    }

    private func mixReturns(roundTripBps: Double, _ weightsOnDay: (Int) -> [Double]) -> [Double] {
        var carried = [Double](repeating: 0, count: memberCount)
        return (0..<dayCount).map { day in
            let weights = weightsOnDay(day)
            var gross = 0.0
            var turnover = 0.0
            for member in weights.indices {
                gross += weights[member] * netReturns[place(of: member, onDay: day)]
                turnover += (weights[member] - carried[member]).magnitude
            }
            let net = gross - roundTripBps / 2 / 10_000 * turnover
            for member in weights.indices {
                carried[member] = weights[member] * (1 + netReturns[place(of: member, onDay: day)]) / (1 + net)
            }
            return net
        }
    }
}
