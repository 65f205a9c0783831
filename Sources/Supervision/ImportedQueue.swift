internal import Domain

/// Imported outcomes waiting for the grid point at which they are known: what was added stays together, each part in
/// ascending order of that moment.
struct ImportedQueue: Sendable {
    /// A stretch of the rows of one part.
    struct Stretch: Sendable {
        var series: ImportedSeries
        /// By the places of agents and symbols in the series, their numbers in `names`.
        var agentNumbers: [Int32]
        var symbolNumbers: [Int32]
        var rows: Range<Int>
    }

    private var parts: [Stretch] = []
    private(set) var names = ImportedNames()

    var firstKnownAt: Timestamp? { parts.map { $0.series.rows[$0.rows.lowerBound].knownAt }.min() }

    mutating func add(_ series: ImportedSeries) {
        guard !series.rows.isEmpty else { return }
        var series = series
        series.prepare()
        let (agents, symbols) = names.numbers(of: series)
        parts.append(
            Stretch(series: series, agentNumbers: agents, symbolNumbers: symbols, rows: series.rows.indices))
    }

    /// Everything known at `time`; the order among facts of one moment is not defined, the caller sorts.
    mutating func take(through time: Timestamp) -> [Stretch] {
        guard !parts.isEmpty else { return [] }
        let taken = waiting(through: time)
        for index in parts.indices {
            let end = parts[index].end(through: time)
            parts[index].rows = end..<parts[index].rows.upperBound
        }
        parts.removeAll { $0.rows.isEmpty }
        return taken
    }

    func waiting(through time: Timestamp) -> [Stretch] {
        parts.compactMap { part in
            let end = part.end(through: time)
            guard end > part.rows.lowerBound else { return nil }
            var stretch = part
            stretch.rows = part.rows.lowerBound..<end
            return stretch
        }
    }
}

extension ImportedQueue.Stretch {
    /// The place after the last row known at `time`.
    fileprivate func end(through time: Timestamp) -> Int {
        var (low, high) = (rows.lowerBound, rows.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if series.rows[middle].knownAt <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Numbers for the names that imported outcomes brought, so that none is looked up or compared once a row.
struct ImportedNames: Sendable {
    private(set) var agents: [AgentID] = []
    private(set) var symbols: [Symbol] = []
    /// The places of the agents in the order of their names.
    private(set) var agentRanks: [Int32] = []
    private(set) var symbolRanks: [Int32] = []
    private var agentNumbers: [AgentID: Int32] = [:]
    private var symbolNumbers: [Symbol: Int32] = [:]

    /// Our numbers for the names of a series, by their places in it.
    mutating func numbers(of series: ImportedSeries) -> (agents: [Int32], symbols: [Int32]) {
        let agentNumbers = series.agents.map { ImportedNames.number($0, &agents, &self.agentNumbers) }
        let symbolNumbers = series.symbols.map { ImportedNames.number($0, &symbols, &self.symbolNumbers) }
        if agentRanks.count < agents.count { agentRanks = ImportedNames.ranks(agents) }
        if symbolRanks.count < symbols.count { symbolRanks = ImportedNames.ranks(symbols) }
        return (agentNumbers, symbolNumbers)
    }

    private static func number<Name: Hashable>(
        _ name: Name, _ names: inout [Name], _ numbers: inout [Name: Int32]
    ) -> Int32 {
        if let number = numbers[name] { return number }
        let number = Int32(names.count)
        names.append(name)
        numbers[name] = number
        return number
    }

    private static func ranks<Name: Comparable>(_ names: [Name]) -> [Int32] {
        var ranks = [Int32](repeating: 0, count: names.count)
        for (rank, number) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() {
            ranks[number] = Int32(rank)
        }
        return ranks
    }
}
