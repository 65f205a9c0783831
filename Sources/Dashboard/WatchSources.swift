package import Domain

/// Where the server gets its answers from: closures of the program.
///
/// One that throws is answered with 503 and a fixed sentence; what went wrong goes to the log, never to the asker.
package struct WatchSources: Sendable {
    /// When the scheduler's loop last came round; `nil` before it has.
    package var lastHeartbeat: @Sendable () async throws -> Timestamp?
    package var readiness: @Sendable () async throws -> [ReadinessCheck]
    /// The page of `PrometheusRegistry.render`, after bringing up to date what only a look can tell.
    package var metrics: @Sendable () async throws -> [UInt8]
    /// In the order in which they are to be shown.
    package var jobs: @Sendable () async throws -> [WatchedJob]

    package init(
        lastHeartbeat: @escaping @Sendable () async throws -> Timestamp?,
        readiness: @escaping @Sendable () async throws -> [ReadinessCheck],
        metrics: @escaping @Sendable () async throws -> [UInt8],
        jobs: @escaping @Sendable () async throws -> [WatchedJob]
    ) {
        self.lastHeartbeat = lastHeartbeat
        self.readiness = readiness
        self.metrics = metrics
        self.jobs = jobs
    }
}
