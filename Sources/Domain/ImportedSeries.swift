/// Imported outcomes as they come by the million: rows of numbers, and each name told once for all of them.
///
/// A row holds the places of its names in the lists beside it, so that a row is copied, compared and sorted without
/// touching a text. What a row says is an `ImportedOutcome`; the two forms turn into each other without loss.
package struct ImportedSeries: Sendable {
    package struct Row: Sendable {
        package var knownAt: Timestamp
        package var generatedAt: Timestamp
        package var horizon: Horizon
        package var realizedReturnBps: Double
        package var expectedReturnBps: Double
        package var expectedSigmaBps: Double?
        package var entryPrice: Double?
        package var exitPrice: Double?
        package var score: Double?
        package var confidence: Double?
        package var names: Names
        package var direction: Direction
        package var attestation: Attestation

        package init(
            knownAt: Timestamp, generatedAt: Timestamp, horizon: Horizon, realizedReturnBps: Double,
            expectedReturnBps: Double, expectedSigmaBps: Double?, entryPrice: Double?, exitPrice: Double?,
            score: Double?, confidence: Double?, names: Names, direction: Direction, attestation: Attestation
        ) {
            self.knownAt = knownAt
            self.generatedAt = generatedAt
            self.horizon = horizon
            self.realizedReturnBps = realizedReturnBps
            self.expectedReturnBps = expectedReturnBps
            self.expectedSigmaBps = expectedSigmaBps
            self.entryPrice = entryPrice
            self.exitPrice = exitPrice
            self.score = score
            self.confidence = confidence
            self.names = names
            self.direction = direction
            self.attestation = attestation
        }

        package var closesAt: Timestamp { generatedAt + horizon.span }
    }

    /// Places: of the agent in `agents`, of the symbol in `symbols`, of the others in `texts`, where -1 is no text.
    package struct Names: Sendable {
        package var agent: Int32
        package var symbol: Int32
        package var runID: Int32
        package var strategyClass: Int32
        package var regime: Int32
        package var forecasterVersion: Int32

        package init(
            agent: Int32, symbol: Int32, runID: Int32 = -1, strategyClass: Int32 = -1, regime: Int32 = -1,
            forecasterVersion: Int32 = -1
        ) {
            self.agent = agent
            self.symbol = symbol
            self.runID = runID
            self.strategyClass = strategyClass
            self.regime = regime
            self.forecasterVersion = forecasterVersion
        }
    }

    /// Names may stand in a list twice: equality of rows is that of what they say.
    package var agents: [AgentID] = []
    package var symbols: [Symbol] = []
    package var texts: [String] = []
    package var rows: [Row] = []
    /// The digests of the dated facts, row by row, where the series is prepared; else empty.
    package private(set) var digests: [StableHash] = []

    package init() {}

    package init(_ outcomes: [Dated<ImportedOutcome>]) {
        var builder = Builder()
        rows.reserveCapacity(outcomes.count)
        for outcome in outcomes { rows.append(builder.row(outcome)) }
        agents = builder.agents
        symbols = builder.symbols
        texts = builder.texts
    }

    package var outcomes: [Dated<ImportedOutcome>] {
        rows.map { Dated(outcome($0), knownAt: $0.knownAt, attestation: $0.attestation) }
    }

    package func text(_ place: Int32) -> String? { place < 0 ? nil : texts[Int(place)] }

    /// What a row says.
    package func outcome(_ row: Row) -> ImportedOutcome {
        ImportedOutcome(
            agent: agents[Int(row.names.agent)], symbol: symbols[Int(row.names.symbol)], direction: row.direction,
            generatedAt: row.generatedAt, horizon: row.horizon, realizedReturnBps: row.realizedReturnBps,
            expectedReturnBps: row.expectedReturnBps, expectedSigmaBps: row.expectedSigmaBps,
            entryPrice: row.entryPrice, exitPrice: row.exitPrice, score: row.score, confidence: row.confidence,
            runID: text(row.names.runID), strategyClass: text(row.names.strategyClass),
            regime: text(row.names.regime), forecasterVersion: text(row.names.forecasterVersion))
    }

    /// Puts rows into ascending order of the moment they became known and makes the digests of the facts. Who reads a
    /// batch may do it beside the fold; the fold does it otherwise.
    package mutating func prepare() {
        guard digests.count != rows.count else { return }
        sortByKnownAt()
        digests = ImportedDigests.digests(of: self)
    }

    /// The order among rows of one moment is not defined.
    private mutating func sortByKnownAt() {
        var latest = Timestamp(milliseconds: Int64.min)
        var isSorted = true
        for row in rows {
            if row.knownAt < latest { isSorted = false }
            latest = row.knownAt
        }
        guard !isSorted else { return }
        let order = rows.indices.sorted { rows[$0].knownAt < rows[$1].knownAt }
        rows = order.map { rows[$0] }
    }

    /// Names given places, each name one.
    private struct Builder {
        var agents: [AgentID] = []
        var symbols: [Symbol] = []
        var texts: [String] = []
        var agentPlaces: [AgentID: Int32] = [:]
        var symbolPlaces: [Symbol: Int32] = [:]
        /// By bytes: `String` holds texts to be equal that are not the same.
        var textPlaces: [[UInt8]: Int32] = [:]

        mutating func row(_ dated: Dated<ImportedOutcome>) -> Row {
            let outcome = dated.value
            return Row(
                knownAt: dated.knownAt, generatedAt: outcome.generatedAt, horizon: outcome.horizon,
                realizedReturnBps: outcome.realizedReturnBps, expectedReturnBps: outcome.expectedReturnBps,
                expectedSigmaBps: outcome.expectedSigmaBps, entryPrice: outcome.entryPrice,
                exitPrice: outcome.exitPrice, score: outcome.score, confidence: outcome.confidence,
                names: Names(
                    agent: Builder.place(outcome.agent, outcome.agent, &agents, &agentPlaces),
                    symbol: Builder.place(outcome.symbol, outcome.symbol, &symbols, &symbolPlaces),
                    runID: place(outcome.runID), strategyClass: place(outcome.strategyClass),
                    regime: place(outcome.regime), forecasterVersion: place(outcome.forecasterVersion)),
                direction: outcome.direction, attestation: dated.attestation)
        }

        private mutating func place(_ text: String?) -> Int32 {
            guard let text else { return -1 }
            return Builder.place(text, Array(text.utf8), &texts, &textPlaces)
        }

        private static func place<Name, Key: Hashable>(
            _ name: Name, _ key: Key, _ names: inout [Name], _ places: inout [Key: Int32]
        ) -> Int32 {
            if let place = places[key] { return place }
            let place = Int32(names.count)
            names.append(name)
            places[key] = place
            return place
        }
    }
}
