/// A bar that venues do not agree on: from `at` on it is no price.
///
/// A fact like every other, so that a replay decides without the bar exactly where live decided without it. The bar is
/// named by its symbol, opening and close: all versions of it are withdrawn, those that come later too, and a second
/// withdrawal of it changes nothing. What was final before stays final: outcomes, marks, entries already found, and the
/// volatilities that its return is part of.
package struct BarWithdrawal: Equatable, Sendable {
    package var symbol: Symbol
    package var openAt: Timestamp
    package var closeAt: Timestamp
    package var at: Timestamp
    /// Who quoted what, and what was allowed: for people.
    package var reason: String

    package init(symbol: Symbol, openAt: Timestamp, closeAt: Timestamp, at: Timestamp, reason: String) {
        self.symbol = symbol
        self.openAt = openAt
        self.closeAt = closeAt
        self.at = at
        self.reason = reason
    }
}

/// What an exchange says of an instrument.
package enum InstrumentState: String, Sendable, CaseIterable {
    case trading
    /// Listed, and not traded now.
    case halted
    /// Gone; the last price known stays the last price known.
    case delisted
}
