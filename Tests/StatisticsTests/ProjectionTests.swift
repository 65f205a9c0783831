@testable import Statistics
import Testing

@Suite struct SimplexProjectionTests {
    @Test func `empty, one, constant and by hand`() {
        #expect(simplexProjection(of: []) == [])
        #expect(simplexProjection(of: [-7]) == [1])
        #expect(simplexProjection(of: [3, 3, 3, 3]) == [0.25, 0.25, 0.25, 0.25])
        #expect(isClose(simplexProjection(of: [0.5, 0.8, -1]), [0.35, 0.65, 0]))
        #expect(simplexProjection(of: [1, 2], total: 0) == [0, 0])
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `it is the nearest point`(seed: UInt64) {
        let values = draws(seed: seed, count: 12, low: -0.5, high: 0.6)
        let nearest = simplexProjection(of: values)
        #expect(isClose(compensatedSum(nearest), 1))
        #expect(nearest.allSatisfy { $0 >= 0 })
        // Kolmogorov's criterion: no vertex lies on the other side of the tangent.
        let gradient = zip(values, nearest).map { $0 - $1 }
        let here = compensatedSum(zip(gradient, nearest).map { $0 * $1 })
        #expect(gradient.allSatisfy { $0 <= here + 1e-12 })
        #expect(isClose(simplexProjection(of: nearest), nearest, 1e-12, floor: 1e-15))
    }
}

@Suite struct CappedProjectionTests {
    @Test func `nothing to share, or nobody to share it`() {
        #expect(cappedProportional(weights: [], caps: [], total: 1).unallocated == 1)
        let idle = cappedProportional(weights: [0, 0], caps: [nil, 0.5], total: 1)
        #expect(idle == CappedWeights(weights: [0, 0], bindings: [.zeroWeight, .zeroWeight], unallocated: 1))
        let none = cappedProportional(weights: [1, 2], caps: [nil, nil], total: 0)
        #expect(none.weights == [0, 0])
        #expect(none.unallocated == 0)
    }

    @Test func `one leaf takes what its cap admits`() {
        #expect(cappedProportional(weights: [3], caps: [nil], total: 1).weights == [1])
        let capped = cappedProportional(weights: [3], caps: [0.25], total: 1)
        #expect(capped == CappedWeights(weights: [0.25], bindings: [.own], unallocated: 0.75))
    }

    @Test func `without binding caps it is proportional`() {
        let shares = cappedProportional(weights: [1, 1, 2], caps: [0.5, nil, 0.9], total: 1)
        #expect(shares == CappedWeights(weights: [0.25, 0.25, 0.5], bindings: [.total, .total, .total], unallocated: 0))
    }

    @Test func `by hand`() {
        let flat = cappedProportional(weights: [6, 3, 1], caps: [0.5, 0.5, 0.5], total: 1)
        #expect(isClose(flat.weights, [0.5, 0.375, 0.125], 1e-15))
        #expect(flat.bindings == [.own, .total, .total])
        // The strategy may hold 0.4; its first agent 0.1; the second takes the rest of the strategy.
        let tree = CappedNode.group(
            [
                .group([.leaf(weight: 3, cap: 0.1), .leaf(weight: 3, cap: nil), .leaf(weight: 0, cap: nil)], cap: 0.4),
                .leaf(weight: 1, cap: nil),
            ], cap: nil)
        let nested = cappedProportional(tree, total: 1)
        #expect(isClose(nested.weights, [0.1, 0.3, 0, 0.6], 1e-15))
        #expect(nested.bindings == [.own, .group(1), .zeroWeight, .total])
        let full = cappedProportional(weights: [5, 1, 0, 1], caps: [0.25, 0.25, 0.25, 0.25], total: 1)
        #expect(full == CappedWeights(
            weights: [0.25, 0.25, 0, 0.25], bindings: [.own, .own, .zeroWeight, .own], unallocated: 0.25))
    }

    @Test func `as a general-purpose solver has it`() {
        let free: Double? = nil
        let trees: [(CappedNode, Double)] = [
            (leaves([6, 3, 1], [0.5, 0.5, 0.5]), 1),
            (.group([leaves([5, 4, 3], [0.25, 0.25, 0.25], 0.4), leaves([2, 1], [0.25, 0.25])], cap: nil), 1),
            (
                .group(
                    [
                        .group([leaves([8, 1], [0.3, free], 0.2), leaves([4, 2], [free, 0.1], 0.35)], cap: 0.5),
                        leaves([5, 3], [free, 0.25]),
                    ], cap: nil), 1
            ),
            (
                .group(
                    [
                        .leaf(weight: 1, cap: nil),
                        .group([.leaf(weight: 1, cap: nil), leaves([7, 9], [free, free], 0.3)], cap: 0.35),
                    ], cap: nil), 0.9
            ),
        ]
        for (index, (tree, total)) in trees.enumerated() {
            let weights = cappedProportional(tree, total: total).weights
            #expect(isClose(weights, ReferenceSamples.projections[index], 0, floor: 3e-6), "\(index): \(weights)")
        }
    }

    private func leaves(_ weights: [Double], _ caps: [Double?], _ cap: Double? = nil) -> CappedNode {
        .group(zip(weights, caps).map { .leaf(weight: $0, cap: $1) }, cap: cap)
    }

    /// A random tree with zero weights, ties, and caps that bind or not.
    private func tree(_ generator: inout Xoshiro256, depth: Int) -> CappedNode {
        if depth == 0 || generator.uniform() < 0.2 {
            let kind = generator.uniform()
            let weight = kind < 0.1 ? 0 : kind < 0.3 ? 1 : kind < 0.4 ? 1e-9 : generator.uniform()
            return .leaf(weight: weight, cap: generator.uniform() < 0.6 ? 0.3 * generator.uniform() : nil)
        }
        let children = (0..<Int(generator.uniform() * 6)).map { _ in tree(&generator, depth: depth - 1) }
        return .group(children, cap: generator.uniform() < 0.6 ? 0.6 * generator.uniform() : nil)
    }

    /// Checks caps to the bit; returns the attainable weight and the walked count of leaves.
    private func check(_ node: CappedNode, _ weights: ArraySlice<Double>) -> (used: Int, attainable: Double) {
        switch node {
        case .leaf(let weight, let cap):
            let value = weights[weights.startIndex]
            #expect(value >= 0 && value <= cap ?? .infinity)
            #expect(weight > 0 || value == 0)
            return (1, weight > 0 ? cap ?? .infinity : 0)
        case .group(let children, let cap):
            var (used, attainable) = (0, 0.0)
            for child in children {
                let inner = check(child, weights.dropFirst(used))
                used += inner.used
                attainable += inner.attainable
            }
            let own = Array(weights.prefix(used))
            #expect(own.reduce(0, +) <= cap ?? .infinity)
            #expect(compensatedSum(own) <= cap ?? .infinity)
            return (used, min(attainable, cap ?? .infinity))
        }
    }

    @Test(arguments: 1...400 as ClosedRange<UInt64>)
    func `no cap is exceeded by a bit and no room is left unused`(seed: UInt64) {
        var generator = Xoshiro256(seed: seed)
        let root = CappedNode.group((0..<5).map { _ in tree(&generator, depth: 3) }, cap: nil)
        let total = seed % 3 == 0 ? 1 : 1.5 * generator.uniform()
        let result = cappedProportional(root, total: total)
        let (used, attainable) = check(root, result.weights[...])
        #expect(used == result.weights.count)
        let placed = compensatedSum(result.weights)
        #expect(placed <= total && result.weights.reduce(0, +) <= total)
        #expect(isClose(placed, min(total, attainable), 1e-12, floor: 1e-15))
        #expect(isClose(placed + result.unallocated, total, 1e-12))
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func `only ratios of weights matter, and order does not`(seed: UInt64) {
        var generator = Xoshiro256(seed: seed)
        let weights = draws(seed: seed, count: 12, low: 0, high: 1)
        let caps: [Double?] = weights.map { _ in generator.uniform() < 0.7 ? 0.2 * generator.uniform() : nil }
        let result = cappedProportional(weights: weights, caps: caps, total: 1)
        let scaled = cappedProportional(weights: weights.map { $0 * 4096 }, caps: caps, total: 1)
        #expect(scaled == result)
        let order = weights.indices.shuffled(using: &generator)
        let shuffled = cappedProportional(weights: order.map { weights[$0] }, caps: order.map { caps[$0] }, total: 1)
        #expect(isClose(shuffled.weights, order.map { result.weights[$0] }, 1e-13))
        #expect(shuffled.bindings == order.map { result.bindings[$0] })
    }

    @Test func `tiny and huge weights are numbers like others`() {
        let tiny = cappedProportional(weights: [1e-300, 3e-300], caps: [nil, 0.5], total: 1)
        #expect(isClose(tiny.weights, [0.5, 0.5]))
        let mixed = cappedProportional(weights: [1, 1e-150], caps: [0.5, nil], total: 1)
        #expect(isClose(mixed.weights, [0.5, 0.5]))
        let nothing = cappedProportional(weights: [1e100, 1e-250], caps: [0.5, nil], total: 1)
        #expect(nothing.weights == [0.5, 0])
        #expect(nothing.unallocated == 0.5)
    }
}
