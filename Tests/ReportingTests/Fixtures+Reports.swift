import Domain

extension Fixture {
    static func agent(
        _ name: String, _ strategy: String, _ card: Scorecard, multiplier: Double, skill: Evidence<Double>,
        _ verdict: Verdict, isAsleep: Bool = false, version: String? = nil, track: Int = 0,
        movesWith: [String] = []
    ) -> AgentReport {
        AgentReport(
            agent: agentID(name), version: version, trackNumber: track, strategyClass: strategy, isAsleep: isAsleep,
            scorecard: card, multiplier: ConfidenceMultiplier(value: multiplier, skill: skill, effectiveSignals: 61.5),
            verdict: verdict, movesWith: movesWith.map(agentID),
            significance: SharpeSignificance(
                probabilityAboveZero: .known(0.9231), deflatedProbability: .insufficient(count: 1, needed: 2),
                trialCount: 7, minimumTrackRecordDays: 412.3))
    }

    private static let agents: [AgentReport] = [
        agent(
            "breakout-daily-aggressive-usd-long-v2", "trend",
            seasonedCard(
                outcomes: 412, hitRate: 0.4951, mean: -4.1, error: -21.5, marks: 180, sharpe: -0.42, fall: 0.187),
            multiplier: 0.93, skill: .known(-0.0712),
            verdict(.hold, .candidate, evidence: 0.31, reason: "evidence 0.31 < 160", isNearLimit: true)),
        agent(
            "llm-haiku", "llm", newcomerCard(outcomes: 3), multiplier: 1, skill: .insufficient(count: 3, needed: 10),
            verdict(.insufficientEvidence, .candidate, evidence: nil, reason: "3 marks of the 20 that evidence needs"),
            isAsleep: true, version: "2025-10-20", track: 1, movesWith: ["momentum"]),
        agent(
            "momentum", "trend",
            seasonedCard(outcomes: 730, hitRate: 0.5521, mean: 12.3, error: 3.2, marks: 365, sharpe: 1.91, fall: 0.061),
            multiplier: 1.06, skill: .known(0.0613),
            verdict(.promote, .promoted, evidence: 214.7, reason: "evidence 214.7 >= 160; error_rate waived")),
        agent(
            "noise", "noise",
            seasonedCard(
                outcomes: 730, hitRate: 0.5012, mean: -9.8, error: -12.4, marks: 365, sharpe: -1.2, fall: 0.312),
            multiplier: 0.88, skill: .known(-0.1204),
            verdict(
                .kill, .killed, evidence: 0.02, reason: "killed by a person: forecasts at random", standing: .kill)),
        agent(
            "reversal", "reversal",
            seasonedCard(outcomes: 365, hitRate: 0.5233, mean: 2.4, error: -3.3, marks: 365, sharpe: 0.55, fall: 0.094),
            multiplier: 1.01, skill: .known(0.0087),
            verdict(
                .hold, .probation, evidence: 12.4, reason: "drawdown 21.0 sigmas is above 20.0", isNearLimit: true)),
        agent(
            "量化趋势", "llm", newcomerCard(outcomes: 0), multiplier: 1, skill: .insufficient(count: 0, needed: 10),
            verdict(.hold, .candidate, evidence: nil, reason: "vetoed: no model card", standing: .veto)),
    ]

    private static let allocation = Allocation(
        agents: zip(
            agents,
            [
                chain(prior: 0.2, multiplier: 0.93, factor: 0.25, final: 0.04185),
                chain(prior: 0.2, multiplier: 1, factor: 0.25, final: 0.045),
                chain(prior: 0.2, multiplier: 1.06, factor: 1, final: 0.1908), [],
                chain(prior: 0.2, multiplier: 1.01, factor: 0.5, final: 0.0909),
                chain(prior: 0.2, multiplier: 1, factor: 0.25, final: 0.045),
            ]
        ).map {
            AgentAllocation(agent: $0.agent, strategyClass: $0.strategyClass, weight: $1.last?.weight ?? 0, chain: $1)
        }, cash: 0.58645, passThroughSteps: [.fleetGate, .riskTarget, .drawdownBrake, .noTradeBand],
        lookThrough: LookThrough(
            positions: [
                .init(symbol: symbol("BTC"), net: 0.12, gross: 0.2),
                .init(symbol: symbol("DOGE"), net: -0.01, gross: 0.01),
                .init(symbol: symbol("ETH"), net: -0.0412, gross: 0.0812),
            ], netExposure: 0.0688, grossExposure: 0.2912, concentration: 0.5524, lossIfMarketMovesAgainst: 0.00688,
            lossIfEachMovesAgainst: 0.01712))

    private static func strategy(
        _ name: String, agents: Int, outcomes: Int, pnl: Double, share: Double?, tail: Evidence<Double>,
        extreme: Evidence<Double>, weight: Double
    ) -> StrategyReport {
        StrategyReport(
            strategyClass: name, agentCount: agents, outcomeCount: outcomes, pnlSumBps: pnl, contribution: share,
            hitRate: outcomes < 10 ? .insufficient(count: outcomes, needed: 10) : estimate(0.5312, 0.0148, outcomes),
            averageErrorBps: outcomes < 10 ? .insufficient(count: outcomes, needed: 10) : estimate(-4.2, 5.5, outcomes),
            shortfallCVaR95: tail, shortfallCVaR99: extreme, shortfallCVaR95Sigmas: tail.map { $0 / 150 },
            weight: weight)
    }

    static let morning = Report(
        asOf: asOf, decidedAt: asOf, policyName: "standard@1", policyFingerprint: "9f86d081884c7d65", methodVersion: 1,
        facts: FactsDigest(count: 22_918, sum: sum),
        factCounts: [.bar: 17_520, .signal: 2_324, .telemetry: 3_072, .decision: 2],
        fleet: FleetReport(
            agentCount: 6, awakeCount: 5, signalCount: 2_324, unattestedCount: 559, outcomeCount: 2_240,
            pendingCount: 8,
            rejections: [.missingEntry: 60, .late: 12, .flat: 4], barCount: 17_520, correctedBarCount: 3,
            symbolCount: 3,
            record: FleetRecord(
                markCount: 364, totalReturnNet: 0.0312, sharpeRatio: estimate(0.62, 1.01, 364), maximalDrawdown: 0.0411,
                averageCash: 0.6123, averageTurnover: 0.0123, equalWeightTotalReturnNet: -0.0204),
            condition: FleetCondition(
                edge: .known(FleetCondition.Edge(sharpeRatio: 1.42, dayCount: 364)), mixVolatility: .known(0.0123),
                drawdownSigmas: .known(4.25))),
        agents: agents,
        strategies: [
            strategy(
                "llm", agents: 2, outcomes: 3, pnl: 37.5, share: 0.0019, tail: .insufficient(count: 3, needed: 100),
                extreme: .insufficient(count: 3, needed: 500), weight: 0.09),
            strategy(
                "noise", agents: 1, outcomes: 730, pnl: -7_154, share: -0.3652, tail: .known(612.4),
                extreme: .known(911.8), weight: 0),
            strategy(
                "reversal", agents: 1, outcomes: 365, pnl: 876, share: 0.0447, tail: .known(388.2),
                extreme: .insufficient(count: 365, needed: 500), weight: 0.0909),
            strategy(
                "trend", agents: 2, outcomes: 1_142, pnl: 7_289.8, share: 0.3721, tail: .known(417.0),
                extreme: .known(702.3), weight: 0.23265),
        ],
        forecaster: ForecasterReport(
            inForce: Forecaster(
                version: "score-linear@1", fallback: ScoreLinear(bpsPerScore: 25, maximalBps: 250), ridge: nil),
            outcomeCount: 2_240, outOfSampleCount: 1_940,
            candidates: [
                .init(name: "zero", meanSquaredErrorBps: 32_400),
                .init(name: "score-linear", meanSquaredErrorBps: 32_480.5),
                .init(name: "ridge 0.1", meanSquaredErrorBps: 32_391.25),
            ],
            reason: "ridge is better than zero by 0.3 standard errors, and 1 is required"),
        allocation: allocation,
        findings: [
            Finding(.notice, .forecaster, "Ridge is no better than zero out of sample; the fallback stays in force."),
            Finding(
                .problem, .prices,
                "60 signals of 2 agents have no outcome: no price for DOGE after 2025-10-24T02:00Z. Their agents are"
                    + " judged by what remains, which may flatter them."),
            Finding(
                .warning, .risk,
                "breakout-daily-aggressive-usd-long-v2 and reversal are near the limit of their drawdown."),
            Finding(.notice, .promotion, "noise was killed by a person on 2025-09-25: forecasts at random."),
        ])

    static var empty: Report {
        var report = morning
        report.decidedAt = nil
        report.facts = FactsDigest()
        report.factCounts = [:]
        report.fleet = FleetReport(
            agentCount: 0, awakeCount: 0, signalCount: 0, unattestedCount: 0, outcomeCount: 0, pendingCount: 0,
            rejections: [:], barCount: 0, correctedBarCount: 0, symbolCount: 0,
            record: FleetRecord(
                markCount: 0, totalReturnNet: 0, sharpeRatio: .insufficient(count: 0, needed: 20), maximalDrawdown: 0,
                averageCash: nil, averageTurnover: nil, equalWeightTotalReturnNet: 0),
            condition: FleetCondition())
        report.agents = []
        report.strategies = []
        report.forecaster.candidates = []
        report.forecaster.outcomeCount = 0
        report.forecaster.outOfSampleCount = 0
        report.forecaster.reason = "no outcome yet"
        report.allocation = .none
        report.findings = []
        return report
    }

    /// The newcomer alone.
    static var alone: Report {
        var report = morning
        report.agents = [morning.agents[1]]
        report.allocation.agents = [morning.allocation.agents[1]]
        report.allocation.cash = 0.955
        report.strategies = [morning.strategies[0]]
        report.findings = []
        return report
    }

    static func large(_ count: Int) -> Report {
        var report = morning
        let names = (0..<count).map { "agent-" + String(repeating: "0", count: 4 - String($0).count) + String($0) }
        report.agents = names.enumerated().map { index, name in
            var agent = morning.agents[index % morning.agents.count]
            agent.agent = agentID(name)
            return agent
        }
        report.allocation.agents = names.enumerated().map { index, name in
            var agent = morning.allocation.agents[index % morning.allocation.agents.count]
            agent.agent = agentID(name)
            agent.weight /= Double(count) / 6
            return agent
        }
        return report
    }

    static let forecasterInForce = ForecasterReport(
        inForce: Forecaster(
            version: "ridge-2025-10-25", fallback: ScoreLinear(bpsPerScore: 25, maximalBps: 250),
            ridge: RidgeModel(
                intercept: -3.125,
                features: [
                    .init(name: "score", mean: 0.25, scale: 0.5, coefficient: 6.75),
                    .init(name: "volatility", mean: 180, scale: 42.5, coefficient: -1.0 / 3),
                ], l2Penalty: 224, maximalBps: 250, outcomeCount: 2_240, trainedFrom: asOf - .days(365),
                trainedThrough: asOf - .days(2), fittedAt: asOf, dataDigest: "0123456789abcdef")),
        outcomeCount: 2_240, outOfSampleCount: 1_940,
        candidates: [
            .init(name: "zero", meanSquaredErrorBps: 32_400), .init(name: "ridge 0.1", meanSquaredErrorBps: 31_000),
        ], reason: "ridge is better than zero by 2.1 standard errors, and 1 is required")

    static let decisions = [
        HumanDecision(
            kind: .kill, scope: .agent(agentID("noise")), at: asOf - .days(30), reason: "forecasts at random",
            author: "ada", evidence: "hit rate 0.501 +- 0.019"),
        HumanDecision(
            kind: .veto, scope: .strategy("llm"), at: asOf - .days(2), reason: "no model card", author: "ada",
            evidence: "insufficient evidence"),
    ]
}
