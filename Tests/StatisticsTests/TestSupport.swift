@testable import Statistics

/// The same numbers that scripts/reference/statistics_tables.py draws from the same seed.
func draws(seed: UInt64, count: Int, low: Double, high: Double) -> [Double] {
    var generator = Xoshiro256(seed: seed)
    return (0..<count).map { _ in low + (high - low) * generator.uniform() }
}

/// Equal up to `tolerance` of the greater magnitude, or absolutely below `floor`.
func isClose(_ a: Double?, _ b: Double?, _ tolerance: Double = 1e-12, floor: Double = 0) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return (a - b).magnitude <= max(floor, tolerance * max(a.magnitude, b.magnitude))
}

func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-12, floor: Double = 0) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { isClose($0, $1, tolerance, floor: floor) }
}
