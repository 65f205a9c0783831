internal import Books
internal import Domain
internal import Reconciliation
internal import Scoring

// Outcomes that another system reconciled. They come by the million: a row is told apart by numbers, and nothing about
// it is looked up by name more than once a batch.

extension Fold {
    /// A row among those of a step.
    private struct Arrival {
        /// In milliseconds.
        var closesAt: Int64
        /// By name.
        var agentRank: Int32
        var symbolRank: Int32
        var stretch: Int32
        var row: Int32
    }

    /// What is looked up once for each agent and symbol that imported outcomes name; by their numbers in the queue.
    /// Nothing of it is state: it is made anew whenever a name may mean another agent.
    struct ImportedPlaces: Sendable {
        var agents: [Int?] = []
        var symbols: [Int?] = []
        /// The class in whose record the agent's name stands already.
        var strategies: [Int?] = []
    }

    mutating func takeImportedOutcomes(through time: Timestamp) {
        let taken = queue.outcomes.take(through: time)
        if !taken.isEmpty {
            for stretch in taken {
                tally.count(stretch.series.digests[stretch.rows], kind: .outcome)
            }
            let arrivals = inOrder(taken)
            // A series is much to carry about: it is held until rows of another come.
            var (held, series) = (0, taken[0].series)
            func hold(_ arrival: Arrival) {
                guard Int(arrival.stretch) != held else { return }
                held = Int(arrival.stretch)
                series = taken[held].series
            }
            for arrival in arrivals {
                hold(arrival)
                let row = series.rows[Int(arrival.row)]
                let index = agentIndex(of: row)
                agents[index].importedOverlap.note(from: row.generatedAt, over: row.horizon)
            }
            for arrival in arrivals {
                hold(arrival)
                takeImported(series.rows[Int(arrival.row)], series)
            }
        }
        for index in agents.indices { agents[index].importedOverlap.forget(before: time) }
    }

    /// By close, then by names, then by what else tells outcomes apart.
    private func inOrder(_ taken: [ImportedQueue.Stretch]) -> [Arrival] {
        let names = queue.outcomes.names
        var arrivals: [Arrival] = []
        arrivals.reserveCapacity(taken.reduce(0) { $0 + $1.rows.count })
        for (number, stretch) in taken.enumerated() {
            for place in stretch.rows {
                let row = stretch.series.rows[place]
                arrivals.append(
                    Arrival(
                        closesAt: row.closesAt.milliseconds, agentRank: names.agentRanks[Int(row.names.agent)],
                        symbolRank: names.symbolRanks[Int(row.names.symbol)], stretch: Int32(number),
                        row: Int32(place)))
            }
        }
        func identity(_ arrival: Arrival) -> FactIdentity {
            let series = taken[Int(arrival.stretch)].series
            return series.outcome(series.rows[Int(arrival.row)]).identity
        }
        func precedes(_ left: Arrival, _ right: Arrival) -> Bool {
            if left.closesAt != right.closesAt { return left.closesAt < right.closesAt }
            if left.agentRank != right.agentRank { return left.agentRank < right.agentRank }
            if left.symbolRank != right.symbolRank { return left.symbolRank < right.symbolRank }
            let (one, two) = (identity(left), identity(right))
            let (first, second) = one.content == two.content ? (one.key, two.key) : (one.content, two.content)
            return (first.high, first.low) < (second.high, second.low)
        }
        arrivals.sort(by: precedes)
        return arrivals
    }

    /// The agent's place in the fold, looked up once for all rows of its name.
    private mutating func agentIndex(of row: ImportedSeries.Row) -> Int {
        let number = Int(row.names.agent)
        if number < importedPlaces.agents.count, let index = importedPlaces.agents[number] { return index }
        let index = index(of: queue.outcomes.names.agents[number])
        let missing = queue.outcomes.names.agents.count - importedPlaces.agents.count
        if missing > 0 {
            importedPlaces.agents += Array(repeating: nil, count: missing)
            importedPlaces.strategies += Array(repeating: nil, count: missing)
        }
        importedPlaces.agents[number] = index
        return index
    }

    private mutating func symbolIndex(of row: ImportedSeries.Row) -> Int {
        let number = Int(row.names.symbol)
        if number < importedPlaces.symbols.count, let index = importedPlaces.symbols[number] { return index }
        let index = index(of: queue.outcomes.names.symbols[number])
        let missing = queue.outcomes.names.symbols.count - importedPlaces.symbols.count
        if missing > 0 { importedPlaces.symbols += Array(repeating: nil, count: missing) }
        importedPlaces.symbols[number] = index
        return index
    }

    private mutating func takeImported(_ row: ImportedSeries.Row, _ series: ImportedSeries) {
        let index = agentIndex(of: row)
        note(series.text(row.names.strategyClass), of: index)
        agents[index].noteImported(from: row.generatedAt, to: row.closesAt)
        guard row.direction != .flat else {
            agents[index].reject(.flat)
            return
        }
        let overlap = agents[index].importedOverlap.count(at: row.generatedAt)
        agents[index].book.recognize(
            Book.ImportedReturn(
                closesAt: row.closesAt, weightedReturn: row.realizedReturnBps / 10_000 / Double(overlap)),
            symbol: symbolIndex(of: row))
        let outcome = Outcome(
            imported: series.outcome(row), attestation: .unattested, trackNumber: agents[index].trackNumber,
            strategyClass: agents[index].strategyClass, overlapCount: overlap)
        let number = Int(row.names.agent)
        importedPlaces.strategies[number] = score(
            outcome, of: index, features: nil, signalAt: row.generatedAt,
            knownStrategy: importedPlaces.strategies[number])
    }
}
