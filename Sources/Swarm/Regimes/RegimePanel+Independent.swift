internal import Statistics

extension RegimePanel {
    /// Agents whose returns have nothing in common: shocks of their own around the mean of their skill.
    ///
    /// The shocks belong to the seed and the member, not to its skill, so that two panels of one seed differ by what
    /// the skills differ by and by nothing else. The market beside them is normal and explains nothing.
    package init(
        skills: [RegimeSkill], shape: ReturnShape, volatility: Double = 0.012, dayCount: Int, seed: UInt64,
        streamPrefix: String = "independent-"
    ) {
        self.init(memberCount: skills.count, dayCount: dayCount)
        var market = ReturnPath(.normal, volatility: 0.02, seed: seed, stream: "independent-market")
        marketReturns = market.returns(count: dayCount)
        deviations = [Double](repeating: volatility, count: dayCount)
        for (member, skill) in skills.enumerated() {
            var path = ReturnPath(shape, volatility: volatility, seed: seed, stream: streamPrefix + String(member))
            for day in 0..<dayCount {
                let index = place(of: member, onDay: day)
                let mean = dailyMean(ofAnnualSharpe: skill.sharpe(onDay: day, of: dayCount), volatility: volatility)
                path.mean = mean
                expectedReturns[index] = mean
                netReturns[index] = path.next()
            }
        }
    }

    /// The panel with `count` copies of member 0 in its place, the others behind them.
    ///
    /// Copies have the same mean and, pair by pair, the given correlation: shock `sqrt(rho) z + sqrt(1 - rho) e`, z the
    /// original's, e their own of the same shape. At correlation 1 they are the original.
    package func replacingFirst(
        withCopies count: Int, correlation: Double, shape: ReturnShape, seed: UInt64
    ) -> RegimePanel {
        precondition(count > 0 && correlation >= 0 && correlation <= 1, "Invariant: copies of somebody")
        var panel = RegimePanel(memberCount: memberCount - 1 + count, dayCount: dayCount)
        panel.deviations = deviations
        panel.marketReturns = marketReturns
        var paths = (0..<count).map {
            ReturnPath(shape, volatility: 1, seed: seed, stream: "copy-" + String($0))
        }
        for day in 0..<dayCount {
            let first = place(of: 0, onDay: day)
            let shock = netReturns[first] - expectedReturns[first]
            for copy in 0..<count {
                let own = deviations[day] * paths[copy].nextShock()
                let index = panel.place(of: copy, onDay: day)
                panel.expectedReturns[index] = expectedReturns[first]
                panel.netReturns[index] = expectedReturns[first]
                    + (correlation == 1
                        ? shock : correlation.squareRoot() * shock + (1 - correlation).squareRoot() * own)
            }
            for member in 1..<memberCount {
                let (from, to) = (place(of: member, onDay: day), panel.place(of: count + member - 1, onDay: day))
                panel.expectedReturns[to] = expectedReturns[from]
                panel.netReturns[to] = netReturns[from]
            }
        }
        return panel
    }
}
