internal import Domain
internal import HTTPPort
internal import JSONText

/// What became of one request.
enum DeliveryAttempt: Equatable, Sendable {
    case delivered
    /// Worth trying again soon: busy, down, out of reach. With what the service asked us to wait, if it did.
    case failed(reason: String, askedToWait: Span?)
    /// The service understood and said no to whatever we send there: a wrong address, a token that was revoked.
    case refused(reason: String)
    /// It said no to this one message: the next may be taken.
    case refusedMessage(reason: String)

    /// How a refusal of one message begins in the outbox, so that after a restart the others still pass it.
    static let messageRefusal = "the message was refused"

    private static let channelRefusal = "the channel was refused"

    static func unknownChannel(_ name: String) -> String {
        "\(channelRefusal), there is none called '\(name)' in alerts.channels"
    }

    static func isRefusal(_ failure: String) -> Bool {
        failure.hasPrefix(messageRefusal) || failure.hasPrefix(channelRefusal)
    }

    /// Bytes of an answer that are worth showing.
    static let shownBytes = 200

    init(_ answer: Result<HTTPResponse, HTTPFailure>, kind: ChannelKind, scrubber: SecretScrubber, now: Timestamp) {
        switch answer {
        case .failure(let failure):
            self = .failed(reason: scrubber.scrubbed(failure.description), askedToWait: nil)
        case .success(let response):
            let said = DeliveryAttempt.shown(response.body, scrubber)
            let reason = "status \(response.status)" + (said.isEmpty ? "" : ": " + said)
            switch response.status {
            case 200..<300: self = .delivered
            case 408, 425, 429, 500...:
                self = .failed(reason: reason, askedToWait: DeliveryAttempt.askedToWait(response, kind, now: now))
            case 400 where !(kind == .telegram && said.contains("chat not found")), 413, 422:
                self = .refusedMessage(reason: "\(DeliveryAttempt.messageRefusal), \(reason)")
            default: self = .refused(reason: "\(DeliveryAttempt.channelRefusal), \(reason)")
            }
        }
    }

    /// The beginning of an answer, without secrets and on one line. Scrubbed whole and cut then: half a secret would
    /// not be found.
    private static func shown(_ body: [UInt8], _ scrubber: SecretScrubber) -> String {
        let text = scrubber.scrubbed(String(decoding: body, as: UTF8.self))
        var kept = ""
        var length = 0
        for character in text {
            let isPrintable = character.unicodeScalars.allSatisfy { !$0.properties.isControl }
            let shown = isPrintable ? String(character) : " "
            length += shown.utf8.count
            guard length <= shownBytes else { break }
            kept += shown
        }
        return kept.trimmingSpaces()
    }

    /// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); Discord and Telegram say it in the body as well, and
    /// Telegram nowhere else.
    static func askedToWait(_ response: HTTPResponse, _ kind: ChannelKind, now: Timestamp) -> Span? {
        if let header = response.header("Retry-After")?.trimmingSpaces() {
            if let seconds = DecimalText.number(header) { return span(seconds: seconds) }
            if let date = HTTPDate.timestamp(header) { return max(.zero, date - now) }
        }
        guard kind == .discord || kind == .telegram, let body = try? JSONValue.parse(response.body) else { return nil }
        let seconds = body["retry_after"]?.double ?? body["parameters"]?["retry_after"]?.double
        return seconds.flatMap(span)
    }

    private static func span(seconds: Double) -> Span? {
        guard seconds >= 0, seconds <= 1e9, let milliseconds = Int64(exactly: (seconds * 1_000).rounded(.up))
        else { return nil }
        return Span(milliseconds: milliseconds)
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isControl: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that RFC 9110 tells servers to write.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func timestamp(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month + 1
        let iso = "\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4])Z"
        return try? CivilTime.timestamp(iso)
    }
}
