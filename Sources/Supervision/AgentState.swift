internal import Books
internal import Domain
internal import Reconciliation
internal import Scoring

/// What the fold keeps about one agent besides its member of `DecisionState`: bounded, whatever its age.
struct AgentState: Sendable {
    var agent: AgentID
    var version: String?
    /// How many versions came before.
    var trackNumber = 0
    /// When the present version announced itself; `nil` for the first.
    var trackSince: Timestamp?
    /// As its latest signal, or the policy's map, says.
    var strategyClass = AgentState.unclassified
    var openSignals: [OpenSignal] = []
    var book = Book()
    var track = TrackRecord()
    var telemetry = TelemetryWindow()
    var signalCount = 0
    var unattestedCount = 0
    var importedOverlap = ImportedOverlap()
    var rejections: [RejectionReason: Int] = [:]
    var firstSignalAt: Timestamp?
    var lastSignalAt: Timestamp?
    /// When the last of its signals closes, or closed.
    var lastCloseAt: Timestamp?

    static let unclassified = "unclassified"

    init(agent: AgentID) { self.agent = agent }

    mutating func reject(_ reason: RejectionReason) { rejections[reason, default: 0] += 1 }

    /// The strategy class: what a signal says, else the policy's map, else what it was.
    mutating func note(_ strategyClass: String?, _ policy: Policy) {
        if let strategyClass, !strategyClass.isEmpty {
            self.strategyClass = strategyClass
        } else if let mapped = policy.strategies[agent.name] {
            self.strategyClass = mapped
        }
    }

    /// Takes a final outcome. One of an earlier version belongs to a track that is closed; it stays in the strategy's
    /// record.
    mutating func score(_ outcome: Outcome, fleetNumber: Int, policy: Policy) {
        guard outcome.trackNumber == trackNumber else { return }
        track.take(outcome, fleetNumber: fleetNumber, policy: policy)
    }

    /// An imported outcome is a signal that nobody saw being written.
    mutating func noteImported(from start: Timestamp, to end: Timestamp) {
        firstSignalAt = min(firstSignalAt ?? start, start)
        lastSignalAt = max(lastSignalAt ?? start, start)
        lastCloseAt = max(lastCloseAt ?? end, end)
        signalCount += 1
        unattestedCount += 1
    }

    /// Days without an open signal; `nil` while one is open. An agent that writes and never has one, being late or flat
    /// every time, is silent since its first: capital waits for nobody for ever.
    func silentDays(at time: Timestamp) -> Double? {
        guard !book.isAwake(at: time), let since = lastCloseAt ?? firstSignalAt, since <= time else { return nil }
        return (time - since).inDays
    }

    /// A flat signal, the last of them at `time`, has ended what would have been open longer.
    mutating func noteEarlierClose(at time: Timestamp) {
        guard let last = lastCloseAt else { return }
        lastCloseAt = min(last, book.intervals.map(\.to).max() ?? time)
    }
}

extension AgentState: SnapshotVisitable {
    init() {
        guard let agent = AgentID("-") else { preconditionFailure("Invariant: a valid name") }
        self.init(agent: agent)
    }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var name = agent.name
        try coder.visit(&name)
        guard let read = AgentID(name) else { throw .malformed }
        agent = read
        try coder.visit(&version)
        try coder.visit(&trackNumber)
        try coder.visit(&trackSince)
        try coder.visit(&strategyClass)
        try coder.visit(&openSignals)
        try book.visit(&coder)
        try track.visit(&coder)
        try telemetry.visit(&coder)
        try coder.visit(&signalCount)
        try coder.visit(&unattestedCount)
        try importedOverlap.visit(&coder)
        for reason in RejectionReason.allCases {
            var count = rejections[reason] ?? 0
            try coder.visit(&count)
            rejections[reason] = count == 0 ? nil : count
        }
        try coder.visit(&firstSignalAt)
        try coder.visit(&lastSignalAt)
        try coder.visit(&lastCloseAt)
    }
}
