import Domain
import HTTPPort
import Operation
import Synchronization
@testable import Webhooks

let start = Timestamp(seconds: 1_761_350_400)  // 2025-10-25T00:00:00Z

func message(
    _ channel: String, _ number: Int, title: String = "aurora is killed", text: String = "31.2 >= 30 sigmas",
    subject: String = "aurora"
) -> AlertMessage {
    AlertMessage(
        channel: channel, identity: "kill/\(subject)/\(number)/raised", kind: .kill, subject: subject,
        isResolved: false, title: title, text: text, at: start, nextAttemptAt: start)
}

/// Throws like a ledger that cannot be written.
struct LedgerGone: Error {}

/// An outbox in memory, and a clock that moves only when told.
final class Outbox: Sendable {
    struct State {
        var now = start
        var messages: [AlertMessage] = []
        /// Updates that still succeed; `nil` for all.
        var updatesLeft: Int?
        var events: [CourierEvent] = []
    }

    private let mutex = Mutex(State())

    init(_ messages: [AlertMessage] = []) {
        for message in messages { add(message) }
    }

    func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    func add(_ message: AlertMessage) {
        with { state in
            var message = message
            message.id = Int64(state.messages.count + 1)
            state.messages.append(message)
        }
    }

    var clock: Clock { Clock { self.with { $0.now } } }

    var log: AlertLog {
        AlertLog(
            records: { [] }, commit: { _, _ in },
            due: { now, limit in
                self.with { state in
                    Array(state.messages.filter { $0.deliveredAt == nil && $0.nextAttemptAt <= now }.prefix(limit))
                }
            },
            update: { message in
                try self.with { state in
                    if let left = state.updatesLeft {
                        guard left > 0 else { throw LedgerGone() }
                        state.updatesLeft = left - 1
                    }
                    state.messages[Int(message.id) - 1] = message
                }
            },
            messages: { limit in self.with { Array($0.messages.reversed().prefix(limit)) } },
            undeliveredCount: { self.with { $0.messages.count { $0.deliveredAt == nil } } }, prune: { _ in })
    }

    var undelivered: [Int64] { with { $0.messages.filter { $0.deliveredAt == nil }.map(\.id) } }
    func message(_ id: Int64) -> AlertMessage { with { $0.messages[Int(id) - 1] } }
    func advance(_ span: Span) { with { $0.now = $0.now + span } }
}

/// A service that answers by a script, and remembers what it was asked.
final class Service: Sendable {
    typealias Answer = Result<HTTPResponse, HTTPFailure>

    private struct State {
        var requests: [HTTPRequest] = []
        var answers: [String: [Answer]] = [:]
    }

    private let state = Mutex(State())

    /// Answers by a part of the address; when they have run out, 200.
    init(_ answers: [String: [Answer]] = [:]) { state.withLock { $0.answers = answers } }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// Identities as they came in at an address.
    func identities(_ place: String) -> [String] {
        requests.filter { $0.url.contains(place) }.compactMap { request in
            request.headers.first { $0.name == "X-MetaSupervisor-Identity" }?.value
        }
    }

    var sender: HTTPSender {
        HTTPSender { request throws(HTTPFailure) in
            let answer = self.state.withLock { state -> Answer in
                state.requests.append(request)
                for place in state.answers.keys.sorted() where request.url.contains(place) {
                    guard var left = state.answers[place], !left.isEmpty else { continue }
                    let next = left.removeFirst()
                    state.answers[place] = left
                    return next
                }
                return .success(HTTPResponse(status: 200))
            }
            return try answer.get()
        }
    }

    static func status(_ status: Int, _ body: String = "", retryAfter: String? = nil) -> Answer {
        .success(
            HTTPResponse(
                status: status, headers: retryAfter.map { [HTTPHeader("retry-after", $0)] } ?? [],
                body: Array(body.utf8)))
    }
}

let secretPath = "T0S3CR3T/B0S3CR3T/x7Kq2SecretSecret"
let secretToken = "123456789:AAF-secret_Token-of-a-bot_1234567"
let secretEnvironment = [
    "META_SUPERVISOR_SECRET_DESK_URL": "https://hooks.example.com/services/\(secretPath)",
    "META_SUPERVISOR_SECRET_OPS_URL": "http://127.0.0.1:8080/ops/hidden-Key-42?token=hidden-Query-43",
    "META_SUPERVISOR_SECRET_GUILD_URL": "https://discord.example.com/api/webhooks/1/hidden-Discord-44",
    "META_SUPERVISOR_SECRET_PHONE_TOKEN": secretToken,
    "META_SUPERVISOR_SECRET_PHONE_CHAT": "-1009876543210",
]

func channels(
    _ kinds: [String: String] = ["desk": "slack", "ops": "webhook", "guild": "discord", "phone": "telegram"],
    template: String = ""
) throws -> [Channel] {
    try Channel.all(kinds: kinds, template: template, environment: secretEnvironment)
}
