import Domain
package import Operation

extension FleetMetrics {
    package func update(prices: [WatchedPrice], gaps: [PriceGap]) {
        let standings = prices.sorted { ($0.watch.symbol, $0.watch.venue) < ($1.watch.symbol, $1.watch.venue) }
        let shown = Set(Set(standings.map(\.watch.symbol)).sorted().prefix(symbolsMax))
        var readings: [Reading] = []
        var oldestClose: Timestamp?
        var oldestLook: Timestamp?
        for standing in standings {
            let (watch, closeAt) = (standing.watch, standing.newestCloseAt)
            guard shown.contains(watch.symbol) else {
                oldestClose = [oldestClose, closeAt].compactMap(\.self).min()
                oldestLook = min(oldestLook ?? watch.lookedAt, watch.lookedAt)
                continue
            }
            let labels = [("symbol", watch.symbol.name), ("venue", watch.venue.rawValue)]
            if let closeAt {
                readings.append(Reading(FleetMetric.priceClosedAt, labels, FleetMetrics.seconds(closeAt)))
            }
            readings.append(Reading(FleetMetric.priceLookedAt, labels, FleetMetrics.seconds(watch.lookedAt)))
        }
        let others = [("symbol", FleetMetrics.other)]
        if let oldestClose {
            readings.append(Reading(FleetMetric.priceClosedAt, others, FleetMetrics.seconds(oldestClose)))
        }
        if let oldestLook {
            readings.append(Reading(FleetMetric.priceLookedAt, others, FleetMetrics.seconds(oldestLook)))
        }
        for state in InstrumentState.allCases {
            let count = standings.count { $0.watch.state == state }
            readings.append(Reading(FleetMetric.instruments, [("state", state.rawValue)], Double(count)))
        }
        readings += gapReadings(gaps)
        let metrics = [
            FleetMetric.priceClosedAt, FleetMetric.priceLookedAt, FleetMetric.instruments, FleetMetric.gaps,
            FleetMetric.missingBars,
        ]
        registry.replace(metrics.map(\.name), with: readings)
    }

    /// Symbols without a gap have no series; with no gap at all the sum is shown as 0.
    private func gapReadings(_ gaps: [PriceGap]) -> [Reading] {
        var counts: [Symbol: (ranges: Int, bars: Int64)] = [:]
        for gap in gaps {
            counts[gap.symbol, default: (0, 0)].ranges += 1
            counts[gap.symbol, default: (0, 0)].bars += gap.range.count
        }
        var rest: (ranges: Int, bars: Int64) = (0, 0)
        var readings: [Reading] = []
        for (index, symbol) in counts.keys.sorted().enumerated() {
            guard let count = counts[symbol] else { continue }
            if index < symbolsMax {
                let labels = [("symbol", symbol.name)]
                readings.append(Reading(FleetMetric.gaps, labels, Double(count.ranges)))
                readings.append(Reading(FleetMetric.missingBars, labels, Double(count.bars)))
            } else {
                rest = (rest.ranges + count.ranges, rest.bars + count.bars)
            }
        }
        readings.append(Reading(FleetMetric.gaps, [("symbol", FleetMetrics.other)], Double(rest.ranges)))
        readings.append(Reading(FleetMetric.missingBars, [("symbol", FleetMetrics.other)], Double(rest.bars)))
        return readings
    }
}
