package import Domain

/// One request, whole.
package struct HTTPRequest: Equatable, Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package var method: Method
    /// Absolute, percent-encoded. It may hold a secret (a webhook's path): never in a log, an error or a report.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]
    /// From the first attempt to connect to the last byte of the answer.
    package var timeout: Span
    /// An answer longer than this is refused without being read to its end.
    package var maximalResponseBytes: Int

    package init(
        _ method: Method, _ url: String, headers: [HTTPHeader] = [], body: [UInt8] = [], timeout: Span,
        maximalResponseBytes: Int
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximalResponseBytes = maximalResponseBytes
    }
}

package struct HTTPHeader: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What came back: any status, whole body.
package struct HTTPResponse: Equatable, Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, whatever its capitals.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// Why no whole answer came. Says nothing of the address: that may hold a secret, and the caller knows it.
package enum HTTPFailure: Error, Equatable, CustomStringConvertible {
    case timedOut(after: Span)
    /// Refused, reset, closed in the middle, unknown host, no valid certificate, no HTTP.
    case connection(String)
    case tooLarge(limitBytes: Int)
    case invalidURL
    case cancelled

    package var description: String {
        switch self {
        case .timedOut(let span): "no answer within \(span.milliseconds) ms"
        case .connection(let detail): "the connection failed: \(detail)"
        case .tooLarge(let limit): "the answer is longer than \(limit) bytes"
        case .invalidURL: "the address is no URL"
        case .cancelled: "cancelled"
        }
    }
}

/// The one way out to the network, given to those who need it.
package struct HTTPSender: Sendable {
    package var send: @Sendable (_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse

    package init(send: @escaping @Sendable (_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse) {
        self.send = send
    }
}

/// Waiting, injected so that tests need not.
package struct Pause: Sendable {
    /// Returns after `span`, or throws `CancellationError`.
    package var wait: @Sendable (_ span: Span) async throws -> Void

    package init(wait: @escaping @Sendable (_ span: Span) async throws -> Void) { self.wait = wait }
}
