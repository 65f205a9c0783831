/// The places of values from the least to the greatest, equal values in the order in which they stand.
///
/// `ascendingOrder(of: [20, 10, 20])` is `[1, 0, 2]`; -0 and 0 are equal. By the bytes of the numbers, the last first
/// (radix sort, Knuth 1998, section 5.2.5): a report of 1,000 agents ranks two million values, and comparing pairs of
/// them took a sixth of its time. Bytes that all values share, as those of their exponents are apt to be, cost a look.
///
/// - Complexity: O(n).
package func ascendingOrder(of values: [Double]) -> [Int] {
    var entries = values.enumerated().map { place, value in
        precondition(value.isFinite, "Invariant: only finite values have an order")
        return OrderEntry(key: orderKey(value), place: place)
    }
    var sorted = entries
    for byte in 0..<8 where distribute(entries, into: &sorted, byByte: byte) { swap(&entries, &sorted) }
    return entries.map(\.place)
}

private struct OrderEntry {
    var key: UInt64
    var place: Int
}

/// Puts entries in the order of one byte of their keys, equal ones as they were; false, and nothing is done, where all
/// share it.
private func distribute(_ entries: [OrderEntry], into sorted: inout [OrderEntry], byByte byte: Int) -> Bool {
    let shift = UInt64(8 * byte)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { ends in
        ends.initialize(repeating: 0)
        for entry in entries { ends[Int(truncatingIfNeeded: entry.key >> shift & 0xFF)] += 1 }
        if ends.contains(entries.count) { return false }
        var end = 0
        for digit in 0..<256 {
            end += ends[digit]
            ends[digit] = end
        }
        sorted.withUnsafeMutableBufferPointer { sorted in
            // Each entry has a place of its own below the count: the ends are sums of how many there are.
            for entry in entries.reversed() {
                let digit = Int(truncatingIfNeeded: entry.key >> shift & 0xFF)
                ends[digit] -= 1
                sorted[ends[digit]] = entry
            }
        }
        return true
    }
}

/// Whole numbers in the order of the values: of a negative one all bits turned, of another the sign.
private func orderKey(_ value: Double) -> UInt64 {
    let bits = (value == 0 ? 0 : value).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
}
