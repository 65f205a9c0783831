import Domain
import Scoring

let start = Timestamp(seconds: 1_735_689_600)  // 2025-01-01T00:00:00Z

/// SplitMix64 (Steele, Lea, Flood 2014), and a normal number by twelve uniforms.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = StableHash.mixed(seed) }

    mutating func uniform() -> Double {
        let value = StableHash.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return Double(value >> 11) * 0x1p-53
    }

    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }
}

/// f = r (h x + sqrt(1 - h^2) n) is forecast, z = r x + sqrt(1 - r^2) e comes about: E[z | f] = h f.
struct Forecaster {
    var honesty: Double
    var rms: Double
    var draws: Draws

    init(honesty: Double, rms: Double, seed: UInt64) {
        self.honesty = honesty
        self.rms = rms
        draws = Draws(seed: seed)
    }

    mutating func next() -> (expected: Double, realized: Double) {
        let (known, noise, surprise) = (draws.normal(), draws.normal(), draws.normal())
        return (
            rms * (honesty * known + (1 - honesty * honesty).squareRoot() * noise),
            rms * known + (1 - rms * rms).squareRoot() * surprise
        )
    }
}

func outcome(
    _ day: Int64 = 0, gross: Double = 0, cost: Double = 0, expected: Double = 0, sigma: Double? = 300, overlap: Int = 1,
    direction: Direction = .long, horizon: Horizon = .standard, isPrimary: Bool = true,
    attestation: Attestation = .attested, isImported: Bool = false, probabilityUp: Double? = nil,
    agent name: String = "a"
) -> Outcome {
    guard let agent = AgentID(name), let symbol = Symbol("BTC") else { preconditionFailure("Invariant: valid names") }
    let at = start + .days(day)
    return Outcome(
        agent: agent, trackNumber: 0, symbol: symbol, direction: direction, horizon: horizon, isPrimary: isPrimary,
        attestation: attestation, isImported: isImported, generatedAt: at, closesAt: at + horizon.span, entryAt: at,
        exitAt: at + horizon.span, entryPrice: 100, exitPrice: 100, grossReturnBps: gross, costBps: cost,
        expectedReturnBps: expected, forecasterVersion: "f", sigmaBps: sigma, overlapCount: overlap, score: nil,
        confidence: nil, probabilityUp: probabilityUp, regime: nil, strategyClass: "s", runID: nil, signalID: nil)
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// With n - 1.
func variance(_ values: [Double]) -> Double {
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
}

func bytes(_ state: some SnapshotVisitable) throws -> [UInt8] {
    var copy = state
    var writer = SnapshotCoder.writer()
    try copy.visit(&writer)
    return writer.bytes
}

func restored<State: SnapshotVisitable>(_ state: State) throws -> State {
    var reader = SnapshotCoder.reader(try bytes(state))
    var read = State()
    try read.visit(&reader)
    return read
}
