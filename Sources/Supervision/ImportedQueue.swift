internal import Domain

/// Imported outcomes waiting for the grid point at which they are known: what was added stays together, each part in
/// ascending order of that moment, its agents and symbols numbered as in `names`.
struct ImportedQueue: Sendable {
    /// A stretch of the rows of one part.
    struct Stretch: Sendable {
        var series: ImportedSeries
        var rows: Range<Int>
    }

    private var parts: [Stretch] = []
    private(set) var names = ImportedNames()

    var firstKnownAt: Timestamp? { parts.map { $0.series.rows[$0.rows.lowerBound].knownAt }.min() }

    mutating func add(_ series: ImportedSeries) {
        guard !series.rows.isEmpty else { return }
        var series = series
        series.prepareDigests()
        series.sortByKnownAt()
        names.number(&series)
        parts.append(Stretch(series: series, rows: series.rows.indices))
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
            return Stretch(series: part.series, rows: part.rows.lowerBound..<end)
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

    /// Puts our numbers in the place of the series' own.
    mutating func number(_ series: inout ImportedSeries) {
        let agentPlaces = series.agents.map { ImportedNames.number($0, &agents, &agentNumbers) }
        let symbolPlaces = series.symbols.map { ImportedNames.number($0, &symbols, &symbolNumbers) }
        if agentRanks.count < agents.count { agentRanks = ImportedNames.ranks(agents) }
        if symbolRanks.count < symbols.count { symbolRanks = ImportedNames.ranks(symbols) }
        for index in series.rows.indices {
            let names = series.rows[index].names
            series.rows[index].names.agent = agentPlaces[Int(names.agent)]
            series.rows[index].names.symbol = symbolPlaces[Int(names.symbol)]
        }
        (series.agents, series.symbols) = (agents, symbols)
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
