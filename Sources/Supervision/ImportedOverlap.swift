internal import Domain

/// How many of an agent's imported outcomes were open at once.
///
/// An imported outcome is known when it closes, after those that were open with it and close earlier. Its overlap is
/// the number of the agent's rows, known by then, that were open when it began: with one horizon, all of them. Rows
/// that an hourly agent makes for a day ahead overlap twenty-four-fold; taken for independent they would be held at 24
/// times the equity and count as 24 times the evidence.
struct ImportedOverlap: Equatable, Sendable {
    private struct Interval: Equatable, Sendable, SnapshotVisitable {
        var from = Timestamp(milliseconds: 0)
        var to = Timestamp(milliseconds: 0)

        mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
            try coder.visit(&from)
            try coder.visit(&to)
        }
    }

    /// Ascending by their ends.
    private var intervals: [Interval] = []
    private var longest = Span.zero

    /// Rows of one agent are kept this many at most, so that its state stays bounded.
    static let capacity = 1_024

    init() {}

    /// Notes an outcome; call for all of a step's rows before asking for their counts.
    mutating func note(_ outcome: ImportedOutcome) {
        let interval = Interval(from: outcome.generatedAt, to: outcome.closesAt)
        longest = max(longest, outcome.horizon.span)
        let place = intervals.lastIndex { $0.to <= interval.to }.map { $0 + 1 } ?? 0
        intervals.insert(interval, at: place)
    }

    /// Rows open when `outcome` began, itself included.
    func count(with outcome: ImportedOutcome) -> Int {
        let began = outcome.generatedAt
        return max(1, intervals.count { $0.from <= began && began < $0.to })
    }

    /// Forgets what no later row can overlap.
    mutating func forget(before time: Timestamp) {
        let reach = time - longest
        intervals.removeAll { $0.to <= reach }
        if intervals.count > ImportedOverlap.capacity {
            intervals.removeFirst(intervals.count - ImportedOverlap.capacity)
        }
    }
}

extension ImportedOverlap: SnapshotVisitable {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&intervals)
        try coder.visit(&longest)
    }
}
