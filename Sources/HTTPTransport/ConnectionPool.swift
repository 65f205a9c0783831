package import Domain

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTPCompression

/// How the process connects.
package struct ConnectionSettings: Equatable, Sendable {
    /// Connections at once to one host; requests beyond them wait their turn within their own time-out.
    package var connectionsPerHost: Int
    /// A name that does not resolve or a port that drops packets is found out this early.
    package var connectTimeout: Span
    /// A connection without a request for this long is closed by us, before the venue's side closes it under a request.
    package var idleTimeout: Span
    /// A compressed answer that unfolds beyond this is refused: the bound for the whole process, above each request's
    /// own.
    package var maximalInflatedBytes: Int

    package init(
        connectionsPerHost: Int = 4, connectTimeout: Span = Span(milliseconds: 10_000),
        idleTimeout: Span = Span(milliseconds: 30_000), maximalInflatedBytes: Int = 256 << 20
    ) {
        precondition(connectionsPerHost > 0 && maximalInflatedBytes > 0, "Invariant: a bound lets something through")
        precondition(connectTimeout > .zero && idleTimeout > .zero, "Invariant: a time-out is positive")
        self.connectionsPerHost = connectionsPerHost
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.maximalInflatedBytes = maximalInflatedBytes
    }
}

/// The process's connections: made once by the program, shared by all that send, shut down at its end.
///
/// Certificates are verified (the library's default, left alone) and no redirect is followed: a request goes to the
/// address it names or nowhere, so that a captive portal is an error and a secret in a path never travels on.
package struct ConnectionPool: Sendable {
    let client: HTTPClient

    package init(_ settings: ConnectionSettings = ConnectionSettings()) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .milliseconds(settings.connectTimeout.milliseconds)
        configuration.connectionPool.idleTimeout = .milliseconds(settings.idleTimeout.milliseconds)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connectionsPerHost
        // A refused connection is an answer; who retries, and when, is decided by the caller.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.decompression = .enabled(limit: .size(settings.maximalInflatedBytes))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections; requests under way fail. To be called once, before the process ends or the pool is let go.
    package func shutDown() async {
        // The only error is a second call, and then there is nothing left to do.
        try? await client.shutdown()
    }
}
