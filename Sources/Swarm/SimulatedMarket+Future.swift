package import Domain

/// Knowledge of the future, for building agents whose skill is known, and for judging them in tests. Nothing that
/// decides may call this.
extension SimulatedMarket {
    /// The return from the open of the first recorded bar at or after `entryAt` to the open of the first one at or
    /// after `exitAt`, a fraction; `nil` where no bar opens within `maximalDelayBars` of either.
    package func forwardReturn(
        of symbol: Symbol, entryAt: Timestamp, exitAt: Timestamp, maximalDelayBars: Int = 2
    ) -> Double? {
        guard let entry = open(of: symbol, atOrAfter: entryAt, maximalDelayBars: maximalDelayBars),
            let exit = open(of: symbol, atOrAfter: exitAt, maximalDelayBars: maximalDelayBars)
        else { return nil }
        return exit / entry - 1
    }

    /// The standard deviation, a fraction, of the return over `span`, as the process itself expects it when the bar
    /// running at `time` opens: what a perfect model of volatility knows by then. Not knowledge of the future.
    ///
    /// `E[h_(t+k)] = H + p^k (h_t - H)`, p = shock + persistence and H the unconditional variance (Bollerslev 1986),
    /// summed over the bars of the span. `nil` for an unknown symbol or a time outside the market.
    package func sigma(of symbol: Symbol, at time: Timestamp, over span: Span) -> Double? {
        guard let path = indexBySymbol[symbol].map({ paths[$0] }), let index = gridIndex(runningAt: time),
            index < path.ownVariance.count
        else { return nil }
        let barCount = Int(max(1, span.milliseconds / settings.barLength.milliseconds))
        let unconditional = settings.dailyVolatility * settings.dailyVolatility / Double(settings.barsPerDay)
        let persistence = settings.varianceShock + settings.variancePersistence
        var survival = 1.0
        for _ in 0..<barCount { survival *= persistence }
        let excess = commonVariance[index] + path.ownVariance[index] - unconditional
        let variance = Double(barCount) * unconditional + excess * (1 - survival) / (1 - persistence)
        return variance.squareRoot()
    }

    /// The forward return in units of its own expected standard deviation: variance about 1, mean
    /// next to 0.
    package func forwardReturnInSigmas(
        of symbol: Symbol, entryAt: Timestamp, exitAt: Timestamp, maximalDelayBars: Int = 2
    ) -> Double? {
        guard
            let change = forwardReturn(
                of: symbol, entryAt: entryAt, exitAt: exitAt, maximalDelayBars: maximalDelayBars),
            let sigma = sigma(of: symbol, at: entryAt, over: exitAt - entryAt)
        else { return nil }
        return change / sigma
    }

    private func open(of symbol: Symbol, atOrAfter time: Timestamp, maximalDelayBars: Int) -> Double? {
        guard let path = indexBySymbol[symbol].map({ paths[$0] }), var index = gridIndex(atOrAfter: time)
        else { return nil }
        let latest = time + settings.barLength * Int64(maximalDelayBars)
        while index < path.bars.count, path.bars[index].openAt <= latest {
            if path.isRecorded[index] { return path.bars[index].open }
            index += 1
        }
        return nil
    }

    private func gridIndex(runningAt time: Timestamp) -> Int? {
        let elapsed = (time - settings.startAt).milliseconds
        return elapsed >= 0 ? Int(elapsed / settings.barLength.milliseconds) : nil
    }

    /// The index of the first bar of the grid that opens at or after `time`; may lie behind the last.
    private func gridIndex(atOrAfter time: Timestamp) -> Int? {
        let elapsed = (time - settings.startAt).milliseconds
        guard elapsed >= 0 else { return nil }
        let length = settings.barLength.milliseconds
        return Int((elapsed + length - 1) / length)
    }
}
