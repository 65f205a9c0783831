internal import Domain

// How what is said of an agent is written down and read back: see `DecidedReport`.

extension AgentReport {
    static var blank: AgentReport {
        let (nothing, nobody) = (Evidence<Double>.insufficient(count: 0, needed: 0), AgentState().agent)
        return AgentReport(
            agent: nobody, version: nil, trackNumber: 0, strategyClass: "", isAsleep: true, scorecard: .blank,
            multiplier: ConfidenceMultiplier(value: 1, skill: nothing, effectiveSignals: 0), verdict: .none,
            movesWith: [],
            significance: SharpeSignificance(
                probabilityAboveZero: nothing, deflatedProbability: nothing, trialCount: 0,
                minimumTrackRecordDays: nil))
    }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&agent)
        try coder.visit(&version)
        try coder.visit(&trackNumber)
        try coder.visit(&strategyClass)
        try coder.visit(&isAsleep)
        try scorecard.visit(&coder)
        try coder.visit(&multiplier.value)
        try coder.visit(&multiplier.skill)
        try coder.visit(&multiplier.effectiveSignals)
        try verdict.visit(&coder)
        let nobody = agent
        try coder.visit(&movesWith, blank: nobody) { coder, name throws(SnapshotCoder.Failure) in
            try coder.visit(&name)
        }
        try coder.visit(&significance.probabilityAboveZero)
        try coder.visit(&significance.deflatedProbability)
        try coder.visit(&significance.trialCount)
        try coder.visit(&significance.minimumTrackRecordDays)
    }
}

extension AgentAllocation {
    static var blank: AgentAllocation {
        AgentAllocation(agent: AgentState().agent, strategyClass: "", weight: 0, chain: [])
    }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&agent)
        try coder.visit(&strategyClass)
        try coder.visit(&weight)
        let blank = AllocationLink(step: .prior, weight: 0, reason: "", finalWeightWithout: nil)
        try coder.visit(&chain, blank: blank) { coder, link throws(SnapshotCoder.Failure) in
            try coder.visit(named: &link.step)
            try coder.visit(&link.weight)
            try coder.visit(&link.reason)
            try coder.visit(&link.finalWeightWithout)
        }
    }
}

extension Scorecard {
    fileprivate static var blank: Scorecard {
        let nothing = Evidence<Estimate>.insufficient(count: 0, needed: 0)
        return Scorecard(
            signalCount: 0, unattestedCount: 0, pendingCount: 0, rejections: [:], firstSignalAt: nil,
            lastSignalAt: nil, openSignalCount: 0, outcomeCount: 0, pnlSumBps: 0, pnlSumBpsByCostFactor: [],
            hitRate: nothing, averageReturnBps: nothing, averageAbsoluteErrorBps: nothing, averageErrorBps: nothing,
            informationCoefficient: nothing, brierScore: nothing, forecasterVersion: nil, diagnostics: [],
            errorRate: .insufficient(count: 0, needed: 0), averageLatencyMilliseconds: nil, totalCostUSD: nil,
            book: .blank)
    }

    fileprivate mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&signalCount)
        try coder.visit(&unattestedCount)
        try coder.visit(&pendingCount)
        for reason in RejectionReason.allCases {
            var count = rejections[reason]
            try coder.visit(&count, blank: 0) { coder, value throws(SnapshotCoder.Failure) in try coder.visit(&value) }
            rejections[reason] = count
        }
        try coder.visit(&firstSignalAt)
        try coder.visit(&lastSignalAt)
        try coder.visit(&openSignalCount)
        try coder.visit(&outcomeCount)
        try coder.visit(&pnlSumBps)
        try coder.visit(&pnlSumBpsByCostFactor)
        try coder.visit(&hitRate)
        try coder.visit(&averageReturnBps)
        try coder.visit(&averageAbsoluteErrorBps)
        try coder.visit(&averageErrorBps)
        try coder.visit(&informationCoefficient)
        try coder.visit(&brierScore)
        try coder.visit(&forecasterVersion)
        let nothing = Evidence<Estimate>.insufficient(count: 0, needed: 0)
        let blank = Diagnostic(horizon: .standard, hitRate: nothing, averageReturnBps: nothing)
        try coder.visit(&diagnostics, blank: blank) { coder, diagnostic throws(SnapshotCoder.Failure) in
            var span = diagnostic.horizon.span
            try coder.visit(&span)
            guard let horizon = Horizon(span) else { throw .malformed }
            diagnostic.horizon = horizon
            try coder.visit(&diagnostic.hitRate)
            try coder.visit(&diagnostic.averageReturnBps)
        }
        try coder.visit(&errorRate)
        try coder.visit(&averageLatencyMilliseconds)
        try coder.visit(&totalCostUSD)
        try book.visit(&coder)
    }
}

extension BookSummary {
    fileprivate static var blank: BookSummary {
        BookSummary(
            markCount: 0, lastMarkAt: nil, totalReturnNet: 0, totalReturnGross: 0, marketPartSum: 0,
            residualPartSum: 0, beta: nil, sharpeRatio: .insufficient(count: 0, needed: 0),
            dailyVolatility: .insufficient(count: 0, needed: 0), maximalDrawdown: 0, currentDrawdown: 0,
            exposedShare: 0, averageTurnover: 0, staleMarkCount: 0, abandonedPositionCount: 0,
            importedPositionCount: 0, isRuined: false)
    }

    fileprivate mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&markCount)
        try coder.visit(&lastMarkAt)
        try coder.visit(&totalReturnNet)
        try coder.visit(&totalReturnGross)
        try coder.visit(&marketPartSum)
        try coder.visit(&residualPartSum)
        try coder.visit(&beta)
        try coder.visit(&sharpeRatio)
        try coder.visit(&dailyVolatility)
        try coder.visit(&maximalDrawdown)
        try coder.visit(&currentDrawdown)
        try coder.visit(&exposedShare)
        try coder.visit(&averageTurnover)
        try coder.visit(&staleMarkCount)
        try coder.visit(&abandonedPositionCount)
        try coder.visit(&importedPositionCount)
        try coder.visit(&isRuined)
    }
}

extension SnapshotCoder {
    fileprivate mutating func visit(_ agent: inout AgentID) throws(Failure) {
        var name = agent.name
        try visit(&name)
        guard let read = AgentID(name) else { throw .malformed }
        agent = read
    }

    fileprivate mutating func visit(_ evidence: inout Evidence<Estimate>) throws(Failure) {
        var (known, count, needed): (Estimate?, Int, Int) = (evidence.value, 0, 0)
        if case .insufficient(let have, let want) = evidence { (count, needed) = (have, want) }
        try visit(&known, blank: Estimate(value: 0, standardError: nil, count: 0)) {
            coder, estimate throws(Failure) in
            try coder.visit(&estimate.value)
            try coder.visit(&estimate.standardError)
            try coder.visit(&estimate.count)
        }
        try visit(&count)
        try visit(&needed)
        evidence = known.map(Evidence.known) ?? .insufficient(count: count, needed: needed)
    }
}
