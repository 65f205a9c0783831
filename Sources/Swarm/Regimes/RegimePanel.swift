internal import Statistics

/// Daily returns of the books of a simulated fleet, with what nobody can know of real ones: their conditional means.
package struct RegimePanel: Sendable {
    package static let daysPerYear = 365.0

    package let memberCount: Int
    package let dayCount: Int
    /// By day and, within a day, by member: after the book's own costs.
    package internal(set) var netReturns: [Double]
    /// What each of them was worth in expectation, given everything before the day.
    package internal(set) var expectedReturns: [Double]
    /// Whether a position was held.
    package internal(set) var isExposed: [Bool]
    /// Conditional standard deviation of a book, by day; that of all members alike.
    package internal(set) var deviations: [Double]
    /// Equal-weight return of the instruments, by day.
    package internal(set) var marketReturns: [Double]

    init(memberCount: Int, dayCount: Int) {
        precondition(memberCount > 0 && dayCount > 0, "Invariant: somebody, some day")
        self.memberCount = memberCount
        self.dayCount = dayCount
        netReturns = [Double](repeating: 0, count: memberCount * dayCount)
        expectedReturns = netReturns
        isExposed = [Bool](repeating: true, count: memberCount * dayCount)
        deviations = [Double](repeating: 0, count: dayCount)
        marketReturns = deviations
    }

    package func place(of member: Int, onDay day: Int) -> Int { day * memberCount + member }

    /// All returns of one member, in the order of days.
    package func netReturns(of member: Int) -> [Double] {
        (0..<dayCount).map { netReturns[place(of: member, onDay: $0)] }
    }
}

// MARK: - Agents that hold positions

/// How simulated agents hold positions on the instruments of a market.
package struct RegimeHolding: Equatable, Sendable {
    package enum Side: Sendable {
        /// Long or short of every instrument, an eighth of the book each.
        case both
        /// Long of some instruments, the book shared among them; never short.
        case longOnly
    }

    package var side = Side.both
    /// The chance that an agent changes its mind about an instrument on a day without knowing anything.
    package var dailyChange = 0.05
    /// What its own trading costs; 0: its returns are net as they are.
    package var roundTripBps = 10.0

    package init() {}
}

extension RegimePanel {
    /// Agents on one market, each with a random stream of its own: to add one changes no other.
    ///
    /// An agent of quality q holds, with probability |q|, what will prove right (wrong for q < 0), and else what its
    /// coin says, which turns now and then. So the expected gross return of a position is q E|r| whatever happened
    /// before, E|r| known from the day's conditional volatility, and what it is worth is independent of what others do.
    /// q is such that the Sharpe ratio before own costs is the skill's at the market's long-run volatility.
    package init(
        skills: [RegimeSkill], dayCount: Int, market settings: RegimeMarketSettings = RegimeMarketSettings(),
        holding: RegimeHolding = RegimeHolding(), seed: UInt64
    ) {
        self.init(memberCount: skills.count, dayCount: dayCount)
        var market = RegimeMarket(settings: settings, seed: seed)
        var members = skills.indices.map {
            HoldingMember(holding: holding, instrumentCount: settings.instrumentCount, seed: seed, number: $0)
        }
        let count = Double(settings.instrumentCount)
        let drift = settings.annualDrift / Self.daysPerYear
        let unitQuality = 1 / (Self.daysPerYear.squareRoot() * count.squareRoot() * RegimeMarket.meanMagnitude)
        for day in 0..<dayCount {
            market.advance()
            marketReturns[day] = market.returns.reduce(0, +) / count
            deviations[day] = market.deviations.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
            let magnitude = market.deviations.reduce(0, +) / count * RegimeMarket.meanMagnitude
            for member in skills.indices {
                let quality = skills[member].sharpe(onDay: day, of: dayCount) * unitQuality
                let held = members[member].hold(market.returns, quality: quality, drift: drift)
                let index = place(of: member, onDay: day)
                netReturns[index] = held.netReturn
                isExposed[index] = held.isExposed
                let gross = quality * magnitude + (holding.side == .longOnly && held.isExposed ? drift : 0)
                expectedReturns[index] = gross - members[member].expectedCost(quality: quality)
            }
        }
    }
}

private struct HoldingMember {
    let holding: RegimeHolding
    var generator: Xoshiro256
    /// What it holds without knowing: by instrument, -1 or 1, or 0 or 1 where it is never short.
    var coins: [Double]
    var positions: [Double]
    let halfTrip: Double

    init(holding: RegimeHolding, instrumentCount: Int, seed: UInt64, number: Int) {
        self.holding = holding
        generator = Xoshiro256(seed: seed, stream: "regime-agent-" + String(number))
        let low = holding.side == .both ? -1.0 : 0
        coins = []
        for _ in 0..<instrumentCount { coins.append(generator.uniform() < 0.5 ? low : 1) }
        positions = coins
        halfTrip = holding.roundTripBps / 2 / 10_000
        positions = shares(coins)
    }

    /// The coins as parts of the book.
    private func shares(_ held: [Double]) -> [Double] {
        let size = holding.side == .both ? Double(held.count) : max(1, held.reduce(0, +))
        return held.map { $0 / size }
    }

    mutating func hold(_ returns: [Double], quality: Double, drift: Double)
        -> (netReturn: Double, isExposed: Bool)
    {
        var held = coins
        for index in returns.indices {
            let draw = generator.uniform()
            if draw < quality.magnitude {
                let isRise = (returns[index] - drift) * quality > 0
                held[index] = isRise ? 1 : holding.side == .both ? -1 : 0
            } else if draw < quality.magnitude + (1 - quality.magnitude) * holding.dailyChange {
                coins[index] = holding.side == .both ? -coins[index] : 1 - coins[index]
                held[index] = coins[index]
            }
        }
        let next = shares(held)
        var gross = 0.0
        var traded = 0.0
        for index in returns.indices {
            gross += next[index] * returns[index]
            traded += (next[index] - positions[index]).magnitude
        }
        positions = next
        return (gross - halfTrip * traded, next.contains { $0 != 0 })
    }

    /// A position changes where one of two days is a day of knowledge, and then in half the cases, or the coin turns.
    func expectedCost(quality: Double) -> Double {
        let ignorant = (1 - quality.magnitude) * (1 - quality.magnitude)
        return halfTrip * 2 * ((1 - ignorant) / 2 + ignorant * holding.dailyChange)
    }
}
