import Domain
import Testing

@Suite("Imported outcomes in a series")
struct ImportedSeriesTests {
    /// Outcomes with and without each field, names that differ and names that do not, in turns or at random.
    private func outcomes(_ count: Int, seed: UInt64) -> [Dated<ImportedOutcome>] {
        var draws = Draws(seed: seed)
        func pick<Value>(_ values: [Value]) -> Value { values[draws.below(values.count)] }
        func number() -> Double { pick([0, -0.0, Double(draws.below(100_000)) / 7 - 5_000]) }
        func perhaps<Value>(_ value: Value) -> Value? { draws.below(4) == 0 ? nil : value }
        return (0..<count).map { _ in
            guard let agent = AgentID(pick(["a", "agent-0001", "é", "e\u{301}", "a very long name of an agent"])),
                let symbol = Symbol(pick(["BTC", "ETH/BTC"])), let horizon = Horizon(hours: pick([1, 24, 0.5]))
            else { preconditionFailure("Invariant: valid names") }
            let row = ImportedOutcome(
                agent: agent, symbol: symbol, direction: pick([.long, .short, .flat]),
                generatedAt: at("2025-01-01T00:00:00Z") + .minutes(Int64(draws.below(90))), horizon: horizon,
                realizedReturnBps: number(), expectedReturnBps: number(), expectedSigmaBps: perhaps(120.5),
                entryPrice: perhaps(number()), exitPrice: perhaps(number()), score: perhaps(number()),
                confidence: perhaps(0.5), runID: pick([nil, nil, nil, "run-1", "run-22", ""]),
                strategyClass: pick([nil, "", "é", "e\u{301}", "momentum"]), regime: perhaps("calm"),
                forecasterVersion: perhaps("v1"))
            return Dated(
                row, knownAt: row.closesAt + .minutes(Int64(draws.below(3))),
                attestation: pick([.attested, .unattested, .late]))
        }
    }

    @Test("what went in comes out, to the spelling", arguments: [UInt64(1), 2])
    func roundTrip(seed: UInt64) {
        let rows = outcomes(400, seed: seed)
        let back = ImportedSeries(rows).outcomes
        #expect(back == rows, "seed \(seed)")
        #expect(back.map(\.value.identity) == rows.map(\.value.identity), "seed \(seed)")
        #expect(FactBatch(outcomes: rows).outcomes == rows && FactBatch(outcomes: rows).factCount == 400)
    }

    @Test("prepared they stand by what was known first, with the digests of the facts", arguments: [UInt64(3), 4, 5])
    func prepared(seed: UInt64) {
        let rows = outcomes(501, seed: seed)
        var series = ImportedSeries(rows)
        series.prepare()
        let times = series.rows.map(\.knownAt)
        #expect(times == times.sorted() && times != rows.map(\.knownAt), "seed \(seed)")
        let digests = { (rows: [Dated<ImportedOutcome>]) in
            rows.map { $0.value.identity.digest(knownAt: $0.knownAt, attestation: $0.attestation) }
        }
        #expect(series.digests == digests(series.outcomes), "seed \(seed)")
        #expect(Set(series.digests) == Set(digests(rows)), "seed \(seed)")
    }
}

@Suite("The digest of many bytes")
struct WordDigestTests {
    @Test("a byte more, less, changed or moved is seen at every place and length", arguments: [UInt64(9)])
    func seesDamage(seed: UInt64) {
        var draws = Draws(seed: seed)
        for count in [0, 1, 7, 8, 31, 32, 33, 64, 100, 257] {
            let bytes = (0..<count).map { _ in UInt8(draws.below(256)) }
            let digest = WordDigest.of(bytes[...])
            #expect(WordDigest.of((bytes + [0])[...]) != digest, "\(count) bytes, seed \(seed)")
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= UInt8(1 << draws.below(8))
                #expect(WordDigest.of(damaged[...]) != digest, "byte \(place) of \(count), seed \(seed)")
                var cut = bytes
                cut.remove(at: place)
                #expect(WordDigest.of(cut[...]) != digest, "without byte \(place) of \(count), seed \(seed)")
            }
        }
    }

    @Test("a part of a list has the digest of its bytes")
    func ofParts() {
        let bytes = (0..<100).map { UInt8($0) }
        #expect(WordDigest.of(bytes[7..<93]) == WordDigest.of(Array(bytes[7..<93])[...]))
    }
}
