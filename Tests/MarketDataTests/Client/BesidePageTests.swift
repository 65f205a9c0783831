import Domain
import HTTPPort
import Operation
import Testing

@testable import MarketData

struct BesidePageTests {
    @Test("A venue that fills its page with older candles has not said that it has none of those asked for")
    func beside() async {
        let count = VenueInterface.of(.binance).limits.candlesPerPage
        let rows = (0..<count).map { index in
            let open = (VenueClientBench.range.from - Span.hours(Int64(count - index))).milliseconds
            return "[\(open),\"10\",\"12\",\"9\",\"11\",\"5\",\(open + 3_599_999),\"50\",3,\"1\",\"1\",\"0\"]"
        }
        let body = Array("[\(rows.joined(separator: ","))]".utf8)
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in HTTPResponse(status: 200, body: body) }
        let page = await bench.client().benchPage()
        #expect(
            page == .failure(.unreachable(.binance, "it answers with other candles than those asked for")))
    }
}
