/// What can happen to an answer on its way.
package enum Mishap: Equatable, Sendable {
    /// The ordinary answer, late.
    case delay(milliseconds: Int)
    /// The ordinary answer, in small pieces.
    case dribble(bytes: Int, everyMilliseconds: Int)
    /// Never an answer: the connection stays open until the other side closes it.
    case silence
    /// 429, 418, 500, 502, 503, …: a page of HTML.
    case status(Int, retryAfter: String? = nil)
    /// Status 200 and a page of HTML, as of a captive portal.
    case html
    /// The venue's own error object, with status 200.
    case errorObject
    /// The venue's own way to say that there is nothing: well-formed, 200, wrong.
    case emptyList
    /// RST instead of an answer.
    case reset
    /// FIN instead of an answer.
    case close
    /// Half of the body, then FIN.
    case closeInBody
    /// Half of the body, then RST.
    case resetInBody
    /// Bytes that are no HTTP.
    case garbage
    /// `Content-Length` off by so much: more than comes, or less.
    case wrongContentLength(by: Int)
    /// 200 with that many bytes of blanks, `Content-Length` given or not.
    case hugeBody(bytes: Int, isAnnounced: Bool)
    /// Exactly this.
    case reply(status: Int, headers: [ReceivedRequest.Header], body: [UInt8])

    /// One of each kind that a client should survive by trying again, small enough for many of them.
    package static let transient: [Mishap] = [
        .delay(milliseconds: 5), .dribble(bytes: 4_096, everyMilliseconds: 1), .status(500), .status(502),
        .status(503), .status(429, retryAfter: "0"), .html, .reset, .close, .closeInBody, .resetInBody, .garbage,
        .wrongContentLength(by: 100),
    ]
}

/// Which requests meet a mishap.
struct MishapRule {
    enum Choice {
        /// The next so many that match.
        case next(count: Int)
        /// Each that matches, with that probability.
        case sometimes(probability: Double, seed: UInt64)
    }

    var mishaps: [Mishap]
    var pathPart: String
    var choice: Choice

    /// What happens to the n-th request for a path, counted from 0; uses up what is used.
    mutating func mishap(for request: ReceivedRequest, nthOfPath: Int) -> Mishap? {
        guard pathPart.isEmpty || request.target.contains(pathPart) else { return nil }
        switch choice {
        case .next(let count):
            guard count > 0 else { return nil }
            choice = .next(count: count - 1)
            return mishaps[0]
        case .sometimes(let probability, let seed):
            // By path and count, so that the order in which connections are served changes nothing.
            var hash = SeededHash(seed)
            hash.combine(request.path)
            hash.combine(UInt64(nthOfPath))
            guard hash.uniform < probability else { return nil }
            hash.combine(1)
            return mishaps[Int(hash.value % UInt64(mishaps.count))]
        }
    }
}

/// A value for every name and number under a seed.
struct SeededHash {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func combine(_ number: UInt64) { state = Self.mixed(state ^ Self.mixed(number &+ 0x9E37_79B9_7F4A_7C15)) }

    mutating func combine(_ text: String) {
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        combine(hash)
    }

    var value: UInt64 { Self.mixed(state) }

    /// In [0, 1).
    var uniform: Double { Double(value >> 11) * 0x1p-53 }

    /// The finish of SplitMix64 (Steele, Lea & Flood 2014).
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
