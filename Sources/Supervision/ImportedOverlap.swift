package import Domain

/// How many of an agent's imported outcomes were open at once.
///
/// An imported outcome is known when it closes, after those that were open with it and close earlier. Its overlap is
/// the number of the agent's rows, known by then, that were open when it began: with one horizon, all of them. Rows
/// that an hourly agent makes for a day ahead overlap twenty-four-fold; taken for independent they would be held at 24
/// times the equity and count as 24 times the evidence.
///
/// Every row closes after it began, so the rows open at t are those that began by t less those that closed by t: two
/// places in two ascending lists, and in the usual order of rows each a few steps from where the last question was
/// answered.
package struct ImportedOverlap: Sendable {
    private struct Interval: Sendable, SnapshotVisitable {
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
    // What follows is made of the above. Times are milliseconds: comparing two of another module's is a call.
    /// The beginnings in ascending order; empty while those of `intervals` are in it, which they mostly are.
    private var beginnings: [Int64] = []
    private var isAscending = true
    /// Where the last question was answered: how many had begun, and how many were over.
    private var begunCount = 0
    private var overCount = 0

    /// Rows of one agent are kept this many at most, so that its state stays bounded.
    package static let capacity = 1_024

    package init() {}

    /// Notes an outcome; call for all of a step's rows before asking for their counts.
    package mutating func note(from start: Timestamp, over horizon: Horizon) {
        note(from: start, to: start + horizon.span)
    }

    /// - Precondition: `end` is later than `start`.
    package mutating func note(from start: Timestamp, to end: Timestamp) {
        let interval = Interval(from: start, to: end)
        if end.milliseconds - start.milliseconds > longest.milliseconds {
            longest = Span(milliseconds: end.milliseconds - start.milliseconds)
        }
        if isAscending {
            guard let last = intervals.last else { return intervals.append(interval) }
            if last.to.milliseconds <= end.milliseconds, last.from.milliseconds <= start.milliseconds {
                return intervals.append(interval)
            }
        }
        insert(interval)
    }

    /// Notes an outcome that began after every other and did not end before any, and says how many were open when it
    /// began, itself included: what `count` says once no other that began by then is to come.
    ///
    /// - Returns: `nil`, and nothing is noted, for every other outcome.
    /// - Precondition: `end` is later than `start`.
    @inline(__always)
    mutating func noteLatest(from start: Timestamp, to end: Timestamp) -> Int? {
        guard isAscending else { return nil }
        if let last = intervals.last {
            guard last.from.milliseconds < start.milliseconds, last.to.milliseconds <= end.milliseconds else {
                return nil
            }
        }
        note(from: start, to: end)
        let time = start.milliseconds
        overCount = intervals.withUnsafeBufferPointer { intervals in
            ImportedOverlap.count(of: intervals.count, upTo: time, near: overCount) { intervals[$0].to.milliseconds }
        }
        begunCount = intervals.count
        return begunCount - overCount
    }

    /// Rows of several horizons, and those that became known late.
    @inline(never)
    private mutating func insert(_ interval: Interval) {
        var place = intervals.count
        while place > 0, intervals[place - 1].to.milliseconds > interval.to.milliseconds { place -= 1 }
        intervals.insert(interval, at: place)
        if isAscending {
            orderBeginnings()
        } else {
            let began = interval.from.milliseconds
            place = beginnings.count
            while place > 0, beginnings[place - 1] > began { place -= 1 }
            beginnings.insert(began, at: place)
            (begunCount, overCount) = (0, 0)
        }
    }

    private mutating func orderBeginnings() {
        (begunCount, overCount) = (0, 0)
        isAscending = zip(intervals, intervals.dropFirst()).allSatisfy { $0.from.milliseconds <= $1.from.milliseconds }
        beginnings = isAscending ? [] : intervals.map(\.from.milliseconds).sorted()
    }

    /// Rows open when one of them began, that one included.
    @inline(__always)
    package mutating func count(at start: Timestamp) -> Int {
        let time = start.milliseconds
        intervals.withUnsafeBufferPointer { intervals in
            overCount = ImportedOverlap.count(of: intervals.count, upTo: time, near: overCount) {
                intervals[$0].to.milliseconds
            }
            if isAscending {
                begunCount = ImportedOverlap.count(of: intervals.count, upTo: time, near: begunCount) {
                    intervals[$0].from.milliseconds
                }
            } else {
                begunCount = beginnings.withUnsafeBufferPointer { beginnings in
                    ImportedOverlap.count(of: beginnings.count, upTo: time, near: begunCount) { beginnings[$0] }
                }
            }
        }
        return max(1, begunCount - overCount)
    }

    /// How many of an ascending list are at most `time`: a few steps onwards from `hint`, or by halving.
    @inline(__always)
    private static func count(of count: Int, upTo time: Int64, near hint: Int, _ value: (Int) -> Int64) -> Int {
        var low = 0
        var high = hint
        if hint == 0 || value(hint - 1) <= time {
            low = hint
            for _ in 0..<8 {
                if low == count || value(low) > time { return low }
                low += 1
            }
            high = count
        }
        while low < high {
            let middle = low + (high - low) / 2
            if value(middle) <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Forgets what no later row can overlap.
    package mutating func forget(before time: Timestamp) {
        guard let first = intervals.first else { return }
        let reach = time.milliseconds - longest.milliseconds
        var gone = 0
        if first.to.milliseconds <= reach {
            gone = intervals.firstIndex { $0.to.milliseconds > reach } ?? intervals.count
        }
        gone = max(gone, intervals.count - ImportedOverlap.capacity)
        guard gone > 0 else { return }
        intervals.removeFirst(gone)
        if isAscending {
            (begunCount, overCount) = (max(0, begunCount - gone), max(0, overCount - gone))
        } else {
            orderBeginnings()
        }
    }
}

extension ImportedOverlap: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&intervals)
        try coder.visit(&longest)
        if coder.isReading { orderBeginnings() }
    }
}
