import Domain
import MarketData
import Operation
import PriceShelf

extension InMemoryPriceLedger {
    func feed(_ sources: [CandleSource], checked: Bool = true, quotes: [String] = ["USDT", "USD"]) -> PriceFeed {
        let rules = PriceRules(
            barLength: .hours(1), history: .hours(24), quotes: quotes, isCrossChecked: checked)
        return PriceFeed(sources: sources, intake: intake(rules), maximalStaleness: .hours(3))
    }
}
