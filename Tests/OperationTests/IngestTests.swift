import Domain
import Operation
import Testing

private let noon = Timestamp(seconds: 1_735_732_800)
private let source = SourceDescription(name: "alpha/events.jsonl", path: "/x", kind: .signals, isWatched: true)

private func signal(_ name: String, at time: Timestamp) -> ParsedLine {
    .fact(.signal(Samples.signal(name, "BTC", at: time)))
}

private func ingest(_ world: World) -> Ingest {
    Ingest(clock: world.clock, log: world.log, input: world.input, grace: .minutes(5))
}

/// What became known when, and how sure we are of it: everything the fold sees of stamping.
private func stamps(_ world: World) -> [String] {
    world.with { state in
        state.facts.map { "\($0.fact.eventAt) known \($0.knownAt) \($0.attestation)" }.sorted()
    }
}

struct IngestTests {
    @Test("Every line ends as exactly one thing, and the counts add up")
    func counts() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.sources[source.name] = [
                .blank, .header, .ignored, signal("ann", at: noon - .days(1)), signal("ann", at: noon - .days(1)),
                .rejected(reason: "no agent", bytes: [1, 2]), signal("bob", at: noon + .days(1)),
            ]
        }
        let summary = try ingest(world).read(source, asHistory: false)
        #expect(summary.counts.addsUp)
        #expect(summary.counts.lines == 7)
        #expect(summary.counts.accepted == 1)
        #expect(summary.counts.duplicates == 1)
        #expect(summary.counts.quarantined == 2)
        #expect(summary.counts.unattested == 1)
        let kept = world.with { $0.quarantine }
        #expect(kept.map(\.lineNumber) == [6, 7])
        #expect(kept.map(\.bytes) == [[1, 2], Array("7".utf8)], "a fact refused for its time keeps its line")
        #expect(kept[1].reason.contains("future"))
    }

    @Test("Of outcomes read as rows, those that would close in the future are kept as lines, the others are stored")
    func futureOutcomes() throws {
        let outcomes = try (0..<4).map { number in
            Dated(
                ImportedOutcome(
                    agent: try #require(AgentID("ann")), symbol: try #require(Symbol("BTC")), direction: .long,
                    generatedAt: noon - .days(2) + .hours(Int64(number) * 12), horizon: .standard,
                    realizedReturnBps: 1, expectedReturnBps: 2, expectedSigmaBps: nil, entryPrice: nil, exitPrice: nil,
                    score: nil, confidence: nil, runID: nil, strategyClass: nil, regime: nil, forecasterVersion: nil),
                knownAt: noon - .days(1) + .hours(Int64(number) * 12), attestation: .unattested)
        }
        let position = SourcePosition(
            name: "x", device: 0, inode: 0, offset: 9, lineCount: 5, headDigest: StableHash([UInt8]()), lookedAt: noon,
            header: "", generation: 0)
        var chunk = SourceChunk(
            lines: [SourceLine(number: 5, content: .rejected(reason: "no agent", bytes: [1]))], position: position,
            modifiedAt: noon, remarks: [], bytesRead: 9, bytesTotal: 9)
        chunk.outcomes = OutcomeLines(ImportedSeries(outcomes), lineNumbers: [1, 2, 3, 4])
        chunk.bytesOfOutcome = { [UInt8($0)] }
        let stamping = Stamping(
            recordedAt: noon, modifiedAt: noon, lookedAt: nil, isHistory: true, grace: .minutes(5))
        let batch = Ingest.batch(chunk, of: source, stamping: stamping)
        #expect(batch.outcomes.lineNumbers == [1, 2, 3])
        #expect(batch.quarantined.map(\.lineNumber) == [4, 5])
        #expect(batch.quarantined.map(\.bytes) == [[3], [1]])
        #expect(batch.quarantined[0].reason.contains("the outcome closes at"))
    }

    @Test("Reading again reads nothing again")
    func twice() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.sources[source.name] = (0..<5).map { signal("ann", at: noon - .hours($0)) }
        }
        #expect(try ingest(world).read(source, asHistory: false).counts.accepted == 5)
        #expect(try ingest(world).read(source, asHistory: false).counts.lines == 0)
        #expect(world.with { $0.facts.count } == 5)
    }

    @Test("A death after any chunk of the first meeting leaves the rest history, as if nobody had died")
    func deathAtTheFirstMeeting() throws {
        func world() -> World {
            let world = World()
            world.with { state in
                state.modifiedAt = noon - .hours(1)
                state.sources[source.name] = (0..<9).map { signal("ann", at: noon - .hours(40) + .hours($0)) }
            }
            return world
        }
        let whole = world()
        _ = try ingest(whole).read(source, asHistory: false)
        #expect(whole.with { $0.facts.allSatisfy { $0.attestation == .unattested } })
        for survived in 0...5 {
            let other = world()
            other.with { $0.appendsLeft = survived }
            #expect(throws: Interruption.self) { try ingest(other).read(source, asHistory: false) }
            other.with { state in
                state.appendsLeft = nil
                state.now = state.now + .minutes(1)
            }
            _ = try ingest(other).read(source, asHistory: false)
            #expect(stamps(other) == stamps(whole), "died after \(survived) transactions")
        }
    }

    @Test("A death in the middle of catching up does not turn lines that were there into late ones")
    func deathWhileCatchingUp() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.sources[source.name] = [signal("ann", at: noon - .hours(1))]
        }
        _ = try ingest(world).read(source, asHistory: false)
        // Five hours of signals came while we were down, and we die after the first chunk of them.
        world.with { state in
            state.now = noon + .hours(5)
            state.modifiedAt = noon + .hours(5)
            state.sources[source.name] = [signal("ann", at: noon - .hours(1))]
                + (1...4).map { signal("ann", at: noon + .hours($0)) }
            state.appendsLeft = 1
        }
        #expect(throws: Interruption.self) { try ingest(world).read(source, asHistory: false) }
        world.with { $0.appendsLeft = nil }
        _ = try ingest(world).read(source, asHistory: false)
        #expect(world.with { $0.facts.count { $0.attestation == .late } } == 0)
        #expect(world.with { $0.facts.count { $0.attestation == .unattested } } == 5)
    }

    @Test("A look is dated by its beginning: what is appended while we read was not there when we looked")
    func lookBegan() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.sources[source.name] = [.blank, .blank, .blank]
        }
        var input = world.input
        let read = input.read
        input.read = { source, position, body in
            try read(source, position) { chunk in
                // Reading takes its time.
                world.with { $0.now = $0.now + .minutes(10) }
                try body(chunk)
            }
        }
        let slow = Ingest(clock: world.clock, log: world.log, input: input, grace: .minutes(5))
        _ = try slow.read(source, asHistory: false)
        #expect(world.with { $0.positions[source.name]?.lookedAt } == noon)
    }

    @Test("Recorded time never runs backwards, even if the clock does")
    func clockSetBack() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.lastRecordedAt = noon + .hours(3)
            state.sources[source.name] = [signal("ann", at: noon - .hours(1))]
        }
        _ = try ingest(world).read(source, asHistory: false)
        #expect(world.with { $0.lastRecordedAt } == noon + .hours(3))
    }

    @Test("What comes through a pipe in time is attested, an hour later it is history, and never late")
    func pipe() throws {
        let world = World()
        let pipe = SourceDescription(name: "-", path: nil, kind: .signals, isWatched: false)
        for round in 0..<3 as Range<Int64> {
            world.with { state in
                state.modifiedAt = nil
                state.now = noon + .hours(round)
                state.sources["-"] = [
                    signal("ann", at: noon + .hours(round) - .minutes(2)), signal("old", at: noon - .days(9 + round)),
                ]
            }
            let counts = try ingest(world).read(pipe, asHistory: false).counts
            #expect(counts.accepted == 2 && counts.unattested == 1 && counts.late == 0, "round \(round)")
        }
    }

    @Test("A second pipe of old prices is history like the first, not news of today")
    func pipedPrices() throws {
        let world = World()
        let pipe = SourceDescription(name: "-", path: nil, kind: .prices, isWatched: false)
        for (round, name) in ["BTC", "ETH"].enumerated() {
            let bar = Samples.bar(opening: noon - .days(400))
            world.with { state in
                state.now = noon + .minutes(Int64(round))
                state.sources["-"] = [.fact(.bar(Samples.symbol(name), bar))]
            }
            #expect(try ingest(world).read(pipe, asHistory: false).counts.unattested == 1)
        }
        let closed = noon - .days(400) + .hours(1)
        #expect(world.with { $0.facts.map(\.knownAt) } == [closed, closed])
    }

    @Test("A quarantined line that can be read now becomes history and leaves the quarantine")
    func retry() throws {
        let world = World()
        world.with { state in
            state.modifiedAt = noon
            state.sources[source.name] = [
                .rejected(reason: "unknown word", bytes: Array("1".utf8)), signal("bob", at: noon + .hours(2)),
                .rejected(reason: "hopeless", bytes: Array("99".utf8)),
            ]
        }
        #expect(try ingest(world).read(source, asHistory: false).counts.quarantined == 3)
        // The mapping was mended, and the future has come.
        world.with { state in
            state.sources[source.name]?[0] = signal("ann", at: noon - .hours(3))
            state.now = noon + .hours(3)
        }
        let first = try ingest(world).retry(world.quarantine)
        #expect(first.tried == 3 && first.resolved == 2 && first.counts.accepted == 2)
        #expect(world.with { $0.facts.allSatisfy { $0.attestation == .unattested } })
        let second = try ingest(world).retry(world.quarantine)
        #expect(second.tried == 1 && second.resolved == 0)
    }
}
