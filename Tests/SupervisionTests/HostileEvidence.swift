import Domain
import Statistics
import Swarm

/// A simulated fleet whose facts are spoiled in every way that a ledger may hold them: everything from a seed.
struct HostileEvidence {
    var facts: FactBatch
    var endAt: Timestamp
    private var random: Xoshiro256

    static let dayCount = 34
    static let warmUpDays = 6
    static let names = ["apt", "brisk", "copy", "dull", "early", "frank"]

    /// - Parameter isDisputed: whether bars are withdrawn; what came before withdrawals is the same either way.
    init(seed: UInt64, isDisputed: Bool = true) {
        random = Xoshiro256(seed: seed, stream: "hostile")
        let symbols = ["BTC", "ETH", "SOL"].map(symbol)
        var market = MarketSettings(seed: seed, symbols: symbols, startAt: start, dayCount: Self.dayCount)
        market.barLength = .hours(2)
        market.gapProbability = 0.01
        market.gapLengthMax = 20
        market.delisting = .init(symbol: symbols[2], at: start + .days(Int64(14 + seed % 6)))
        let kinds: [AgentKind] = [.skilled, .revising, .copycat, .backdating, .longOnly, .silent]
        let profiles = zip(Self.names, kinds).enumerated().map { index, pair in
            AgentProfile(
                id: agent(pair.0), kind: pair.1, symbols: index == 1 ? symbols : [symbols[index % 3], symbols[0]],
                skill: 0.2, claimedSkill: 0.3, minuteOfDay: pair.1 == .copycat ? 400 : 130 * (index + 1),
                strategyClass: index % 2 == 0 ? "even" : "odd", leader: pair.1 == .copycat ? agent("apt") : nil)
        }
        var settings = FleetSettings(seed: seed, market: market, agents: profiles)
        settings.warmUpDays = Self.warmUpDays
        settings.silentAfterDays = 10
        let fleet = SimulatedFleet(settings)
        endAt = fleet.market.settings.endAt
        facts = FactBatch()
        facts.bars = spoiled(fleet.market.series(.attested))
        facts.signals = fleet.signalLines.flatMap { spoiled($0) }
        facts.telemetry = fleet.days.flatMap(\.telemetry).flatMap { spoiled($0) }
        facts.outcomes = importedRows()
        facts.decisions = decisions()
        facts.renames = [
            rename("brisk", to: "brisk-2", at: day(15, 7)), rename("brisk", to: "brisk-3", at: day(15, 7)),
            rename("brisk-2", to: "brisk-4", at: day(21, 3)), rename("early", to: "apt", at: day(12)),
        ]
        facts.policyChanges = policyChanges()
        if isDisputed { facts.barWithdrawals = Self.withdrawals(of: facts.bars, seed: seed) }
    }

    /// Before the bar is known, at that moment, hours and weeks after; some twice with other words, some of bars that
    /// never were.
    private static func withdrawals(of series: [BarSeries], seed: UInt64) -> [Dated<BarWithdrawal>] {
        var random = Xoshiro256(seed: seed, stream: "withdrawals")
        var list: [Dated<BarWithdrawal>] = []
        for series in series {
            for bar in series.bars where random.happens(0.03) {
                let openAt = random.happens(0.05) ? bar.value.openAt + .minutes(7) : bar.value.openAt
                let delay = random.pick([0, 0, 3, 30, 500, 900])
                let withdrawal = BarWithdrawal(
                    symbol: series.symbol, openAt: openAt, closeAt: bar.value.closeAt,
                    at: bar.value.closeAt + .hours(Int64(random.below(delay + 1))),
                    reason: "they quote \(random.below(3)) prices")
                let knownAt = random.happens(0.2) ? withdrawal.at + .hours(Int64(random.below(40))) : withdrawal.at
                list.append(Dated(withdrawal, knownAt: knownAt, attestation: .attested))
                guard random.happens(0.2), var again = list.last else { continue }
                again.value.reason += ", still"
                if random.happens(0.5) { again.knownAt = again.knownAt + .hours(Int64(random.below(100))) }
                list.append(again)
            }
        }
        return list
    }

    private mutating func time(in range: Range<Int> = 1..<dayCount) -> Timestamp {
        let number = Int64(range.lowerBound + random.below(range.count))
        return day(number, Int64(random.below(24)), minutes: Int64(random.below(60)))
    }

    /// Some bars known days late, some twice with other prices.
    private mutating func spoiled(_ series: [BarSeries]) -> [BarSeries] {
        series.map { series in
            var bars: [Dated<Bar>] = []
            for bar in series.bars {
                var late = bar
                if random.happens(0.03) { late.knownAt = bar.knownAt + .minutes(Int64(random.below(4_000))) }
                bars.append(late)
                guard random.happens(0.01) else { continue }
                var other = bar
                other.value.close *= 1.01
                other.value.high = max(other.value.high, other.value.close)
                other.knownAt = late.knownAt + .hours(Int64(random.below(30)))
                bars.append(other)
            }
            return BarSeries(symbol: series.symbol, bars: bars)
        }
    }

    private mutating func spoiled(_ line: SignalLine) -> [Dated<Signal>] {
        guard var signal = line.signal, line.kind != .duplicate else { return [] }
        if signal.agent.name == "frank" { signal.agentVersion = signal.generatedAt < day(13, 9) ? "1" : "2" }
        if signal.agent.name == "brisk", signal.generatedAt > day(20) { signal.agent = agent("brisk-2") }
        if random.happens(0.05) { signal.strategyClass = nil }
        if random.happens(0.05) { signal.horizon = .hours(Int64(1 + random.below(80))) }
        if random.happens(0.03) { signal.direction = .flat }
        var attestation: Attestation = line.kind == .late ? .late : .attested
        if attestation == .attested, random.happens(0.15) { attestation = .unattested }
        let dated = Dated(
            signal, knownAt: attestation == .unattested ? signal.generatedAt : line.writtenAt, attestation: attestation)
        guard random.happens(0.05) else { return [dated] }
        var conflict = dated
        conflict.value.direction = signal.direction == .long ? .short : .long
        if random.happens(0.5) { conflict.knownAt = dated.knownAt + .minutes(Int64(random.below(8))) }
        return [dated, conflict]
    }

    private mutating func spoiled(_ line: TelemetryLine) -> [Dated<TelemetryRecord>] {
        let dated = Dated(line.record, knownAt: line.writtenAt, attestation: .attested)
        guard random.happens(0.1) else { return [dated] }
        var other = dated
        other.value.latencyMilliseconds = random.uniform() * 1_000
        other.value.costUSD = random.uniform()
        return [dated, other]
    }

    /// Many at one moment, on one symbol, some that differ in their run alone.
    private mutating func importedRows() -> [Dated<ImportedOutcome>] {
        (0..<60).map { number in
            let generatedAt = day(Int64(2 + number / 4), 6)
            let row = ImportedOutcome(
                agent: agent(number % 3 == 0 ? "import" : "brisk"), symbol: symbol(number % 2 == 0 ? "BTC" : "XMR"),
                direction: random.pick([.long, .short, .flat]), generatedAt: generatedAt, horizon: .standard,
                realizedReturnBps: number % 5 == 0 ? 12.5 : 400 * (random.uniform() - 0.5),
                expectedReturnBps: 30 * random.uniform(), expectedSigmaBps: random.happens(0.8) ? 180 : nil,
                entryPrice: nil, exitPrice: nil, score: nil, confidence: nil, runID: "run-\(number)",
                strategyClass: random.pick([nil, "even", "imported"]), regime: nil, forecasterVersion: nil)
            return Dated(row, knownAt: row.closesAt, attestation: .unattested)
        }
    }

    private mutating func decisions() -> [Dated<HumanDecision>] {
        var list = (0..<14).map { _ in
            let name = random.pick(Self.names + ["brisk-2", "nobody"])
            let scope: DecisionScope =
                random.happens(0.3) ? .strategy(random.pick(["even", "odd"])) : .agent(agent(name))
            return decision(random.pick(DecisionKind.allCases), scope, at: time())
        }
        // Of one moment, kind and reason.
        list += Self.names.map { decision(.veto, .agent(agent($0)), at: day(17, 5)) }
        return list
    }

    private mutating func policyChanges() -> [Dated<PolicyChange>] {
        var approving = Policy.standard
        approving.gates.promotion = .approval
        approving.decisionEveryHours = random.pick([6, 12, 48])
        approving.costs.roundTripBps = 20
        approving.window = 100
        approving.strategies = ["dull": "mapped"]
        var plain = Policy.standard
        plain.forecasting.minimalOutcomes = 40
        plain.allocation.prior = .inverseVolatility
        return [policyChange(approving, at: time(in: 10..<16)), policyChange(plain, at: time(in: 18..<26))]
    }

    mutating func moment() -> Timestamp { time(in: 1..<Self.dayCount) }

    /// The facts in another order, in batches: each before the last of the times that comes no earlier than its moment.
    mutating func batches(until times: [Timestamp]) -> [FactBatch] {
        var batches = [FactBatch](repeating: FactBatch(), count: times.count)
        func place(_ knownAt: Timestamp) -> Int {
            let latest = times.firstIndex { $0 >= knownAt } ?? times.count - 1
            return random.below(latest + 1)
        }
        for series in random.shuffled(facts.bars) {
            var parts = [[Dated<Bar>]](repeating: [], count: times.count)
            for bar in random.shuffled(series.bars) { parts[place(bar.knownAt)].append(bar) }
            for (index, part) in parts.enumerated() where !part.isEmpty {
                batches[index].bars.append(BarSeries(symbol: series.symbol, bars: part))
            }
        }
        for fact in random.shuffled(facts.signals) { batches[place(fact.knownAt)].signals.append(fact) }
        for fact in random.shuffled(facts.outcomes) { batches[place(fact.knownAt)].outcomes.append(fact) }
        for fact in random.shuffled(facts.telemetry) { batches[place(fact.knownAt)].telemetry.append(fact) }
        for fact in random.shuffled(facts.decisions) { batches[place(fact.knownAt)].decisions.append(fact) }
        for fact in random.shuffled(facts.renames) { batches[place(fact.knownAt)].renames.append(fact) }
        for fact in random.shuffled(facts.policyChanges) { batches[place(fact.knownAt)].policyChanges.append(fact) }
        for fact in random.shuffled(facts.barWithdrawals) { batches[place(fact.knownAt)].barWithdrawals.append(fact) }
        return batches
    }
}
