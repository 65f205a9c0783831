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
        /// By their numbers in the queue.
        var agent: Int32
        var symbol: Int32
        var stretch: Int32
        var row: Int32
    }

    /// What an agent's state says of an arrival, for those who take it in the order of arrival.
    private struct Entry {
        /// Which outcome at 24 hours of the fleet it is, or how many came before it.
        var fleetNumber: Int
        /// 0 for a row that holds no position.
        var overlapCount: Int32 = 0
        var trackNumber: Int32 = 0
        /// Its place in `Entries.strategyClasses`.
        var strategyClass: Int32 = 0
    }

    private struct Entries {
        /// By arrival.
        var list: [Entry] = []
        /// The classes that agents have in this step, one behind the other, as they are written: most agents have one.
        var strategyClasses: [String] = []
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

    /// Everything that is an agent's own is done agent by agent, each one's rows in order: its state is large, and
    /// brought from memory once a step instead of once a row. What the fleet has in common follows in the order of
    /// arrival.
    private mutating func take(_ taken: [ImportedQueue.Stretch]) {
        for stretch in taken { tally.count(stretch.series.digests[stretch.rows], kind: .outcome) }
        let arrivals = inOrder(taken)
        var rows = HeldSeries(taken)
        guard var outcome = rows.anyOutcome else { return }
        var entries = meet(arrivals, &rows)
        let (places, ends) = byAgent(arrivals)
        let symbols = importedPlaces.symbols.map { $0 ?? 0 }
        let policy = policy
        // Agents are taken out while their outcomes are entered: each is changed where it stands, many times over.
        var states: [AgentState] = []
        swap(&states, &agents)
        states.withUnsafeMutableBufferPointer { states in
            var start = 0
            for index in states.indices where ends[index] > start {
                Fold.take(
                    places[start..<ends[index]], of: arrivals, &rows, symbols, by: &states[index], policy, &entries,
                    &outcome)
                start = ends[index]
            }
        }
        swap(&states, &agents)
        enter(arrivals, entries, &rows, &outcome)
    }

    /// The places of arrivals, agent by agent and each agent's in order, and where those of each agent end. Rows under
    /// an old and under a new name are one agent's.
    private func byAgent(_ arrivals: [Arrival]) -> (places: [Int], ends: [Int]) {
        // By the queue's numbers; the list alone, since a function that held the whole state would copy it.
        let indexes = importedPlaces.agents.map { $0 ?? 0 }
        var ends = [Int](repeating: 0, count: agents.count)
        for arrival in arrivals { ends[indexes[Int(arrival.agent)]] += 1 }
        var count = 0
        for index in ends.indices { (ends[index], count) = (count, count + ends[index]) }
        // Where those of an agent begin, until its last has been put in its place.
        var places = [Int](repeating: 0, count: arrivals.count)
        for (place, arrival) in arrivals.enumerated() {
            let index = indexes[Int(arrival.agent)]
            places[ends[index]] = place
            ends[index] += 1
        }
        return (places, ends)
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
            stretch.series.rows.withUnsafeBufferPointer { rows in
                for place in stretch.rows {
                    let closesAt = rows[place].generatedAt.milliseconds + rows[place].horizon.span.milliseconds
                    isAscending = isAscending && closesAt > latest
                    latest = closesAt
                    arrivals.append(
                        Arrival(
                            closesAt: closesAt, agent: stretch.agentNumbers[Int(rows[place].names.agent)],
                            symbol: stretch.symbolNumbers[Int(rows[place].names.symbol)], stretch: Int32(number),
                            row: Int32(place)))
                }
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
            if left.agent != right.agent {
                return names.agentRanks[Int(left.agent)] < names.agentRanks[Int(right.agent)]
            }
            if left.symbol != right.symbol {
                return names.symbolRanks[Int(left.symbol)] < names.symbolRanks[Int(right.symbol)]
            }
            let (one, two) = (identity(left), identity(right))
            let (first, second) = one.content == two.content ? (one.key, two.key) : (one.content, two.content)
            return (first.high, first.low) < (second.high, second.low)
        }
        arrivals.sort(by: precedes)
        return arrivals
    }

    /// Looks up the places of agents and symbols in the fold, once for all rows of a name, and numbers the outcomes.
    private mutating func meet(_ arrivals: [Arrival], _ rows: inout HeldSeries) -> Entries {
        let names = queue.outcomes.names
        importedPlaces.make(agentCount: names.agents.count, symbolCount: names.symbols.count)
        var entries = Entries()
        entries.list.reserveCapacity(arrivals.count)
        var fleetNumber = standardOutcomeCount
        for arrival in arrivals {
            let (agent, symbol) = (Int(arrival.agent), Int(arrival.symbol))
            if importedPlaces.agents[agent] == nil { importedPlaces.agents[agent] = index(of: names.agents[agent]) }
            let row = rows.row(arrival)
            if row.direction != .flat {
                if importedPlaces.symbols[symbol] == nil {
                    importedPlaces.symbols[symbol] = index(of: names.symbols[symbol])
                }
                fleetNumber += row.horizon == .standard ? 1 : 0
            }
            entries.list.append(Entry(fleetNumber: fleetNumber))
        }
        return entries
    }

    /// Takes one agent's rows into its own record.
    ///
    /// - Parameter symbols: By the queue's numbers, their places in the fold, which is too large to be asked itself.
    private static func take(
        _ places: ArraySlice<Int>, of arrivals: [Arrival], _ rows: inout HeldSeries, _ symbols: [Int],
        by agent: inout AgentState, _ policy: Policy, _ entries: inout Entries, _ outcome: inout Outcome
    ) {
        for place in places {
            let row = rows.row(arrivals[place])
            agent.importedOverlap.note(from: row.generatedAt, over: row.horizon)
        }
        var named: (stretch: Int32, text: Int32) = (-1, -1)
        for place in places {
            let row = rows.row(arrivals[place])
            let closesAt = row.closesAt
            agent.note(rows.series.text(row.names.strategyClass), policy)
            // Where the row before it named the same text, the class is as it was.
            if named != (arrivals[place].stretch, row.names.strategyClass) {
                named = (arrivals[place].stretch, row.names.strategyClass)
                entries.strategyClasses.append(agent.strategyClass)
            }
            agent.noteImported(from: row.generatedAt, to: closesAt)
            guard row.direction != .flat else {
                agent.reject(.flat)
                continue
            }
            let overlap = agent.importedOverlap.count(at: row.generatedAt)
            agent.book.recognize(
                Book.ImportedReturn(
                    closesAt: closesAt, weightedReturn: row.realizedReturnBps / 10_000 / Double(overlap)),
                symbol: symbols[Int(arrivals[place].symbol)])
            outcome.trackNumber = agent.trackNumber
            outcome.take(row, closesAt: closesAt, overlapCount: overlap)
            outcome.forecasterVersion = rows.series.text(row.names.forecasterVersion) ?? Outcome.importedVersion
            let fleetNumber = entries.list[place].fleetNumber
            entries.list[place] = Entry(
                fleetNumber: fleetNumber, overlapCount: Int32(clamping: overlap),
                trackNumber: Int32(clamping: agent.trackNumber),
                strategyClass: Int32(entries.strategyClasses.count - 1))
            agent.score(outcome, fleetNumber: fleetNumber, policy: policy)
        }
    }

    /// Enters the outcomes in what the fleet has in common. `outcome` is one for all rows: making one anew costs as
    /// much as scoring it.
    private mutating func enter(
        _ arrivals: [Arrival], _ entries: Entries, _ rows: inout HeldSeries, _ outcome: inout Outcome
    ) {
        let names = queue.outcomes.names
        for (arrival, entry) in zip(arrivals, entries.list) where entry.overlapCount > 0 {
            let row = rows.row(arrival)
            let number = Int(arrival.agent)
            outcome.agent = names.agents[number]
            outcome.symbol = names.symbols[Int(arrival.symbol)]
            outcome.trackNumber = Int(entry.trackNumber)
            outcome.strategyClass = entries.strategyClasses[Int(entry.strategyClass)]
            outcome.take(row, closesAt: row.closesAt, overlapCount: Int(entry.overlapCount))
            outcome.forecasterVersion = rows.series.text(row.names.forecasterVersion) ?? Outcome.importedVersion
            outcome.regime = rows.series.text(row.names.regime)
            outcome.runID = rows.series.text(row.names.runID)
            importedPlaces.strategies[number] = enter(
                outcome, features: nil, signalAt: row.generatedAt, knownStrategy: importedPlaces.strategies[number])
        }
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
