package import HTTPPort

internal import AsyncHTTPClient
internal import Domain
internal import NIOCore
internal import NIOHTTP1

extension HTTPSender {
    /// Sends over real connections. Any status is an answer; a failure names no address.
    package static func live(_ pool: ConnectionPool) -> HTTPSender {
        HTTPSender { request throws(HTTPFailure) in
            guard !Task.isCancelled else { throw .cancelled }
            do {
                return try await answer(to: request, over: pool.client)
            } catch {
                // A task that is cancelled sees its request fail in any of several ways.
                throw Task.isCancelled ? .cancelled : HTTPFailure(error, of: request)
            }
        }
    }

    /// The library's own deadline ends with the head of the answer, and one byte a second keeps a body alive for ever:
    /// the whole exchange runs against one clock instead.
    private static func answer(to request: HTTPRequest, over client: HTTPClient) async throws -> HTTPResponse {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            group.addTask { try await exchange(request, over: client) }
            group.addTask {
                try await Task.sleep(for: .milliseconds(request.timeout.milliseconds))
                throw HTTPFailure.timedOut(after: request.timeout)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw HTTPFailure.cancelled }
            return first
        }
    }

    private static func exchange(_ request: HTTPRequest, over client: HTTPClient) async throws -> HTTPResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method == .post ? .POST : .GET
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        if !request.body.isEmpty || request.method == .post {
            outgoing.body = .bytes(request.body, length: .known(Int64(request.body.count)))
        }
        let incoming = try await client.execute(
            outgoing, timeout: .milliseconds(request.timeout.milliseconds))
        let headers = incoming.headers.map { HTTPHeader($0.name, $0.value) }
        let limit = request.maximalResponseBytes
        // The announced length counts the bytes as sent; compressed, they only grow.
        if let announced = incoming.headers.first(name: "content-length").flatMap({ Int64($0) }), announced > limit {
            throw HTTPFailure.tooLarge(limitBytes: limit)
        }
        var body: [UInt8] = []
        for try await chunk in incoming.body {
            guard chunk.readableBytes <= limit - body.count else { throw HTTPFailure.tooLarge(limitBytes: limit) }
            body.append(contentsOf: chunk.readableBytesView)
        }
        // A cancelled body may end instead of failing: half an answer is none.
        try Task.checkCancellation()
        return HTTPResponse(status: Int(incoming.status.code), headers: headers, body: body)
    }
}

extension Pause {
    package static let live = Pause { span in
        try await Task.sleep(for: .milliseconds(max(0, span.milliseconds)))
    }
}

extension Stopwatch {
    /// Counts on while the machine sleeps: a venue's limits do.
    package static let live: Stopwatch = {
        let clock = ContinuousClock()
        let start = clock.now
        return Stopwatch {
            let parts = start.duration(to: clock.now).components
            return Span(milliseconds: parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000)
        }
    }()
}
