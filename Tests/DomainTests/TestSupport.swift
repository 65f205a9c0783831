import Domain

/// Draws for property tests: SplitMix64 (Steele, Lea, Flood 2014), the seed of which every failure prints.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func word() -> UInt64 {
        let value = StableHash.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }

    mutating func below(_ bound: Int) -> Int { Int(word() % UInt64(bound)) }

    /// In [0, 1).
    mutating func uniform() -> Double { Double(word() >> 11) * 0x1p-53 }

    mutating func choice<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}

func at(_ text: String) -> Timestamp {
    do {
        return try CivilTime.timestamp(text)
    } catch {
        preconditionFailure("Invariant: '\(text)' is a time")
    }
}

/// A bar of `hours` whose four prices are the open and the close.
func bar(_ open: Timestamp, hours: Int64 = 1, _ openPrice: Double, _ closePrice: Double) -> Bar {
    Bar(
        openAt: open, closeAt: open + .hours(hours), open: openPrice, high: max(openPrice, closePrice),
        low: min(openPrice, closePrice), close: closePrice, volume: nil)
}
