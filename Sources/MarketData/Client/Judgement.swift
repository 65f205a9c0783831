internal import Domain
internal import HTTPPort

/// What to make of what came back.
enum Judgement<Answer: Sendable>: Sendable {
    case answer(Answer)
    /// It may go better another time.
    case retry(Retry)
    /// It will not.
    case refused(VenueFailure)
    case cancelled

    struct Retry: Sendable {
        var outcome: VenueObserver.Outcome
        var detail: String
        /// What the venue asked for.
        var retryAfter: Span?
        /// What we give it where it asked for nothing and has banned us.
        var restAtLeast: Span?
    }

    var outcome: VenueObserver.Outcome {
        switch self {
        case .answer: .answered
        case .retry(let retry): retry.outcome
        case .refused: .refused
        case .cancelled: .cancelled
        }
    }

    init(of failure: HTTPFailure, from venue: Venue) {
        switch failure {
        case .timedOut: self = .retry(Retry(outcome: .timedOut, detail: failure.description))
        case .connection, .tooLarge: self = .retry(Retry(outcome: .connection, detail: failure.description))
        case .invalidURL: self = .refused(.refused(venue, failure.description))
        case .cancelled: self = .cancelled
        }
    }

    init(
        of response: HTTPResponse, from venue: Venue, now: Timestamp,
        read: (_ body: [UInt8]) throws(ReplyFailure) -> Answer
    ) {
        let status = "status \(response.status)"
        let asked = HTTPDate.retryAfter(response, now: now)
        switch response.status {
        case 429: self = .retry(Retry(outcome: .limited, detail: status, retryAfter: asked))
        // Out of service, and it says until when (RFC 9110, section 10.2.3).
        case 503 where asked != nil: self = .retry(Retry(outcome: .limited, detail: status, retryAfter: asked))
        // Binance: the address is banned, for two minutes and more ("HTTP 418 ... auto-banned", REST API, "Limits").
        case 418:
            self = .retry(Retry(outcome: .limited, detail: status, retryAfter: asked, restAtLeast: .minutes(2)))
        case 200..<300:
            do throws(ReplyFailure) {
                self = .answer(try read(response.body))
            } catch {
                self.init(of: error, from: venue, retryAfter: asked)
            }
        case 400..<500 where response.status != 408:
            self.init(ofRefusal: response, from: venue, retryAfter: asked, read: read)
        // 5xx, a request it grew tired of (408), a redirect, which is not followed.
        default: self = .retry(Retry(outcome: .server, detail: status))
        }
    }

    private init(of failure: ReplyFailure, from venue: Venue, retryAfter: Span?) {
        let words = String(failure.description.prefix(300))
        switch failure {
        case .malformed: self = .retry(Retry(outcome: .malformed, detail: words))
        case .limited: self = .retry(Retry(outcome: .limited, detail: words, retryAfter: retryAfter))
        case .refused, .unknownInstrument: self = .refused(.refused(venue, words))
        }
    }

    /// The venue's own words where it has any; a page of a proxy is told by its status.
    private init(
        ofRefusal response: HTTPResponse, from venue: Venue, retryAfter: Span?,
        read: (_ body: [UInt8]) throws(ReplyFailure) -> Answer
    ) {
        self = .refused(.refused(venue, "status \(response.status)"))
        do throws(ReplyFailure) {
            _ = try read(response.body)
        } catch .malformed {
            return
        } catch {
            self.init(of: error, from: venue, retryAfter: retryAfter)
        }
    }
}
