import Domain
import HTTPPort
import Operation
import Synchronization

@testable import MarketData

/// A venue in memory: answers by a closure, keeps what it was asked, and a time that only waiting moves.
final class VenueClientBench: Sendable {
    private struct State {
        var elapsed = Span.zero
        var waits: [Span] = []
        var requests: [HTTPRequest] = []
        var observed: [String] = []
    }

    static let start = Timestamp(seconds: 1_748_781_000)

    private let state = Mutex(State())
    private let answer: @Sendable (_ request: HTTPRequest, _ count: Int) async throws(HTTPFailure) -> HTTPResponse

    /// `count` is that of the requests so far, this one included.
    init(
        answer: @escaping @Sendable (_ request: HTTPRequest, _ count: Int) async throws(HTTPFailure) -> HTTPResponse
    ) {
        self.answer = answer
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var waits: [Span] { state.withLock { $0.waits } }
    /// Outcomes, waits and breaker states, as they were told.
    var observed: [String] { state.withLock { $0.observed } }
    var elapsed: Span { state.withLock { $0.elapsed } }

    func pass(_ span: Span) { state.withLock { $0.elapsed = $0.elapsed + span } }

    func client(
        _ settings: ClientSettings = ClientSettings(), weightPerSecond: Double = 1_000, burst: Int = 1_000,
        pause: Pause? = nil
    ) -> VenueClient {
        var interface = VenueInterface.of(.binance)
        interface.baseURL = "http://venue.test"
        interface.limits.weightPerSecond = weightPerSecond
        interface.limits.burst = burst
        let recording = Pause { span in
            try Task.checkCancellation()
            self.state.withLock { state in
                state.waits.append(span)
                state.elapsed = state.elapsed + span
            }
        }
        return VenueClient(
            interface, settings: settings, quotes: ["USDT", "USD"],
            sender: HTTPSender { request throws(HTTPFailure) in
                let count = self.state.withLock { state in
                    state.requests.append(request)
                    return state.requests.count
                }
                return try await self.answer(request, count)
            },
            clock: Clock { Self.start + self.elapsed }, stopwatch: Stopwatch { self.elapsed },
            pause: pause ?? recording,
            observer: VenueObserver(
                request: { _, outcome, _ in self.note(outcome.rawValue) },
                wait: { _, wait, _ in self.note("wait " + wait.rawValue) },
                breaker: { _, state in self.note("breaker " + state.rawValue) }))
    }

    private func note(_ text: String) { state.withLock { $0.observed.append(text) } }

    static let range = OpeningRange(
        from: start.floored(to: .hours(1)) - Span.hours(2), through: start.floored(to: .hours(1)),
        barLength: .hours(1))

    static let instrument = Instrument(venue: .binance, id: "BTCUSDT", base: "BTC", quote: "USDT", state: .trading)

    /// The two candles of `range`.
    static let candles: HTTPResponse = {
        let rows = (0..<2).map { index in
            let open = (range.from + Span.hours(1) * Int64(index)).milliseconds
            return "[\(open),\"10\",\"12\",\"9\",\"11\",\"5\",\(open + 3_599_999),\"50\",3,\"1\",\"1\",\"0\"]"
        }
        return HTTPResponse(status: 200, body: Array("[\(rows.joined(separator: ","))]".utf8))
    }()

    static func instruments(_ bases: [String]) -> HTTPResponse {
        let entries = bases.map {
            "{\"symbol\":\"\($0)USDT\",\"status\":\"TRADING\",\"baseAsset\":\"\($0)\",\"quoteAsset\":\"USDT\","
                + "\"isSpotTradingAllowed\":true}"
        }
        return HTTPResponse(status: 200, body: Array("{\"symbols\":[\(entries.joined(separator: ","))]}".utf8))
    }

    static func status(_ status: Int, retryAfter: String? = nil) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: retryAfter.map { [HTTPHeader("Retry-After", $0)] } ?? [],
            body: Array("<html></html>".utf8))
    }
}

extension VenueClient {
    /// The page of the bench's range, or why there is none.
    func benchPage() async -> Result<CandlePage, VenueFailure> {
        do throws(VenueFailure) {
            return .success(try await page(of: VenueClientBench.instrument, in: VenueClientBench.range))
        } catch {
            return .failure(error)
        }
    }

    func benchInstrument(_ name: String) async -> Result<Instrument, VenueFailure> {
        guard let symbol = Symbol(name) else { return .failure(.refused(.binance, "no symbol")) }
        do throws(VenueFailure) {
            return .success(try await instrument(for: symbol))
        } catch {
            return .failure(error)
        }
    }
}

/// A gate that opens once, for all who wait at it; whoever is cancelled goes through.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

    func open() { continuation.finish() }

    func wait() async { for await _ in stream {} }
}
