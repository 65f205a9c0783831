/// A tree of caps: agents are leaves, a cluster or a strategy is a group of them, and each may have a cap.
///
/// Caps must be nested: a leaf belongs to one chain leaf -> group -> … -> root. Groups that overlap without one
/// containing the other have no such tree.
package indirect enum CappedNode: Sendable, Equatable {
    /// Something that gets weight. A weight of 0 stays 0. `cap` nil = no cap of its own.
    case leaf(weight: Double, cap: Double?)
    /// Things whose sum is capped. `cap` nil = only a grouping.
    case group([CappedNode], cap: Double?)
}

/// Which limit decides the weight of a leaf.
package enum BindingCap: Sendable, Equatable {
    /// The total: the leaf has its proportional share of what the capped ones leave over.
    case total
    /// Its own cap.
    case own
    /// The cap of a group, named by its place among the groups in the order of a depth-first walk (root = 0).
    case group(Int)
    /// No limit: its weight was 0.
    case zeroWeight
}

/// Weights under caps, in the order of the leaves of a depth-first walk.
package struct CappedWeights: Sendable, Equatable {
    package let weights: [Double]
    package let bindings: [BindingCap]
    /// The part of the total that no cap had room for (cash); 0 where everything was placed.
    package let unallocated: Double

    package init(weights: [Double], bindings: [BindingCap], unallocated: Double) {
        self.weights = weights
        self.bindings = bindings
        self.unallocated = unallocated
    }
}

/// The weights nearest to proportional that respect every cap: shares out `total` in proportion to the weights, and
/// what a capped leaf or group cannot take goes to the others in proportion.
///
/// **What the solution is.** Among all x >= 0 with x_i <= cap_i, the sum over each group <= its cap, and sum x = T
/// (`total`, or the most that the caps admit), the one closest to the weights w in relative entropy,
/// `minimize sum x_i ln(x_i / w_i) - x_i`. It is unique, as the objective is strictly convex.
///
/// **Form.** `x_i = w_i min(L, L_i, L_g1, L_g2, …)` over the leaf, its groups and the root. The *saturation level* of
/// a leaf is `L_i = cap_i / w_i`; that of a group solves `sum w_i min(L, levels below i) = cap` over its leaves; L is
/// that of the root with T as its cap. The left side is continuous, rising, and linear between the sorted levels, so
/// each level is found exactly by walking over the break points: no tolerance, no iteration.
///
/// **Proof (KKT).** With multipliers m_c >= 0 for the caps and one of any sign for the total, stationarity reads
/// `ln(x_i / w_i) = -(sum of the multipliers above i)`: along a chain from the root, every cap divides the level by
/// `e^m_c >= 1`. Let the level at a node be the minimum of the saturation levels from the root down to it, and
/// `m_c = ln(level above c / level at c)`. Then m_c >= 0, and m_c > 0 only where c's own level is below all levels
/// above it; there its leaves have exactly the values that make its sum equal to its cap, so complementary slackness
/// holds. Where it is not, its leaves have at most the values that would fill it, so its cap holds. (A cap of 0 on a
/// weight above 0 is the limit.)
///
/// **Never above a cap.** Each leaf is clamped to its cap; then where the sum of a group, in the order of the leaves,
/// plain or compensated, is above its cap by rounding, the excess is taken from its greatest leaf. Example: weights
/// 6, 3, 1 under caps 0.5 each, total 1: 0.5, 0.375, 0.125.
///
/// Weights of 0 stay 0, and a weight below 1e-200 of the greatest counts as 0 (its level would not be a number).
///
/// - Precondition: weights, caps and total finite and not negative.
/// - Complexity: O(depth · n log n).
package func cappedProportional(_ root: CappedNode, total: Double) -> CappedWeights {
    precondition(total >= 0 && total.isFinite, "Invariant: there is a total to share out")
    var projection = CappedProjection()
    projection.walk(root)
    projection.scaleWeights()
    // The total is the cap of the outermost group, which comes last in the order from the inside out.
    projection.groups.append((cap: total, leaves: 0..<projection.leafWeights.count, binding: .total))
    return projection.solve(total: total)
}

/// `cappedProportional` without groups: one cap for each weight, `nil` = no cap.
///
/// - Complexity: O(n log n).
package func cappedProportional(weights: [Double], caps: [Double?], total: Double) -> CappedWeights {
    precondition(weights.count == caps.count, "Invariant: one cap, or none, a weight")
    let leaves = zip(weights, caps).map { CappedNode.leaf(weight: $0, cap: $1) }
    return cappedProportional(.group(leaves, cap: nil), total: total)
}

/// The tree laid out flat: leaves in order, capped groups from the inside out as ranges of leaves.
private struct CappedProjection {
    var leafWeights: [Double] = []
    var leafCaps: [Double?] = []
    var groups: [(cap: Double, leaves: Range<Int>, binding: BindingCap)] = []
    private var groupCount = 0

    mutating func walk(_ node: CappedNode) {
        switch node {
        case .leaf(let weight, let cap):
            precondition(weight >= 0 && weight.isFinite, "Invariant: weights are finite and not negative")
            requireCap(cap)
            leafWeights.append(weight)
            leafCaps.append(cap)
        case .group(let children, let cap):
            requireCap(cap)
            let index = groupCount
            groupCount += 1
            let start = leafWeights.count
            for child in children { walk(child) }
            if let cap { groups.append((cap: cap, leaves: start..<leafWeights.count, binding: .group(index))) }
        }
    }

    /// Only ratios of weights matter: the greatest becomes 1, and what is nothing beside it becomes 0.
    mutating func scaleWeights() {
        guard let greatest = leafWeights.max(), greatest > 0 else { return }
        leafWeights = leafWeights.map { $0 / greatest }.map { $0 < 1e-200 ? 0 : $0 }
    }

    private func requireCap(_ cap: Double?) {
        guard let cap else { return }
        precondition(cap >= 0 && cap.isFinite, "Invariant: caps are finite and not negative")
    }

    func solve(total: Double) -> CappedWeights {
        // No level = nothing binds yet.
        var levels: [Double?] = []
        var bindings: [BindingCap] = []
        for (weight, cap) in zip(leafWeights, leafCaps) {
            let level = weight > 0 ? cap.map { $0 / weight } : nil
            levels.append(level)
            bindings.append(weight == 0 ? .zeroWeight : .own)
        }
        for group in groups {
            guard let level = saturationLevel(of: group.leaves, cap: group.cap, levels) else { continue }
            for leaf in group.leaves where leafWeights[leaf] > 0 {
                // An outer limit that asks for the same level changes nothing and is not named.
                if let inner = levels[leaf], inner <= level { continue }
                levels[leaf] = level
                bindings[leaf] = group.binding
            }
        }
        var weights = leafWeights.indices.map { leaf -> Double in
            guard leafWeights[leaf] > 0, let level = levels[leaf] else { return 0 }
            let uncapped = leafWeights[leaf] * level
            guard let cap = leafCaps[leaf] else { return uncapped }
            return bindings[leaf] == .own ? cap : min(uncapped, cap)
        }
        for group in groups { trim(&weights, group.leaves, to: group.cap) }
        let placed = compensatedSum(weights)
        // What is missing by rounding alone is not cash.
        let isFull = bindings.contains(.total) || placed >= total * (1 - 1e-12)
        return CappedWeights(weights: weights, bindings: bindings, unallocated: isFull ? 0 : total - placed)
    }

    /// The level at which the leaves together fill the cap; `nil` where they never do.
    private func saturationLevel(of leaves: Range<Int>, cap: Double, _ levels: [Double?]) -> Double? {
        let active = leaves.filter { leafWeights[$0] > 0 }
        let limited = active.filter { levels[$0] != nil }
            .sorted { (levels[$0] ?? 0, leafWeights[$0], $0) < (levels[$1] ?? 0, leafWeights[$1], $1) }
        var freeWeights = [compensatedSum(active.filter { levels[$0] == nil }.map { leafWeights[$0] }.sorted())]
        for leaf in limited.reversed() { freeWeights.append(freeWeights[freeWeights.count - 1] + leafWeights[leaf]) }
        var filled = CompensatedSum()
        var reached = 0.0
        for (offset, leaf) in limited.enumerated() {
            let free = freeWeights[limited.count - offset]
            let level = levels[leaf] ?? 0
            // The first break point at or beyond the cap: the solution lies on the segment before it.
            if filled.value + level * free >= cap { return max(reached, (cap - filled.value) / free) }
            filled.add(leafWeights[leaf] * level)
            reached = level
        }
        return freeWeights[0] > 0 ? max(reached, (cap - filled.value) / freeWeights[0]) : nil
    }

    /// Takes what rounding put above the cap from the greatest of the leaves (the first of equals).
    private func trim(_ weights: inout [Double], _ leaves: Range<Int>, to cap: Double) {
        // Each pass removes the excess up to the rounding of the sum itself; two or three are seen in tests.
        for _ in 0..<64 {
            var plain = 0.0
            var exact = CompensatedSum()
            for leaf in leaves {
                plain += weights[leaf]
                exact.add(weights[leaf])
            }
            let excess = max(plain, exact.value) - cap
            guard excess > 0, let greatest = leaves.max(by: { weights[$0] < weights[$1] }) else { return }
            weights[greatest] = max(0, min(weights[greatest] - excess, weights[greatest].nextDown))
        }
        preconditionFailure("Invariant: a sum is within its cap after trimming")
    }
}
