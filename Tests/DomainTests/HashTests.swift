import Domain
import Testing

@Suite("Identity of facts")
struct HashTests {
    @Test("a million structured inputs have a million digests, in each half alone")
    func hasNoCollisions() {
        var high: Set<UInt64> = []
        var low: Set<UInt64> = []
        high.reserveCapacity(1_000_000)
        low.reserveCapacity(1_000_000)
        for agent in 0..<10 {
            for symbol in 0..<10 {
                for hour in 0..<10_000 {
                    var hash = StableHash()
                    hash.combine("agent-\(agent)")
                    hash.combine("S\(symbol)")
                    hash.combine(UInt64(hour) * 3_600_000)
                    hash.finish()
                    high.insert(hash.high)
                    low.insert(hash.low)
                }
            }
        }
        #expect(high.count == 1_000_000 && low.count == 1_000_000)
    }

    @Test("a digest is the same in every release")
    func isFrozen() {
        #expect(StableHash("").description == "f50cb7c8253a125a178d1f0b3fee4349")
        #expect(StableHash("meta-supervisor").description == "d6164244d29d872ee3690b1da451413c")
        #expect(StableHash(high: 1, low: 2).description == "00000000000000010000000000000002")
    }

    @Test("the digest of a set of facts is free of their order, and tells one from two", arguments: [UInt64(8)])
    func isOrderFree(seed: UInt64) {
        var draws = Draws(seed: seed)
        var facts = (0..<200).map { StableHash("fact \($0)") }
        var first = FactsDigest()
        for fact in facts { first.insert(fact) }
        for _ in 0..<20 {
            for index in facts.indices { facts.swapAt(index, draws.below(facts.count)) }
            var other = FactsDigest()
            let cut = draws.below(facts.count)
            for fact in facts[cut...] { other.insert(fact) }
            var rest = FactsDigest()
            for fact in facts[..<cut] { rest.insert(fact) }
            other.insert(rest)
            #expect(other == first, "seed \(seed)")
        }
        var more = first
        more.insert(facts[0])
        #expect(more != first && more.count == 201)
    }

    private var signal: Signal {
        guard let agent = AgentID("a"), let symbol = Symbol("BTC") else { preconditionFailure("Invariant: valid") }
        return Signal(
            agent: agent, symbol: symbol, direction: .long, score: 0.5, generatedAt: at("2025-01-01T00:00:00Z"))
    }

    @Test("every field of a signal is in its content, and no field runs into its neighbor")
    func readsEveryField() {
        var versions = [signal]
        let changes: [(inout Signal) -> Void] = [
            { $0.direction = .short }, { $0.score = nil }, { $0.score = 0.500_000_1 }, { $0.confidence = 0.5 },
            { $0.probabilityUp = 0.5 }, { $0.horizon = .hours(1) }, { $0.generatedAt = $0.generatedAt + .hours(1) },
            { $0.signalID = "ab" }, { $0.runID = "ab" }, { $0.strategyClass = "ab" }, { $0.regime = "ab" },
            { $0.agentVersion = "ab" }, { $0.unknownFields = "ab" },
            { $0.runID = "" }, { $0.runID = "a"; $0.regime = "b" },
            { $0.runID = "ab"; $0.regime = "" }, { $0.strategyClass = "a"; $0.regime = "b" },
            { if let eth = Symbol("ETH") { $0.symbol = eth } },
        ]
        for change in changes {
            var other = signal
            change(&other)
            versions.append(other)
        }
        #expect(Set(versions.map(\.identity.content)).count == versions.count)
    }

    @Test("a signal's key is its id where it has one, else what, when and how long")
    func namesSignals() throws {
        var other = signal
        other.score = 0.9
        other.direction = .short
        #expect(other.identity.key == signal.identity.key && other.identity.content != signal.identity.content)
        other.horizon = .hours(1)
        #expect(other.identity.key != signal.identity.key)
        var named = signal
        named.signalID = "7"
        var later = named
        later.generatedAt = later.generatedAt + .hours(3)
        #expect(named.identity.key == later.identity.key && named.identity.key != signal.identity.key)
        later.agent = try #require(AgentID("b"))
        #expect(named.identity.key != later.identity.key)
    }

    @Test("zero has one identity, whatever its sign")
    func zeroes() {
        var (plus, minus) = (signal, signal)
        (plus.score, minus.score) = (0, -0.0)
        #expect(plus.identity == minus.identity)
        minus.score = nil
        #expect(plus.identity != minus.identity)
    }

    @Test("what a fact says, when it was known and how it was seen are all in its digest")
    func digests() {
        let time = at("2025-01-01T00:00:00Z")
        let identity = signal.identity
        var changed = identity
        changed.kind = .outcome
        let digests: Set<StableHash> = [
            identity.digest(knownAt: time, attestation: .attested),
            identity.digest(knownAt: time, attestation: .unattested),
            identity.digest(knownAt: time + Span(milliseconds: 1), attestation: .attested),
            changed.digest(knownAt: time, attestation: .attested),
        ]
        #expect(digests.count == 4)
    }

    @Test("bars of one opening and different lengths are different facts")
    func namesBars() throws {
        let symbol = try #require(Symbol("BTC"))
        let hour = bar(at("2025-01-01T00:00:00Z"), 1, 2)
        let day = bar(at("2025-01-01T00:00:00Z"), hours: 24, 1, 2)
        #expect(hour.identity(of: symbol).key != day.identity(of: symbol).key)
        #expect(hour.identity(of: symbol).content == day.identity(of: symbol).content)
    }

    @Test("the withdrawal of a bar is a fact of its own: the bar's name, and the reason as its content")
    func namesWithdrawals() throws {
        let time = at("2025-01-01T00:00:00Z")
        let symbol = try #require(Symbol("BTC"))
        let one = BarWithdrawal(symbol: symbol, openAt: time, closeAt: time + .hours(1), at: time, reason: "a")
        var other = one
        other.at = time + .hours(9)
        #expect(one.identity == other.identity)
        other.reason = "b"
        #expect(one.identity.key == other.identity.key && one.identity.content != other.identity.content)
        other.closeAt = time + .hours(2)
        #expect(one.identity.key != other.identity.key)
        #expect(one.identity.kind != bar(time, 1, 2).identity(of: symbol).kind)
    }

    @Test("the numbers of the kinds of facts, which enter digests, are these for ever")
    func numbersKinds() {
        let kinds: [FactKind] = [
            .policyChange, .rename, .bar, .signal, .outcome, .telemetry, .decision, .barWithdrawal,
        ]
        #expect(kinds.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7] && FactKind.allCases.count == kinds.count)
    }
}
