internal import Domain
internal import Forecasting
internal import PromotionGates
internal import Scoring

// How facts enter the state: every list sorted by natural key first.

extension Fold {
    mutating func takePolicyChanges(through time: Timestamp) {
        let changes = queue.policyChanges.take(through: time)
        tally.count(changes, kind: .policyChange, identity: \.identity)
        guard case .scheduled = mode else { return }
        let ordered = changes.sorted { ($0.value.at, $0.value.policyText) < ($1.value.at, $1.value.policyText) }
        // A text that no longer parses was refused before it was recorded; an unreadable one changes nothing.
        for change in ordered {
            if let changed = try? Policy(text: change.value.policyText) { policy = changed }
        }
        training.adopt(policy.forecasting)
    }

    mutating func takeRenames(through time: Timestamp) {
        let renames = queue.renames.take(through: time)
        tally.count(renames, kind: .rename, identity: \.identity)
        for rename in renames.map(\.value).sorted(by: Fold.precedes) {
            // Whom an earlier rename made it: everything is kept under the present name.
            let (present, new) = (currentName(of: rename.old), rename.new)
            // A name that is in use already would merge two track records: refused before it is recorded.
            guard present != new, agentIndexes[new] == nil, currentName(of: new) == new else { continue }
            if let index = agentIndexes.removeValue(forKey: present) {
                agents[index].agent = new
                agentIndexes[new] = index
                agentOrder.sort { agents[$0].agent < agents[$1].agent }
            }
            newNames[present] = new
            importedPlaces = ImportedPlaces()
            onEveryDecider { decisions, _ in decisions.rename(present, to: new) }
        }
    }

    /// Of two renames of one name at one moment the first new name counts.
    static func precedes(_ left: AgentRename, _ right: AgentRename) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.old != right.old { return left.old < right.old }
        return left.new < right.new
    }

    /// Before the bars of the step, so that a bar whose withdrawal is known is counted and never a price.
    mutating func takeBarWithdrawals(through time: Timestamp) {
        let withdrawals = queue.barWithdrawals.take(through: time)
        guard !withdrawals.isEmpty else { return }
        tally.count(withdrawals, kind: .barWithdrawal, identity: \.identity)
        for withdrawal in withdrawals.sorted(by: Fold.precedes).map(\.value) {
            let bar = PriceHistory.Withdrawn(openAt: withdrawal.openAt, closeAt: withdrawal.closeAt)
            guard histories[index(of: withdrawal.symbol)].withdraw(bar) else { continue }
            withdrawnBarCount += 1
            newestWithdrawal = withdrawal
        }
    }

    /// As they became known; of several for one bar the one with the smaller reason is told.
    private static func precedes(_ left: Dated<BarWithdrawal>, _ right: Dated<BarWithdrawal>) -> Bool {
        if left.knownAt != right.knownAt { return left.knownAt < right.knownAt }
        let (first, second) = (left.value, right.value)
        if first.at != second.at { return first.at < second.at }
        if first.openAt != second.openAt { return first.openAt < second.openAt }
        if first.symbol != second.symbol { return first.symbol < second.symbol }
        return (first.closeAt, first.reason) < (second.closeAt, second.reason)
    }

    mutating func takeBars(through time: Timestamp) {
        let halfLife = policy.pricing.volatilityHalfLife
        for symbol in queue.bars.keys.sorted() {
            guard let bars = queue.bars[symbol]?.take(through: time), !bars.isEmpty else { continue }
            tally.count(bars, kind: .bar) { $0.identity(of: symbol) }
            let index = index(of: symbol)
            for bar in bars.sorted(by: Fold.precedes) {
                barCounts[index] += 1
                let insertion = histories[index].insert(bar.value, knownAt: bar.knownAt, volatilityHalfLife: halfLife)
                if insertion == .corrected { correctedBarCount += 1 }
            }
        }
    }

    /// By opening; of several versions the first known, then the one with the smaller prices.
    private static func precedes(_ left: Dated<Bar>, _ right: Dated<Bar>) -> Bool {
        if left.value.openAt != right.value.openAt { return left.value.openAt < right.value.openAt }
        if left.knownAt != right.knownAt { return left.knownAt < right.knownAt }
        let (first, second) = (left.value, right.value)
        if first.closeAt != second.closeAt { return first.closeAt < second.closeAt }
        return (first.open, first.high, first.low, first.close) < (second.open, second.high, second.low, second.close)
    }

    mutating func takeTelemetry(through time: Timestamp) {
        let records = queue.telemetry.take(through: time)
        tally.count(records, kind: .telemetry, identity: \.identity)
        for record in records.sorted(by: { Fold.precedes($0.value, $1.value) }) {
            // Telemetry of an agent that never made a signal waits for nothing: it is counted and not kept.
            guard let index = agentIndexes[currentName(of: record.value.agent)] else { continue }
            agents[index].telemetry.take(record.value)
        }
        let horizon = time - Span.hoursRounded(policy.gates.telemetryWindowDays * 24)
        for index in agents.indices { agents[index].telemetry.forget(before: horizon.floored(to: .day)) }
    }

    private static func precedes(_ left: TelemetryRecord, _ right: TelemetryRecord) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.agent != right.agent { return left.agent < right.agent }
        if left.runID != right.runID { return left.runID < right.runID }
        // Two versions of one record: sums of fractions hang on their order.
        let (one, two) = (left.identity.content, right.identity.content)
        return (one.high, one.low) < (two.high, two.low)
    }

    mutating func takeDecisions(through time: Timestamp) -> [HumanDecision] {
        let taken = queue.decisions.take(through: time)
        tally.count(taken, kind: .decision, identity: \.identity)
        let ordered = taken.map(\.value).sorted(by: Fold.precedes)
        decisionHistory += ordered
        return ordered
    }

    static func precedes(_ left: HumanDecision, _ right: HumanDecision) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.scope != right.scope { return precedes(left.scope, right.scope) }
        return (left.reason, left.author, left.evidence) < (right.reason, right.author, right.evidence)
    }

    private static func precedes(_ left: DecisionScope, _ right: DecisionScope) -> Bool {
        switch (left, right) {
        case (.agent(let one), .agent(let two)): one < two
        case (.strategy(let one), .strategy(let two)): one < two
        case (.agent, .strategy): true
        case (.strategy, .agent): false
        }
    }

    /// Prices older than anything still open, marked or forecast can need.
    mutating func forgetPrices(before gridPoint: Timestamp) {
        let reach = policy.pricing.abandonedAfter + policy.pricing.maximalStaleness + policy.decisionEvery
        let kept = gridPoint - (reach + .days(10))
        for index in histories.indices { histories[index].trim(before: kept) }
    }
}
