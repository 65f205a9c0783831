internal import Books
package import Domain
internal import Forecasting
internal import PromotionGates
internal import Reconciliation
internal import Scoring

/// The supervisor: a deterministic fold over dated facts.
///
/// Facts go in by `apply`, in any order within what has not been reached yet; `advance(to:)` visits every grid point up
/// to a time, whether or not anything happened there; `report(asOf:)` says what is known. State moves only at grid
/// points, and at each of them only on what was known by then, so that live, replay, backtest and audit are this one
/// function at different times and under different policies.
///
/// Within a step everything is taken in the order of natural keys, so that the order of lines, files and batches
/// changes nothing. A snapshot is the state at a grid point, to the last bit; going on from it is the same as never
/// having stopped.
package struct Fold: Sendable {
    /// Under which policy facts are judged.
    package enum PolicyMode: Equatable, Sendable {
        /// One policy for all time: what-if.
        case constant(Policy)
        /// The recorded policy changes; the given policy judges what came before the first of them.
        case scheduled(first: Policy)

        package var fingerprint: String {
            switch self {
            case .constant(let policy): "constant-" + policy.fingerprint
            case .scheduled(let first): "scheduled-" + first.fingerprint
            }
        }
    }

    package internal(set) var mode: PolicyMode
    package internal(set) var policy: Policy
    /// The grid point last visited; `nil` before the first fact.
    package internal(set) var position: Timestamp?
    /// Outcomes that became final in the steps since they were last taken away; not part of the state.
    package var newOutcomes: [Outcome] = []
    /// Whether anybody takes them away: years of them would fill the memory.
    package var keepsNewOutcomes = true

    var queue = FactQueue()
    package internal(set) var tally = FactTally()

    // By symbol index.
    var symbols: [Symbol] = []
    var symbolIndexes: [Symbol: Int] = [:]
    var histories: [PriceHistory] = []
    var barCounts: [Int] = []
    /// Signals that found no entry or no exit.
    var missingPriceCounts: [Int] = []
    var correctedBarCount = 0
    var withdrawnBarCount = 0
    /// The last withdrawal that took a bar out, for people.
    var newestWithdrawal: BarWithdrawal?

    // By agent index.
    var agents: [AgentState] = []
    var agentIndexes: [AgentID: Int] = [:]
    /// Agent indexes in the order of the agents' names.
    var agentOrder: [Int] = []
    var newNames: [AgentID: AgentID] = [:]

    /// How long the snapshot was from which this fold went on; not part of the state.
    var snapshotLength = 0
    /// Where names of imported outcomes stand here; not part of the state.
    var importedPlaces = ImportedPlaces()

    var strategies = StrategyTable()
    var training: ForecasterTraining
    var rowsToTrain: [TrainingRow] = []
    /// Primary outcomes of the fleet so far.
    var outcomeCount = 0
    /// Of those, the ones at 24 hours: the rows that the seed's rule looks at.
    var standardOutcomeCount = 0
    /// Verdicts, stages and weights, by agent index.
    package internal(set) var decisions = DecisionState()
    /// Policies that decide beside this one on the same books and track records; a replay's, no part of a snapshot.
    var companions: [Companion] = []
    /// Agents, or new versions of them, that came in this step; empty between steps.
    var newcomers: [Int] = []
    /// All that people ever decided, oldest first.
    var decisionHistory: [HumanDecision] = []
    /// All outcomes so far, as one number: what was published is told by it from what would be published now.
    package internal(set) var outcomeChain = OutcomeChain()

    package init(mode: PolicyMode) {
        self.mode = mode
        switch mode {
        case .constant(let policy), .scheduled(let policy): self.policy = policy
        }
        training = ForecasterTraining(policy: policy.forecasting)
    }

    /// Takes facts, none of them known at or before `position`.
    package mutating func apply(_ batch: FactBatch) { queue.add(batch) }

    /// Visits every grid point up to `time`.
    package mutating func advance(to time: Timestamp) {
        while let next = nextGridPoint, next <= time { step(to: next) }
    }

    /// The grid point after `position`; before the first fact, the one at which that fact is known.
    package var nextGridPoint: Timestamp? {
        let every = policy.decisionEvery
        if let position { return (position + every).floored(to: every) }
        guard let first = queue.firstKnownAt else { return nil }
        let floor = first.floored(to: every)
        return floor == first ? floor : floor + every
    }

    private mutating func step(to gridPoint: Timestamp) {
        let previous = position ?? gridPoint - policy.decisionEvery
        takePolicyChanges(through: gridPoint)
        takeRenames(through: gridPoint)
        takeBarWithdrawals(through: gridPoint)
        takeBars(through: gridPoint)
        takeSignals(through: gridPoint)
        takeImportedOutcomes(through: gridPoint)
        registerNewcomers(at: gridPoint)
        reconcile(asOf: gridPoint)
        takeTelemetry(through: gridPoint)
        markBooks(asOf: gridPoint, market: market(asOf: gridPoint))
        if gridPoint == gridPoint.floored(to: .day) || gridPoint - previous >= .day {
            training.advance(to: gridPoint, rows: rowsToTrain)
            rowsToTrain = []
        }
        position = gridPoint
        decide(at: gridPoint, on: takeDecisions(through: gridPoint))
        forgetPrices(before: gridPoint)
    }

    /// Made after the signals of a step, which may have named symbols that no bar has named.
    private func market(asOf gridPoint: Timestamp) -> Book.Market {
        Book.Market(
            histories: histories, pricing: policy.pricing,
            roundTripBps: symbols.map { policy.costs.roundTripBps(of: $0) }, feedThrough: feedThrough,
            commonMark: gridPoint.floored(to: .day))
    }

    /// The close of the newest bar of any symbol; `nil` before the first.
    var feedThrough: Timestamp? { histories.compactMap(\.newestClose).max() }

    // MARK: Names

    mutating func index(of symbol: Symbol) -> Int {
        if let index = symbolIndexes[symbol] { return index }
        symbols.append(symbol)
        symbolIndexes[symbol] = symbols.count - 1
        histories.append(PriceHistory())
        barCounts.append(0)
        missingPriceCounts.append(0)
        return symbols.count - 1
    }

    /// The agent under its present name.
    func currentName(of agent: AgentID) -> AgentID { Fold.newestName(of: agent, in: newNames) }

    /// A chain of renames is followed to its end; a circle is cut.
    static func newestName(of agent: AgentID, in newNames: [AgentID: AgentID]) -> AgentID {
        var name = agent
        for _ in 0..<newNames.count + 1 {
            guard let next = newNames[name] else { return name }
            name = next
        }
        return name
    }

    mutating func index(of agent: AgentID) -> Int {
        let name = currentName(of: agent)
        if let index = agentIndexes[name] { return index }
        agents.append(AgentState(agent: name))
        let index = agents.count - 1
        agentIndexes[name] = index
        let place = agentOrder.firstIndex { agents[$0].agent > name } ?? agentOrder.count
        agentOrder.insert(index, at: place)
        onEveryDecider { decisions, _ in decisions.add() }
        newcomers.append(index)
        return index
    }
}
