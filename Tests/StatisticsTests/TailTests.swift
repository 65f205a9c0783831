@testable import Statistics
import Testing

@Suite struct TailTests {
    @Test func `no losses have no tail`() {
        #expect(quantile(0.5, of: []) == nil)
        #expect(conditionalValueAtRisk(of: [], beta: 0.95) == nil)
        #expect(valueAtRisk(of: [], beta: 0.95) == nil)
    }

    @Test func `one loss and a constant loss are their own tail`() {
        for losses in [[2.5], [Double](repeating: 2.5, count: 9)] {
            #expect(quantile(0.9, of: losses) == 2.5)
            #expect(isClose(conditionalValueAtRisk(of: losses, beta: 0.95), 2.5))
            #expect(valueAtRisk(of: losses, beta: 0.95) == 2.5)
        }
    }

    @Test func `by hand`() {
        let losses: [Double] = [3, 1, 2, 10, 9, 4, 8, 5, 6, 7]
        #expect(isClose(conditionalValueAtRisk(of: losses, beta: 0.75), 9.2))
        #expect(isClose(conditionalValueAtRisk(of: losses, beta: 0.8), 9.5))
        #expect(isClose(conditionalValueAtRisk(of: losses, beta: 0), 5.5))
        #expect(conditionalValueAtRisk(of: losses, beta: 0.99) == 10)
        #expect(valueAtRisk(of: losses, beta: 0.9) == 9)
        #expect(valueAtRisk(of: losses, beta: 0) == 1)
        #expect(median(of: losses) == 5.5)
        #expect(quantile(0, of: losses) == 1)
        #expect(quantile(1, of: losses) == 10)
        #expect(quantile(0.25, of: [1, 2, 3, 4]) == 1.75)
    }

    @Test func `the worst are those that a sort would put last, to the last bit`() {
        var random = Xoshiro256(seed: 12)
        for count in [1, 7, 8, 9, 39, 40, 41, 200, 1_000] {
            for beta in [0, 0.5, 0.875, 0.9, 0.95, 0.99] {
                // Ties, and values of every size.
                let losses = (0..<count).map { _ in
                    random.next() % 3 == 0 ? Double(random.next() % 5) : random.normal() * 1e3
                }
                let ordered = losses.sorted().reversed().map { $0 }
                let mass = Double(count) * (1 - beta)
                let whole = mass.rounded()
                let exact = (mass - whole).magnitude <= whole * 1e-9 && whole > 0 ? whole : mass
                let full = min(Int(exact.rounded(.down)), count)
                var sum = CompensatedSum()
                for place in 0..<full { sum.add(ordered[place]) }
                if full < count { sum.add((exact - Double(full)) * ordered[full]) }
                let found = conditionalValueAtRisk(of: losses, beta: beta)
                #expect(found == sum.value / exact, "\(count), \(beta), seed 12")
            }
        }
    }

    @Test func `five in the tail are evidence, whatever the binary fraction`() {
        #expect(hasEvidenceForTail(count: 100, beta: 0.95))
        #expect(!hasEvidenceForTail(count: 99, beta: 0.95))
        #expect(hasEvidenceForTail(count: 500, beta: 0.99))
        #expect(!hasEvidenceForTail(count: 499, beta: 0.99))
        #expect(hasEvidenceForTail(count: 50, beta: 0.9))
        #expect(!hasEvidenceForTail(count: 0, beta: 0.9))
    }

    @Test(arguments: ReferenceSamples.tails.indices)
    func `as skfolio and numpy have it`(index: Int) {
        let row = ReferenceSamples.tails[index]
        let losses = draws(seed: row.seed, count: row.count, low: -0.04, high: 0.04).map { -$0 }
        #expect(isClose(conditionalValueAtRisk(of: losses, beta: row.beta), row.conditional))
        #expect(isClose(valueAtRisk(of: losses, beta: row.beta), row.value))
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `the tail is no better than the boundary, grows with beta, and moves with the losses`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let losses = draws(seed: seed, count: Int(5 + seed * 3), low: -1, high: 1)
        var previous = -Double.infinity
        for beta in [0, 0.3, 0.5, 0.77, 0.9, 0.95, 0.999] {
            let tail = try #require(conditionalValueAtRisk(of: losses, beta: beta))
            #expect(tail >= valueAtRisk(of: losses, beta: beta)! - 1e-12)
            #expect(tail >= previous - 1e-12)
            previous = tail
            #expect(conditionalValueAtRisk(of: losses.shuffled(using: &generator), beta: beta) == tail)
            #expect(isClose(conditionalValueAtRisk(of: losses.map { 2 * $0 + 1 }, beta: beta), 2 * tail + 1, 1e-11))
        }
    }
}
