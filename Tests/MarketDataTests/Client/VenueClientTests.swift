import Domain
import HTTPPort
import Operation
import Testing

@testable import MarketData

struct VenueClientTests {
    private typealias Bench = VenueClientBench

    private func span(_ milliseconds: Int64) -> Span { Span(milliseconds: milliseconds) }

    /// Fails the first `count` times, then gives candles.
    private func bench(failing count: Int, _ failure: @escaping @Sendable () throws(HTTPFailure) -> HTTPResponse)
        -> VenueClientBench
    {
        VenueClientBench { (_, number) throws(HTTPFailure) in
            number <= count ? try failure() : VenueClientBench.candles
        }
    }

    @Test("One request, one page, no wait; the request is bounded by the settings and asks for what it should")
    func plain() async throws {
        let bench = bench(failing: 0) { () throws(HTTPFailure) in Bench.candles }
        let client = bench.client(ClientSettings(timeout: span(1_234), maximalResponseBytes: 5_678))
        let page = try await client.benchPage().get()
        #expect(page.bars.map(\.close) == [11, 11])
        #expect(page.answeredThrough == Bench.range.through)
        #expect(bench.waits.isEmpty)
        let request = try #require(bench.requests.first)
        #expect(bench.requests.count == 1)
        #expect(request.timeout == span(1_234) && request.maximalResponseBytes == 5_678)
        #expect(request.url.hasPrefix("http://venue.test/api/v3/klines?symbol=BTCUSDT&interval=1h"))
        #expect(bench.observed == ["answered"])
    }

    @Test("Failures that may pass are tried again after a wait within the bounds of the backoff", arguments: 1...10)
    func backoff(_ seed: Int) async throws {
        let bench = bench(failing: 4) { () throws(HTTPFailure) in Bench.status(503) }
        let settings = ClientSettings(
            attempts: 5, backoff: span(100), maximalBackoff: span(300), breakerFailures: 10, seed: UInt64(seed))
        _ = try await bench.client(settings).benchPage().get()
        #expect(bench.requests.count == 5)
        // A wait of nothing is not waited for.
        #expect(bench.waits.count <= 4)
        #expect(bench.waits.allSatisfy { (span(1)...span(300)).contains($0) }, "seed \(seed): \(bench.waits)")
        #expect(bench.elapsed <= span(100 + 200 + 300 + 300))
    }

    @Test("After the set attempts it is given up, with the last reason", arguments: 1...4)
    func attempts(_ attempts: Int) async {
        let bench = bench(failing: 100) { () throws(HTTPFailure) in throw .connection("reset by the other side") }
        let result = await bench.client(ClientSettings(attempts: attempts)).benchPage()
        #expect(
            result == .failure(.unreachable(.binance, "the connection failed: reset by the other side")))
        #expect(bench.requests.count == attempts)
    }

    @Test("What passes is told from what does not", arguments: [
        (500, true), (502, true), (503, true), (504, true), (408, true), (302, true), (400, false), (401, false),
        (403, false), (404, false), (451, false),
    ])
    func statuses(_ status: Int, _ passes: Bool) async {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in Bench.status(status) }
        let result = await bench.client().benchPage()
        #expect(bench.requests.count == (passes ? 2 : 1))
        if passes {
            #expect((try? result.get())?.bars.count == 2)
        } else {
            #expect(result == .failure(.refused(.binance, "status \(status)")))
        }
    }

    @Test("The venue's words are told where a refusal has any, and cut where they are long")
    func words() async {
        let body = #"{"code":-1100,"msg":""# + String(repeating: "long ", count: 1_000) + #""}"#
        let bench = bench(failing: 1) { () throws(HTTPFailure) in HTTPResponse(status: 400, body: Array(body.utf8)) }
        guard case .failure(.refused(.binance, let words)) = await bench.client().benchPage() else {
            Issue.record("not refused")
            return
        }
        #expect(words.hasPrefix("error -1100: long") && words.count <= 300)
    }

    @Test("Too large, timed out, not as documented: all may pass", arguments: 0..<4)
    func transient(_ kind: Int) async throws {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in
            switch kind {
            case 0: throw .tooLarge(limitBytes: 7)
            case 1: throw .timedOut(after: Span(milliseconds: 9))
            case 2: return HTTPResponse(status: 200, body: Array("<html>sign in</html>".utf8))
            default: return HTTPResponse(status: 200, body: Array("[[1]]".utf8))
            }
        }
        let page = try await bench.client().benchPage().get()
        #expect(page.bars.count == 2)
        #expect(bench.observed.first == ["connection", "timed_out", "malformed", "malformed"][kind])
    }

    @Test("An address that is none is not tried twice")
    func noAddress() async {
        let bench = bench(failing: 100) { () throws(HTTPFailure) in throw .invalidURL }
        let result = await bench.client().benchPage()
        #expect(result == .failure(.refused(.binance, "the address is no URL")))
        #expect(bench.requests.count == 1)
    }

    @Test("Retry-After is waited out exactly, no more and no less")
    func retryAfter() async throws {
        let bench = bench(failing: 2) { () throws(HTTPFailure) in Bench.status(429, retryAfter: "7") }
        let page = try await bench.client().benchPage().get()
        #expect(page.bars.count == 2)
        #expect(bench.waits == [span(7_000), span(7_000)])
        #expect(
            bench.observed == ["limited", "wait retry_after", "limited", "wait retry_after", "answered"])
    }

    @Test("While the venue wants to be left alone, no other request is sent either", .timeLimit(.minutes(10)))
    func sharedRest() async throws {
        let gate = Gate()
        let bench = VenueClientBench { (_, number) throws(HTTPFailure) in
            number == 1 ? VenueClientBench.status(429, retryAfter: "5") : VenueClientBench.candles
        }
        let held = Pause { _ in
            await gate.wait()
            bench.pass(Span(milliseconds: 5_000))
        }
        let client = bench.client(pause: held)
        async let first = client.benchPage()
        while bench.requests.isEmpty || !bench.observed.contains("wait retry_after") { await Task.yield() }
        async let second = client.benchPage()
        while bench.observed.filter({ $0 == "wait retry_after" }).count < 2 { await Task.yield() }
        #expect(bench.requests.count == 1)
        gate.open()
        let pages = await [first, second]
        #expect(pages.allSatisfy { (try? $0.get())?.bars.count == 2 })
        #expect(bench.requests.count == 3)
    }

    @Test("A longer Retry-After than we wait leaves the venue alone until then, without another request")
    func longRetryAfter() async throws {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in Bench.status(429, retryAfter: "600") }
        let client = bench.client()
        #expect(await client.benchPage() == .failure(.limited(.binance, retryAfter: span(600_000))))
        #expect(
            await client.benchPage() == .failure(.circuitOpen(.binance, until: Bench.start + span(600_000))))
        bench.pass(span(599_999))
        #expect(
            await client.benchPage() == .failure(.circuitOpen(.binance, until: Bench.start + span(600_000))))
        #expect(bench.requests.count == 1)
        bench.pass(span(1))
        _ = try await client.benchPage().get()
        #expect(bench.waits.isEmpty)
        #expect(bench.observed == ["limited", "breaker open", "breaker probing", "answered", "breaker closed"])
    }

    @Test("A venue that is out of service and says for how long is left alone for as long")
    func outOfService() async throws {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in Bench.status(503, retryAfter: "7") }
        _ = try await bench.client().benchPage().get()
        #expect(bench.waits == [span(7_000)])
        #expect(bench.requests.count == 2)
    }

    @Test("A Retry-After of nothing, or of a time gone by, is none", arguments: ["0", "Sun, 06 Nov 2011 08:49:37 GMT"])
    func retryAfterNothing(_ text: String) async throws {
        let bench = bench(failing: 2) { () throws(HTTPFailure) in Bench.status(429, retryAfter: text) }
        _ = try await bench.client(ClientSettings(backoff: span(400))).benchPage().get()
        #expect(bench.waits == [span(400), span(800)])
    }

    @Test("A Retry-After of years is three days")
    func yearsOfSilence() async {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in Bench.status(429, retryAfter: "999999999") }
        let client = bench.client()
        _ = await client.benchPage()
        #expect(await client.benchPage() == .failure(.circuitOpen(.binance, until: Bench.start + .days(3))))
    }

    @Test("A ban without a time is two minutes")
    func ban() async {
        let bench = bench(failing: 1) { () throws(HTTPFailure) in Bench.status(418) }
        let client = bench.client()
        #expect(await client.benchPage() == .failure(.limited(.binance, retryAfter: nil)))
        #expect(
            await client.benchPage() == .failure(.circuitOpen(.binance, until: Bench.start + .minutes(2))))
    }

    @Test("The venue's own object for too many requests counts as its status does")
    func limitedByObject() async throws {
        let body = Array(#"{"code":-1003,"msg":"Too much request weight used"}"#.utf8)
        let bench = bench(failing: 2) { () throws(HTTPFailure) in HTTPResponse(status: 200, body: body) }
        _ = try await bench.client(ClientSettings(backoff: span(400))).benchPage().get()
        #expect(bench.observed.first == "limited")
        // Nothing said how long: the longest waits of the backoff, not any.
        #expect(bench.waits == [span(400), span(800)])
    }

    @Test("After too many failures in a row the venue is left alone; then one request finds out")
    func breaker() async throws {
        let bench = bench(failing: 4) { () throws(HTTPFailure) in Bench.status(500) }
        let settings = ClientSettings(attempts: 2, breakerFailures: 3, breakerCooldown: .minutes(1))
        let client = bench.client(settings)
        #expect(await client.benchPage() == .failure(.unreachable(.binance, "status 500")))
        // The third failure opens it: no second attempt.
        #expect(await client.benchPage() == .failure(.unreachable(.binance, "status 500")))
        #expect(bench.requests.count == 3)
        guard case .failure(.circuitOpen(.binance, _)) = await client.benchPage() else {
            Issue.record("not open")
            return
        }
        #expect(bench.requests.count == 3)
        bench.pass(.minutes(1))
        #expect(await client.benchPage() == .failure(.unreachable(.binance, "status 500")))
        #expect(bench.requests.count == 4)
        bench.pass(.minutes(1))
        _ = try await client.benchPage().get()
        _ = try await client.benchPage().get()
        #expect(bench.requests.count == 6)
    }

    @Test("A refusal is an answer and closes nothing down")
    func refusalsAreAnswers() async {
        let bench = bench(failing: 100) { () throws(HTTPFailure) in Bench.status(404) }
        let client = bench.client(ClientSettings(breakerFailures: 2))
        for _ in 0..<5 { #expect(await client.benchPage() == .failure(.refused(.binance, "status 404"))) }
        #expect(bench.requests.count == 5)
    }

    @Test("Requests beyond the limit wait for it; a queue longer than we wait is refused")
    func bucket() async throws {
        let bench = bench(failing: 0) { () throws(HTTPFailure) in Bench.candles }
        // A page weighs 2.
        let client = bench.client(
            ClientSettings(maximalBackoff: span(1_500)), weightPerSecond: 1, burst: 2)
        _ = try await client.benchPage().get()
        #expect(await client.benchPage() == .failure(.limited(.binance, retryAfter: span(2_000))))
        bench.pass(span(1_000))
        _ = try await client.benchPage().get()
        #expect(bench.waits == [span(1_000)])
        #expect(bench.observed == ["answered", "wait limit", "answered"])
    }

    @Test("What the venue says is used up slows us before its limit does")
    func usedShare() async throws {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            var response = VenueClientBench.candles
            response.headers = [HTTPHeader("X-MBX-USED-WEIGHT-1M", "5400")]
            return response
        }
        let client = bench.client(weightPerSecond: 10, burst: 20)
        for _ in 0..<3 { _ = try await client.benchPage().get() }
        // 5,400 of 6,000 leave a tenth: of the burst 2, of the speed a fifth, 2 a second.
        #expect(bench.waits == [span(1_000)])
    }

    @Test("Bars of a length that the venue does not have are not asked for")
    func barLength() async {
        let bench = bench(failing: 0) { () throws(HTTPFailure) in Bench.candles }
        let range = OpeningRange(from: .init(seconds: 0), through: .init(seconds: 0), barLength: .hours(2))
        await #expect(throws: VenueFailure.unsupportedBarLength(.hours(2), .binance)) {
            try await bench.client().page(of: Bench.instrument, in: range)
        }
        #expect(bench.requests.isEmpty)
    }

    @Test("Where nothing of a range is finished, nothing is asked and nothing is answered")
    func future() async throws {
        let bench = bench(failing: 0) { () throws(HTTPFailure) in Bench.candles }
        let from = Bench.range.through
        let range = OpeningRange(from: from, through: from + Span.hours(4), barLength: .hours(1))
        let page = try await bench.client().page(of: Bench.instrument, in: range)
        #expect(page == CandlePage(bars: [], answeredThrough: from))
        let empty = OpeningRange(from: from, through: from, barLength: .hours(1))
        let none = try await bench.client().page(of: Bench.instrument, in: empty)
        #expect(none == CandlePage(bars: [], answeredThrough: from))
        #expect(bench.requests.isEmpty)
    }

    @Test("What the venue's own clock calls unfinished is not answered, however late ours is", arguments: [
        ("Sun, 01 Jun 2025 11:59:50 GMT", 1), ("Sun, 01 Jun 2025 12:00:01 GMT", 1),
        ("Sun, 01 Jun 2025 12:00:02 GMT", 2), ("Sun, 01 Jun 2025 23:00:00 GMT", 2), ("yesterday", 2),
    ])
    func serverDate(_ date: String, _ count: Int) async throws {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            var response = VenueClientBench.candles
            response.headers = [HTTPHeader("Date", date)]
            return response
        }
        let page = try await bench.client().benchPage().get()
        #expect(page.bars.count == count)
        #expect(page.answeredThrough == Bench.range.from + Span.hours(Int64(count)))
    }

    @Test("A venue that answers with other candles than those asked for is not believed")
    func otherCandles() async {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            let rows = (0..<1_000).map { index in
                let open = (VenueClientBench.range.through + Span.hours(1) * Int64(index)).milliseconds
                return "[\(open),\"10\",\"12\",\"9\",\"11\",\"5\",\(open + 3_599_999),\"50\",3,\"1\",\"1\",\"0\"]"
            }
            return HTTPResponse(status: 200, body: Array("[\(rows.joined(separator: ","))]".utf8))
        }
        let result = await bench.client().benchPage()
        #expect(
            result
                == .failure(.unreachable(.binance, "it answers with other candles than those asked for")))
    }
}
