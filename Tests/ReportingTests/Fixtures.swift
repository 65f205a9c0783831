import Domain

/// A report made by hand: a small fleet in which every stage, too little evidence, a sleeper, a person's decision and a
/// name in another script occur.
enum Fixture {
    static let asOf = Timestamp(seconds: 1_761_350_400)  // 2025-10-25T00:00:00Z
    static let sum = StableHash(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    static func agentID(_ name: String) -> AgentID {
        guard let agent = AgentID(name) else { preconditionFailure("not a name: \(name)") }
        return agent
    }

    static func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("not a symbol: \(name)") }
        return symbol
    }

    static func estimate(_ value: Double, _ error: Double?, _ count: Int) -> Evidence<Estimate> {
        .known(Estimate(value: value, standardError: error, count: count))
    }

    static func book(marks: Int, net: Double, sharpe: Evidence<Estimate>, fall: Double) -> BookSummary {
        BookSummary(
            markCount: marks, lastMarkAt: marks > 0 ? asOf : nil, totalReturnNet: net, totalReturnGross: net + 0.021,
            marketPartSum: 0.0312, residualPartSum: net - 0.03, beta: marks > 20 ? 0.42 : nil, sharpeRatio: sharpe,
            dailyVolatility: marks > 1 ? .known(0.0123) : .insufficient(count: marks, needed: 2),
            maximalDrawdown: fall, currentDrawdown: fall / 2, exposedShare: 0.75, averageTurnover: 0.31,
            staleMarkCount: marks > 100 ? 2 : 0, abandonedPositionCount: marks > 100 ? 1 : 0, importedPositionCount: 0,
            isRuined: false)
    }

    /// An agent with a record.
    static func seasonedCard(
        outcomes: Int, hitRate: Double, mean: Double, error: Double, marks: Int, sharpe: Double, fall: Double
    ) -> Scorecard {
        let pnl = mean * Double(outcomes)
        return Scorecard(
            signalCount: outcomes + 14, unattestedCount: outcomes / 4, pendingCount: 2,
            rejections: [.missingEntry: 9, .late: 3], firstSignalAt: asOf - .days(Int64(marks)),
            lastSignalAt: asOf - .hours(3), openSignalCount: 2, outcomeCount: outcomes, pnlSumBps: pnl,
            pnlSumBpsByCostFactor: [0, 1, 2, 3].map { pnl + Double(outcomes) * 10 * (1 - $0) },
            hitRate: estimate(hitRate, 0.5 / Double(outcomes).squareRoot(), outcomes),
            averageReturnBps: estimate(mean, 180 / Double(outcomes).squareRoot(), outcomes),
            averageAbsoluteErrorBps: estimate(141.25, 6.5, outcomes),
            averageErrorBps: estimate(error, 9.75, outcomes), informationCoefficient: estimate(0.041, 0.03, outcomes),
            brierScore: estimate(0.2487, 0.0021, outcomes), forecasterVersion: "score-linear@1",
            diagnostics: [
                .init(
                    horizon: .hours(1), hitRate: estimate(0.503, 0.02, outcomes),
                    averageReturnBps: estimate(-9.2, 1.5, outcomes)),
                .init(
                    horizon: .hours(4), hitRate: estimate(0.511, 0.02, outcomes),
                    averageReturnBps: estimate(-6.4, 3.1, outcomes)),
            ], errorRate: .known(0.0125), averageLatencyMilliseconds: 812.4, totalCostUSD: 4.2,
            book: book(
                marks: marks, net: 0.0871, sharpe: estimate(sharpe, 0.71, marks), fall: fall))
    }

    /// An agent of whom almost nothing is known.
    static func newcomerCard(outcomes: Int) -> Scorecard {
        let few = Evidence<Estimate>.insufficient(count: outcomes, needed: 10)
        return Scorecard(
            signalCount: outcomes + 1, unattestedCount: 0, pendingCount: 1, rejections: [:],
            firstSignalAt: asOf - .days(4), lastSignalAt: asOf - .days(2), openSignalCount: 0, outcomeCount: outcomes,
            pnlSumBps: Double(outcomes) * 12.5, pnlSumBpsByCostFactor: [], hitRate: few, averageReturnBps: few,
            averageAbsoluteErrorBps: few, averageErrorBps: few, informationCoefficient: few, brierScore: few,
            forecasterVersion: nil, diagnostics: [], errorRate: .insufficient(count: 0, needed: 1),
            averageLatencyMilliseconds: nil, totalCostUSD: nil,
            book: book(marks: outcomes, net: 0, sharpe: .insufficient(count: outcomes, needed: 20), fall: 0))
    }

    static func verdict(
        _ kind: VerdictKind, _ stage: Stage, evidence: Double?, reason: String, standing: DecisionKind? = nil,
        isNearLimit: Bool = false
    ) -> Verdict {
        Verdict(
            kind: kind, stage: stage, stageSince: asOf - .days(30),
            gates: [
                Gate(
                    name: "evidence", value: evidence.map { .known($0) } ?? .insufficient(count: 3, needed: 20),
                    comparison: .atLeast, threshold: 160, isRequired: true, isPassed: (evidence ?? 0) >= 160,
                    isWaived: false),
                Gate(
                    name: "error_rate", value: .insufficient(count: 0, needed: 1), comparison: .atMost, threshold: 0,
                    isRequired: true, isPassed: true, isWaived: true),
                Gate(
                    name: "hit_rate", value: .known(0.5213), comparison: .atLeast, threshold: nil, isRequired: false,
                    isPassed: true, isWaived: false),
            ], reason: reason, drawdownSigmas: evidence == nil ? .insufficient(count: 3, needed: 20) : .known(7.25),
            isInWarningBand: isNearLimit, trialCount: 6, standingDecision: standing)
    }

    static func chain(prior: Double, multiplier: Double, factor: Double, final: Double) -> [AllocationLink] {
        let scaled = prior * multiplier
        return [
            AllocationLink(
                step: .prior, weight: prior, reason: "1 of 6 agents that are not killed", finalWeightWithout: nil),
            AllocationLink(
                step: .multiplier, weight: scaled, reason: "\(multiplier) against a weighted mean of 1.0",
                finalWeightWithout: final / multiplier),
            AllocationLink(
                step: .tailHaircut, weight: scaled * 0.9,
                reason: "0.9: the 95 % CVaR of its strategy's shortfall is 2.78 sigmas, and 2.5 cost nothing",
                finalWeightWithout: final / 0.9),
            AllocationLink(
                step: .stage, weight: final, reason: "\(factor) for its stage",
                finalWeightWithout: factor > 0 ? final / factor : scaled * 0.9),
            AllocationLink(step: .fleetGate, weight: final, reason: "not active", finalWeightWithout: nil),
        ]
    }
}
