internal import Domain
internal import Statistics

extension ReferenceRule {
    /// By symbol and day: positive long, negative short, 0 asleep; within [-1, 1].
    ///
    /// Day `d` uses rows up to `d` only.
    ///
    /// - Complexity: O(symbols x days), times the lookback for breakouts, times a logarithm for cross-sections.
    func convictions(_ panel: DailyPanel, leader: Int?) -> [[Double]] {
        switch self {
        case .timeSeriesMomentum(let days):
            perSymbol(panel) { symbol, day in panel.scaledChange(symbol, over: days, to: day).map(saturated) }
        case .shortTermReversal(let days):
            perSymbol(panel) { symbol, day in panel.scaledChange(symbol, over: days, to: day).map { -saturated($0) } }
        case .breakout(let days): panel.symbols.indices.map { breakouts(panel, $0, days: days) }
        case .crossSectionalMomentum(let days): crossSection(panel, days: days, sign: 1)
        case .crossSectionalReversal(let days): crossSection(panel, days: days, sign: -1)
        case .movingAverageCrossover(let fast, let slow):
            panel.symbols.indices.map { crossovers(panel, $0, fast: fast, slow: slow) }
        case .leaderDay, .leaderSixHours: leadLag(panel, leader: leader)
        case .scaledMomentum(let days):
            perSymbol(panel) { symbol, day in
                panel.scaledChange(symbol, over: days, to: day).map { $0.magnitude > 0.5 ? saturated($0) : 0 }
            }
        case .equalWeightLong: perSymbol(panel) { _, _ in 0.5 }
        case .leaderLong: perSymbol(panel) { symbol, _ in symbol == leader ? 0.5 : nil }
        case .noise(let seed): noise(panel, seed: seed)
        }
    }

    /// u / (1 + |u|): from any number to (-1, 1), by arithmetic alone.
    private func saturated(_ value: Double) -> Double { value / (1 + value.magnitude) }

    private func perSymbol(_ panel: DailyPanel, _ conviction: (Int, Int) -> Double?) -> [[Double]] {
        panel.symbols.indices.map { symbol in
            panel.decisionTimes.indices.map { day in conviction(symbol, day) ?? 0 }
        }
    }

    private func breakouts(_ panel: DailyPanel, _ symbol: Int, days: Int) -> [Double] {
        var side = 0.0
        return panel.decisionTimes.indices.map { day in
            guard day - days >= panel.firstDays[symbol], panel.isFresh[symbol][day] else { return side }
            var highest = 0.0
            var lowest = Double.infinity
            for past in day - days..<day where panel.isFresh[symbol][past] {
                highest = max(highest, panel.highs[symbol][past])
                lowest = min(lowest, panel.lows[symbol][past])
            }
            // A symbol that did not trade during the lookback has no channel to break.
            guard highest > 0 else { return side }
            if panel.closes[symbol][day] > highest { side = 0.6 }
            if panel.closes[symbol][day] < lowest { side = -0.6 }
            return side
        }
    }

    private func crossSection(_ panel: DailyPanel, days: Int, sign: Double) -> [[Double]] {
        var result = panel.symbols.map { _ in [Double](repeating: 0, count: panel.decisionTimes.count) }
        for day in panel.decisionTimes.indices {
            var ranked: [(change: Double, symbol: Int)] = []
            for symbol in panel.symbols.indices where panel.isFresh[symbol][day] {
                if let change = panel.change(symbol, over: days, to: day) { ranked.append((change, symbol)) }
            }
            guard ranked.count >= 3 else { continue }
            ranked.sort { ($0.change, $0.symbol) < ($1.change, $1.symbol) }
            let third = ranked.count / 3
            for place in 0..<third {
                // From just under 1 at either end down to the edge of the third.
                let conviction = sign * (1 - (Double(place) + 0.5) / Double(ranked.count))
                result[ranked[place].symbol][day] = -conviction
                result[ranked[ranked.count - 1 - place].symbol][day] = conviction
            }
        }
        return result
    }

    private func crossovers(_ panel: DailyPanel, _ symbol: Int, fast: Int, slow: Int) -> [Double] {
        // sums[d] is the sum of the closes before day d.
        var sums = [0.0]
        for close in panel.closes[symbol] { sums.append(sums[sums.count - 1] + close) }
        return panel.decisionTimes.indices.map { day in
            let volatility = panel.volatilities[symbol][day]
            guard day + 1 - slow >= panel.firstDays[symbol], volatility > 0 else { return 0 }
            let fastMean = (sums[day + 1] - sums[day + 1 - fast]) / Double(fast)
            let slowMean = (sums[day + 1] - sums[day + 1 - slow]) / Double(slow)
            return saturated((fastMean / slowMean - 1) / (volatility * Double(slow - fast).squareRoot()))
        }
    }

    private func leadLag(_ panel: DailyPanel, leader: Int?) -> [[Double]] {
        guard let leader else { return perSymbol(panel) { _, _ in nil } }
        return perSymbol(panel) { symbol, day in
            let volatility = panel.volatilities[leader][day]
            guard symbol != leader, panel.isFresh[leader][day], volatility > 0, day > 0 else { return nil }
            let now = panel.closes[leader][day]
            if self == .leaderDay { return saturated((now / panel.closes[leader][day - 1] - 1) / volatility) }
            let share = Double(DailyPanel.earlierBy.milliseconds) / Double(Span.day.milliseconds)
            return saturated((now / panel.earlierCloses[leader][day] - 1) / (volatility * share.squareRoot()))
        }
    }

    /// A draw that belongs to seed, symbol and day, so that it does not depend on what else is in the panel.
    private func noise(_ panel: DailyPanel, seed: UInt64) -> [[Double]] {
        panel.symbols.map { symbol in
            let stream = Xoshiro256(seed: seed, stream: symbol.name).a
            return panel.decisionTimes.map { time in
                var generator = SplitMix64(seed: stream &+ UInt64(bitPattern: time.milliseconds))
                return Double(Int64(bitPattern: generator.next()) >> 11) * 0x1p-52
            }
        }
    }
}
