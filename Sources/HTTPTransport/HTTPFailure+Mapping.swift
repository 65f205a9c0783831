internal import AsyncHTTPClient
internal import Glibc
internal import HTTPPort
internal import NIOCore
internal import NIOHTTPCompression

extension HTTPFailure {
    /// What an error of the libraries means, in words of our own: theirs hold hosts, ports and sometimes whole
    /// addresses, and an address may be a secret.
    init(_ error: any Error, of request: HTTPRequest) {
        switch error {
        case let failure as HTTPFailure: self = failure
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError: self.init(error, of: request)
        case let error as IOError: self = .connection(HTTPFailure.sentence(errorNumber: error.errnoCode))
        case NIOHTTPDecompression.DecompressionError.limit:
            self = .tooLarge(limitBytes: request.maximalResponseBytes)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            self = .connection("the answer is compressed, and broken")
        case ChannelError.connectTimeout: self = .timedOut(after: request.timeout)
        case is ChannelError: self = .connection("closed before the answer was whole")
        default: self = .connection(HTTPFailure.sentence(typeName: String(describing: type(of: error))))
        }
    }

    private init(_ error: HTTPClientError, of request: HTTPRequest) {
        switch error {
        case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout:
            self = .timedOut(after: request.timeout)
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath: self = .invalidURL
        // With the task not cancelled, this is a pool that was shut down under the request.
        case .cancelled, .alreadyShutdown: self = .connection("our connections are being shut down")
        case .remoteConnectionClosed, .uncleanShutdown: self = .connection("closed before the answer was whole")
        default:
            // Errors that carry text of the caller are told by their kind only.
            let kind = error.shortDescription
            self = kind == "Unsupported scheme" ? .invalidURL : .connection("no exchange of HTTP (\(kind))")
        }
    }

    private static func sentence(errorNumber: CInt) -> String {
        switch errorNumber {
        case ECONNRESET: "reset by the other side"
        case ECONNREFUSED: "refused"
        case ETIMEDOUT: "not answered"
        case ENETUNREACH, EHOSTUNREACH: "no way to the host"
        case EPIPE: "closed before the request was sent"
        default: "system error \(errorNumber)"
        }
    }

    /// Types of modules that this one does not depend on are known by their names.
    private static func sentence(typeName: String) -> String {
        switch typeName {
        case "NIOConnectionError": "refused, or an unknown host"
        case "HTTPParserError": "what answered does not speak HTTP"
        case "NIOSSLError", "BoringSSLError", "NIOSSLExtraError": "no trusted TLS connection"
        default: "failed (\(typeName))"
        }
    }
}
