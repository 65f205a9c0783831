package import Domain

/// A signal that counts and has no final answer yet, with everything that was known when it became known.
///
/// Expectation, volatility and features are taken once, at that moment; nothing later touches them.
package struct OpenSignal: Equatable, Sendable {
    package var signal: Signal
    package var identity: FactIdentity
    package var knownAt: Timestamp
    package var attestation: Attestation
    package var trackNumber: Int
    package var strategyClass: String
    /// How many signals the agent had open at `knownAt`, this one included.
    package var overlapCount: Int
    /// Volatility over the primary horizon in bps; `nil` with too few bars.
    package var sigmaBps: Double?
    package var expectedReturnBps: Double
    package var forecasterVersion: String
    /// What the forecaster saw; kept for its training once the outcome is known.
    package var features: [Double]
    /// How many of the diagnostic horizons have been answered.
    package var diagnosticsAnswered: Int
    /// The entry, once there is one: its bar is forgotten long before a long horizon ends.
    package var entryPrice: Double?
    package var entryAt: Timestamp?

    package init(
        signal: Signal, identity: FactIdentity, knownAt: Timestamp, attestation: Attestation, trackNumber: Int,
        strategyClass: String, overlapCount: Int, sigmaBps: Double?, expectedReturnBps: Double,
        forecasterVersion: String, features: [Double], diagnosticsAnswered: Int = 0
    ) {
        self.signal = signal
        // Kept by the ledger; nothing here reads them, and an agent's state has a bound.
        self.signal.unknownFields = ""
        self.identity = identity
        self.knownAt = knownAt
        self.attestation = attestation
        self.trackNumber = trackNumber
        self.strategyClass = strategyClass
        self.overlapCount = overlapCount
        self.sigmaBps = sigmaBps
        self.expectedReturnBps = expectedReturnBps
        self.forecasterVersion = forecasterVersion
        self.features = features
        self.diagnosticsAnswered = diagnosticsAnswered
        entryPrice = nil
        entryAt = nil
    }
}

extension OpenSignal: SnapshotVisitable {
    package init() {
        guard let agent = AgentID("-"), let symbol = Symbol("X") else { preconditionFailure("Invariant: valid names") }
        self.init(
            signal: Signal(agent: agent, symbol: symbol, direction: .flat, generatedAt: Timestamp(milliseconds: 0)),
            identity: FactIdentity(kind: .signal, key: StableHash(), content: StableHash()),
            knownAt: Timestamp(milliseconds: 0), attestation: .attested, trackNumber: 0, strategyClass: "",
            overlapCount: 1, sigmaBps: nil, expectedReturnBps: 0, forecasterVersion: "", features: [])
    }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try signal.visit(&coder)
        try coder.visit(&identity.key.high)
        try coder.visit(&identity.key.low)
        try coder.visit(&identity.content.high)
        try coder.visit(&identity.content.low)
        try coder.visit(&knownAt)
        try coder.visit(&attestation)
        try coder.visit(&trackNumber)
        try coder.visit(&strategyClass)
        try coder.visit(&overlapCount)
        try coder.visit(&sigmaBps)
        try coder.visit(&expectedReturnBps)
        try coder.visit(&forecasterVersion)
        try coder.visit(&features)
        try coder.visit(&diagnosticsAnswered)
        try coder.visit(&entryPrice)
        try coder.visit(&entryAt)
    }
}

extension Signal {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var agentName = agent.name
        var symbolName = symbol.name
        var directionByte = UInt8(bitPattern: direction.rawValue)
        var horizonSpan = horizon.span
        try coder.visit(&agentName)
        try coder.visit(&symbolName)
        try coder.visit(&directionByte)
        try coder.visit(&horizonSpan)
        guard let agent = AgentID(agentName), let symbol = Symbol(symbolName), let horizon = Horizon(horizonSpan),
            let direction = Direction(rawValue: Int8(bitPattern: directionByte))
        else { throw .malformed }
        (self.agent, self.symbol, self.direction, self.horizon) = (agent, symbol, direction, horizon)
        try coder.visit(&score)
        try coder.visit(&confidence)
        try coder.visit(&probabilityUp)
        try coder.visit(&generatedAt)
        try coder.visit(&signalID)
        try coder.visit(&runID)
        try coder.visit(&strategyClass)
        try coder.visit(&regime)
        try coder.visit(&agentVersion)
        try coder.visit(&unknownFields)
    }
}
