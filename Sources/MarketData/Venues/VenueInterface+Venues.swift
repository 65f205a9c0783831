package import Domain

extension VenueInterface {
    /// How the prices of a venue are asked for and read.
    package static func of(_ venue: Venue) -> VenueInterface {
        switch venue {
        case .binance: binance
        case .coinbase: coinbase
        case .kraken: kraken
        case .okx: okx
        case .bybit: bybit
        case .bitstamp: bitstamp
        }
    }
}
