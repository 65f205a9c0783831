package import Domain
internal import Foundation
internal import Synchronization

/// A server on the loopback that answers as six exchanges do, and as they do not; and takes what webhooks are sent.
///
/// Each venue lives under its name, so that `http://127.0.0.1:PORT/binance` stands in for `https://api.binance.com`;
/// every `POST`, wherever to, is a webhook. The exchange has a clock of its own, to be set: no answer speaks of a later
/// time, and the bar that runs at that time is given unfinished, as the venues give it.
package final class ExchangeServer: Sendable {
    private struct State {
        var prices: SimulatedPrices
        var listings: [Listing]
        var clock: @Sendable () -> Timestamp
        var rules: [MishapRule] = []
        var pathCounts: [String: Int] = [:]
        var requests: [ReceivedRequest] = []
        var observer: (@Sendable (ReceivedRequest) -> Void)?
        var usedShare = 0.0
        var instrumentsPerPage: Int?
        var server: SocketServer?
    }

    /// 2025-06-01T00:00:00Z, until another time is set.
    package static let defaultNow = Timestamp(seconds: 1_748_736_000)

    private let state: Mutex<State>

    package init(seed: UInt64, listings: [Listing] = Listing.standard) {
        let now = Self.defaultNow
        state = Mutex(State(prices: SimulatedPrices(seed: seed), listings: listings, clock: { now }))
    }

    deinit { stop() }

    /// Listens on the loopback; 0 takes any free port. Returns the port.
    @discardableResult
    package func start(port: UInt16 = 0) throws -> Int {
        stop()
        let server = try SocketServer(port: port) { [weak self] request in
            self?.handle(request) ?? (Answer(503, html: "stopped"), nil)
        }
        state.withLock { $0.server = server }
        return server.port
    }

    /// Closes everything and returns when no thread of it is left. May be started again, on the same port.
    package func stop() {
        let server = state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        server?.stop()
    }

    package var port: Int? { state.withLock { $0.server?.port } }

    /// What stands in for the venue's own address.
    package func address(of venue: Venue) -> String { "http://127.0.0.1:\(port ?? 0)/\(venue.rawValue)" }

    package func setNow(_ now: Timestamp) { followClock { now } }

    package func followClock(_ clock: @escaping @Sendable () -> Timestamp) { state.withLock { $0.clock = clock } }

    package var now: Timestamp { state.withLock { $0.clock }() }

    /// Venues disagree about each bar by up to this, up or down.
    package func disagree(byBps bps: Double) { state.withLock { $0.prices.disagreementBps = bps } }

    package func distort(_ distortion: Distortion) { state.withLock { $0.prices.distortions.append(distortion) } }

    package func list(_ listing: Listing) {
        state.withLock { state in
            state.listings.removeAll {
                $0.base == listing.base && $0.quote == listing.quote && $0.venue == listing.venue
            }
            state.listings.append(listing)
        }
    }

    /// What the headers of Binance and Bybit say is used up of the limit.
    package func setUsedShare(_ share: Double) { state.withLock { $0.usedShare = share } }

    /// Bybit gives its list in pages of that many.
    package func setInstrumentsPerPage(_ count: Int?) { state.withLock { $0.instrumentsPerPage = count } }

    /// The bar of that opening as the venue gives it now: what a test expects to find in the ledger.
    package func bar(
        _ base: String, _ quote: String, at venue: Venue, opening: Timestamp, length: Span
    ) -> Bar? {
        let (prices, now, listings) = state.withLock { ($0.prices, $0.clock, $0.listings) }
        let listing = Self.listings(of: venue, in: listings).first { $0.base == base && $0.quote == quote }
        return listing.flatMap { prices.bar($0, at: venue, opening: opening, length: length, now: now()) }
    }

    /// The price that all venues agree on, in dollars.
    package func price(of base: String, at time: Timestamp) -> Double {
        state.withLock { $0.prices }.price(of: base, at: time)
    }

    /// The next `count` requests whose target contains `pathPart` meet this, after what was scripted before.
    package func script(_ mishap: Mishap, on pathPart: String = "", count: Int = 1) {
        state.withLock {
            $0.rules.append(MishapRule(mishaps: [mishap], pathPart: pathPart, choice: .next(count: count)))
        }
    }

    /// Each request whose target contains `pathPart` meets one of these with that probability: the same ones in every
    /// run, by the seed, the path and how often it was asked for.
    package func disturb(probability: Double, _ mishaps: [Mishap], on pathPart: String = "", seed: UInt64) {
        precondition(!mishaps.isEmpty, "Invariant: a disturbance disturbs somehow")
        state.withLock {
            $0.rules.append(
                MishapRule(
                    mishaps: mishaps, pathPart: pathPart, choice: .sometimes(probability: probability, seed: seed)))
        }
    }

    /// Nothing goes wrong any more.
    package func calm() { state.withLock { $0.rules = [] } }

    /// In the order in which they came in, webhooks included.
    package var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    package var webhooks: [ReceivedRequest] { requests.filter { $0.method == "POST" } }

    package func forgetRequests() { state.withLock { $0.requests = [] } }

    /// Called for each request, before it is answered.
    package func observe(_ observer: @escaping @Sendable (ReceivedRequest) -> Void) {
        state.withLock { $0.observer = observer }
    }

    private func handle(_ request: ReceivedRequest) -> (Answer, Mishap?) {
        var request = request
        let (world, mishap, observer, clock) = state.withLock { state in
            let path = request.path
            let nth = state.pathCounts[path, default: 0]
            state.pathCounts[path] = nth + 1
            for index in state.rules.indices where request.mishap == nil {
                request.mishap = state.rules[index].mishap(for: request, nthOfPath: nth)
            }
            state.requests.append(request)
            let world = VenueWorld(
                prices: state.prices, listings: state.listings, now: Self.defaultNow, usedShare: state.usedShare,
                instrumentsPerPage: state.instrumentsPerPage)
            return (world, request.mishap, state.observer, state.clock)
        }
        observer?(request)
        var told = world
        told.now = clock()
        var answer = told.answer(to: request, mishap)
        answer.headers.append(.init("Date", told.now.httpDate))
        return (answer, mishap)
    }

    static func listings(of venue: Venue, in listings: [Listing]) -> [Listing] {
        let own = listings.filter { $0.venue == venue }
        return own
            + listings.filter { listing in
                listing.venue == nil && !own.contains { $0.base == listing.base && $0.quote == listing.quote }
            }
    }
}

extension Timestamp {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, whole seconds cut (RFC 9110, section 5.6.7).
    package var httpDate: String {
        let days = Int(floored(to: .day).milliseconds / 86_400_000)
        let (year, month, day) = CivilTime.date(daysSinceEpoch: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let second = Int((self - floored(to: .day)).milliseconds / 1_000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(weekdays[days % 7]), \(two(day)) \(months[month - 1]) \(year)"
            + " \(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
    }
}
