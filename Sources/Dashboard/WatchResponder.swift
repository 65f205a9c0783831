import Domain
import Hummingbird
import Logging
import Operation

/// Five pages to read. A request's body is never read, its query means nothing.
struct WatchResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let sources: WatchSources
    let clock: Operation.Clock
    let heartbeatLimit: Span
    let log: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            var response = page(
                .methodNotAllowed, WatchPages.failure("This server is only read: GET and HEAD."), type: .json)
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        let response = await answer(to: request.uri.path)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(to path: String) async -> Response {
        do {
            switch path {
            case "/": return page(.ok, WatchPages.index, type: .html)
            case "/healthz": return health(try await sources.lastHeartbeat())
            case "/readyz":
                let checks = try await sources.readiness()
                return page(
                    WatchPages.isReady(checks) ? .ok : .serviceUnavailable, WatchPages.readiness(checks), type: .json)
            case "/metrics": return page(.ok, try await sources.metrics(), type: .metrics)
            case "/jobs":
                return page(.ok, WatchPages.jobs(try await sources.jobs(), at: clock.now()), type: .json)
            default:
                return page(.notFound, WatchPages.failure("There is no such page; / names them."), type: .json)
            }
        } catch {
            log.warning("the answer to \(path) could not be made: \(error)")
            return page(
                .serviceUnavailable, WatchPages.failure("This could not be found out; the log says why."), type: .json)
        }
    }

    private func health(_ lastHeartbeat: Timestamp?) -> Response {
        // A beat from the future is a clock set back, not a loop that hangs.
        let isAlive = lastHeartbeat.map { clock.now() - $0 <= heartbeatLimit } ?? false
        return page(
            isAlive ? .ok : .serviceUnavailable, WatchPages.health(isAlive: isAlive, lastHeartbeat: lastHeartbeat),
            type: .json)
    }

    private enum ContentType: String {
        case html = "text/html; charset=utf-8"
        case json = "application/json"
        case metrics

        var text: String { self == .metrics ? PrometheusText.contentType : rawValue }
    }

    private func page(_ status: HTTPResponse.Status, _ bytes: [UInt8], type: ContentType) -> Response {
        let headers: HTTPFields = [
            .contentType: type.text,
            .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
        ]
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
