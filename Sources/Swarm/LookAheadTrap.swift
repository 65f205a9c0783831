package import Domain

/// An agent that repeats the sign of the running bar.
///
/// Whoever scores it from the open of the bar it was made in, or from a close that was not known, finds a fortune. At
/// the next open it earns nothing before costs. A supervisor that believes it looks ahead.
package struct LookAheadTrap: Equatable, Sendable {
    package enum Moment: Sendable, CaseIterable {
        /// Half-way between the bar's open and its close.
        case middle
        /// One millisecond before the bar closes.
        case lastInstant
    }

    package var agent: AgentID
    package var moment: Moment
    package var horizon: Horizon
    /// One signal every so many bars.
    package var barStride: Int

    package init(agent: AgentID, moment: Moment, horizon: Horizon = .hours(1), barStride: Int = 1) {
        precondition(barStride >= 1, "Invariant: a stride leads on")
        self.agent = agent
        self.moment = moment
        self.horizon = horizon
        self.barStride = barStride
    }

    /// Its signals over bars in the order of their opening; none for a bar that closes where it opened.
    package func signals(for symbol: Symbol, over bars: [Bar]) -> [Signal] {
        stride(from: 0, to: bars.count, by: barStride).compactMap { index in
            let bar = bars[index]
            guard bar.close != bar.open else { return nil }
            let elapsed =
                switch moment {
                case .middle: bar.length.milliseconds / 2
                case .lastInstant: bar.length.milliseconds - 1
                }
            return Signal(
                agent: agent, symbol: symbol, direction: bar.close > bar.open ? .long : .short, score: 1,
                confidence: 0.9, probabilityUp: bar.close > bar.open ? 0.9 : 0.1, horizon: horizon,
                generatedAt: bar.openAt + Span(milliseconds: elapsed), strategyClass: "look-ahead")
        }
    }
}
