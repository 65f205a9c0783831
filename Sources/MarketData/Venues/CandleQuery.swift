import Domain

/// The openings that one request asks for, cut to the venue's page.
struct CandleQuery {
    /// The names that a venue has for the lengths of its bars, shortest first.
    typealias Intervals = [(length: Span, name: String)]

    var from: Timestamp
    /// The number of openings.
    var count: Int
    /// One second before the bar behind the last asked one opens: an end of which nobody needs to know whether it is
    /// inclusive.
    var end: Timestamp
    /// The opening behind the last asked one.
    var through: Timestamp
    var interval: String

    init(_ from: Timestamp, _ through: Timestamp, _ barLength: Span, page: Int, _ intervals: Intervals) {
        guard let interval = intervals.first(where: { $0.length == barLength }) else {
            preconditionFailure("Invariant: bars are asked for in a length that the venue has")
        }
        precondition(from < through, "Invariant: a request asks for at least one bar")
        let asked = max(1, (through - from).milliseconds / barLength.milliseconds)
        let count = min(Int64(page), asked)
        self.from = from
        self.count = Int(count)
        self.through = from + barLength * count
        self.end = self.through - Span(milliseconds: 1_000)
        self.interval = interval.name
    }

    var fromSeconds: Int64 { from.milliseconds / 1_000 }
    var endSeconds: Int64 { end.milliseconds / 1_000 }
}
