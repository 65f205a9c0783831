internal import Books
internal import Domain
internal import Forecasting
internal import PromotionGates
internal import Reconciliation
internal import Scoring

extension Fold {
    /// One agent's new signals of a step.
    private struct Arrivals {
        var flats: [Dated<Signal>] = []
        /// Versions by natural key, in the order of the keys.
        var versions: [StableHash: [SignalVersions.Version]] = [:]
    }

    mutating func takeSignals(through time: Timestamp) {
        let signals = queue.signals.take(through: time)
        tally.count(signals, kind: .signal, identity: \.identity)
        var arrivals: [AgentID: Arrivals] = [:]
        for signal in signals {
            let name = currentName(of: signal.value.agent)
            arrivals[name, default: Arrivals()].versions[signal.value.identity.key, default: []]
                .append(SignalVersions.Version(signal: signal, identity: signal.value.identity))
        }
        for name in arrivals.keys.sorted() {
            guard let arrived = arrivals[name] else { continue }
            take(arrived, of: index(of: name))
        }
    }

    private mutating func take(_ arrived: Arrivals, of index: Int) {
        var accepted: [SignalVersions.Version] = []
        for key in arrived.versions.keys.sorted(by: { ($0.high, $0.low) < ($1.high, $1.low) }) {
            var versions = arrived.versions[key] ?? []
            for version in versions { countArrival(version.signal, of: index) }
            let late = versions.filter { $0.signal.attestation == .late }
            for _ in late { agents[index].reject(.late) }
            versions.removeAll { $0.signal.attestation == .late }
            if let choice = choose(among: versions, key: key, of: index) { accepted.append(choice) }
        }
        accepted.sort(by: Fold.precedes)
        for version in accepted { announce(version.signal.value, of: index) }
        let opening = accepted.filter { $0.signal.value.direction != .flat }
        for version in opening where version.signal.knownAt < version.signal.value.closesAt {
            agents[index].book.open(interval(of: version))
        }
        for version in accepted where version.signal.value.direction == .flat {
            agents[index].reject(.flat)
            let symbol = self.index(of: version.signal.value.symbol)
            agents[index].book.close(symbol: symbol, at: version.signal.knownAt)
        }
        for version in opening { prepare(version, of: index) }
    }

    private mutating func countArrival(_ signal: Dated<Signal>, of index: Int) {
        agents[index].signalCount += 1
        if signal.attestation == .unattested { agents[index].unattestedCount += 1 }
        let at = signal.value.generatedAt
        agents[index].firstSignalAt = min(agents[index].firstSignalAt ?? at, at)
        agents[index].lastSignalAt = max(agents[index].lastSignalAt ?? at, at)
        guard signal.attestation != .late, signal.value.direction != .flat else { return }
        let closesAt = signal.value.closesAt
        agents[index].lastCloseAt = max(agents[index].lastCloseAt ?? closesAt, closesAt)
    }

    /// The version that counts; `nil` where the one already open still does. Losers are counted.
    private mutating func choose(
        among versions: [SignalVersions.Version], key: StableHash, of index: Int
    ) -> SignalVersions.Version? {
        let openIndex = agents[index].openSignals.firstIndex { $0.identity.key == key }
        var candidates: [SignalVersions.Version] = []
        if let openIndex {
            let open = agents[index].openSignals[openIndex]
            candidates.append(
                SignalVersions.Version(
                    signal: Dated(open.signal, knownAt: open.knownAt, attestation: open.attestation),
                    identity: open.identity))
        }
        for version in versions where !candidates.contains(where: { $0.identity == version.identity }) {
            candidates.append(version)
        }
        guard !versions.isEmpty, candidates.count > (openIndex == nil ? 0 : 1) else { return nil }
        let entered = openIndex.flatMap { agents[index].openSignals[$0].entryAt }
        let pricing = policy.pricing
        let (histories, symbolIndexes) = (histories, symbolIndexes)
        let choice = SignalVersions.choose(among: candidates, grace: policy.grace) { signal in
            if let entered, let openIndex, signal.knownAt == agents[index].openSignals[openIndex].knownAt {
                return entered
            }
            guard let symbol = symbolIndexes[signal.value.symbol] else { return nil }
            let fill = histories[symbol].fill(atOrAfter: signal.knownAt, maximalDelay: pricing.fillDelay)
            if case .filled(_, let at) = fill { return at }
            return nil
        }
        for loser in choice.losers { agents[index].reject(loser.reason) }
        guard let openIndex else { return choice.counting }
        if choice.counting.identity == agents[index].openSignals[openIndex].identity { return nil }
        agents[index].openSignals.remove(at: openIndex)
        agents[index].book.withdraw(key: key)
        return choice.counting
    }

    private static func precedes(_ left: SignalVersions.Version, _ right: SignalVersions.Version) -> Bool {
        if left.signal.knownAt != right.signal.knownAt { return left.signal.knownAt < right.signal.knownAt }
        let (first, second) = (left.signal.value, right.signal.value)
        if first.symbol != second.symbol { return first.symbol < second.symbol }
        let (one, two) = (left.identity.key, right.identity.key)
        return (one.high, one.low) < (two.high, two.low)
    }

    /// A new version of the agent begins a new track record; what was open stays with the old one.
    private mutating func announce(_ signal: Signal, of index: Int) {
        note(signal.strategyClass, of: index)
        guard let version = signal.agentVersion, version != agents[index].version else { return }
        defer { agents[index].version = version }
        // The first version ever announced names the track that is there.
        guard agents[index].version != nil else { return }
        agents[index].trackNumber += 1
        agents[index].track = TrackRecord.successor(of: agents[index].track, policy: policy.confidence)
        agents[index].record = BookRecord()
        // A kill outlives the version; anything earned does not.
        if agents[index].gates.stage != .killed {
            retiredPromotionCount += agents[index].gates.wasPromotedOnEvidence ? 1 : 0
            agents[index].gates = StageState()
        }
        newcomers.append(index)
    }

    private mutating func interval(of version: SignalVersions.Version) -> Book.Interval {
        let signal = version.signal.value
        return Book.Interval(
            key: version.identity.key, symbol: index(of: signal.symbol), sign: signal.direction.sign,
            from: version.signal.knownAt, to: signal.closesAt,
            isAttested: version.signal.attestation == .attested)
    }

    /// Takes down everything that is known of the signal's moment: volatility, momentum, expectation.
    private mutating func prepare(_ version: SignalVersions.Version, of index: Int) {
        let signal = version.signal.value
        let knownAt = version.signal.knownAt
        let history = histories[self.index(of: signal.symbol)]
        let daySigma = history.sigmaBps(over: .standard, knownAt: knownAt)
        let features = FeatureVector.values(
            direction: signal.direction, score: signal.score, confidence: signal.confidence,
            probabilityUp: signal.probabilityUp, sigmaBps: daySigma,
            return24hBps: returnBps(over: .day, history, knownAt: knownAt),
            return7dBps: returnBps(over: .days(7), history, knownAt: knownAt))
        let forecaster = training.inForce
        let expected: Double
        if let ridge = forecaster.ridge, signal.horizon == .standard {
            expected = ridge.expectedReturnBps(features)
        } else {
            expected = forecaster.fallback.expectedReturnBps(score: signal.score)
        }
        agents[index].openSignals.append(
            OpenSignal(
                signal: signal, identity: version.identity, knownAt: knownAt,
                attestation: version.signal.attestation, trackNumber: agents[index].trackNumber,
                strategyClass: strategyClass(of: signal, index),
                overlapCount: max(1, agents[index].book.openCount(at: knownAt)),
                sigmaBps: history.sigmaBps(over: signal.horizon, knownAt: knownAt), expectedReturnBps: expected,
                forecasterVersion: forecaster.version, features: features))
    }

    private func strategyClass(of signal: Signal, _ index: Int) -> String {
        if let own = signal.strategyClass, !own.isEmpty { return own }
        return policy.strategies[agents[index].agent.name] ?? agents[index].strategyClass
    }

    /// The return up to the last price known, over `span`; `nil` where either price is missing or too old.
    private func returnBps(over span: Span, _ history: PriceHistory, knownAt time: Timestamp) -> Double? {
        guard let last = history.latest(knownAt: time)?.bar, time - last.closeAt <= policy.pricing.maximalStaleness,
            let first = history.lastClose(atOrBefore: last.closeAt - span),
            last.closeAt - span - first.closeAt <= policy.pricing.maximalStaleness
        else { return nil }
        return (last.close / first.close - 1) * 10_000
    }

    /// Asks the market about every open signal.
    mutating func reconcile(asOf time: Timestamp) {
        let reconciler = Reconciler(pricing: policy.pricing, costs: policy.costs)
        var found: [(outcome: Outcome, agent: Int, features: [Double], signalAt: Timestamp)] = []
        for index in agentOrder {
            var open = agents[index].openSignals
            var remaining: [OpenSignal] = []
            for position in open.indices {
                let history = histories[self.index(of: open[position].signal.symbol)]
                let (answers, isFinal) = reconciler.answers(to: &open[position], history: history, asOf: time)
                for answer in answers {
                    switch answer {
                    case .outcome(var outcome):
                        outcome.agent = agents[index].agent
                        found.append((outcome, index, open[position].features, open[position].knownAt))
                    case .rejected(let reason):
                        agents[index].reject(reason)
                        if reason == .missingEntry || reason == .missingExit {
                            missingPriceCounts[self.index(of: open[position].signal.symbol)] += 1
                        }
                    }
                }
                if !isFinal { remaining.append(open[position]) }
            }
            agents[index].openSignals = remaining
        }
        found.sort { Fold.precedes($0.outcome, $1.outcome) }
        for entry in found {
            score(entry.outcome, of: entry.agent, features: entry.features, signalAt: entry.signalAt)
        }
    }

    private static func precedes(_ left: Outcome, _ right: Outcome) -> Bool {
        if left.exitAt != right.exitAt { return left.exitAt < right.exitAt }
        if left.agent != right.agent { return left.agent < right.agent }
        if left.symbol != right.symbol { return left.symbol < right.symbol }
        if left.generatedAt != right.generatedAt { return left.generatedAt < right.generatedAt }
        if left.horizon != right.horizon { return left.horizon < right.horizon }
        if left.direction != right.direction { return left.direction.rawValue < right.direction.rawValue }
        return (left.signalID ?? "") < (right.signalID ?? "")
    }

    /// Enters a final outcome everywhere it counts.
    mutating func score(_ outcome: Outcome, of index: Int, features: [Double]?, signalAt: Timestamp) {
        newOutcomes.append(outcome)
        outcomeChain.append(outcome)
        if outcome.isPrimary {
            outcomeCount += 1
            agents[index].outcomeCount += 1
            strategies[outcome.strategyClass, default: StrategyRecord()].take(outcome, window: policy.window)
            if let features, outcome.horizon == .standard {
                rowsToTrain.append(
                    TrainingRow(
                        signalAt: signalAt, features: features, target: outcome.realizedReturnBps,
                        score: outcome.score, overlapCount: outcome.overlapCount))
            }
        }
        // An outcome of an earlier version belongs to a track that is closed; it stays in the strategy's record.
        guard outcome.trackNumber == agents[index].trackNumber else { return }
        agents[index].track.take(outcome, fleetNumber: outcomeCount, policy: policy)
    }

    /// Marks every book as far as its prices are final.
    mutating func markBooks(asOf time: Timestamp, market: Book.Market) {
        for index in agentOrder {
            while let mark = agents[index].book.nextFinalMark(asOf: time, market: market) {
                let result = agents[index].book.advance(to: mark, market: market)
                fleet.take(agent: index, mark: mark, netReturn: result.netReturn)
                let split = agents[index].record.take(
                    result, fleetMedianBeta: fleetMedianBeta, window: policy.window)
                agents[index].newReturns.append(result.netReturn)
                agents[index].evidence.update(
                    residualReturn: split.residual,
                    isCounted: result.isAttested || !policy.gates.requiresAttestation)
            }
        }
        fleet.settle(before: time, window: policy.window)
    }
}
