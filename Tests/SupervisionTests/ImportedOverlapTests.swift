import Domain
import Statistics
import Supervision
import Swarm
import Testing

@Suite("How many imported outcomes were open at once")
struct ImportedOverlapTests {
    /// The definition: all rows that are kept, looked at one by one.
    private struct Model {
        var intervals: [(from: Int64, to: Int64)] = []
        var longest: Int64 = 0

        mutating func note(_ from: Int64, _ to: Int64) {
            longest = max(longest, to - from)
            let place = intervals.firstIndex { $0.to > to } ?? intervals.count
            intervals.insert((from, to), at: place)
        }

        func count(at time: Int64) -> Int { max(1, intervals.count { $0.from <= time && $0.to > time }) }

        mutating func forget(before time: Int64) {
            intervals.removeAll { $0.to <= time - longest }
            intervals.removeFirst(max(0, intervals.count - ImportedOverlap.capacity))
        }
    }

    private static let hour: Int64 = 3_600_000

    @Test(
        "one horizon or several, in order or late, restored from a snapshot or not: what looking at each row gives",
        arguments: [[24], [24, 1], [1, 6, 24, 30]] as [[Int64]], [UInt64(1), 2, 3])
    func model(hours: [Int64], seed: UInt64) throws {
        var random = Xoshiro256(seed: seed, stream: "overlap")
        var overlap = ImportedOverlap()
        var model = Model()
        for day in 0..<40 as Range<Int64> {
            var noted: [(from: Int64, to: Int64)] = []
            for _ in 0..<Int(random.next() % 60) {
                let span = hours[Int(random.next() % UInt64(hours.count))] * Self.hour
                // Sometimes days late: it became known long after it closed.
                let late = random.next() % 40 == 0 ? 24 * Int64(random.next() % 4) : 0
                let end = (24 * (day - late) + Int64(random.next() % 24)) * Self.hour
                noted.append((end - span, end))
            }
            noted.sort { $0.to < $1.to }
            for row in noted {
                let horizon = try #require(Horizon(hours: Double((row.to - row.from) / Self.hour)))
                overlap.note(from: Timestamp(milliseconds: row.from), over: horizon)
                model.note(row.from, row.to)
            }
            for row in noted {
                let found = overlap.count(at: Timestamp(milliseconds: row.from))
                #expect(found == model.count(at: row.from), "seed \(seed), day \(day)")
            }
            overlap.forget(before: Timestamp(milliseconds: 24 * day * Self.hour))
            model.forget(before: 24 * day * Self.hour)
            if day % 7 == 3 { overlap = try restored(overlap) }
        }
    }

    @Test("of more rows than are kept the newest count")
    func bounded() throws {
        var overlap = ImportedOverlap()
        for minute in 0..<3_000 as Range<Int64> {
            overlap.note(
                from: Timestamp(milliseconds: 60_000 * minute),
                to: Timestamp(milliseconds: 60_000 * minute + 240 * Self.hour))
        }
        #expect(overlap.count(at: Timestamp(milliseconds: 60_000 * 2_999)) == 3_000)
        overlap.forget(before: Timestamp(milliseconds: 0))
        #expect(overlap.count(at: Timestamp(milliseconds: 60_000 * 2_999)) == ImportedOverlap.capacity)
        overlap = try restored(overlap)
        #expect(overlap.count(at: Timestamp(milliseconds: 60_000 * 2_999)) == ImportedOverlap.capacity)
    }
}

private func restored(_ overlap: ImportedOverlap) throws -> ImportedOverlap {
    var (writer, copy) = (SnapshotCoder.writer(), overlap)
    try copy.visit(&writer)
    var reader = SnapshotCoder.reader(writer.bytes)
    var read = ImportedOverlap()
    try read.visit(&reader)
    return read
}
