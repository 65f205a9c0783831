internal import Books
internal import Domain
internal import Forecasting
internal import PromotionGates
internal import Reconciliation
internal import Scoring

extension Fold {
    /// To which track and class of its agent a signal belongs, as of the moment it became known.
    private struct Origin {
        var trackNumber: Int
        var strategyClass: String
    }

    mutating func takeSignals(through time: Timestamp) {
        let signals = queue.signals.take(through: time)
        guard !signals.isEmpty else { return }
        let versions = signals.map { SignalVersions.Version(signal: $0, identity: $0.value.identity) }
        tally.count(signals, kind: .signal, identities: versions.lazy.map(\.identity))
        // The names alone: a closure that held the whole state would have all agents copied at their next change.
        let newNames = newNames
        let names = versions.map { Fold.newestName(of: $0.signal.value.agent, in: newNames) }
        for name in Set(names).sorted() where agentIndexes[name] == nil { _ = index(of: name) }
        // By the agents' names, then by key; the names are compared once, as places in their order.
        var places = [Int](repeating: 0, count: agents.count)
        for (place, index) in agentOrder.enumerated() { places[index] = place }
        let arrivals = names.indices.map { index in
            (place: places[agentIndexes[names[index]] ?? 0], key: versions[index].identity.key, version: index)
        }.sorted { ($0.place, $0.key.high, $0.key.low) < ($1.place, $1.key.high, $1.key.low) }
        var start = 0
        while start < arrivals.count {
            let place = arrivals[start].place
            var end = start
            while end < arrivals.count, arrivals[end].place == place { end += 1 }
            take(arrivals[start..<end].map { versions[$0.version] }, of: agentOrder[place])
            start = end
        }
    }

    /// One agent's new signals of a step, by key.
    private mutating func take(_ arrived: [SignalVersions.Version], of index: Int) {
        let accepted = Fold.inOrder(choose(among: arrived, of: index))
        // A version counts from the signal that announces it: what came before it in the same step is the old one's.
        var origins: [Origin] = []
        origins.reserveCapacity(accepted.count)
        for version in accepted {
            announce(version.signal, of: index)
            origins.append(
                Origin(
                    trackNumber: agents[index].trackNumber,
                    strategyClass: strategyClass(of: version.signal.value, index)))
        }
        for version in accepted
        where version.signal.value.direction != .flat && version.signal.knownAt < version.signal.value.closesAt {
            agents[index].book.open(interval(of: version))
        }
        for version in accepted where version.signal.value.direction == .flat {
            agents[index].reject(.flat)
            let symbol = self.index(of: version.signal.value.symbol)
            agents[index].book.close(symbol: symbol, at: version.signal.knownAt)
        }
        if let flat = accepted.last(where: { $0.signal.value.direction == .flat }) {
            agents[index].noteEarlierClose(at: flat.signal.knownAt)
        }
        for (version, origin) in zip(accepted, origins) where version.signal.value.direction != .flat {
            prepare(version, origin, of: index)
        }
    }

    /// The versions that count, one a key; all are counted, and the others with their reason.
    private mutating func choose(
        among arrived: [SignalVersions.Version], of index: Int
    ) -> [SignalVersions.Version] {
        var accepted: [SignalVersions.Version] = []
        accepted.reserveCapacity(arrived.count)
        var start = 0
        while start < arrived.count {
            let key = arrived[start].identity.key
            var end = start
            while end < arrived.count, arrived[end].identity.key == key {
                countArrival(arrived[end].signal, of: index)
                end += 1
            }
            let isLate = arrived[start].signal.attestation == .late
            if end == start + 1, !isLate, openPlace(of: key, index) == nil {
                accepted.append(arrived[start])
            } else {
                let versions = arrived[start..<end].filter { $0.signal.attestation != .late }
                for _ in versions.count..<end - start { agents[index].reject(.late) }
                if let choice = choose(among: versions, key: key, of: index) { accepted.append(choice) }
            }
            start = end
        }
        return accepted
    }

    /// By the moment they became known, then by symbol and key. Places are sorted: a signal is much to carry about.
    private static func inOrder(_ versions: [SignalVersions.Version]) -> [SignalVersions.Version] {
        versions.indices.sorted { Fold.precedes(versions[$0], versions[$1]) }.map { versions[$0] }
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

    /// Where the open signal with a key stands. By place, since each step asks for every signal of all those open, and
    /// an open signal is much to carry about.
    private func openPlace(of key: StableHash, _ index: Int) -> Int? {
        agents[index].openSignals.indices.first { agents[index].openSignals[$0].identity.key == key }
    }

    /// The version that counts; `nil` where the one already open still does. Losers are counted.
    private mutating func choose(
        among versions: [SignalVersions.Version], key: StableHash, of index: Int
    ) -> SignalVersions.Version? {
        let openIndex = openPlace(of: key, index)
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
    private mutating func announce(_ dated: Dated<Signal>, of index: Int) {
        agents[index].note(dated.value.strategyClass, policy)
        guard let version = dated.value.agentVersion, version != agents[index].version else { return }
        defer { agents[index].version = version }
        // The first version ever announced names the track that is there.
        guard agents[index].version != nil else { return }
        agents[index].trackNumber += 1
        agents[index].trackSince = dated.knownAt
        agents[index].track = TrackRecord.successor(of: agents[index].track, policy: policy.confidence)
        onEveryDecider { decisions, _ in decisions.beginNewTrack(of: index) }
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
    private mutating func prepare(_ version: SignalVersions.Version, _ origin: Origin, of index: Int) {
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
                attestation: version.signal.attestation, trackNumber: origin.trackNumber,
                strategyClass: origin.strategyClass,
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
            let first = history.lastClose(atOrBefore: last.closeAt - span, knownAt: time),
            last.closeAt - span - first.closeAt <= policy.pricing.maximalStaleness
        else { return nil }
        return (last.close / first.close - 1) * 10_000
    }

    /// Outcomes of a step, and beside each what else is to be done about it.
    private struct Answers {
        var outcomes: [Outcome] = []
        var origins: [Asked] = []
    }

    private struct Asked {
        var agent: Int
        var symbol: Int
        var features: [Double]
        var signalAt: Timestamp
    }

    /// Asks the market about every open signal.
    mutating func reconcile(asOf time: Timestamp) {
        let reconciler = Reconciler(pricing: policy.pricing, costs: policy.costs)
        // While the whole feed stands still, no price is given up.
        let reached = min(time, feedThrough ?? time)
        var found = Answers()
        for index in agentOrder where !agents[index].openSignals.isEmpty {
            // Taken out while they are asked, so that they are changed in place.
            var open: [OpenSignal] = []
            swap(&open, &agents[index].openSignals)
            var waitingCount = 0
            for position in open.indices {
                let isFinal = ask(reconciler, about: &open[position], of: index, asOf: reached, &found)
                guard !isFinal else { continue }
                if waitingCount < position { open.swapAt(waitingCount, position) }
                waitingCount += 1
            }
            open.removeLast(open.count - waitingCount)
            swap(&open, &agents[index].openSignals)
        }
        for number in order(of: found) {
            let origin = found.origins[number]
            enter(found.outcomes[number], features: origin.features, signalAt: origin.signalAt)
            agents[origin.agent].score(found.outcomes[number], fleetNumber: standardOutcomeCount, policy: policy)
        }
    }

    /// By exit, then by names, then by what else tells outcomes apart. Names are compared once, as places in their
    /// order, and numbers are sorted instead of outcomes: there are thousands a step.
    private func order(of found: Answers) -> [Int] {
        guard found.outcomes.count > 1 else { return Array(found.outcomes.indices) }
        var agentPlaces = [Int](repeating: 0, count: agents.count)
        for (place, index) in agentOrder.enumerated() { agentPlaces[index] = place }
        var symbolPlaces = [Int](repeating: 0, count: symbols.count)
        for (place, index) in symbolOrder.enumerated() { symbolPlaces[index] = place }
        var keys = found.outcomes.indices.map { number in
            AnswerKey(
                exitAt: found.outcomes[number].exitAt, agentPlace: agentPlaces[found.origins[number].agent],
                symbolPlace: symbolPlaces[found.origins[number].symbol],
                generatedAt: found.outcomes[number].generatedAt, span: found.outcomes[number].horizon.span,
                direction: found.outcomes[number].direction.rawValue, number: number)
        }
        keys.sort { left, right in
            if left.precedes(right) { return true }
            if right.precedes(left) { return false }
            let one = found.outcomes[left.number].signalID ?? ""
            let two = found.outcomes[right.number].signalID ?? ""
            return one == two ? left.number < right.number : one < two
        }
        return keys.map(\.number)
    }

    private struct AnswerKey {
        var exitAt: Timestamp
        var agentPlace: Int
        var symbolPlace: Int
        var generatedAt: Timestamp
        var span: Span
        var direction: Int8
        /// Its place among the answers, which says nothing about its order.
        var number: Int

        func precedes(_ other: AnswerKey) -> Bool {
            if exitAt != other.exitAt { return exitAt < other.exitAt }
            if agentPlace != other.agentPlace { return agentPlace < other.agentPlace }
            if symbolPlace != other.symbolPlace { return symbolPlace < other.symbolPlace }
            if generatedAt != other.generatedAt { return generatedAt < other.generatedAt }
            if span != other.span { return span < other.span }
            return direction < other.direction
        }
    }

    /// Whether the signal has its last answer.
    private mutating func ask(
        _ reconciler: Reconciler, about open: inout OpenSignal, of index: Int, asOf time: Timestamp,
        _ found: inout Answers
    ) -> Bool {
        let symbol = self.index(of: open.signal.symbol)
        let known = found.outcomes.count
        let standing = reconciler.answer(
            &open, history: histories[symbol], asOf: time, outcomes: &found.outcomes)
        for number in known..<found.outcomes.count {
            found.outcomes[number].agent = agents[index].agent
            found.origins.append(
                Asked(agent: index, symbol: symbol, features: open.features, signalAt: open.knownAt))
        }
        switch standing {
        case .waiting: return false
        case .answered: return true
        case .rejected(let reason):
            agents[index].reject(reason)
            if reason == .missingEntry || reason == .missingExit { missingPriceCounts[symbol] += 1 }
            return true
        }
    }

    /// Enters a final outcome in what the fleet has in common; returns the place of its strategy's record. The agent's
    /// own record takes it by `AgentState.score`.
    ///
    /// - Parameter knownStrategy: The place of the record in which the agent's name stands, where that is known.
    @discardableResult
    mutating func enter(
        _ outcome: Outcome, features: [Double]?, signalAt: Timestamp, knownStrategy: Int? = nil
    ) -> Int? {
        if keepsNewOutcomes { newOutcomes.append(outcome) }
        outcomeChain.append(outcome)
        guard outcome.isPrimary else { return knownStrategy }
        outcomeCount += 1
        standardOutcomeCount += outcome.horizon == .standard ? 1 : 0
        if let features, outcome.horizon == .standard {
            rowsToTrain.append(
                TrainingRow(
                    signalAt: signalAt, features: features, target: outcome.realizedReturnBps,
                    score: outcome.score, overlapCount: outcome.overlapCount))
        }
        return strategies.take(outcome, window: policy.window, knownPlace: knownStrategy)
    }

    /// Marks every book as far as its prices are final.
    mutating func markBooks(asOf time: Timestamp, market: Book.Market) {
        for index in agentOrder {
            while let result = agents[index].book.nextMark(asOf: time, market: market) {
                let since = agents[index].trackSince
                onEveryDecider { decisions, policy in
                    decisions.take(result, of: index, trackSince: since, policy: policy)
                }
            }
        }
        let end = agents.indices.compactMap { agents[$0].book.markedThrough }.min()
        onEveryDecider { decisions, policy in decisions.closeDays(through: end, policy: policy) }
    }
}
