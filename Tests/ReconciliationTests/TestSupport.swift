import Domain
import Reconciliation

let start = Timestamp(seconds: 1_735_689_600)  // 2025-01-01T00:00:00Z

func agent(_ name: String = "a") -> AgentID {
    guard let agent = AgentID(name) else { preconditionFailure("Invariant: '\(name)' is a name") }
    return agent
}

func symbol(_ name: String = "BTC") -> Symbol {
    guard let symbol = Symbol(name) else { preconditionFailure("Invariant: '\(name)' is a symbol") }
    return symbol
}

/// Bars opening at the hours of the keys, at the prices of the values; each closes a little higher.
func history(_ opens: [Int64: Double]) -> PriceHistory {
    var history = PriceHistory()
    for (hour, open) in opens.sorted(by: { $0.key < $1.key }) {
        let bar = Bar(
            openAt: start + .hours(hour), closeAt: start + .hours(hour + 1), open: open, high: open + 1, low: open,
            close: open + 1, volume: nil)
        _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: .hours(240))
    }
    return history
}

/// Opens 100 + hour.
func ramp(_ hours: Range<Int64>, missing: Set<Int64> = []) -> PriceHistory {
    history(Dictionary(uniqueKeysWithValues: hours.filter { !missing.contains($0) }.map { ($0, 100 + Double($0)) }))
}

func openSignal(
    _ direction: Direction = .long, minutes: Int64 = 30, horizon: Horizon = .standard, knownAfter delay: Span = .zero,
    expected: Double = 24, sigma: Double? = 240
) -> OpenSignal {
    let signal = Signal(
        agent: agent(), symbol: symbol(), direction: direction, score: 0.7, horizon: horizon,
        generatedAt: start + .minutes(minutes), unknownFields: "{\"note\":1}")
    return OpenSignal(
        signal: signal, identity: signal.identity, knownAt: signal.generatedAt + delay, attestation: .attested,
        trackNumber: 0, strategyClass: "test", overlapCount: 2, sigmaBps: sigma, expectedReturnBps: expected,
        forecasterVersion: "f", features: [1])
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func uniform() -> Double {
        let value = StableHash.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return Double(value >> 11) * 0x1p-53
    }
}
