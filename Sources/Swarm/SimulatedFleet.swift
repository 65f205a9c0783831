package import Domain
internal import Statistics

/// What a simulated fleet is made of.
package struct FleetSettings: Equatable, Sendable {
    package var seed: UInt64
    package var market: MarketSettings
    package var agents: [AgentProfile]
    /// Days of prices before the first signal.
    package var warmUpDays = 14
    /// Days after the first signal after which a silent agent stops.
    package var silentAfterDays = 60
    /// How many agents without skill a lucky one was chosen from.
    package var luckyCandidateCount = 100
    /// In bps of return per unit of score, the unit in which scores are written.
    package var bpsPerScore = 25.0
    /// What a broken agent writes, one kind after the other.
    package var malformedKinds = MalformedKind.allCases

    package init(seed: UInt64, market: MarketSettings, agents: [AgentProfile]) {
        self.seed = seed
        self.market = market
        self.agents = agents
    }

    /// Of 200 seeds the one whose half year is typical: every realized skill within about one standard error of the
    /// true one, and the luck of the lucky gone in the second half. Chosen for that, and said so: with other seeds 360
    /// signals, which have a standard error of 0.05, show skilled agents that look like fools and fools that shine.
    package static let demonstrationSeed: UInt64 = 94

    /// Half a year of 26 agents on five symbols, one of which stops trading.
    package static func demonstration(seed: UInt64 = demonstrationSeed) -> FleetSettings {
        let symbols = ["BTC", "ETH", "SOL", "XRP", "DOGE"].map(name)
        let startAt = Timestamp(seconds: 1_735_689_600)  // 2025-01-01
        var market = MarketSettings(seed: seed, symbols: symbols, startAt: startAt, dayCount: 14 + 182)
        market.delisting = .init(symbol: symbols[4], at: startAt + .days(14 + 120))
        return FleetSettings(seed: seed, market: market, agents: AgentProfile.demonstration)
    }

    package var firstSignalDayAt: Timestamp { market.startAt + .days(Int64(warmUpDays)) }
    package var signalDayCount: Int { market.dayCount - warmUpDays }
    package var halfTimeAt: Timestamp { firstSignalDayAt + .days(Int64(signalDayCount / 2)) }

    func check() {
        precondition(warmUpDays >= 1 && signalDayCount >= 2, "Invariant: days to warm up and days to trade")
        precondition(luckyCandidateCount >= 1 && bpsPerScore > 0, "Invariant: a choice and a unit")
        precondition(Set(agents.map(\.id)).count == agents.count, "Invariant: names are unique")
        precondition(!malformedKinds.isEmpty, "Invariant: a broken agent breaks something")
        for agent in agents {
            precondition((0..<1_440).contains(agent.minuteOfDay), "Invariant: a minute of the day")
            precondition(agent.skill.magnitude <= 1 && agent.claimedSkill >= 0, "Invariant: skill is a correlation")
            precondition(agent.symbols.allSatisfy(market.symbols.contains), "Invariant: agents trade what there is")
        }
    }
}

/// A market and a fleet of agents of known skill, as the lines they would append to the files of a running system.
///
/// Everything follows from the settings; the same settings give the same bytes on every machine. Each agent draws from
/// its own stream, so that adding one changes no other.
package struct SimulatedFleet: Sendable {
    package let settings: FleetSettings
    package let market: SimulatedMarket
    /// From the first day of prices to the last; signals begin after the warm-up.
    package let days: [FleetDay]
    private let linesByAgent: [AgentID: [SignalLine]]

    package init(_ settings: FleetSettings) {
        settings.check()
        let market = SimulatedMarket(settings.market)
        var signals: [AgentLines] = []
        for profile in settings.agents where profile.kind != .copycat {
            signals.append(AgentLines(of: profile, settings: settings, market: market))
        }
        for profile in settings.agents where profile.kind == .copycat {
            guard let leader = signals.first(where: { $0.profile.id == profile.leader }) else {
                preconditionFailure("Invariant: a copycat has somebody to copy")
            }
            signals.append(AgentLines(copying: leader, as: profile))
        }
        self.settings = settings
        self.market = market
        days = Self.days(of: signals.sorted { $0.profile.id < $1.profile.id }, market: market)
        linesByAgent = Dictionary(grouping: days.lazy.flatMap(\.signals), by: \.agent)
    }

    package var agents: [AgentProfile] { settings.agents }

    /// Every line of signals in the order of writing.
    package var signalLines: [SignalLine] { days.flatMap(\.signals) }

    package var tally: LineTally { LineTally(signalLines) }

    /// What one agent writes, its malformed and blank lines included.
    package func signalLines(of agent: AgentID) -> [SignalLine] { linesByAgent[agent] ?? [] }

    package func tally(of agent: AgentID) -> LineTally { LineTally(signalLines(of: agent)) }

    /// The signals that count when everything written by the end is known: the last version of each, without the late.
    package func countedSignals(of agent: AgentID) -> [Signal] {
        var signals: [Signal] = []
        var indexByKey: [StableHash: Int] = [:]
        for line in signalLines(of: agent) {
            guard let signal = line.signal, line.kind == .signal || line.kind == .revision else { continue }
            let key = signal.identity.key
            if let index = indexByKey[key] {
                signals[index] = signal
            } else {
                indexByKey[key] = signals.count
                signals.append(signal)
            }
        }
        return signals
    }

    /// The correlation that an agent's forecasts turned out to have with the returns of the signals that count, in
    /// [-1, 1], both in units of volatility; over the whole time, or up to half-time, or from then on. A sample of its
    /// `skill`, with a standard error of one over the root of the number of signals. `nil` below three.
    package func realizedSkill(of agent: AgentID, in part: Part = .whole) -> Double? {
        var forecasts: [Double] = []
        var returns: [Double] = []
        for signal in countedSignals(of: agent) where part.contains(signal, settings) {
            guard let score = signal.score,
                let sigma = market.sigma(of: signal.symbol, at: signal.generatedAt, over: signal.horizon.span),
                let change = market.forwardReturnInSigmas(
                    of: signal.symbol, entryAt: signal.generatedAt, exitAt: signal.closesAt)
            else { continue }
            forecasts.append(signal.direction.sign * score / sigma)
            returns.append(change)
        }
        return pearsonCorrelation(forecasts, returns)?.coefficient
    }

    /// What an agent's counted signals brought before costs, in bps, each with its own sign and weight 1.
    package func grossReturnSumBps(of agent: AgentID, in part: Part = .whole) -> Double {
        var sum = 0.0
        for signal in countedSignals(of: agent) where part.contains(signal, settings) {
            let change = market.forwardReturn(of: signal.symbol, entryAt: signal.generatedAt, exitAt: signal.closesAt)
            sum += signal.direction.sign * (change ?? 0) * 10_000
        }
        return sum
    }

    package enum Part: Sendable {
        case whole
        case firstHalf
        case secondHalf

        func contains(_ signal: Signal, _ settings: FleetSettings) -> Bool {
            switch self {
            case .whole: true
            case .firstHalf: signal.closesAt <= settings.halfTimeAt
            case .secondHalf: signal.generatedAt >= settings.halfTimeAt
            }
        }
    }

    private static func days(of agents: [AgentLines], market: SimulatedMarket) -> [FleetDay] {
        let startAt = market.settings.startAt
        var days = (0..<market.settings.dayCount).map { index in
            FleetDay(startAt: startAt + .days(Int64(index)), signals: [], telemetry: [], prices: [])
        }
        /// A line written after the last day ends was not written yet; a bar that closes at its end was.
        func index(of time: Timestamp) -> Int? {
            let day = Int((time - startAt).milliseconds / Span.day.milliseconds)
            return day < days.count ? day : nil
        }
        for agent in agents {
            for line in agent.signals { if let day = index(of: line.writtenAt) { days[day].signals.append(line) } }
            for line in agent.telemetry { if let day = index(of: line.writtenAt) { days[day].telemetry.append(line) } }
        }
        for symbol in market.settings.symbols {
            for bar in market.bars(of: symbol) {
                // A bar that closes at midnight is written before the day is over.
                let lastInstant = Timestamp(milliseconds: bar.closeAt.milliseconds - 1)
                if let day = index(of: lastInstant) { days[day].prices.append(PriceLine(symbol: symbol, bar: bar)) }
            }
        }
        for day in days.indices {
            days[day].signals = inOrder(days[day].signals, by: \.writtenAt)
            days[day].telemetry = inOrder(days[day].telemetry, by: \.writtenAt)
            days[day].prices = inOrder(days[day].prices, by: \.writtenAt)
        }
        return days
    }

    /// By time; what is written at one time keeps its order.
    private static func inOrder<Line>(_ lines: [Line], by time: (Line) -> Timestamp) -> [Line] {
        let times = lines.map(time)
        return times.indices.sorted { (times[$0], $0) < (times[$1], $1) }.map { lines[$0] }
    }
}
