import Domain
import HTTPPort
import Operation
import Synchronization
import Testing
@testable import Webhooks

/// From the outbox to those who are to be told.
struct CourierTests {
    private func courier(
        _ outbox: Outbox, _ service: Service, _ kinds: [String: String] = ["desk": "slack", "ops": "webhook"],
        settings: CourierSettings = CourierSettings()
    ) throws -> Courier {
        Courier(
            log: outbox.log, channels: try channels(kinds), sender: service.sender, clock: outbox.clock,
            settings: settings, note: { event in outbox.with { $0.events.append(event) } })
    }

    @Test("What is due is posted once, to its address, with an identity by which it is known again")
    func delivered() async throws {
        let outbox = Outbox([message("ops", 1, subject: "caf\u{E9}")])
        let service = Service()
        let courier = try courier(outbox, service)
        #expect(try await courier.deliverDue().delivered == 1)
        #expect(try await courier.deliverDue().attempts == 0)
        let request = try #require(service.requests.first)
        #expect(service.requests.count == 1 && request.method == .post)
        #expect(request.url == secretEnvironment["META_SUPERVISOR_SECRET_OPS_URL"])
        #expect(request.body == MessageBody.generic(outbox.message(1)))
        for name in ["Idempotency-Key", "X-MetaSupervisor-Identity"] {
            #expect(request.headers.contains(HTTPHeader(name, "kill/caf%C3%A9/1/raised")))
        }
        #expect(request.headers.contains(HTTPHeader("Content-Type", "application/json; charset=utf-8")))
        #expect(outbox.message(1).deliveredAt == start && outbox.message(1).attempts == 1)
        #expect(outbox.with { $0.events } == [.delivered(channel: "ops", identity: "kill/caf\u{E9}/1/raised")])
    }

    @Test("The messages of a channel go in their order, and one that waits holds up those behind it")
    func order() async throws {
        let outbox = Outbox((1...6).map { message($0 % 2 == 0 ? "ops" : "desk", $0) })
        let service = Service(["hooks": [Service.status(200), Service.status(503)]])
        let courier = try courier(outbox, service)
        _ = try await courier.deliverDue()
        #expect(service.identities("ops") == [2, 4, 6].map { "kill/aurora/\($0)/raised" })
        #expect(service.identities("hooks") == [1, 3].map { "kill/aurora/\($0)/raised" })
        #expect(outbox.undelivered == [3, 5])
        #expect(try await courier.deliverDue().attempts == 0, "the third waits, and the fifth behind it")
        outbox.advance(CourierSettings().backoff)
        #expect(try await courier.deliverDue().delivered == 2)
        #expect(service.identities("hooks") == [1, 3, 3, 5].map { "kill/aurora/\($0)/raised" })
        #expect(outbox.undelivered == [])
    }

    @Test("A failure is tried again after a wait that doubles up to its bound", arguments: [500, 502, 503, 408, 429])
    func backoff(status: Int) async throws {
        let outbox = Outbox([message("ops", 1)])
        let service = Service(["ops": Array(repeating: Service.status(status, "busy"), count: 10)])
        let courier = try courier(outbox, service)
        var waits: [Int64] = []
        for _ in 0..<10 {
            _ = try await courier.deliverDue()
            let wait = outbox.message(1).nextAttemptAt - outbox.with { $0.now }
            waits.append(wait.milliseconds / 1_000)
            outbox.advance(Span(milliseconds: wait.milliseconds - 1))
            #expect(try await courier.deliverDue().attempts == 0, "a millisecond early is early")
            outbox.advance(Span(milliseconds: 1))
        }
        #expect(waits == [15, 30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800])
        #expect(outbox.message(1).lastFailure == "status \(status): busy" && outbox.message(1).attempts == 10)
        #expect(try await courier.deliverDue().delivered == 1)
        #expect(outbox.message(1).lastFailure == "")
    }

    @Test(
        "Whoever is out of reach is tried again",
        arguments: [
            HTTPFailure.timedOut(after: .minutes(1)), .connection("reset by https://x/x7Kq2SecretSecret"),
            .tooLarge(limitBytes: 65_536), .cancelled,
        ])
    func outOfReach(failure: HTTPFailure) async throws {
        let outbox = Outbox([message("desk", 1)])
        let courier = try courier(outbox, Service(["hooks": [.failure(failure)]]))
        _ = try await courier.deliverDue()
        #expect(outbox.message(1).nextAttemptAt == start + CourierSettings().backoff)
        #expect(!outbox.message(1).lastFailure.isEmpty && ChannelTests.leaks(outbox.message(1).lastFailure) == [])
        outbox.advance(CourierSettings().backoff)
        #expect(try await courier.deliverDue().delivered == 1)
    }

    @Test(
        "A service that asks us to wait is not asked before, in whichever way it says so",
        arguments: [
            ("ops", "120", "", 120.0), ("ops", "Sat, 25 Oct 2025 00:03:00 GMT", "", 180), ("ops", "2", "", 15),
            ("ops", "Fri, 24 Oct 2025 00:03:00 GMT", "", 15), ("ops", "soon", "", 15), ("ops", "9e18", "", 15),
            ("ops", "1000000", "", 86_400), ("guild", "64.57", "{\"retry_after\": 1}", 64.57),
            ("guild", "", "{\"message\": \"You are being rate limited.\", \"retry_after\": 64.57}", 64.57),
            ("phone", "", "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":35}}", 35),
            ("ops", "", "{\"retry_after\": 99}", 15), ("phone", "", "{\"parameters\":{\"retry_after\":-1}}", 15),
        ])
    func retryAfter(channel: String, header: String, body: String, seconds: Double) async throws {
        let outbox = Outbox([message(channel, 1)])
        let service = Service(["": [Service.status(429, body, retryAfter: header.isEmpty ? nil : header)]])
        let courier = try courier(outbox, service, ["ops": "webhook", "guild": "discord", "phone": "telegram"])
        _ = try await courier.deliverDue()
        #expect(outbox.message(1).nextAttemptAt - start == Span(milliseconds: Int64((seconds * 1_000).rounded())))
    }

    @Test("A channel that refuses is named, asked slowly and never given up", arguments: [301, 401, 403, 404, 410])
    func refused(status: Int) async throws {
        let outbox = Outbox([message("desk", 1), message("ops", 2), message("desk", 3)])
        let service = Service(["hooks": [Service.status(status, "no_service")]])
        let courier = try courier(outbox, service)
        _ = try await courier.deliverDue()
        #expect(outbox.undelivered == [1, 3])
        #expect(outbox.message(1).nextAttemptAt == start + .hours(1))
        #expect(outbox.message(1).lastFailure == "the channel was refused, status \(status): no_service")
        let said = outbox.with { $0.events }.map(\.description)
        #expect(said.contains { $0.contains("channel 'desk'") && $0.contains("stays in the outbox") })
        outbox.advance(.hours(1))
        #expect(try await courier.deliverDue().delivered == 2)
        #expect(outbox.undelivered == [])
    }

    @Test("A message that is refused as such lets the others pass, also after a restart", arguments: [400, 413, 422])
    func refusedMessage(status: Int) async throws {
        let outbox = Outbox((1...3).map { message("desk", $0) })
        let service = Service(["hooks": [Service.status(status, "invalid_blocks")]])
        #expect(try await courier(outbox, service).deliverDue().delivered == 2)
        #expect(outbox.undelivered == [1])
        outbox.add(message("desk", 4))
        #expect(try await courier(outbox, service).deliverDue().delivered == 1)
        outbox.advance(.hours(1))
        #expect(try await courier(outbox, service).deliverDue().delivered == 1)
        #expect(service.identities("hooks").map { $0.split(separator: "/")[2] } == ["1", "2", "3", "4", "1"])
    }

    @Test("When one message after the other is refused it is the channel, and it is left alone for a while")
    func refusedAll() async throws {
        let outbox = Outbox((1...9).map { message("desk", $0) })
        let service = Service(["hooks": Array(repeating: Service.status(400, "invalid"), count: 9)])
        #expect(try await courier(outbox, service).deliverDue().attempts == 3)
        #expect(outbox.undelivered.count == 9)
    }

    @Test("Telegram's unknown chat is the channel's fault, not the message's")
    func unknownChat() async throws {
        let outbox = Outbox([message("phone", 1), message("phone", 2)])
        let answer = Service.status(400, "{\"ok\":false,\"description\":\"Bad Request: chat not found\"}")
        let courier = try courier(outbox, Service(["telegram": [answer]]), ["phone": "telegram"])
        #expect(try await courier.deliverDue().attempts == 1)
        #expect(outbox.message(1).lastFailure.hasPrefix("the channel was refused"))
    }

    @Test("Killed between the post and the mark the message is sent again, and its identity is the same")
    func killedBeforeTheMark() async throws {
        let outbox = Outbox([message("ops", 1), message("ops", 2)])
        let service = Service()
        outbox.with { $0.updatesLeft = 0 }
        let first = try courier(outbox, service)
        await #expect(throws: LedgerGone.self) { try await first.deliverDue() }
        #expect(outbox.undelivered == [1, 2])
        outbox.with { $0.updatesLeft = nil }
        #expect(try await courier(outbox, service).deliverDue().delivered == 2)
        #expect(service.identities("ops") == [1, 1, 2].map { "kill/aurora/\($0)/raised" })
    }

    @Test("While the ledger cannot be written, what was sent is not sent again, and nothing else is")
    func ledgerIsFull() async throws {
        let outbox = Outbox([message("ops", 1), message("ops", 2)])
        let service = Service()
        let courier = try courier(outbox, service)
        outbox.with { $0.updatesLeft = 0 }
        for _ in 0..<3 { await #expect(throws: LedgerGone.self) { try await courier.deliverDue() } }
        #expect(service.identities("ops") == ["kill/aurora/1/raised"])
        outbox.with { $0.updatesLeft = nil }
        _ = try await courier.deliverDue()
        #expect(service.identities("ops") == [1, 2].map { "kill/aurora/\($0)/raised" } && outbox.undelivered == [])
    }

    @Test("An answer is shown to its first bytes, on one line and without the secrets it quotes")
    func answersAreScrubbed() async throws {
        let address = secretEnvironment["META_SUPERVISOR_SECRET_DESK_URL"] ?? ""
        let echo = "No hook\u{1B}[31m\n\(address) x7Kq2SecretSecret"
            + String(repeating: " \u{E9}", count: 50) + secretPath + String(repeating: "\u{E9}", count: 300)
        let outbox = Outbox([message("desk", 1)])
        _ = try await courier(outbox, Service(["hooks": [Service.status(403, echo)]])).deliverDue()
        let failure = outbox.message(1).lastFailure
        #expect(failure.hasPrefix("the channel was refused, status 403: No hook [31m (secret) (secret)"))
        #expect(failure.utf8.count <= 260 && !failure.contains("\n"))
        #expect(ChannelTests.leaks(failure) == [])
        for event in outbox.with({ $0.events }) { #expect(ChannelTests.leaks(event.description) == []) }
    }

    @Test("Messages of a channel that is in the settings no more wait, say so, and hold up nobody")
    func unknownChannel() async throws {
        var settings = CourierSettings()
        settings.batch = 4
        let outbox = Outbox((1...20).map { message("gone", $0) } + [message("ops", 21)])
        let service = Service()
        #expect(try await courier(outbox, service, settings: settings).deliverDue().delivered == 1)
        #expect(outbox.undelivered.count == 20)
        #expect(outbox.message(1).lastFailure.contains("none called 'gone' in alerts.channels"))
        #expect(outbox.message(1).nextAttemptAt > start)
    }

    @Test("After a clock was set back no message waits until it has caught up")
    func clockSetBack() async throws {
        let outbox = Outbox([message("ops", 1)])
        outbox.with { $0.messages[0].nextAttemptAt = start + .days(365) }
        #expect(try await courier(outbox, Service()).deliverDue().delivered == 1)
    }

    @Test("A test message goes past the outbox and says what came back")
    func test() async throws {
        let outbox = Outbox()
        let service = Service(["hooks": [Service.status(404, "no_team")]])
        let post = MessagePost(sender: service.sender, clock: outbox.clock)
        let all = try channels(["desk": "slack", "ops": "webhook"])
        #expect(await post.send(message("desk", 1), to: all[0]) == "the channel was refused, status 404: no_team")
        #expect(await post.send(message("ops", 1), to: all[1]) == nil)
        #expect(service.requests.count == 2)
    }
}
