import Composition
import Domain
import HTTPPort
import HTTPTransport
import MarketData
import Operation
import Settings

/// What opens sockets: one pool of connections for exchanges and webhooks alike, and a client a venue.
struct DaemonServices: Sendable {
    let sender: HTTPSender
    /// In the order of the settings.
    let sources: [CandleSource]
    private let pool: ConnectionPool

    static func open(_ workspace: Workspace, observer: VenueObserver = VenueObserver()) throws -> DaemonServices {
        let settings = workspace.settings.runtime.prices
        for name in settings.addresses.keys.sorted() where Venue(rawValue: name) == nil {
            let nearest = EditDistance.nearest(to: name, among: Venue.allCases.map(\.rawValue)) ?? ""
            throw Failure("prices.addresses names no venue '\(name)'; the nearest is '\(nearest)'", code: 78)
        }
        let pool = ConnectionPool()
        let sender = HTTPSender.live(pool)
        let sources = settings.venues.map { venue in
            var interface = VenueInterface.of(venue)
            if let address = settings.addresses[venue.rawValue] { interface.baseURL = address }
            return VenueClient(
                interface, settings: ClientSettings(settings, venue: venue), quotes: settings.quotes, sender: sender,
                clock: workspace.clock, stopwatch: .live, pause: .live, observer: observer
            ).source
        }
        return DaemonServices(sender: sender, sources: sources, pool: pool)
    }

    func shutDown() async { await pool.shutDown() }
}

extension ClientSettings {
    fileprivate init(_ settings: PriceSettings, venue: Venue) {
        self.init(
            timeout: Span(seconds: settings.timeoutSeconds), attempts: settings.attempts,
            backoff: Span(seconds: settings.backoffSeconds),
            maximalBackoff: Span(seconds: settings.maximalBackoffSeconds), breakerFailures: settings.breakerFailures,
            breakerCooldown: Span(seconds: settings.breakerCooldownSeconds),
            maximalResponseBytes: settings.maximalResponseMegabytes << 20,
            instrumentCache: .hours(Int64(settings.instrumentCacheHours)), seed: StableHash(venue.rawValue).low)
    }
}

extension Span {
    /// Whole milliseconds; from settings, which are bounded.
    init(seconds: Double) { self.init(milliseconds: Int64((seconds * 1_000).rounded())) }
    init(minutes: Double) { self.init(seconds: minutes * 60) }
    init(hours: Double) { self.init(minutes: hours * 60) }
}
