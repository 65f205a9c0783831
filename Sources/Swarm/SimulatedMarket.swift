package import Domain
internal import Statistics

/// A seeded market: bars with heavy tails, volatility clusters, a common factor, gaps and a delisting.
///
/// The return of symbol i over a bar is `drift + F + E_i`, F common and E_i its own, each a GARCH(1,1) process of
/// Student t shocks. A bar opens at the previous close and carries its prices to six significant digits, which is also
/// what the next bar goes on from; so the prices are the same on every machine. A missing bar is not recorded, but the
/// price moves through it: behind a gap the open is not the last recorded close.
package struct SimulatedMarket: Sendable {
    package let settings: MarketSettings
    /// By symbol, in the order of the settings.
    let paths: [Path]
    let indexBySymbol: [Symbol: Int]
    /// The variance of the common factor's next bar, known before it; one a bar, and one after the last.
    let commonVariance: [Double]

    struct Path: Sendable {
        /// Every bar of the grid, recorded or not.
        var bars: [Bar]
        var isRecorded: [Bool]
        /// The variance of the symbol's own next bar, known before it.
        var ownVariance: [Double]
    }

    package init(_ settings: MarketSettings) {
        settings.check()
        self.settings = settings
        let barCount = settings.dayCount * settings.barsPerDay
        let unconditional = settings.dailyVolatility * settings.dailyVolatility / Double(settings.barsPerDay)
        var generator = Xoshiro256(seed: settings.seed, stream: "common factor")
        let common = GARCHPath(
            barCount: barCount, variance: unconditional * settings.commonShare, settings: settings, from: &generator)
        var paths: [Path] = []
        for symbol in settings.symbols {
            var generator = Xoshiro256(seed: settings.seed, stream: "symbol " + symbol.name)
            let own = GARCHPath(
                barCount: barCount, variance: unconditional * (1 - settings.commonShare), settings: settings,
                from: &generator)
            paths.append(
                Path(
                    bars: Self.bars(of: symbol, common: common, own: own, settings: settings, from: &generator),
                    isRecorded: Self.recorded(symbol, settings: settings, from: &generator),
                    ownVariance: own.variances))
        }
        self.paths = paths
        commonVariance = common.variances
        indexBySymbol = Dictionary(uniqueKeysWithValues: settings.symbols.enumerated().map { ($1, $0) })
    }

    /// The recorded bars of a symbol, in the order of their opening; none for an unknown symbol.
    package func bars(of symbol: Symbol) -> [Bar] {
        guard let index = indexBySymbol[symbol] else { return [] }
        return zip(paths[index].bars, paths[index].isRecorded).compactMap { bar, isRecorded in isRecorded ? bar : nil }
    }

    /// The recorded bars of every symbol.
    package var barsBySymbol: [Symbol: [Bar]] {
        Dictionary(uniqueKeysWithValues: settings.symbols.map { ($0, bars(of: $0)) })
    }

    /// The recorded bars as facts that were known when they closed; by symbol, in the order of the settings.
    package func series(_ attestation: Attestation) -> [BarSeries] {
        settings.symbols.map { symbol in
            BarSeries(
                symbol: symbol,
                bars: bars(of: symbol).map { Dated($0, knownAt: $0.closeAt, attestation: attestation) })
        }
    }
}

/// One GARCH(1,1) process: `h' = omega + a e^2 + b h`, the return e being the root of h times a unit Student t shock.
private struct GARCHPath {
    var returns: [Double] = []
    var variances: [Double] = []

    init(barCount: Int, variance: Double, settings: MarketSettings, from generator: inout Xoshiro256) {
        let floor = (1 - settings.varianceShock - settings.variancePersistence) * variance
        var current = variance
        returns.reserveCapacity(barCount)
        variances.reserveCapacity(barCount + 1)
        for _ in 0..<barCount {
            let shock = generator.portableUnitStudentT(degreesOfFreedom: settings.degreesOfFreedom)
            let change = current.squareRoot() * shock
            returns.append(change)
            variances.append(current)
            current = floor + settings.varianceShock * change * change + settings.variancePersistence * current
        }
        variances.append(current)
    }
}

extension SimulatedMarket {
    private static func bars(
        of symbol: Symbol, common: GARCHPath, own: GARCHPath, settings: MarketSettings,
        from generator: inout Xoshiro256
    ) -> [Bar] {
        let drift = settings.annualDrift / 365 / Double(settings.barsPerDay)
        var price = firstPrice(of: symbol)
        let unitsPerBar = 40_000_000 / price / Double(settings.barsPerDay)
        var bars: [Bar] = []
        bars.reserveCapacity(own.returns.count)
        for index in own.returns.indices {
            let sigma = (common.variances[index] + own.variances[index]).squareRoot()
            // A bar loses at most half and at most doubles, whatever the tail: prices stay positive.
            let change = min(1, max(-0.5, drift + common.returns[index] + own.returns[index]))
            let open = price
            let close = DecimalText.significant(open * (1 + change))
            let above = 0.35 * sigma * generator.portableNormal().magnitude
            let below = min(0.5, 0.35 * sigma * generator.portableNormal().magnitude)
            let activity = 0.5 + generator.uniform() + min(10, change.magnitude / sigma)
            let openAt = settings.startAt + settings.barLength * Int64(index)
            bars.append(
                Bar(
                    openAt: openAt, closeAt: openAt + settings.barLength, open: open,
                    high: DecimalText.significant(max(open, close) * (1 + above)),
                    low: DecimalText.significant(min(open, close) * (1 - below)), close: close,
                    volume: DecimalText.significant(unitsPerBar * activity)))
            price = close
        }
        return bars
    }

    private static func recorded(
        _ symbol: Symbol, settings: MarketSettings, from generator: inout Xoshiro256
    ) -> [Bool] {
        var isRecorded = [Bool](repeating: true, count: settings.dayCount * settings.barsPerDay)
        var missingCount = 0
        for index in isRecorded.indices {
            if missingCount == 0, generator.uniform() < settings.gapProbability {
                missingCount = 1 + Int(generator.uniform() * Double(settings.gapLengthMax))
            }
            if missingCount > 0 {
                isRecorded[index] = false
                missingCount -= 1
            }
            if let delisting = settings.delisting, delisting.symbol == symbol,
                settings.startAt + settings.barLength * Int64(index) >= delisting.at
            {
                isRecorded[index] = false
            }
        }
        return isRecorded
    }

    /// In dollars; of the order one knows for the coins one knows, else 100.
    private static func firstPrice(of symbol: Symbol) -> Double {
        switch symbol.name {
        case "BTC": 62_000
        case "ETH": 2_600
        case "BNB": 580
        case "SOL": 145
        case "LTC": 68
        case "XRP": 0.58
        case "ADA": 0.36
        case "DOGE": 0.12
        default: 100
        }
    }
}
