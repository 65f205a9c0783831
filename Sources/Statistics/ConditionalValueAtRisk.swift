/// The conditional value at risk: the mean of the worst `1 - beta` share of the losses. **Positive = loss.**
///
/// At beta 0.95, what a bad day in twenty costs on average. With n losses in descending order and the tail mass
/// `k = n (1 - beta)`, the `floor(k)` worst count whole and the next one by the fraction that still fits:
///
///     CVaR = (L_1 + … + L_floor(k) + (k - floor(k)) L_floor(k)+1) / k
///
/// which is exact for the empirical distribution, also where k is not whole (Rockafellar & Uryasev 2002, prop. 8).
/// Example: losses 1…10 at beta 0.75: k = 2.5, (10 + 9 + 0.5 * 8) / 2.5 = 9.2. In the unit of the losses; at beta 0
/// it is the mean. `nil` for no losses. Whether so few losses say anything is another question:
/// `hasEvidenceForTail(count:beta:)`.
///
/// - Precondition: `0 <= beta < 1`; all losses finite.
/// - Complexity: O(n) and a little for each of the tail; O(n log n) where the tail is most of them.
package func conditionalValueAtRisk(of losses: [Double], beta: Double) -> Double? {
    guard !losses.isEmpty else { return nil }
    let mass = tailMass(count: losses.count, beta: beta)
    let wholeCount = min(Int(mass.rounded(.down)), losses.count)
    let worst = greatestFirst(losses, count: min(wholeCount + 1, losses.count))
    var sum = CompensatedSum()
    for offset in 0..<wholeCount { sum.add(worst[offset]) }
    // Rockafellar & Uryasev 2002, prop. 8: the boundary loss counts by the fraction that fits.
    if wholeCount < losses.count { sum.add((mass - Double(wholeCount)) * worst[wholeCount]) }
    return sum.value / mass
}

/// The `count` greatest of the values, in descending order: those that a sort would put last.
///
/// Kept in order while the values pass by: most do not reach the least of those kept, and are not moved.
private func greatestFirst(_ values: [Double], count: Int) -> [Double] {
    guard count * 8 <= values.count else { return Array(sortedFinite(values).reversed().prefix(count)) }
    var kept: [Double] = []
    kept.reserveCapacity(count + 1)
    for value in values {
        precondition(value.isFinite, "Invariant: only finite values have an order")
        if kept.count == count {
            guard value > kept[count - 1] else { continue }
            kept.removeLast()
        }
        var place = kept.count
        while place > 0, kept[place - 1] < value { place -= 1 }
        kept.insert(value, at: place)
    }
    return kept
}

/// The value at risk: the smallest loss that the share `beta` of the losses does not exceed. **Positive = loss.**
///
/// `min { l : share of losses <= l is at least beta }` (Rockafellar & Uryasev 2002, def. 1), always one of the
/// losses and never above the conditional value at risk. Example: losses 1…10 at beta 0.9: 9. `nil` for no losses.
///
/// - Precondition: `0 <= beta < 1`; all losses finite.
/// - Complexity: O(n log n).
package func valueAtRisk(of losses: [Double], beta: Double) -> Double? {
    guard !losses.isEmpty else { return nil }
    let ordered = sortedFinite(losses)
    let mass = tailMass(count: ordered.count, beta: beta)
    return ordered[max(0, ordered.count - 1 - Int(mass.rounded(.down)))]
}

/// Whether there are enough losses to speak of a tail: at least five in it, `n (1 - beta) >= 5`.
///
/// 100 outcomes at 95 %, 500 at 99 %. The five are ours: below them one day more or less changes the answer by a
/// fifth of its weight.
///
/// - Complexity: O(1).
package func hasEvidenceForTail(count: Int, beta: Double) -> Bool {
    tailMass(count: count, beta: beta) >= 5
}

/// `n (1 - beta)`, where whole numbers are whole: 50 losses at 0.9 are 5, not the 4.999999999999999 of the binary
/// fraction.
private func tailMass(count: Int, beta: Double) -> Double {
    precondition(beta >= 0 && beta < 1, "Invariant: beta lies in 0..<1")
    let mass = Double(count) * (1 - beta)
    let whole = mass.rounded()
    return whole > 0 && (mass - whole).magnitude <= whole * 1e-9 ? whole : mass
}
