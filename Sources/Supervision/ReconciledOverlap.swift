internal import Domain

/// How many of one agent's reconciled rows were open at once: `ImportedOverlap`'s counts, for rows that come step by
/// step in the order in which they close.
///
/// A row that began before another and closes after its beginning was open then. Every row closes after it began, so
/// the rows open at t are those that began by t less those that closed by t: two places in two ascending lists, and
/// in the usual order of rows each a few steps from where the last question was answered. A test holds it against
/// `ImportedOverlap`.
struct ReconciledOverlap: Sendable {
    // In milliseconds: comparing two `Timestamp` is a call, and this is asked for every row.
    /// Ascending ends, and the beginning of each.
    private var ends: [Int64] = []
    private var beginnings: [Int64] = []
    /// The beginnings in ascending order; the same list while rows that begin later close later.
    private var ascending: [Int64] = []
    private var longest: Int64 = 0
    /// Where the last question was answered: how many began, and how many closed, by `asked`.
    private var begunCount = 0
    private var closedCount = 0

    init() {}

    /// Notes a row that closes no earlier than those before it; call for all of a step's rows before asking for counts.
    mutating func note(from beginning: Timestamp, to end: Timestamp) {
        let (from, to) = (beginning.milliseconds, end.milliseconds)
        longest = max(longest, to - from)
        ends.append(to)
        beginnings.append(from)
        if let last = ascending.last, from < last {
            var place = ascending.count
            while place > 0, ascending[place - 1] > from { place -= 1 }
            ascending.insert(from, at: place)
            begunCount = 0
        } else {
            ascending.append(from)
        }
    }

    /// Rows open when a noted row began, itself included.
    mutating func count(openAt began: Timestamp) -> Int {
        begunCount = ReconciledOverlap.count(upTo: began.milliseconds, in: ascending, near: begunCount)
        closedCount = ReconciledOverlap.count(upTo: began.milliseconds, in: ends, near: closedCount)
        return max(1, begunCount - closedCount)
    }

    /// How many of an ascending list are at most `time`: a few steps onwards from `hint`, or by halving.
    private static func count(upTo time: Int64, in list: [Int64], near hint: Int) -> Int {
        var low = 0
        var high = hint
        if hint == 0 || list[hint - 1] <= time {
            low = hint
            for _ in 0..<8 {
                if low == list.count || list[low] > time { return low }
                low += 1
            }
            high = list.count
        }
        while low < high {
            let middle = (low + high) / 2
            if list[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Forgets what no later row can overlap, and all but the newest 1,024 rows: what the fold does at each grid point.
    mutating func forget(before time: Timestamp) {
        let reach = time.milliseconds - longest
        var gone = ends.firstIndex { $0 > reach } ?? ends.count
        gone = max(gone, ends.count - ImportedOverlap.capacity)
        guard gone > 0 else { return }
        ends.removeFirst(gone)
        beginnings.removeFirst(gone)
        ascending = beginnings
        if zip(beginnings, beginnings.dropFirst()).contains(where: { $0 > $1 }) { ascending.sort() }
        begunCount = 0
        closedCount = 0
    }
}
