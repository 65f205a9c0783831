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
    mutating func note(from start: Timestamp, over horizon: Horizon) {
        let interval = Interval(from: start, to: start + horizon.span)
        longest = max(longest, horizon.span)
        // Whole numbers: a time from another module is compared by a call, and these loops are the innermost.
        let end = interval.to.milliseconds
        var place = intervals.count
        while place > 0, intervals[place - 1].to.milliseconds > end { place -= 1 }
        intervals.insert(interval, at: place)
    }

    /// Rows open when one of them began, that one included.
    func count(at start: Timestamp) -> Int {
        let began = start.milliseconds
        // Ascending by their ends: what was over by then comes first.
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = low + (high - low) / 2
            if intervals[middle].to.milliseconds <= began { low = middle + 1 } else { high = middle }
        }
        var count = 0
        for place in low..<intervals.count where intervals[place].from.milliseconds <= began { count += 1 }
        return max(1, count)
    }

    /// Forgets what no later row can overlap.
    mutating func forget(before time: Timestamp) {
        guard let first = intervals.first else { return }
        let reach = time - longest
        if first.to <= reach { intervals.removeFirst(intervals.firstIndex { $0.to > reach } ?? intervals.count) }
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
