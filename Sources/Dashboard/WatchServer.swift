package import Domain
import Hummingbird
import HummingbirdCore
package import Logging
package import Operation
import ServiceLifecycle
import Synchronization

/// Why nobody can watch.
package enum WatchServerFailure: Error, Equatable, CustomStringConvertible {
    case cannotListen(host: String, port: Int, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            "cannot answer on \(host), port \(port): \(reason). Another program may have the port; set server.port to "
                + "another one, to 0 for any free one, or server.on to false"
        }
    }
}

/// Health, readiness, metrics and jobs over HTTP: read-only, without any access control, hence on the loopback unless
/// told otherwise. A service that ends when its group shuts down gracefully.
package struct WatchServer: Service {
    package struct Limits: Equatable, Sendable {
        /// Of all headers of a request together.
        package var headerBytes: Int
        package var headerCount: Int
        /// Further ones wait until one of these is closed.
        package var connections: Int
        /// A connection on which nothing comes for so long is closed.
        package var idle: Span
        /// A scheduler that has not come round for so long hangs.
        package var heartbeat: Span

        package init(
            headerBytes: Int = 16 * 1024, headerCount: Int = 64, connections: Int = 64,
            idle: Span = Span(milliseconds: 30_000), heartbeat: Span = .minutes(2)
        ) {
            self.headerBytes = headerBytes
            self.headerCount = headerCount
            self.connections = connections
            self.idle = idle
            self.heartbeat = heartbeat
        }
    }

    private let host: String
    private let port: Int
    private let sources: WatchSources
    private let clock: Operation.Clock
    private let limits: Limits
    private let log: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onListening: Is told the port once requests are taken.
    package init(
        host: String, port: Int, sources: WatchSources, clock: Operation.Clock, limits: Limits = Limits(), log: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.sources = sources
        self.clock = clock
        self.limits = limits
        self.log = log
        self.onListening = onListening
    }

    /// Whether only this machine can reach it. A name that is not known to mean that counts as reachable.
    package static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    package func run() async throws {
        if !WatchServer.isLoopback(host) {
            log.warning(
                "\(host) is not the loopback: whoever reaches it can read the weights and the health of the fleet")
        }
        // Chatty below, where a scrape every few seconds would fill the log.
        var serverLog = log
        serverLog.logLevel = max(log.logLevel, .warning)
        let hasListened = Mutex(false)
        let application = Application(
            responder: WatchResponder(sources: sources, clock: clock, heartbeatLimit: limits.heartbeat, log: log),
            server: .http1(configuration: channelConfiguration),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: nil, backlog: limits.connections,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: serverLog)),
            onServerRunning: { channel in
                hasListened.withLock { $0 = true }
                let bound = channel.localAddress?.port ?? port
                log.info("answering on \(host), port \(bound)")
                await onListening(bound)
            },
            logger: serverLog)
        do {
            try await application.run()
        } catch where !hasListened.withLock({ $0 }) && !Task.isCancelled {
            throw WatchServerFailure.cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    private var channelConfiguration: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: .milliseconds(limits.idle.milliseconds),
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerCount))
    }
}
