internal import Domain
internal import HTTPPort

/// Times in headers.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that is sent today (RFC 9110, section 5.6.7); `nil` for others.
    static func timestamp(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT" else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard let month = months.firstIndex(of: String(words[2])), clock.count == 3, words[4].utf8.count == 8,
            let day = number(words[1]), let year = number(words[3]), let hour = number(clock[0]),
            let minute = number(clock[1]), let second = number(clock[2]),
            (2_000...2_200).contains(year), (1...CivilTime.daysInMonth(month + 1, year: year)).contains(day),
            // A leap second is the last one of its minute.
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = CivilTime.daysSinceEpoch(year: year, month: month + 1, day: day)
        return Timestamp(seconds: Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + min(second, 59)))
    }

    /// Digits alone: `Int` would take a sign.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// How long the venue wants to be left alone: `Retry-After` in seconds, or as a date, which is held against the
    /// venue's own clock where the answer brings it. `nil` where it says nothing readable.
    static func retryAfter(_ response: HTTPResponse, now: Timestamp) -> Span? {
        guard let text = response.header("retry-after").map({ $0.trimmingSpaces() }) else { return nil }
        if let seconds = number(text) { return Span(milliseconds: Int64(seconds) * 1_000) }
        guard let at = timestamp(text) else { return nil }
        let sent = response.header("date").flatMap(timestamp) ?? now
        return max(.zero, at - sent)
    }
}
