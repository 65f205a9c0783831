import Domain
import HTTPPort
import Synchronization
import Testing

@testable import MarketData

/// Lists are shared, and whoever leaves leaves at once.
struct InstrumentSharingTests {
    private typealias Bench = VenueClientBench

    @Test(
        "Many who ask at once share one fetch, and later ones its answer until it is old", .timeLimit(.minutes(10)))
    func shared() async throws {
        let gate = Gate()
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            await gate.wait()
            return VenueClientBench.instruments(["BTC", "ETH"])
        }
        let client = bench.client(ClientSettings(instrumentCache: .hours(24)))
        let found = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await client.benchInstrument("ETH").get())?.id == "ETHUSDT" }
            }
            while await client.listing.waiters.count < 50 { await Task.yield() }
            gate.open()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(found == 50)
        #expect(bench.requests.count == 1)
        bench.pass(.hours(24) - Span(milliseconds: 1))
        _ = try await client.benchInstrument("BTC").get()
        #expect(bench.requests.count == 1)
        bench.pass(Span(milliseconds: 1))
        _ = try await client.benchInstrument("BTC").get()
        #expect(bench.requests.count == 2)
    }

    @Test("A refresh that fails keeps the old list, and is not repeated at every symbol")
    func failedRefresh() async throws {
        let bench = VenueClientBench { (_, number) throws(HTTPFailure) in
            number == 1 ? VenueClientBench.instruments(["BTC", "ETH"]) : VenueClientBench.status(403)
        }
        let settings = ClientSettings(breakerCooldown: .minutes(2), instrumentCache: .hours(1))
        let client = bench.client(settings)
        _ = try await client.benchInstrument("BTC").get()
        bench.pass(.hours(1))
        for name in ["BTC", "ETH", "BTC"] { _ = try await client.benchInstrument(name).get() }
        #expect(bench.requests.count == 2)
        bench.pass(.minutes(2))
        _ = try await client.benchInstrument("ETH").get()
        #expect(bench.requests.count == 3)
    }

    @Test(
        "A first list that fails fails for all who ask, and is asked for again after a while, not at every symbol",
        arguments: [403, 200])
    func failedFetch(status: Int) async throws {
        let isUp = Atomic(false)
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            isUp.load(ordering: .sequentiallyConsistent)
                ? VenueClientBench.instruments(["BTC"]) : VenueClientBench.status(status)
        }
        let client = bench.client(ClientSettings(attempts: 2, breakerCooldown: .minutes(2)))
        let first = await client.benchInstrument("BTC")
        #expect(throws: VenueFailure.self) { try first.get() }
        if status == 403 { #expect(first == .failure(.refused(.binance, "status 403"))) }
        let count = bench.requests.count
        #expect(await client.benchInstrument("ETH") == first)
        #expect(bench.requests.count == count)
        isUp.store(true, ordering: .sequentiallyConsistent)
        bench.pass(.minutes(2))
        #expect(try await client.benchInstrument("BTC").get().id == "BTCUSDT")
    }

    @Test("A list that lost more than half of itself is not believed; one that lost less is", arguments: [1, 2, 3, 4])
    func shrunk(_ count: Int) async throws {
        let names = ["AAA", "BBB", "CCC", "DDD"]
        let bench = VenueClientBench { (_, number) throws(HTTPFailure) in
            VenueClientBench.instruments(number == 1 ? names : Array(names.prefix(count)))
        }
        let client = bench.client(ClientSettings(instrumentCache: .hours(1)))
        _ = try await client.benchInstrument("DDD").get()
        bench.pass(.hours(1))
        let isStillListed = (try? await client.benchInstrument("DDD").get()) != nil
        #expect(isStillListed == (count < 2 || count == 4))
    }

    @Test("One who leaves leaves at once, and the others get their answer", .timeLimit(.minutes(10)))
    func leaving() async throws {
        let gate = Gate()
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in
            await gate.wait()
            return VenueClientBench.instruments(["BTC"])
        }
        let client = bench.client()
        let staying = Task { await client.benchInstrument("BTC") }
        let leaving = Task { await client.benchInstrument("BTC") }
        while await client.listing.waiters.count < 2 { await Task.yield() }
        leaving.cancel()
        #expect(await leaving.value == .failure(.cancelled))
        gate.open()
        #expect(try await staying.value.get().id == "BTCUSDT")
        #expect(bench.requests.count == 1)
    }

    @Test("When the last one has left, the fetch ends, and the next one begins anew", .timeLimit(.minutes(10)))
    func lastOneLeaves() async throws {
        let gate = Gate()
        let hasEnded = Atomic(false)
        let bench = VenueClientBench { (_, number) throws(HTTPFailure) in
            guard number == 1 else { return VenueClientBench.instruments(["BTC"]) }
            await gate.wait()
            hasEnded.store(true, ordering: .sequentiallyConsistent)
            throw .cancelled
        }
        let client = bench.client()
        let only = Task { await client.benchInstrument("BTC") }
        while bench.requests.isEmpty { await Task.yield() }
        only.cancel()
        #expect(await only.value == .failure(.cancelled))
        // The gate stays shut: what ends the first fetch is that nobody waits for it.
        while !hasEnded.load(ordering: .sequentiallyConsistent) { await Task.yield() }
        #expect(try await client.benchInstrument("BTC").get().id == "BTCUSDT")
        #expect(bench.requests.count == 2)
    }
}

struct CancellationTests {
    private typealias Bench = VenueClientBench

    @Test(
        "Cancelled while it waits before another attempt, it ends at once and sends nothing more",
        .timeLimit(.minutes(10)))
    func inBackoff() async {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in VenueClientBench.status(429, retryAfter: "9") }
        let client = bench.client(pause: Pause { _ in try await Task.sleep(for: .seconds(3_600)) })
        let task = Task { await client.benchPage() }
        while !bench.observed.contains("wait retry_after") { await Task.yield() }
        task.cancel()
        #expect(await task.value == .failure(.cancelled))
        #expect(bench.requests.count == 1)
    }

    @Test(
        "Cancelled while the request is under way, it is not tried again and does not count against the venue",
        .timeLimit(.minutes(10)))
    func underWay() async throws {
        let bench = VenueClientBench { (_, number) throws(HTTPFailure) in
            guard number == 1 else { return VenueClientBench.candles }
            while !Task.isCancelled { await Task.yield() }
            throw .cancelled
        }
        let client = bench.client(ClientSettings(breakerFailures: 1))
        let task = Task { await client.benchPage() }
        while bench.requests.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value == .failure(.cancelled))
        #expect(bench.requests.count == 1)
        let next = try await client.benchPage().get()
        #expect(next.bars.count == 2)
    }

    @Test("Cancelled before it begins, it asks nothing")
    func before() async {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in VenueClientBench.candles }
        let client = bench.client()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let page = await client.benchPage()
            let instrument = await client.benchInstrument("BTC")
            return (page, instrument)
        }
        let (page, instrument) = await task.value
        #expect(page == .failure(.cancelled))
        #expect(instrument == .failure(.cancelled))
        #expect(bench.requests.isEmpty)
    }

    @Test("What a cancelled request had taken of the limit is there for the next", .timeLimit(.minutes(10)))
    func givesBack() async throws {
        let bench = VenueClientBench { (_, _) throws(HTTPFailure) in VenueClientBench.candles }
        let isBlocking = Mutex(true)
        let client = bench.client(
            weightPerSecond: 1, burst: 2,
            pause: Pause { span in
                if isBlocking.withLock({ $0 }) { try await Task.sleep(for: .seconds(3_600)) }
                bench.pass(span)
            })
        _ = try await client.benchPage().get()
        let task = Task { await client.benchPage() }
        while !bench.observed.contains("wait limit") { await Task.yield() }
        task.cancel()
        #expect(await task.value == .failure(.cancelled))
        isBlocking.withLock { $0 = false }
        let began = bench.elapsed
        _ = try await client.benchPage().get()
        #expect(bench.elapsed - began == Span(milliseconds: 2_000))
    }
}
