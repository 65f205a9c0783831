internal import Domain

/// The order in which the fold takes imported outcomes: by close, agent, symbol, and then by what else they say.
///
/// Two rows are compared by the places of their names among all names. What else they say is asked for only where
/// these are the same; rows that say the same twice are one row, as in the ledger.
struct ReconciledOrder: Sendable {
    /// By number, the place of a name in the order of names; brought up to date when names were added.
    private var agentPlaces: [Int32] = []
    private var symbolPlaces: [Int32] = []

    init() {}

    /// Sorts rows and drops repetitions; returns how many were dropped.
    mutating func sort(
        _ rows: inout [ReconciledRow], _ names: ReconciledNames,
        identity: (_ byteOffset: Int64) throws -> FactIdentity
    ) rethrows -> Int {
        // Most files are in order, without two rows that close together.
        guard !ReconciledOrder.isStrictlyAscending(rows) else { return 0 }
        if agentPlaces.count < names.agents.count { agentPlaces = ReconciledOrder.places(names.agents) }
        if symbolPlaces.count < names.symbols.count { symbolPlaces = ReconciledOrder.places(names.symbols) }
        let (agentPlaces, symbolPlaces) = (agentPlaces, symbolPlaces)
        func key(_ row: ReconciledRow) -> (Int64, Int32, Int32) {
            (row.closesAt.milliseconds, agentPlaces[Int(row.agent)], symbolPlaces[Int(row.symbol)])
        }
        rows.sort { key($0) < key($1) }
        return try dropRepetitions(&rows, identity: identity)
    }

    static func isStrictlyAscending(_ rows: [ReconciledRow]) -> Bool {
        var latest = Int64.min
        for row in rows {
            if row.closesAt.milliseconds <= latest { return false }
            latest = row.closesAt.milliseconds
        }
        return true
    }

    private static func places<Name: Comparable>(_ names: [Name]) -> [Int32] {
        var places = [Int32](repeating: 0, count: names.count)
        for (place, index) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() {
            places[index] = Int32(place)
        }
        return places
    }

    private func dropRepetitions(
        _ rows: inout [ReconciledRow], identity: (_ byteOffset: Int64) throws -> FactIdentity
    ) rethrows -> Int {
        var kept = 0
        var start = 0
        while start < rows.count {
            var stop = start + 1
            while stop < rows.count, ReconciledOrder.isAlike(rows[start], rows[stop]) { stop += 1 }
            if stop == start + 1 {
                if kept < start { rows[kept] = rows[start] }
                kept += 1
            } else {
                for row in try ReconciledOrder.distinct(rows[start..<stop], identity: identity) {
                    rows[kept] = row
                    kept += 1
                }
            }
            start = stop
        }
        defer { rows.removeLast(rows.count - kept) }
        return rows.count - kept
    }

    private static func isAlike(_ left: ReconciledRow, _ right: ReconciledRow) -> Bool {
        left.closesAt.milliseconds == right.closesAt.milliseconds && left.agent == right.agent
            && left.symbol == right.symbol
    }

    /// Rows of one agent and symbol that close together, each once, by content and then by key.
    private static func distinct(
        _ rows: ArraySlice<ReconciledRow>, identity: (_ byteOffset: Int64) throws -> FactIdentity
    ) rethrows -> [ReconciledRow] {
        var entries = try rows.map { (row: $0, identity: try identity($0.byteOffset)) }
        entries.sort { left, right in
            let (one, two) = (left.identity, right.identity)
            let (first, second) = one.content == two.content ? (one.key, two.key) : (one.content, two.content)
            return (first.high, first.low, left.row.byteOffset) < (second.high, second.low, right.row.byteOffset)
        }
        var distinct: [ReconciledRow] = []
        for (index, entry) in entries.enumerated() where index == 0 || entry.identity != entries[index - 1].identity {
            distinct.append(entry.row)
        }
        return distinct
    }
}
