import Domain
import HTTPPort
import Testing

@testable import MarketData

struct CircuitBreakerTests {
    private func at(_ milliseconds: Int64) -> Span { Span(milliseconds: milliseconds) }

    private func breaker() -> CircuitBreaker { CircuitBreaker(failureLimit: 3, cooldown: Span(milliseconds: 100)) }

    @Test("It opens at the set number of failures in a row; a success in between starts the count again")
    func opening() {
        var breaker = breaker()
        breaker.fail(at: at(0))
        breaker.fail(at: at(1))
        breaker.succeed()
        breaker.fail(at: at(2))
        breaker.fail(at: at(3))
        #expect(breaker.state == .closed)
        breaker.fail(at: at(4))
        #expect(breaker.state == .open(until: at(104)))
        #expect(breaker.admit(at: at(5)) == .refused(at(99)))
        #expect(breaker.admit(at: at(103)) == .refused(at(1)))
    }

    @Test("After the cooldown one request finds out, and whoever comes meanwhile is refused")
    func probing() {
        var breaker = breaker()
        for _ in 0..<3 { breaker.fail(at: at(0)) }
        #expect(breaker.admission(at: at(100)) == .admitted)
        #expect(breaker.admit(at: at(100)) == .admitted)
        #expect(breaker.state == .probing)
        #expect(breaker.admit(at: at(100)) == .refused(.zero))
        #expect(breaker.admit(at: at(1_000)) == .refused(.zero))
        breaker.succeed()
        #expect(breaker.state == .closed)
        #expect(breaker.admit(at: at(101)) == .admitted)
    }

    @Test("A probe that fails opens it again at once; one that was given up leaves the next one to find out")
    func failedProbe() {
        var breaker = breaker()
        for _ in 0..<3 { breaker.fail(at: at(0)) }
        _ = breaker.admit(at: at(100))
        breaker.fail(at: at(150))
        #expect(breaker.state == .open(until: at(250)))
        _ = breaker.admit(at: at(250))
        breaker.abandon(at: at(260))
        #expect(breaker.admit(at: at(260)) == .admitted)
        #expect(breaker.admit(at: at(260)) == .refused(.zero))
    }

    @Test("A venue that asks for rest gets it, and the longer of two rests counts")
    func resting() {
        var breaker = breaker()
        breaker.rest(until: at(5_000))
        breaker.rest(until: at(3_000))
        breaker.fail(at: at(10))
        breaker.succeed()
        #expect(breaker.state == .open(until: at(5_000)))
        breaker.rest(until: at(9_000))
        #expect(breaker.admission(at: at(8_999)) == .refused(at(1)))
    }

    @Test("Whatever happens: never two probes at once, and nobody passes an open breaker", arguments: 1...30)
    func law(_ seed: Int) {
        var generator = TestGenerator(state: UInt64(seed))
        var breaker = breaker()
        var now: Int64 = 0
        var underWay = 0
        for _ in 0..<500 {
            now += Int64.random(in: 0...40, using: &generator)
            let before = breaker.state
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                guard breaker.admit(at: at(now)) == .admitted else { break }
                underWay += 1
                switch before {
                case .closed: break
                case .open(let until): #expect(at(now) >= until, "seed \(seed)")
                case .probing: Issue.record("seed \(seed): a second probe")
                }
            case 2 where underWay > 0:
                underWay -= 1
                breaker.succeed()
                if case .open = before { #expect(breaker.state == before, "seed \(seed)") }
            case 3 where underWay > 0:
                underWay -= 1
                breaker.fail(at: at(now))
                if before == .probing { #expect(breaker.state == .open(until: at(now + 100)), "seed \(seed)") }
            case 4 where underWay > 0:
                underWay -= 1
                breaker.abandon(at: at(now))
                #expect(breaker.state != .probing, "seed \(seed)")
            default: break
            }
        }
    }
}

struct BackoffTests {
    private func span(_ milliseconds: Int64) -> Span { Span(milliseconds: milliseconds) }

    @Test("The longest wait doubles up to the bound, and stays there", arguments: [
        (1, 500), (2, 1_000), (3, 2_000), (4, 4_000), (5, 5_000), (6, 5_000), (64, 5_000), (100_000, 5_000),
    ] as [(Int, Int64)])
    func ceilings(_ attempt: Int, _ ceiling: Int64) {
        let backoff = Backoff(base: span(500), maximal: span(5_000), seed: 1)
        #expect(backoff.ceiling(afterAttempt: attempt) == span(ceiling))
    }

    @Test("A wait lies anywhere between nothing and its longest, half of it in the mean", arguments: 1...5)
    func jitter(_ seed: Int) {
        var backoff = Backoff(base: span(1_000), maximal: span(8_000), seed: UInt64(seed))
        for attempt in [1, 3, 9] {
            let ceiling = Double(backoff.ceiling(afterAttempt: attempt).milliseconds)
            let waits = (0..<2_000).map { _ in Double(backoff.wait(afterAttempt: attempt).milliseconds) }
            #expect(waits.allSatisfy { (0...ceiling).contains($0) }, "seed \(seed)")
            // The mean of 2,000 uniform numbers has a standard error of 0.0065 of their range: five of them.
            let mean = waits.reduce(0, +) / Double(waits.count)
            #expect((mean / ceiling - 0.5).magnitude < 0.033, "seed \(seed): \(mean) of \(ceiling)")
            #expect((waits.max() ?? 0) > 0.98 * ceiling && (waits.min() ?? ceiling) < 0.02 * ceiling)
        }
    }

    @Test("The same seed waits the same, another seed otherwise")
    func seeds() {
        func waits(_ seed: UInt64) -> [Span] {
            var backoff = Backoff(base: span(1_000), maximal: span(60_000), seed: seed)
            return (1...10).map { backoff.wait(afterAttempt: $0) }
        }
        #expect(waits(7) == waits(7))
        #expect(waits(7) != waits(8))
    }
}

struct HTTPDateTests {
    @Test("The time in a header, in the one form that is sent today", arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", nil), ("Sun, 01 Jun 2025 00:00:00 GMT", 1_748_736_000),
        ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_199), ("Sat, 29 Feb 2025 00:00:00 GMT", nil),
        ("Sun, 01 Jun 2025 24:00:00 GMT", nil), ("Sun, 01 Jun 2025 00:00:00 CET", nil),
        ("Sun, +1 Jun 2025 00:00:00 GMT", nil), ("Sun, 01 Jun 2025 0:0:0 GMT", nil),
        ("Sunday, 01-Jun-25 00:00:00 GMT", nil),
        ("1748736000", nil), ("", nil), ("Sun, 01 Foo 2025 00:00:00 GMT", nil),
    ] as [(String, Int64?)])
    func dates(_ text: String, _ seconds: Int64?) {
        #expect(HTTPDate.timestamp(text) == seconds.map { Timestamp(seconds: $0) })
    }

    @Test("Retry-After comes in seconds, or as a date that is held against the venue's own clock", arguments: [
        ("7", 7_000), ("0", 0), (" 30 ", 30_000), ("-1", nil), ("1.5", nil), ("soon", nil),
        ("99999999999999999999", nil),
        ("Sun, 01 Jun 2025 00:01:00 GMT", 50_000), ("Sun, 01 Jun 2025 00:00:00 GMT", 0),
    ] as [(String, Int64?)])
    func retryAfter(_ text: String, _ milliseconds: Int64?) {
        let response = HTTPResponse(
            status: 429,
            headers: [HTTPHeader("Date", "Sun, 01 Jun 2025 00:00:10 GMT"), HTTPHeader("retry-AFTER", text)])
        let now = Timestamp(seconds: 1_748_700_000)
        #expect(HTTPDate.retryAfter(response, now: now) == milliseconds.map { Span(milliseconds: $0) })
    }

    @Test("Without the venue's clock ours must do; without a header there is nothing to wait for")
    func ownClock() {
        let now = Timestamp(seconds: 1_748_736_020)
        let response = HTTPResponse(
            status: 429, headers: [HTTPHeader("Retry-After", "Sun, 01 Jun 2025 00:01:00 GMT")])
        #expect(HTTPDate.retryAfter(response, now: now) == Span(milliseconds: 40_000))
        #expect(HTTPDate.retryAfter(HTTPResponse(status: 429), now: now) == nil)
    }
}
