package import HTTPPort
package import Operation

/// One message to one channel, and what became of it.
package struct MessagePost: Sendable {
    private let sender: HTTPSender
    private let clock: Clock
    private let settings: CourierSettings

    package init(sender: HTTPSender, clock: Clock, settings: CourierSettings = .init()) {
        self.sender = sender
        self.clock = clock
        self.settings = settings
    }

    /// Past the outbox: a test.
    ///
    /// - Returns: `nil` where it was delivered, else why not, without any secret.
    package func send(_ message: AlertMessage, to channel: Channel) async -> String? {
        switch await attempt(message, channel) {
        case .delivered: nil
        case .failed(let reason, _), .refused(let reason), .refusedMessage(let reason): reason
        }
    }

    /// The request runs in a task of its own: who stops the courier does not stop it, its time limit does.
    func attempt(_ message: AlertMessage, _ channel: Channel) async -> DeliveryAttempt {
        let request = HTTPRequest(
            .post, channel.address.reveal(), headers: MessagePost.headers(message),
            body: MessageBody.bytes(message, for: channel), timeout: settings.timeout,
            maximalResponseBytes: settings.maximalResponseBytes)
        let sender = sender
        let answer = await Task { () -> Result<HTTPResponse, HTTPFailure> in
            do throws(HTTPFailure) {
                return .success(try await sender.send(request))
            } catch {
                return .failure(error)
            }
        }.value
        return DeliveryAttempt(answer, kind: channel.kind, scrubber: channel.scrubber, now: clock.now())
    }

    private static func headers(_ message: AlertMessage) -> [HTTPHeader] {
        let identity = headerText(message.identity)
        return [
            HTTPHeader("Content-Type", "application/json; charset=utf-8"),
            HTTPHeader("User-Agent", "meta-supervisor"),
            HTTPHeader("Idempotency-Key", identity),
            HTTPHeader("X-MetaSupervisor-Identity", identity),
        ]
    }

    /// Visible ASCII as it is, the rest percent-encoded: a name may be in any script, a header may not.
    static func headerText(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "%")
                ? String(Unicode.Scalar(byte)) : "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
        }.joined()
    }
}
