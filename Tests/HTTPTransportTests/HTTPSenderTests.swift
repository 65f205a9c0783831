import Domain
import Foundation
import HTTPPort
import HTTPTransport
import LocalExchange
import Testing

struct HTTPSenderTests {
    private static let generous = Span(milliseconds: 30_000)

    private func request(
        _ exchange: ExchangeServer, path: String = "/binance/api/v3/exchangeInfo", timeout: Span = generous,
        limit: Int = 1 << 20
    ) -> HTTPRequest {
        HTTPRequest(
            .get, "http://127.0.0.1:\(exchange.port ?? 0)\(path)", headers: [HTTPHeader("Accept", "application/json")],
            timeout: timeout, maximalResponseBytes: limit)
    }

    private func failure(_ sender: HTTPSender, _ request: HTTPRequest) async -> HTTPFailure? {
        do throws(HTTPFailure) {
            _ = try await sender.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("A whole answer comes back with its status, headers and body; the request arrived as it was meant")
    func answer() async throws {
        try await withExchange { exchange, sender in
            let response = try await sender.send(request(exchange, path: "/binance/api/v3/exchangeInfo?a=%20b"))
            #expect(response.status == 200)
            #expect(response.isSuccess)
            #expect(response.header("date") == "Sun, 01 Jun 2025 00:00:00 GMT")
            #expect(String(decoding: response.body, as: UTF8.self).contains(#""symbol":"BTCUSDT""#))
            let arrived = try #require(exchange.requests.first)
            #expect(arrived.method == "GET")
            #expect(arrived.target == "/binance/api/v3/exchangeInfo?a=%20b")
            #expect(arrived.header("accept") == "application/json")
            #expect(arrived.body.isEmpty)
        }
    }

    @Test("A post brings its body and headers")
    func post() async throws {
        try await withExchange { exchange, sender in
            var post = request(exchange, path: "/hooks/abc")
            post.method = .post
            post.headers = [HTTPHeader("Content-Type", "application/json")]
            post.body = Array(#"{"text":"é"}"#.utf8)
            let response = try await sender.send(post)
            #expect(response.body == Array("ok".utf8))
            let hook = try #require(exchange.webhooks.first)
            #expect(hook.body == post.body)
            #expect(hook.header("content-type") == "application/json")
            #expect(hook.header("content-length") == "\(post.body.count)")
        }
    }

    @Test("Any status is an answer", arguments: [404, 418, 429, 500, 502, 503])
    func statuses(_ status: Int) async throws {
        try await withExchange { exchange, sender in
            exchange.script(.status(status, retryAfter: "7"))
            let response = try await sender.send(request(exchange))
            #expect(response.status == status)
            #expect(response.header("Retry-After") == "7")
        }
    }

    @Test("A redirect is an answer, too, and is not followed")
    func redirect() async throws {
        try await withExchange { exchange, sender in
            let target = "http://127.0.0.1:\(exchange.port ?? 0)/elsewhere"
            exchange.script(.reply(status: 302, headers: [.init("Location", target)], body: []))
            let answer = try await sender.send(request(exchange))
            #expect(answer.status == 302)
            #expect(exchange.requests.count == 1)
        }
    }

    @Test(
        "What breaks the connection is told as that, and the next request is well",
        arguments: [
            Mishap.reset, .close, .closeInBody, .resetInBody, .garbage, .wrongContentLength(by: 100),
        ])
    func broken(_ mishap: Mishap) async throws {
        try await withExchange { exchange, sender in
            exchange.script(mishap)
            let failure = await failure(sender, request(exchange))
            guard case .connection(let detail) = failure else {
                Issue.record("\(mishap): \(String(describing: failure))")
                return
            }
            #expect(!detail.contains("127.0.0.1") && !detail.isEmpty)
            let answer = try await sender.send(request(exchange))
            #expect(answer.status == 200)
        }
    }

    @Test("An announced length that is too short never makes two answers of one")
    func tooShort() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.wrongContentLength(by: -100))
            let first = try? await sender.send(request(exchange))
            // The surplus poisons the connection: a request that was given it fails, and the one after it does not.
            let second = try? await sender.send(request(exchange))
            let third = try await sender.send(request(exchange))
            for answer in [first, second].compactMap({ $0 }) {
                #expect([third.body.count, third.body.count - 100].contains(answer.body.count))
                #expect(answer.body.elementsEqual(third.body.prefix(answer.body.count)))
            }
        }
    }

    @Test("Silence ends at the time-out")
    func silence() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.silence)
            let timeout = Span(milliseconds: 40)
            #expect(await failure(sender, request(exchange, timeout: timeout)) == .timedOut(after: timeout))
        }
    }

    @Test("A body that comes byte by byte ends at the time-out, too: it counts from the first attempt to the last byte")
    func dribble() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.dribble(bytes: 1, everyMilliseconds: 5))
            let timeout = Span(milliseconds: 100)
            #expect(await failure(sender, request(exchange, timeout: timeout)) == .timedOut(after: timeout))
        }
    }

    @Test("Late and in pieces is as good as at once", arguments: [
        Mishap.delay(milliseconds: 5), .dribble(bytes: 512, everyMilliseconds: 1),
    ])
    func slow(_ mishap: Mishap) async throws {
        try await withExchange { exchange, sender in
            let whole = try await sender.send(request(exchange))
            exchange.script(mishap)
            let answer = try await sender.send(request(exchange))
            #expect(answer.body == whole.body)
        }
    }

    @Test("More than the limit is refused, announced or not", arguments: [true, false])
    func huge(_ isAnnounced: Bool) async throws {
        try await withExchange { exchange, sender in
            exchange.script(.hugeBody(bytes: 1 << 30, isAnnounced: isAnnounced))
            #expect(await failure(sender, request(exchange, limit: 1 << 20)) == .tooLarge(limitBytes: 1 << 20))
        }
    }

    @Test("Exactly the limit is allowed, one byte more is not")
    func limit() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.hugeBody(bytes: 10_000, isAnnounced: false), count: 2)
            let answer = try await sender.send(request(exchange, limit: 10_000))
            #expect(answer.body.count == 10_000)
            #expect(await failure(sender, request(exchange, limit: 9_999)) == .tooLarge(limitBytes: 9_999))
        }
    }

    @Test("A compressed answer is unfolded")
    func gzip() async throws {
        try await withExchange { exchange, sender in
            let body = try #require(Data(base64Encoded: CompressedBodies.small))
            exchange.script(.reply(status: 200, headers: [.init("Content-Encoding", "gzip")], body: Array(body)))
            let response = try await sender.send(request(exchange))
            #expect(response.body == Array((#"{"answer":""# + String(repeating: "x", count: 5_000) + #""}"#).utf8))
            #expect(exchange.requests.first?.header("accept-encoding")?.contains("gzip") == true)
        }
    }

    @Test("A compressed answer that unfolds beyond a limit is refused: the request's, or the process's")
    func bomb() async throws {
        let body = try #require(Data(base64Encoded: CompressedBodies.fourMegabytesOfBlanks))
        let headers: [ReceivedRequest.Header] = [.init("Content-Encoding", "gzip")]
        try await withExchange { exchange, sender in
            exchange.script(.reply(status: 200, headers: headers, body: Array(body)))
            #expect(await failure(sender, request(exchange, limit: 1 << 20)) == .tooLarge(limitBytes: 1 << 20))
        }
        try await withExchange(inflating: 1 << 20) { exchange, sender in
            exchange.script(.reply(status: 200, headers: headers, body: Array(body)))
            #expect(await failure(sender, request(exchange, limit: 1 << 30)) == .tooLarge(limitBytes: 1 << 30))
        }
    }

    @Test("Compressed and broken is a failure")
    func brokenGzip() async throws {
        try await withExchange { exchange, sender in
            let body = Array(#"{"not": "compressed at all"}"#.utf8)
            exchange.script(.reply(status: 200, headers: [.init("Content-Encoding", "gzip")], body: body))
            #expect(
                await failure(sender, request(exchange)) == .connection("the answer is compressed, and broken"))
        }
    }

    @Test("A port where nobody listens is refused")
    func refused() async throws {
        try await withExchange { exchange, sender in
            let request = request(exchange)
            exchange.stop()
            let failure = await failure(sender, request)
            guard case .connection = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }

    @Test("A cancelled request ends at once, as cancelled", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        try await withExchange { exchange, sender in
            exchange.script(.silence)
            var arrivals = exchange.arrivals().makeAsyncIterator()
            let request = request(exchange, timeout: .hours(1))
            let task = Task { await failure(sender, request) }
            _ = await arrivals.next()
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test("Whoever is cancelled before sending sends nothing")
    func cancelledBefore() async throws {
        try await withExchange { exchange, sender in
            let request = request(exchange)
            let task = Task { () -> HTTPFailure? in
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure(sender, request)
            }
            #expect(await task.value == .cancelled)
            #expect(exchange.requests.isEmpty)
        }
    }

    @Test(
        "What is no address is told as that",
        arguments: ["", "no address", "ftp://127.0.0.1/", "http://", "/path", "http:///path", "http://a b/"])
    func invalid(_ url: String) async throws {
        try await withExchange { _, sender in
            let request = HTTPRequest(.get, url, timeout: Self.generous, maximalResponseBytes: 1)
            #expect(await failure(sender, request) == .invalidURL)
        }
    }

    @Test("No failure tells the address: it may be a secret")
    func secrets() async throws {
        try await withExchange { exchange, sender in
            let mishaps: [Mishap] = [
                .reset, .close, .closeInBody, .garbage, .hugeBody(bytes: 1 << 22, isAnnounced: true), .silence,
            ]
            for mishap in mishaps { exchange.script(mishap) }
            var failures: [HTTPFailure?] = []
            for mishap in mishaps {
                let timeout = mishap == .silence ? Span(milliseconds: 40) : Self.generous
                failures.append(
                    await failure(sender, request(exchange, path: "/hooks/s3cret?t=s3cret", timeout: timeout)))
            }
            let unknown = HTTPRequest(
                .get, "http://s3cret.invalid/s3cret", timeout: Self.generous, maximalResponseBytes: 1)
            failures.append(await failure(sender, unknown))
            for failure in failures {
                let failure = try #require(failure)
                let texts = failure.description + String(describing: failure) + String(reflecting: failure)
                #expect(!texts.contains("s3cret") && !texts.contains("127.0.0.1"), "\(failure)")
            }
        }
    }

    @Test("After the shut-down nothing is sent, and shutting down twice is harmless")
    func shutDown() async throws {
        let exchange = ExchangeServer(seed: 1)
        try exchange.start()
        defer { exchange.stop() }
        let pool = ConnectionPool()
        let sender = HTTPSender.live(pool)
        let answer = try await sender.send(request(exchange))
        #expect(answer.status == 200)
        await pool.shutDown()
        await pool.shutDown()
        let failure = await failure(sender, request(exchange))
        #expect(failure == .connection("our connections are being shut down"))
        #expect(exchange.requests.count == 1)
    }

    @Test("Many at once are all answered")
    func many() async throws {
        try await withExchange { exchange, sender in
            let request = request(exchange)
            let statuses = await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<60 { group.addTask { try? await sender.send(request).status } }
                return await group.reduce(into: [Int?]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 60))
            #expect(exchange.requests.count == 60)
        }
    }
}
