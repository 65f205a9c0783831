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

        /// Makes room for names that came since.
        mutating func make(agentCount: Int, symbolCount: Int) {
            if agents.count < agentCount {
                agents += Array(repeating: nil, count: agentCount - agents.count)
                strategies += Array(repeating: nil, count: agentCount - strategies.count)
            }
            if symbols.count < symbolCount { symbols += Array(repeating: nil, count: symbolCount - symbols.count) }
        }
    }

    mutating func takeImportedOutcomes(through time: Timestamp) {
        let taken = queue.outcomes.take(through: time)
        if !taken.isEmpty { take(taken) }
        for index in agents.indices { agents[index].importedOverlap.forget(before: time) }
    }

    private mutating func take(_ taken: [ImportedQueue.Stretch]) {
        for stretch in taken { tally.count(stretch.series.digests[stretch.rows], kind: .outcome) }
        let arrivals = inOrder(taken)
        meetAgents(of: arrivals, in: taken)
        // Agents are taken out while their outcomes are entered: each is changed where it stands, many times over, and
        // the fleet's sums beside it.
        var states: [AgentState] = []
        swap(&states, &agents)
        states.withUnsafeMutableBufferPointer { states in
            var rows = HeldSeries(taken)
            for arrival in arrivals {
                let row = rows.row(arrival)
                let index = importedPlaces.agents[Int(row.names.agent)] ?? 0
                states[index].importedOverlap.note(from: row.generatedAt, over: row.horizon)
            }
            guard var outcome = rows.anyOutcome else { return }
            let policy = policy
            for arrival in arrivals {
                let row = rows.row(arrival)
                let index = importedPlaces.agents[Int(row.names.agent)] ?? 0
                enter(row, of: rows.series, by: &states[index], policy, &outcome)
            }
        }
        swap(&states, &agents)
    }

    /// The series whose rows are being looked at: it is much to carry about, and held until rows of another come.
    private struct HeldSeries {
        private let taken: [ImportedQueue.Stretch]
        private var held = 0
        private(set) var series: ImportedSeries

        init(_ taken: [ImportedQueue.Stretch]) {
            self.taken = taken
            series = taken[0].series
        }

        mutating func row(_ arrival: Arrival) -> ImportedSeries.Row {
            if Int(arrival.stretch) != held {
                held = Int(arrival.stretch)
                series = taken[held].series
            }
            return series.rows[Int(arrival.row)]
        }

        /// For its form: what it says is exchanged row by row.
        var anyOutcome: Outcome? {
            series.rows.first.map {
                Outcome(
                    imported: series.outcome($0), attestation: .unattested, trackNumber: 0, strategyClass: "",
                    overlapCount: 1)
            }
        }
    }

    /// By close, then by names, then by what else tells outcomes apart.
    private func inOrder(_ taken: [ImportedQueue.Stretch]) -> [Arrival] {
        let names = queue.outcomes.names
        var arrivals: [Arrival] = []
        arrivals.reserveCapacity(taken.reduce(0) { $0 + $1.rows.count })
        var isAscending = true
        var latest = Int64.min
        for (number, stretch) in taken.enumerated() {
            for place in stretch.rows {
                let row = stretch.series.rows[place]
                let closesAt = row.generatedAt.milliseconds + row.horizon.span.milliseconds
                isAscending = isAscending && closesAt > latest
                latest = closesAt
                arrivals.append(
                    Arrival(
                        closesAt: closesAt, agentRank: names.agentRanks[Int(row.names.agent)],
                        symbolRank: names.symbolRanks[Int(row.names.symbol)], stretch: Int32(number),
                        row: Int32(place)))
            }
        }
        // Most of what is read in the order of its knowledge is in order, and no two rows close together.
        guard !isAscending else { return arrivals }
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

    /// Looks up each agent's place in the fold, once for all rows of its name.
    private mutating func meetAgents(of arrivals: [Arrival], in taken: [ImportedQueue.Stretch]) {
        let names = queue.outcomes.names
        importedPlaces.make(agentCount: names.agents.count, symbolCount: names.symbols.count)
        guard importedPlaces.agents.contains(nil) else { return }
        var rows = HeldSeries(taken)
        for arrival in arrivals {
            let number = Int(rows.row(arrival).names.agent)
            if importedPlaces.agents[number] == nil { importedPlaces.agents[number] = index(of: names.agents[number]) }
        }
    }

    private mutating func symbolIndex(of row: ImportedSeries.Row) -> Int {
        let number = Int(row.names.symbol)
        if let index = importedPlaces.symbols[number] { return index }
        let index = index(of: queue.outcomes.names.symbols[number])
        importedPlaces.symbols[number] = index
        return index
    }

    /// Enters a row everywhere it counts. `outcome` is one for all rows: making one anew costs as much as scoring it.
    private mutating func enter(
        _ row: ImportedSeries.Row, of series: ImportedSeries, by agent: inout AgentState, _ policy: Policy,
        _ outcome: inout Outcome
    ) {
        let closesAt = row.closesAt
        agent.note(series.text(row.names.strategyClass), policy)
        agent.noteImported(from: row.generatedAt, to: closesAt)
        guard row.direction != .flat else {
            agent.reject(.flat)
            return
        }
        let overlap = agent.importedOverlap.count(at: row.generatedAt)
        agent.book.recognize(
            Book.ImportedReturn(
                closesAt: closesAt, weightedReturn: row.realizedReturnBps / 10_000 / Double(overlap)),
            symbol: symbolIndex(of: row))
        outcome.agent = series.agents[Int(row.names.agent)]
        outcome.symbol = series.symbols[Int(row.names.symbol)]
        outcome.trackNumber = agent.trackNumber
        outcome.strategyClass = agent.strategyClass
        outcome.take(row, closesAt: closesAt, overlapCount: overlap)
        outcome.forecasterVersion = series.text(row.names.forecasterVersion) ?? Outcome.importedVersion
        outcome.regime = series.text(row.names.regime)
        outcome.runID = series.text(row.names.runID)
        let number = Int(row.names.agent)
        importedPlaces.strategies[number] = enter(
            outcome, features: nil, signalAt: row.generatedAt, knownStrategy: importedPlaces.strategies[number])
        agent.score(outcome, fleetNumber: standardOutcomeCount, policy: policy)
    }
}

extension Outcome {
    /// The numbers of an imported row; what it names is exchanged beside it.
    fileprivate mutating func take(_ row: ImportedSeries.Row, closesAt: Timestamp, overlapCount: Int) {
        direction = row.direction
        horizon = row.horizon
        generatedAt = row.generatedAt
        self.closesAt = closesAt
        entryAt = row.generatedAt
        exitAt = closesAt
        entryPrice = row.entryPrice
        exitPrice = row.exitPrice
        grossReturnBps = row.realizedReturnBps
        expectedReturnBps = row.expectedReturnBps
        sigmaBps = row.expectedSigmaBps
        self.overlapCount = overlapCount
        score = row.score
        confidence = row.confidence
    }
}
