import Domain
import Foundation
import HTTPPort
import LocalExchange
import Testing

/// What other tests lean on: that the exchange on the loopback is the same in every run, and keeps its own rules.
struct ExchangeServerTests {
    private static let hour = Span.hours(1)

    private func get(
        _ exchange: ExchangeServer, _ sender: HTTPSender, _ path: String
    ) async throws(HTTPFailure) -> HTTPResponse {
        try await sender.send(
            HTTPRequest(
                .get, "http://127.0.0.1:\(exchange.port ?? 0)\(path)", timeout: Span(milliseconds: 30_000),
                maximalResponseBytes: 1 << 20))
    }

    @Test("Two exchanges of one seed give the same bytes; another seed gives others")
    func deterministic() async throws {
        let path = "/okx/api/v5/market/candles?instId=ETH-USD&bar=1H"
        let first = try await withExchange(seed: 5) { try await get($0, $1, path).body }
        let second = try await withExchange(seed: 5) { try await get($0, $1, path).body }
        let other = try await withExchange(seed: 6) { try await get($0, $1, path).body }
        #expect(first == second)
        #expect(first != other)
        #expect(first.count > 1_000)
    }

    @Test("All venues agree, unless told to disagree, by no more than told")
    func agreement() throws {
        let exchange = ExchangeServer(seed: 2)
        exchange.setNow(ExchangeServer.defaultNow)
        let opening = ExchangeServer.defaultNow - Self.hour * 5
        func bars() -> [Bar] {
            Venue.allCases.compactMap { exchange.bar("SOL", "USD", at: $0, opening: opening, length: Self.hour) }
        }
        let agreed = bars()
        #expect(agreed.count == 6)
        #expect(agreed.allSatisfy { $0.open == agreed[0].open && $0.close == agreed[0].close })
        exchange.disagree(byBps: 5)
        let disputed = bars()
        #expect(Set(disputed.map(\.close)).count > 1)
        // A tick of 0.0001 on prices above 20 is below a twentieth of a bp.
        #expect(disputed.allSatisfy { ($0.close / agreed[0].close - 1).magnitude < 5.05e-4 })
        exchange.disagree(byBps: 0)
        exchange.distort(
            Distortion(.offBy(bps: 300), at: .kraken, base: "SOL", openings: opening..<(opening + Self.hour)))
        let off = try #require(exchange.bar("SOL", "USD", at: .kraken, opening: opening, length: Self.hour))
        #expect((off.close / agreed[0].close - 1.03).magnitude < 1e-5)
    }

    @Test("Prices move as prices do: an hour's return has a standard deviation between 30 and 120 bps")
    func volatility() {
        let exchange = ExchangeServer(seed: 3)
        for base in ["BTC", "ETH", "DOGE"] {
            let prices = (0...1_000).map { index in
                exchange.price(of: base, at: ExchangeServer.defaultNow - Self.hour * Int64(index))
            }
            let returns = zip(prices, prices.dropFirst()).map { 10_000 * ($1 / $0 - 1) }
            let variance = returns.reduce(0) { $0 + $1 * $1 } / Double(returns.count)
            #expect((30...120).contains(variance.squareRoot()), "\(base): \(variance.squareRoot())")
        }
    }

    @Test("No bar opens after now, the running one ends at the price of now, and closed ones never change")
    func time() throws {
        let exchange = ExchangeServer(seed: 4)
        let opening = ExchangeServer.defaultNow
        exchange.setNow(opening + .minutes(20))
        let running = try #require(exchange.bar("BTC", "USD", at: .okx, opening: opening, length: Self.hour))
        #expect((running.close / exchange.price(of: "BTC", at: opening + .minutes(20)) - 1).magnitude < 1e-6)
        #expect(exchange.bar("BTC", "USD", at: .okx, opening: opening + Self.hour, length: Self.hour) == nil)
        exchange.setNow(opening + Self.hour)
        let closed = exchange.bar("BTC", "USD", at: .okx, opening: opening, length: Self.hour)
        exchange.setNow(opening + Self.hour * 1_000)
        #expect(exchange.bar("BTC", "USD", at: .okx, opening: opening, length: Self.hour) == closed)
        #expect(closed != running)
    }

    @Test("Webhooks are taken as Slack, Telegram and Discord take them, and kept")
    func webhooks() async throws {
        try await withExchange { exchange, sender in
            for path in ["/services/T/B/x", "/bot123:abc/sendMessage", "/discord/webhooks/1/y"] {
                let response = try await sender.send(
                    HTTPRequest(
                        .post, "http://127.0.0.1:\(exchange.port ?? 0)\(path)", body: Array("{}".utf8),
                        timeout: Span(milliseconds: 30_000), maximalResponseBytes: 1 << 10))
                #expect(response.isSuccess)
            }
            exchange.script(.status(500), on: "/services")
            let hooks = exchange.webhooks
            #expect(hooks.map(\.target) == ["/services/T/B/x", "/bot123:abc/sendMessage", "/discord/webhooks/1/y"])
            #expect(hooks.allSatisfy { $0.text == "{}" && $0.mishap == nil })
        }
    }

    @Test("What is scripted happens once each, in the order of the script, and only where it is meant")
    func script() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.status(500), on: "products", count: 2)
            exchange.script(.status(503), on: "products")
            var statuses: [Int] = []
            for path in ["/okx/api/v5/public/instruments"] + Array(repeating: "/coinbase/products", count: 4) {
                statuses.append(try await get(exchange, sender, path).status)
            }
            #expect(statuses == [200, 500, 500, 503, 200])
            #expect(exchange.requests.map(\.mishap) == [nil, .status(500), .status(500), .status(503), nil])
            exchange.script(.status(500), on: "products", count: 100)
            exchange.calm()
            let calm = try await get(exchange, sender, "/coinbase/products")
            #expect(calm.status == 200)
        }
    }

    @Test("Disturbances come about as often as told, and are the same in every run of a seed")
    func disturbances() async throws {
        func run(_ seed: UInt64) async throws -> [Mishap?] {
            try await withExchange { exchange, sender in
                exchange.disturb(probability: 0.3, [.status(500), .status(502)], seed: seed)
                for _ in 0..<200 { _ = try await get(exchange, sender, "/bitstamp/api/v2/markets/") }
                return exchange.requests.map(\.mishap)
            }
        }
        let first = try await run(1)
        let again = try await run(1)
        let other = try await run(2)
        #expect(first == again)
        #expect(first != other)
        // 200 draws of 0.3: 60, with a standard deviation of 6.5.
        #expect((40...80).contains(first.count { $0 != nil }))
        #expect(Set(first.compactMap { $0 }.map { "\($0)" }).count == 2)
    }

    @Test("It can be stopped under open connections, and started again on the same port", .timeLimit(.minutes(10)))
    func restart() async throws {
        try await withExchange { exchange, sender in
            let port = try #require(exchange.port)
            let first = try await get(exchange, sender, "/coinbase/products")
            exchange.stop()
            #expect(exchange.port == nil)
            try exchange.start(port: UInt16(port))
            // The client's kept connection died with the first server: one request may find that out.
            _ = try? await get(exchange, sender, "/coinbase/products")
            let second = try await get(exchange, sender, "/coinbase/products")
            #expect(first.body == second.body)
            #expect(exchange.port == port)
        }
    }
}
