import Domain
import HTTPPort
import Operation
import Synchronization
import Testing
@testable import Webhooks

/// The courier while the daemon runs.
struct CourierLoopTests {
    /// A service whose answers at one address wait until a test lets them go.
    private final class Gate: Sendable {
        private struct State {
            var waiting: [CheckedContinuation<Void, Never>] = []
            var isOpen = false
            var arrived = 0
            var wasCancelled = false
        }

        private let state = Mutex(State())
        private let place: String
        private let service: Service

        init(_ place: String, before service: Service) {
            self.place = place
            self.service = service
        }

        var arrived: Int { state.withLock { $0.arrived } }
        var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

        func open() {
            let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        var sender: HTTPSender {
            let inner = service.sender
            return HTTPSender { request throws(HTTPFailure) in
                if request.url.contains(self.place) {
                    await withCheckedContinuation { continuation in
                        let isOpen = self.state.withLock { state in
                            state.arrived += 1
                            if !state.isOpen { state.waiting.append(continuation) }
                            return state.isOpen
                        }
                        if isOpen { continuation.resume() }
                    }
                    if Task.isCancelled { self.state.withLock { $0.wasCancelled = true } }
                }
                return try await inner.send(request)
            }
        }
    }

    private let pause = Pause { _ in
        try Task.checkCancellation()
        await Task.yield()
    }

    private func courier(_ outbox: Outbox, _ sender: HTTPSender) throws -> Courier {
        Courier(
            log: outbox.log, channels: try channels(["desk": "slack", "ops": "webhook"]), sender: sender,
            clock: outbox.clock, note: { event in outbox.with { $0.events.append(event) } })
    }

    /// Yields until it is so; a test that waits in vain ends by its own time limit.
    private func until(_ isSo: () -> Bool) async {
        while !isSo() && !Task.isCancelled { await Task.yield() }
    }

    @Test("A channel that does not answer holds up no other, and has one request under way", .timeLimit(.minutes(10)))
    func slowChannel() async throws {
        let outbox = Outbox([message("desk", 1), message("desk", 2), message("ops", 3)])
        let service = Service()
        let gate = Gate("hooks", before: service)
        let courier = try courier(outbox, gate.sender)
        let running = Task { await courier.run(pause: pause) }
        await until { outbox.undelivered == [1, 2] && gate.arrived == 1 }
        outbox.add(message("ops", 4))
        await until { outbox.undelivered == [1, 2] }
        #expect(gate.arrived == 1)
        gate.open()
        await until { outbox.undelivered == [] }
        running.cancel()
        await running.value
        #expect(service.identities("hooks") == ["kill/aurora/1/raised", "kill/aurora/2/raised"])
        #expect(service.identities("ops") == ["kill/aurora/3/raised", "kill/aurora/4/raised"])
    }

    @Test("A stop finishes the request at hand and marks it, and begins no other", .timeLimit(.minutes(10)))
    func stop() async throws {
        let outbox = Outbox([message("desk", 1), message("desk", 2)])
        let service = Service()
        let gate = Gate("hooks", before: service)
        let courier = try courier(outbox, gate.sender)
        let running = Task { await courier.run(pause: pause) }
        await until { gate.arrived == 1 }
        running.cancel()
        gate.open()
        await running.value
        #expect(!gate.wasCancelled && outbox.undelivered == [2] && service.requests.count == 1)
    }

    @Test("A ledger that fails for a while is noted and asked again", .timeLimit(.minutes(10)))
    func ledgerFails() async throws {
        let outbox = Outbox([message("ops", 1)])
        outbox.with { $0.updatesLeft = 0 }
        let courier = try courier(outbox, Service().sender)
        let running = Task { await courier.run(pause: pause) }
        let hasFailed = { outbox.with { $0.events.contains { if case .outboxFailed = $0 { true } else { false } } } }
        await until(hasFailed)
        #expect(outbox.undelivered == [1])
        outbox.with { $0.updatesLeft = nil }
        await until { outbox.undelivered == [] }
        running.cancel()
        await running.value
    }

    @Test("What was refused is asked again when somebody starts us anew", .timeLimit(.minutes(10)))
    func restart() async throws {
        let outbox = Outbox([message("desk", 1), message("ops", 2)])
        let service = Service(["hooks": [Service.status(404, "no_service")], "ops": [Service.status(503)]])
        _ = try await courier(outbox, service.sender).deliverDue()
        #expect(outbox.undelivered == [1, 2])
        let courier = try courier(outbox, service.sender)
        let running = Task { await courier.run(pause: pause) }
        await until { outbox.undelivered == [2] }
        running.cancel()
        await running.value
        #expect(service.identities("ops").count == 1, "who is busy is left alone")
    }
}
