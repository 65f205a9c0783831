/// The digests of imported outcomes by the million: the bits of `FactIdentity.digest`, without making an outcome of
/// every row. What all rows of an agent on a symbol begin with is hashed once.
enum ImportedDigests {
    static func digests(of series: ImportedSeries) -> [StableHash] {
        var prefixes = Prefixes(series)
        let texts = series.texts.map { Array($0.utf8) }
        var made: [StableHash] = []
        made.reserveCapacity(series.rows.count)
        for row in series.rows { made.append(digest(row, prefixes.prefix(row), texts)) }
        return made
    }

    /// As `ImportedOutcome.identity` and `FactIdentity.digest`.
    private static func digest(
        _ row: ImportedSeries.Row, _ prefix: WordHash, _ texts: [[UInt8]]
    ) -> StableHash {
        var key = prefix
        key.add(row.generatedAt.milliseconds)
        key.add(row.horizon.span.milliseconds)
        key.add(Int64(row.direction.rawValue))
        var content = WordHash()
        content.add(row.realizedReturnBps)
        content.add(row.expectedReturnBps)
        content.add(row.expectedSigmaBps)
        content.add(row.entryPrice)
        content.add(row.exitPrice)
        content.add(row.score)
        content.add(row.confidence)
        content.add(row.names.strategyClass, of: texts)
        content.add(row.names.regime, of: texts)
        content.add(row.names.forecasterVersion, of: texts)
        return FactIdentity(kind: .outcome, key: key.finished(), content: content.finished())
            .digest(knownAt: row.knownAt, attestation: row.attestation)
    }

    /// The hash of what a key begins with, (agent, run, symbol), kept for each agent and symbol without a run.
    private struct Prefixes {
        private let series: ImportedSeries
        private var known: [WordHash?]

        /// Beyond this many places nothing is kept.
        private static let limit = 1 << 18

        init(_ series: ImportedSeries) {
            self.series = series
            let count = series.agents.count * series.symbols.count
            known = Array(repeating: nil, count: count <= Prefixes.limit ? count : 0)
        }

        mutating func prefix(_ row: ImportedSeries.Row) -> WordHash {
            let place = Int(row.names.agent) * series.symbols.count + Int(row.names.symbol)
            guard row.names.runID < 0, place < known.count else { return made(row) }
            if let prefix = known[place] { return prefix }
            let prefix = made(row)
            known[place] = prefix
            return prefix
        }

        private func made(_ row: ImportedSeries.Row) -> WordHash {
            var hash = WordHash()
            hash.add(series.agents[Int(row.names.agent)].name)
            hash.add(series.text(row.names.runID))
            hash.add(series.symbols[Int(row.names.symbol)].name)
            return hash
        }
    }
}

extension WordHash {
    fileprivate mutating func add(_ place: Int32, of texts: [[UInt8]]) {
        guard place >= 0 else { return combine(0) }
        combine(1)
        texts[Int(place)].withUnsafeBytes { combine($0) }
    }
}
