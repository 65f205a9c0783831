/// How many letters must be inserted, removed, replaced or swapped with a neighbor to turn one word into another
/// (Damerau 1964, restricted form): what a mistyped name most likely meant.
package enum EditDistance {
    package static func between(_ left: String, _ right: String) -> Int {
        let first = Array(left.lowercased())
        let second = Array(right.lowercased())
        if first.isEmpty || second.isEmpty { return max(first.count, second.count) }
        var beforePrevious = [Int](repeating: 0, count: second.count + 1)
        var previous = Array(0...second.count)
        for row in 1...first.count {
            var current = [row] + [Int](repeating: 0, count: second.count)
            for column in 1...second.count {
                let substitution = previous[column - 1] + (first[row - 1] == second[column - 1] ? 0 : 1)
                current[column] = min(substitution, previous[column] + 1, current[column - 1] + 1)
                if row > 1, column > 1, first[row - 1] == second[column - 2], first[row - 2] == second[column - 1] {
                    current[column] = min(current[column], beforePrevious[column - 2] + 1)
                }
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }

    /// The nearest candidate, the first of them in alphabetical order where several are equally near; the last part of
    /// a dotted name counts alone too, so that `roundTripBps` finds `costs.roundTripBps`.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        candidates.sorted().min { distance(word, $0) < distance(word, $1) }
    }

    private static func distance(_ word: String, _ candidate: String) -> Int {
        let last = candidate.split(separator: ".").last.map(String.init) ?? candidate
        return min(between(word, candidate), between(word, last) + 1)
    }
}
