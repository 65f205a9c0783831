@testable import Statistics
import Testing

@Suite struct HitRateTests {
    @Test func `nothing counted has no hit rate`() {
        #expect(HitRate(hitCount: 0, count: 0) == nil)
    }

    @Test func `by hand`() throws {
        let rate = try #require(HitRate(hitCount: 11, count: 20))
        #expect(rate.rate == 0.55)
        #expect(isClose(rate.standardError, (0.55 * 0.45 / 20).squareRoot()))
    }

    @Test func `all hits leave an interval below 1`() throws {
        let one = try #require(HitRate(hitCount: 1, count: 1))
        #expect(one.rate == 1)
        #expect(one.standardError == 0)
        let interval = one.wilsonInterval()
        #expect(interval.upperBound == 1)
        #expect(interval.lowerBound < 0.21)
    }

    @Test(arguments: ReferenceSamples.intervals.indices)
    func `intervals as scipy has them`(index: Int) throws {
        let row = ReferenceSamples.intervals[index]
        let interval = try #require(HitRate(hitCount: row.hits, count: row.count)).wilsonInterval(level: row.level)
        #expect(isClose(interval.lowerBound, row.low, 1e-12, floor: 1e-15))
        #expect(isClose(interval.upperBound, row.high))
    }
}
