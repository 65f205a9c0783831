/// What a signal expects of a price: up, down, or that the agent is out.
///
/// `flat` holds no position and is not scored; in the agent's book it ends the open signals on its symbol.
package enum Direction: Int8, Sendable {
    case short = -1
    case flat = 0
    case long = 1

    package var sign: Double { Double(rawValue) }

    /// The words of the drop-in contract.
    package var word: String {
        switch self {
        case .long: "LONG"
        case .short: "SHORT"
        case .flat: "FLAT"
        }
    }
}

/// What is known of the moment a fact was written down.
package enum Attestation: UInt8, Sendable {
    /// We saw it no later than the grace after its own time.
    case attested = 0
    /// History: it was there before we watched, or we were down. Its own time is believed for replay and reports, never
    /// for an automatic promotion.
    case unattested = 1
    /// Appended later than its own time plus the grace: kept and counted, never scored.
    case late = 2
}

/// An agent's forecast for one symbol.
package struct Signal: Equatable, Sendable {
    package var agent: AgentID
    package var symbol: Symbol
    package var direction: Direction
    /// The agent's conviction in its own direction, in its own unit (`score_final`).
    package var score: Double?
    /// In [0, 1].
    package var confidence: Double?
    /// The probability in [0, 1] that the price rises over the horizon (`prob_up`).
    package var probabilityUp: Double?
    package var horizon: Horizon
    package var generatedAt: Timestamp
    package var signalID: String?
    package var runID: String?
    package var strategyClass: String?
    package var regime: String?
    package var agentVersion: String?
    /// The fields we do not know, as one canonical JSON object without spaces; empty for none.
    package var unknownFields: String

    package init(
        agent: AgentID, symbol: Symbol, direction: Direction, score: Double? = nil, confidence: Double? = nil,
        probabilityUp: Double? = nil, horizon: Horizon = .standard, generatedAt: Timestamp, signalID: String? = nil,
        runID: String? = nil, strategyClass: String? = nil, regime: String? = nil, agentVersion: String? = nil,
        unknownFields: String = ""
    ) {
        self.agent = agent
        self.symbol = symbol
        self.direction = direction
        self.score = score
        self.confidence = confidence
        self.probabilityUp = probabilityUp
        self.horizon = horizon
        self.generatedAt = generatedAt
        self.signalID = signalID
        self.runID = runID
        self.strategyClass = strategyClass
        self.regime = regime
        self.agentVersion = agentVersion
        self.unknownFields = unknownFields
    }

    /// When the forecast is over.
    package var closesAt: Timestamp { generatedAt + horizon.span }
}

/// One candle: the prices of a symbol between `openAt` and `closeAt`. All prices are finite and positive.
package struct Bar: Equatable, Sendable {
    package var openAt: Timestamp
    package var closeAt: Timestamp
    package var open: Double
    package var high: Double
    package var low: Double
    package var close: Double
    package var volume: Double?

    package init(
        openAt: Timestamp, closeAt: Timestamp, open: Double, high: Double, low: Double, close: Double, volume: Double?
    ) {
        self.openAt = openAt
        self.closeAt = closeAt
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    package var length: Span { closeAt - openAt }
}

/// One run of an agent: what went wrong, how long it took, what it cost.
package struct TelemetryRecord: Equatable, Sendable {
    package var agent: AgentID
    package var runID: String
    package var at: Timestamp
    package var errors: Int64
    package var latencyMilliseconds: Double?
    package var costUSD: Double?
    package var tokensIn: Int64?
    package var tokensOut: Int64?

    package init(
        agent: AgentID, runID: String, at: Timestamp, errors: Int64, latencyMilliseconds: Double?, costUSD: Double?,
        tokensIn: Int64?, tokensOut: Int64?
    ) {
        self.agent = agent
        self.runID = runID
        self.at = at
        self.errors = errors
        self.latencyMilliseconds = latencyMilliseconds
        self.costUSD = costUSD
        self.tokensIn = tokensIn
        self.tokensOut = tokensOut
    }
}

/// An outcome that another system reconciled, taken as it is: a row of `alpha/reconciled.jsonl`.
package struct ImportedOutcome: Equatable, Sendable {
    package var agent: AgentID
    package var symbol: Symbol
    package var direction: Direction
    package var generatedAt: Timestamp
    package var horizon: Horizon
    package var realizedReturnBps: Double
    package var expectedReturnBps: Double
    /// The volatility over the horizon that the other system expected, in bps; positive where given.
    package var expectedSigmaBps: Double?
    package var entryPrice: Double?
    package var exitPrice: Double?
    package var score: Double?
    package var confidence: Double?
    package var runID: String?
    package var strategyClass: String?
    package var regime: String?
    package var forecasterVersion: String?

    package init(
        agent: AgentID, symbol: Symbol, direction: Direction, generatedAt: Timestamp, horizon: Horizon,
        realizedReturnBps: Double, expectedReturnBps: Double, expectedSigmaBps: Double?, entryPrice: Double?,
        exitPrice: Double?, score: Double?, confidence: Double?, runID: String?, strategyClass: String?,
        regime: String?, forecasterVersion: String?
    ) {
        self.agent = agent
        self.symbol = symbol
        self.direction = direction
        self.generatedAt = generatedAt
        self.horizon = horizon
        self.realizedReturnBps = realizedReturnBps
        self.expectedReturnBps = expectedReturnBps
        self.expectedSigmaBps = expectedSigmaBps
        self.entryPrice = entryPrice
        self.exitPrice = exitPrice
        self.score = score
        self.confidence = confidence
        self.runID = runID
        self.strategyClass = strategyClass
        self.regime = regime
        self.forecasterVersion = forecasterVersion
    }

    package var closesAt: Timestamp { generatedAt + horizon.span }
}

/// Whom a human decision is about.
package enum DecisionScope: Hashable, Sendable {
    case agent(AgentID)
    /// Every agent whose signals are of this strategy class.
    case strategy(String)
}

package enum DecisionKind: String, Sendable, CaseIterable {
    /// Approves the promotion of a candidate.
    case promote
    /// Refuses a promotion, until a later `promote`.
    case veto
    /// Takes all capital away, at once and until `revive`.
    case kill
    /// Lifts a kill, automatic or human: the agent is a candidate again.
    case revive
}

/// What a person decided, with the reason and what the evidence was at that moment.
package struct HumanDecision: Equatable, Sendable {
    package var kind: DecisionKind
    package var scope: DecisionScope
    package var at: Timestamp
    package var reason: String
    package var author: String
    /// The verdict on the agent at that moment, in words; kept for the record, never read back into a decision.
    package var evidence: String

    package init(
        kind: DecisionKind, scope: DecisionScope, at: Timestamp, reason: String, author: String, evidence: String
    ) {
        self.kind = kind
        self.scope = scope
        self.at = at
        self.reason = reason
        self.author = author
        self.evidence = evidence
    }
}

/// From `at` on, this policy is in force. Holds the resolved policy as canonical text, so that a later release with
/// other defaults decides the past as it was decided.
package struct PolicyChange: Equatable, Sendable {
    package var at: Timestamp
    package var policyText: String
    package var reason: String

    package init(at: Timestamp, policyText: String, reason: String) {
        self.at = at
        self.policyText = policyText
        self.reason = reason
    }
}

/// From `at` on, `new` is the name of `old`: its track record goes on, and its trials stay counted.
package struct AgentRename: Equatable, Sendable {
    package var old: AgentID
    package var new: AgentID
    package var at: Timestamp

    package init(old: AgentID, new: AgentID, at: Timestamp) {
        self.old = old
        self.new = new
        self.at = at
    }
}
