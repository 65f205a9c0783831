internal import Domain
internal import Statistics

/// Everything one simulated agent writes, in the order of writing.
struct AgentLines {
    let profile: AgentProfile
    var signals: [SignalLine] = []
    var telemetry: [TelemetryLine] = []

    /// One decision of an agent: what it forecasts for a symbol.
    struct Decision {
        var symbol: Symbol
        var at: Timestamp
        var writtenAt: Timestamp
        /// Up positive; in units of the volatility over the horizon.
        var forecast: Double
        /// Of the horizon's return, a fraction.
        var sigma: Double
        var regime: String
    }

    init(of profile: AgentProfile, settings: FleetSettings, market: SimulatedMarket) {
        self.profile = profile
        var candidate = 0
        if profile.kind == .lucky {
            candidate = Self.luckiest(of: profile, settings: settings, market: market)
        }
        let daily = Self.decisions(of: profile, candidate: candidate, settings: settings, market: market)
        for (day, decisions) in daily.enumerated() { write(decisions, day: day, settings: settings) }
    }

    /// Repeats a leader's readable lines, as many minutes later as the two decide apart.
    init(copying leader: AgentLines, as profile: AgentProfile) {
        precondition(profile.minuteOfDay > leader.profile.minuteOfDay, "Invariant: a copy follows its original")
        self.profile = profile
        let delay = Span.minutes(Int64(profile.minuteOfDay - leader.profile.minuteOfDay))
        for line in leader.signals {
            guard var signal = line.signal else { continue }
            signal.agent = profile.id
            signal.generatedAt = signal.generatedAt + delay
            signal.runID = Self.runID(of: profile.id, at: signal.generatedAt)
            append(signal, writtenAt: line.writtenAt + delay, kind: line.kind)
        }
        for line in leader.telemetry {
            var record = line.record
            record.agent = profile.id
            record.at = record.at + delay
            record.runID = Self.runID(of: profile.id, at: record.at)
            telemetry.append(TelemetryLine(writtenAt: line.writtenAt + delay, record: record))
        }
    }

    static func runID(of agent: AgentID, at time: Timestamp) -> String { agent.name + "-" + time.day }

    private mutating func append(_ signal: Signal, writtenAt: Timestamp, kind: SignalLineKind) {
        let text =
            if case .malformed(let malformation) = kind {
                SignalText(signal).malformed(malformation)
            } else {
                SignalText(signal).line
            }
        let isReadable = if case .malformed = kind { false } else { true }
        signals.append(
            SignalLine(
                writtenAt: writtenAt, text: text, kind: kind, agent: profile.id, signal: isReadable ? signal : nil))
    }
}

extension AgentLines {
    private mutating func write(_ decisions: [Decision], day: Int, settings: FleetSettings) {
        guard let first = decisions.first, var writtenAt = decisions.last?.writtenAt else { return }
        var errorCount: Int64 = 0
        for (index, decision) in decisions.enumerated() {
            let signal = signal(decision, settings: settings)
            switch profile.kind {
            case .backdating:
                // A day later than it claims, when the answer is known.
                writtenAt = decision.writtenAt + .day
                append(signal, writtenAt: writtenAt, kind: .late)
            case .broken:
                append(signal, writtenAt: decision.writtenAt, kind: .signal)
                if index == 0 { errorCount += breakSomething(signal, day: day, settings: settings) }
            case .revising:
                append(signal, writtenAt: decision.writtenAt, kind: .signal)
                if (day + index) % 3 == 1 {
                    append(signal, writtenAt: decision.writtenAt + .minutes(1), kind: .duplicate)
                }
                if (day + index) % 5 == 2 {
                    append(corrected(signal), writtenAt: decision.writtenAt + .minutes(2), kind: .revision)
                }
            case .skilled, .lucky, .noisy, .inflated, .decaying, .misguided, .copycat, .silent, .longOnly:
                append(signal, writtenAt: decision.writtenAt, kind: .signal)
            }
        }
        var generator = Xoshiro256(
            seed: settings.seed, stream: "telemetry " + profile.id.name + " " + String(day))
        let record = TelemetryRecord(
            agent: profile.id, runID: Self.runID(of: profile.id, at: first.at), at: first.at, errors: errorCount,
            latencyMilliseconds: (4_000 + 16_000 * generator.uniform()).rounded(),
            costUSD: (0.002 + 0.01 * generator.uniform()).roundedToFourDecimals,
            tokensIn: 1_500 + Int64(2_000 * generator.uniform()), tokensOut: 200 + Int64(400 * generator.uniform()))
        telemetry.append(TelemetryLine(writtenAt: writtenAt + Span(milliseconds: 1_000), record: record))
    }

    /// Two malformed lines on two days of three, a blank one every tenth day; the number of malformed lines.
    private mutating func breakSomething(_ signal: Signal, day: Int, settings: FleetSettings) -> Int64 {
        let writtenAt = signals.last?.writtenAt ?? signal.generatedAt
        if day % 10 == 7 {
            signals.append(SignalLine(writtenAt: writtenAt, text: "", kind: .blank, agent: profile.id, signal: nil))
        }
        guard day % 3 != 0 else { return 0 }
        let kinds = settings.malformedKinds
        // Two lines on each of the days 1, 2, 4, 5, 7, ...: the kinds follow one another without a gap.
        let writtenBefore = (day - day / 3 - 1) * 2
        for offset in 0..<2 {
            append(signal, writtenAt: writtenAt, kind: .malformed(kinds[(writtenBefore + offset) % kinds.count]))
        }
        return 2
    }

    private func corrected(_ signal: Signal) -> Signal {
        var other = signal
        other.direction = signal.direction == .long ? .short : .long
        other.probabilityUp = signal.probabilityUp.map { (1 - $0).roundedToFourDecimals }
        return other
    }

    private func signal(_ decision: Decision, settings: FleetSettings) -> Signal {
        // The probability that a normal return with this mean, in units of its volatility, is positive.
        let probabilityUp = min(0.99, max(0.01, normalCDF(decision.forecast))).roundedToFourDecimals
        let score = decision.forecast.magnitude * decision.sigma * 10_000 / settings.bpsPerScore
        return Signal(
            agent: profile.id, symbol: decision.symbol, direction: decision.forecast >= 0 ? .long : .short,
            score: score.roundedToFourDecimals,
            confidence: max(probabilityUp, 1 - probabilityUp).roundedToFourDecimals, probabilityUp: probabilityUp,
            generatedAt: decision.at, runID: Self.runID(of: profile.id, at: decision.at),
            strategyClass: profile.strategyClass, regime: decision.regime, agentVersion: "1.0")
    }
}

extension AgentLines {
    /// The decisions of every day, one a symbol.
    ///
    /// The agent's information is `x = s z + sqrt(1 - s^2) n`: z the return it will get, from the open it will be
    /// filled at, in units of the volatility expected at that moment; n its own noise; s its skill, hence the
    /// correlation of x and z.
    /// The forecast an agent of claimed skill c derives from it is c x, and E[z | c x] = (s / c) c x.
    private static func decisions(
        of profile: AgentProfile, candidate: Int, settings: FleetSettings, market: SimulatedMarket
    ) -> [[Decision]] {
        var generator = Xoshiro256(
            seed: settings.seed, stream: "agent " + profile.id.name + " " + String(candidate))
        return (0..<settings.signalDayCount).map { day in
            let dayStart = settings.firstSignalDayAt + .days(Int64(day))
            let at = dayStart + .minutes(Int64(profile.minuteOfDay)) + Span(milliseconds: 7_000)
            return profile.symbols.enumerated().compactMap { index, symbol in
                let noise = generator.portableNormal()
                if profile.kind == .silent && day >= settings.silentAfterDays { return nil }
                let writtenAt = at + Span(milliseconds: Int64(3_000 + 1_000 * index))
                guard let sigma = market.sigma(of: symbol, at: writtenAt, over: .day) else { return nil }
                let skill = profile.kind == .decaying && at >= settings.halfTimeAt ? 0 : profile.skill
                let future = market.forwardReturnInSigmas(of: symbol, entryAt: writtenAt, exitAt: at + .day)
                let information = skill * (future ?? 0) + (1 - skill * skill).squareRoot() * noise
                let claim = profile.claimedSkill * information
                return Decision(
                    symbol: symbol, at: at, writtenAt: writtenAt,
                    forecast: profile.kind == .longOnly ? claim.magnitude : claim, sigma: sigma,
                    regime: regime(sigma: sigma, usual: settings.market.dailyVolatility))
            }
        }
    }

    private static func regime(sigma: Double, usual: Double) -> String {
        if sigma < 0.8 * usual { return "calm" }
        return sigma > 1.25 * usual ? "stormy" : "normal"
    }

    /// Which of many agents without skill has earned most when half the time is over: the way luck is selected.
    private static func luckiest(
        of profile: AgentProfile, settings: FleetSettings, market: SimulatedMarket
    ) -> Int {
        var best = (candidate: 0, earned: -Double.infinity)
        for candidate in 0..<settings.luckyCandidateCount {
            var earned = 0.0
            for decision in decisions(of: profile, candidate: candidate, settings: settings, market: market).joined() {
                let exitAt = decision.at + .day
                guard exitAt <= settings.halfTimeAt else { continue }
                let change = market.forwardReturn(of: decision.symbol, entryAt: decision.writtenAt, exitAt: exitAt)
                earned += decision.forecast >= 0 ? change ?? 0 : -(change ?? 0)
            }
            if earned > best.earned { best = (candidate, earned) }
        }
        return best.candidate
    }
}
