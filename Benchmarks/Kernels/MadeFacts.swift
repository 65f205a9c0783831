import Domain
import Operation
import Statistics

/// Facts to measure with, from fixed seeds.
enum MadeFacts {
    /// 2024-01-01T00:00:00Z.
    static let start = Timestamp(seconds: 1_704_067_200)

    static func agent(_ number: Int) -> AgentID {
        guard let agent = AgentID("agent-\(1_000 + number)") else { preconditionFailure("Invariant: a name") }
        return agent
    }

    static func symbol(_ number: Int) -> Symbol {
        guard let symbol = Symbol(["BTC", "ETH", "SOL", "XRP", "BNB", "DOGE"][number % 6]) else {
            preconditionFailure("Invariant: a symbol")
        }
        return symbol
    }

    /// Rows as the seed writes them.
    static func reconciledLines(_ count: Int) -> [[UInt8]] {
        var random = Xoshiro256(seed: 2)
        return (0..<count).map { number in
            let expected = ((random.uniform() - 0.5) * 8_000).rounded() / 100
            let error = ((random.uniform() - 0.5) * 40_000).rounded() / 100
            let time = start + .minutes(Int64(number))
            let line =
                "{\"ts\": \"\(time)\", \"agent\": \"\(agent(number % 40).name)\", "
                + "\"symbol\": \"\(symbol(number).name)\", \"direction\": \"LONG\", \"horizon_hours\": 24, "
                + "\"realized_pnl_bps\": \(expected + error), \"expected_pnl_bps\": \(expected), "
                + "\"expected_sigma_bps\": 180.5, \"pnl_error_bps\": \(error), "
                + "\"abs_error_bps\": \(error.magnitude), \"strategy_class\": \"momentum\"}"
            return Array(line.utf8)
        }
    }

    static func numberTexts(_ count: Int) -> [[UInt8]] {
        var random = Xoshiro256(seed: 3)
        return (0..<count).map { _ in
            Array("\(((random.uniform() - 0.5) * 1e7).rounded() / 1e4)".utf8)
        }
    }

    /// One signal an agent and day on six instruments with hourly bars.
    static func fleet(agentCount: Int, dayCount: Int) -> FactBatch {
        var random = Xoshiro256(seed: 4)
        let bars = (0..<6).map { number in
            var price = 100.0
            return BarSeries(
                symbol: symbol(number),
                bars: (0..<dayCount * 24).map { hour in
                    let open = price
                    price *= 1 + 0.01 * (random.uniform() - 0.5)
                    let openAt = start + .hours(Int64(hour))
                    let bar = Bar(
                        openAt: openAt, closeAt: openAt + .hours(1), open: open, high: max(open, price),
                        low: min(open, price), close: price, volume: nil)
                    return Dated(bar, knownAt: bar.closeAt, attestation: .attested)
                })
        }
        var signals: [Dated<Signal>] = []
        for day in 1..<dayCount {
            for number in 0..<agentCount {
                let at = start + .days(Int64(day)) + .hours(Int64(number % 24))
                let signal = Signal(
                    agent: agent(number), symbol: symbol(number + day),
                    direction: random.uniform() < 0.5 ? .long : .short, score: 1, horizon: .standard,
                    generatedAt: at, strategyClass: "class-\(number % 4)")
                signals.append(Dated(signal, knownAt: at, attestation: .attested))
            }
        }
        return FactBatch(bars: bars, signals: signals)
    }

    static func stampedOutcomes(_ count: Int) -> [StampedFact] {
        var random = Xoshiro256(seed: 5)
        return (0..<count).map { number in
            let row = ImportedOutcome(
                agent: agent(Int(random.next() % 1_000)), symbol: symbol(number), direction: .long,
                generatedAt: start + .minutes(Int64(number)), horizon: .standard,
                realizedReturnBps: random.uniform() * 100, expectedReturnBps: 10, expectedSigmaBps: 180,
                entryPrice: nil, exitPrice: nil, score: nil, confidence: nil, runID: nil, strategyClass: "momentum",
                regime: nil, forecasterVersion: nil)
            return StampedFact(
                fact: .outcome(row), knownAt: row.closesAt, attestation: .unattested, lineNumber: Int64(number + 1))
        }
    }
}
