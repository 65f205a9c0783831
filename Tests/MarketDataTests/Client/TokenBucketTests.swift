import Domain
import Testing

@testable import MarketData

struct TokenBucketTests {
    private func at(_ milliseconds: Int64) -> Span { Span(milliseconds: milliseconds) }

    @Test("A burst is free, what follows waits for its refilling, and waiting callers queue")
    func table() {
        var bucket = TokenBucket(weightPerSecond: 2, burst: 4, at: .zero)
        #expect(bucket.take(3, at: at(0)) == .zero)
        #expect(bucket.take(1, at: at(0)) == .zero)
        #expect(bucket.take(1, at: at(0)) == at(500))
        #expect(bucket.take(2, at: at(100)) == at(1_400))
        // At 1.5 s the debt is paid; half a second later one is there.
        #expect(bucket.take(1, at: at(2_000)) == .zero)
        #expect(bucket.take(1, at: at(2_000)) == at(500))
    }

    @Test("A weight above the burst passes after a wait for what it exceeds")
    func heavy() {
        var bucket = TokenBucket(weightPerSecond: 10, burst: 5, at: .zero)
        #expect(bucket.take(20, at: .zero) == at(1_500))
    }

    @Test("Refilling stops at the burst, however long nobody asks")
    func idle() {
        var bucket = TokenBucket(weightPerSecond: 1, burst: 3, at: .zero)
        #expect(bucket.take(3, at: .days(3)) == .zero)
        #expect(bucket.take(1, at: .days(3)) == at(1_000))
    }

    @Test("Asking how long it would take takes nothing, and what is given back is there again")
    func givingBack() {
        var bucket = TokenBucket(weightPerSecond: 1, burst: 2, at: .zero)
        #expect(bucket.wait(for: 2, at: .zero) == .zero)
        #expect(bucket.wait(for: 2, at: .zero) == .zero)
        _ = bucket.take(2, at: .zero)
        #expect(bucket.wait(for: 1, at: .zero) == at(1_000))
        bucket.giveBack(1)
        #expect(bucket.wait(for: 1, at: .zero) == .zero)
        bucket.giveBack(100)
        #expect(bucket.wait(for: 3, at: .zero) == at(1_000))
    }

    @Test("A stopwatch that ran backward would refill nothing")
    func backward() {
        var bucket = TokenBucket(weightPerSecond: 1, burst: 1, at: at(10_000))
        #expect(bucket.take(1, at: at(10_000)) == .zero)
        #expect(bucket.take(1, at: at(0)) == at(1_000))
        #expect(bucket.wait(for: 1, at: at(10_000)) == at(2_000))
    }

    @Test(
        "Up to half of the venue's own limit we keep our speed; beyond, it falls in proportion to what is left",
        arguments: [(0.0, 100), (0.5, 100), (0.75, 200), (0.9, 500), (0.975, 2_000), (1.0, 2_000), (2.0, 2_000)])
    func learning(_ share: Double, _ wait: Int64) {
        var bucket = TokenBucket(weightPerSecond: 10, burst: 10, at: .zero)
        _ = bucket.take(10, at: .zero)
        bucket.learn(usedShare: share, at: .zero)
        #expect(bucket.take(1, at: .zero) == at(wait))
    }

    @Test("What is saved up is cut by what the venue says is used, and speed returns when it says less")
    func recovering() {
        var bucket = TokenBucket(weightPerSecond: 10, burst: 10, at: .zero)
        bucket.learn(usedShare: 1, at: .zero)
        #expect(bucket.wait(for: 1, at: .zero) == at(2_000))
        bucket.learn(usedShare: .nan, at: .zero)
        #expect(bucket.wait(for: 1, at: .zero) == at(2_000))
        bucket.learn(usedShare: 0.1, at: .zero)
        #expect(bucket.wait(for: 1, at: .zero) == at(100))
    }

    @Test(
        "In no stretch of time is more spent than burst and refilling allow, in the order of asking",
        arguments: 1...20)
    func law(_ seed: Int) {
        var generator = TestGenerator(state: UInt64(seed))
        let rate = Double.random(in: 0.5...50, using: &generator)
        let burst = Int.random(in: 1...20, using: &generator)
        var bucket = TokenBucket(weightPerSecond: rate, burst: burst, at: .zero)
        var now: Int64 = 0
        var spent: [(at: Int64, weight: Int)] = []
        for _ in 0..<200 {
            now += Int64.random(in: 0...400, using: &generator)
            let weight = Int.random(in: 0...burst, using: &generator)
            spent.append((now + bucket.take(weight, at: at(now)).milliseconds, weight))
        }
        for (before, after) in zip(spent, spent.dropFirst()) where after.weight > 0 {
            #expect(before.weight == 0 || before.at <= after.at, "seed \(seed)")
        }
        // Rounded up to a millisecond, a wait may bring the first of a stretch that much nearer to the last.
        let slack = rate / 1_000 + 1e-6
        var excess = 0.0
        for first in spent.indices {
            var sum = 0
            for last in first..<spent.count {
                sum += spent[last].weight
                let seconds = Double(spent[last].at - spent[first].at) / 1_000
                excess = max(excess, Double(sum) - Double(burst) - rate * seconds)
            }
        }
        #expect(excess <= slack, "seed \(seed)")
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
