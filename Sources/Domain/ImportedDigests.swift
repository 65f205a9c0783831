/// The digests of imported outcomes by the million: the bits of `FactIdentity.digest`, made with the work shared.
///
/// A stable hash takes a byte after the other, each step waiting for the last, and a row is some two hundred of them.
/// Two rows do not wait for one another: they are hashed side by side, which takes hardly longer than one. What all
/// rows of an agent on a symbol begin with is hashed once.
enum ImportedDigests {
    static func digests(of series: ImportedSeries) -> [StableHash] {
        var prefixes = Prefixes(series)
        var made: [StableHash] = []
        made.reserveCapacity(series.rows.count)
        let texts = series.texts.map { Array($0.utf8) }
        var index = 0
        while index < series.rows.count {
            let second = min(index + 1, series.rows.count - 1)
            let (one, two) = (series.rows[index], series.rows[second])
            if second > index, haveOneShape(one, two, texts) {
                let pair = digests(one, two, prefixes.prefix(one), prefixes.prefix(two), texts)
                made.append(pair.0)
                made.append(pair.1)
                index += 2
            } else {
                made.append(
                    series.outcome(one).identity.digest(knownAt: one.knownAt, attestation: one.attestation))
                index += 1
            }
        }
        return made
    }

    /// Whether the same fields are there, with texts of the same lengths: the same steps for both.
    private static func haveOneShape(
        _ one: ImportedSeries.Row, _ two: ImportedSeries.Row, _ texts: [[UInt8]]
    ) -> Bool {
        func have(_ first: Double?, _ second: Double?) -> Bool { (first == nil) == (second == nil) }
        func have(_ first: Int32, _ second: Int32) -> Bool {
            first == second
                || (first >= 0 && second >= 0 && texts[Int(first)].count == texts[Int(second)].count)
        }
        return have(one.expectedSigmaBps, two.expectedSigmaBps) && have(one.entryPrice, two.entryPrice)
            && have(one.exitPrice, two.exitPrice) && have(one.score, two.score)
            && have(one.confidence, two.confidence) && have(one.names.strategyClass, two.names.strategyClass)
            && have(one.names.regime, two.names.regime)
            && have(one.names.forecasterVersion, two.names.forecasterVersion)
    }

    /// As `ImportedOutcome.identity` and `FactIdentity.digest`, for two rows of one shape.
    private static func digests(
        _ one: ImportedSeries.Row, _ two: ImportedSeries.Row, _ firstKey: StableHash, _ secondKey: StableHash,
        _ texts: [[UInt8]]
    ) -> (StableHash, StableHash) {
        var key = HashPair(firstKey, secondKey)
        key.add(one.generatedAt.milliseconds, two.generatedAt.milliseconds)
        key.add(one.horizon.span.milliseconds, two.horizon.span.milliseconds)
        key.add(Int64(one.direction.rawValue), Int64(two.direction.rawValue))
        let keys = key.finished()
        var content = HashPair(StableHash(), StableHash())
        content.add(one.realizedReturnBps, two.realizedReturnBps)
        content.add(one.expectedReturnBps, two.expectedReturnBps)
        content.add(one.expectedSigmaBps, two.expectedSigmaBps)
        content.add(one.entryPrice, two.entryPrice)
        content.add(one.exitPrice, two.exitPrice)
        content.add(one.score, two.score)
        content.add(one.confidence, two.confidence)
        content.add(one.names.strategyClass, two.names.strategyClass, texts)
        content.add(one.names.regime, two.names.regime, texts)
        content.add(one.names.forecasterVersion, two.names.forecasterVersion, texts)
        let contents = content.finished()
        var dated = HashPair(StableHash(), StableHash())
        dated.combine(UInt64(FactKind.outcome.rawValue), UInt64(FactKind.outcome.rawValue))
        dated.combine(keys.0.high, keys.1.high)
        dated.combine(keys.0.low, keys.1.low)
        dated.combine(contents.0.high, contents.1.high)
        dated.combine(contents.0.low, contents.1.low)
        dated.combine(
            UInt64(bitPattern: one.knownAt.milliseconds), UInt64(bitPattern: two.knownAt.milliseconds))
        dated.combine(UInt64(one.attestation.rawValue), UInt64(two.attestation.rawValue))
        return dated.finished()
    }

    /// The hash of what a key begins with, (agent, run, symbol), kept for each agent and symbol without a run.
    private struct Prefixes {
        private let series: ImportedSeries
        private var known: [StableHash?]

        /// Beyond this many places nothing is kept.
        private static let limit = 1 << 18

        init(_ series: ImportedSeries) {
            self.series = series
            let count = series.agents.count * series.symbols.count
            known = Array(repeating: nil, count: count <= Prefixes.limit ? count : 0)
        }

        mutating func prefix(_ row: ImportedSeries.Row) -> StableHash {
            let place = Int(row.names.agent) * series.symbols.count + Int(row.names.symbol)
            guard row.names.runID < 0, place < known.count else { return made(row) }
            if let prefix = known[place] { return prefix }
            let prefix = made(row)
            known[place] = prefix
            return prefix
        }

        private func made(_ row: ImportedSeries.Row) -> StableHash {
            var hash = StableHash()
            func add(_ text: String?) {
                hash.combine(UInt64(text == nil ? 0 : 1))
                if let text { hash.combine(text) }
            }
            add(series.agents[Int(row.names.agent)].name)
            add(series.text(row.names.runID))
            add(series.symbols[Int(row.names.symbol)].name)
            return hash
        }
    }
}

/// Two stable hashes that take the same steps, side by side.
private struct HashPair {
    private var one: StableHash
    private var two: StableHash

    @inline(__always)
    init(_ one: StableHash, _ two: StableHash) {
        self.one = one
        self.two = two
    }

    @inline(__always)
    mutating func combine(_ first: UInt64, _ second: UInt64) {
        var (left, right) = (first, second)
        for _ in 0..<8 {
            one.step(UInt8(truncatingIfNeeded: left))
            two.step(UInt8(truncatingIfNeeded: right))
            left >>= 8
            right >>= 8
        }
    }

    @inline(__always)
    mutating func add(_ first: Int64, _ second: Int64) {
        combine(1, 1)
        combine(UInt64(bitPattern: first), UInt64(bitPattern: second))
    }

    /// Both there or neither.
    @inline(__always)
    mutating func add(_ first: Double?, _ second: Double?) {
        guard let first, let second else { return combine(0, 0) }
        combine(1, 1)
        // -0 and 0 are one number.
        combine((first == 0 ? 0 : first).bitPattern, (second == 0 ? 0 : second).bitPattern)
    }

    /// Both there, with as many bytes, or neither.
    mutating func add(_ first: Int32, _ second: Int32, _ texts: [[UInt8]]) {
        guard first >= 0, second >= 0 else { return combine(0, 0) }
        combine(1, 1)
        let (left, right) = (texts[Int(first)], texts[Int(second)])
        combine(UInt64(left.count), UInt64(right.count))
        for index in left.indices {
            one.step(left[index])
            two.step(right[index])
        }
    }

    func finished() -> (StableHash, StableHash) {
        var (first, second) = (one, two)
        first.finish()
        second.finish()
        return (first, second)
    }
}
