import Domain
import HTTPPort
import HTTPTransport
import LocalExchange
import MarketData
import Operation
import Synchronization

/// An exchange and a way to it, for the length of a test.
func withExchange<Result>(
    seed: UInt64 = 1, inflating maximalInflatedBytes: Int = 64 << 20,
    _ body: (ExchangeServer, HTTPSender) async throws -> Result
) async throws -> Result {
    let exchange = ExchangeServer(seed: seed)
    try exchange.start()
    let pool = ConnectionPool(ConnectionSettings(maximalInflatedBytes: maximalInflatedBytes))
    do {
        let result = try await body(exchange, .live(pool))
        await pool.shutDown()
        exchange.stop()
        return result
    } catch {
        await pool.shutDown()
        exchange.stop()
        throw error
    }
}

extension ExchangeServer {
    /// The requests that come in from now on.
    func arrivals() -> AsyncStream<ReceivedRequest> {
        let (stream, continuation) = AsyncStream.makeStream(of: ReceivedRequest.self)
        observe { continuation.yield($0) }
        return stream
    }
}

/// Waits that take no time, and a stopwatch that counts them.
final class Waits: Sendable {
    private let state = Mutex<(elapsed: Span, spans: [Span])>((.zero, []))

    var spans: [Span] { state.withLock { $0.spans } }

    var pause: Pause {
        Pause { span in
            try Task.checkCancellation()
            self.state.withLock { state in
                state.elapsed = state.elapsed + span
                state.spans.append(span)
            }
        }
    }

    var stopwatch: Stopwatch { Stopwatch { self.state.withLock { $0.elapsed } } }
}

extension VenueClient {
    static func test(
        _ venue: Venue, at exchange: ExchangeServer, _ sender: HTTPSender, settings: ClientSettings = ClientSettings(),
        now: Timestamp? = nil, waits: Waits = Waits()
    ) -> VenueClient {
        var interface = VenueInterface.of(venue)
        interface.baseURL = exchange.address(of: venue)
        return VenueClient(
            interface, settings: settings, quotes: ["USDT", "USD"], sender: sender,
            clock: Clock { now ?? exchange.now }, stopwatch: waits.stopwatch, pause: waits.pause)
    }
}
