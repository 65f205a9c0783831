/// An exchange whose public prices we can read.
package enum Venue: String, Sendable, CaseIterable, Comparable, CustomStringConvertible {
    case binance
    case coinbase
    case kraken
    case okx
    case bybit
    case bitstamp

    package var description: String { rawValue }

    package static func < (left: Venue, right: Venue) -> Bool { left.rawValue < right.rawValue }
}
