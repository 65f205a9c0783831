/// The sum of the values, accurate to the last bit or two whatever their order.
///
/// A year of tiny daily returns added to one huge one must not lose the tiny ones. The low-order part that each
/// addition drops is kept in a second number and added at the end (Neumaier 1974, the improved Kahan sum).
///
/// Example: `compensatedSum([1, 1e100, 1, -1e100])` is 2; a plain loop gives 0.
/// The unit is that of the values; the sum of nothing is 0. The order is that of the array, always.
///
/// - Complexity: O(n).
package func compensatedSum(_ values: [Double]) -> Double {
    var sum = CompensatedSum()
    for value in values { sum.add(value) }
    return sum.value
}

/// A running compensated sum (Neumaier 1974): what `compensatedSum` does, one value at a time.
///
/// Both fields are state: a snapshot stores the two bit patterns and continues without a difference.
package struct CompensatedSum: Sendable, Equatable {
    /// The sum as a plain loop would have it.
    package var plain: Double
    /// What the additions so far have dropped.
    package var compensation: Double

    package init(plain: Double = 0, compensation: Double = 0) {
        self.plain = plain
        self.compensation = compensation
    }

    /// The sum of everything added so far; 0 before the first.
    package var value: Double { plain + compensation }

    /// Adds one value. - Complexity: O(1).
    package mutating func add(_ value: Double) {
        precondition(value.isFinite, "Invariant: a summand is finite")
        let next = plain + value
        // Neumaier 1974: the smaller of the two summands is the one that lost digits.
        if plain.magnitude >= value.magnitude {
            compensation += (plain - next) + value
        } else {
            compensation += (value - next) + plain
        }
        plain = next
    }
}
