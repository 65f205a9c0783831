/// The market's answer to a signal: final once, never revised.
package struct Outcome: Equatable, Sendable {
    package var agent: AgentID
    /// How many versions the agent had announced before the one that made the signal.
    package var trackNumber: Int
    package var symbol: Symbol
    package var direction: Direction
    package var horizon: Horizon
    /// Whether this is the signal's own horizon; shorter ones are diagnostic.
    package var isPrimary: Bool
    package var attestation: Attestation
    /// Reconciled elsewhere and taken as it is.
    package var isImported: Bool
    package var generatedAt: Timestamp
    package var closesAt: Timestamp
    package var entryAt: Timestamp
    package var exitAt: Timestamp
    /// `nil` for an imported outcome without prices.
    package var entryPrice: Double?
    package var exitPrice: Double?
    /// direction * (exit / entry - 1) * 10,000, before costs.
    package var grossReturnBps: Double
    /// The round trip's cost, not negative.
    package var costBps: Double
    /// What the forecaster in force when the signal became known expected, net.
    package var expectedReturnBps: Double
    package var forecasterVersion: String
    /// The volatility over the horizon known when the signal became known; `nil` with too few bars.
    package var sigmaBps: Double?
    /// How many signals the agent had open when this one became known, this one included; at least 1.
    package var overlapCount: Int
    package var score: Double?
    package var confidence: Double?
    package var probabilityUp: Double?
    package var regime: String?
    package var strategyClass: String
    package var runID: String?
    package var signalID: String?

    package init(
        agent: AgentID, trackNumber: Int, symbol: Symbol, direction: Direction, horizon: Horizon, isPrimary: Bool,
        attestation: Attestation, isImported: Bool, generatedAt: Timestamp, closesAt: Timestamp, entryAt: Timestamp,
        exitAt: Timestamp, entryPrice: Double?, exitPrice: Double?, grossReturnBps: Double, costBps: Double,
        expectedReturnBps: Double, forecasterVersion: String, sigmaBps: Double?, overlapCount: Int, score: Double?,
        confidence: Double?, probabilityUp: Double?, regime: String?, strategyClass: String, runID: String?,
        signalID: String?
    ) {
        self.agent = agent
        self.trackNumber = trackNumber
        self.symbol = symbol
        self.direction = direction
        self.horizon = horizon
        self.isPrimary = isPrimary
        self.attestation = attestation
        self.isImported = isImported
        self.generatedAt = generatedAt
        self.closesAt = closesAt
        self.entryAt = entryAt
        self.exitAt = exitAt
        self.entryPrice = entryPrice
        self.exitPrice = exitPrice
        self.grossReturnBps = grossReturnBps
        self.costBps = costBps
        self.expectedReturnBps = expectedReturnBps
        self.forecasterVersion = forecasterVersion
        self.sigmaBps = sigmaBps
        self.overlapCount = overlapCount
        self.score = score
        self.confidence = confidence
        self.probabilityUp = probabilityUp
        self.regime = regime
        self.strategyClass = strategyClass
        self.runID = runID
        self.signalID = signalID
    }

    /// Net of costs.
    package var realizedReturnBps: Double { grossReturnBps - costBps }
    /// Realized minus expected: negative when the agent (or the model behind it) promised too much.
    package var forecastErrorBps: Double { realizedReturnBps - expectedReturnBps }
}

/// Why a signal has no outcome.
package enum RejectionReason: String, Sendable, CaseIterable {
    /// It holds no position.
    case flat
    /// It was appended later than its own time plus the grace.
    case late
    /// No bar opened within the maximal fill delay of the moment it became known.
    case missingEntry = "missing entry"
    /// No bar opened within the maximal fill delay of its close.
    case missingExit = "missing exit"
    /// It was known only after its own horizon had ended.
    case expired
    /// A later version of the same signal took its place before the entry.
    case revised
    /// Another version with the same key and time said something else; the smaller canonical content counts.
    case conflict
}

/// A signal that has no outcome, and why.
package struct Rejection: Equatable, Sendable {
    package var agent: AgentID
    package var symbol: Symbol
    package var generatedAt: Timestamp
    package var reason: RejectionReason

    package init(agent: AgentID, symbol: Symbol, generatedAt: Timestamp, reason: RejectionReason) {
        self.agent = agent
        self.symbol = symbol
        self.generatedAt = generatedAt
        self.reason = reason
    }
}
