@testable import Statistics
import Testing

@Suite struct BrierScoreTests {
    @Test func `no forecasts have no score`() {
        #expect(brierScore(ofForecasts: [], happened: []) == nil)
    }

    @Test func `one forecast`() throws {
        let score = try #require(brierScore(ofForecasts: [0.75], happened: [true]))
        #expect(score.score == 0.0625)
        #expect(score.uncertainty == 0)
        #expect(score.skill == nil)
        #expect(isClose(score.withinBinResidue, 0, floor: 1e-16))
    }

    @Test func `always the base rate has no skill and no resolution`() throws {
        let score = try #require(brierScore(ofForecasts: [0.5, 0.5, 0.5, 0.5], happened: [true, false, true, false]))
        #expect(score == BrierScore(score: 0.25, reliability: 0, resolution: 0, uncertainty: 0.25, count: 4))
        #expect(score.skill == 0)
    }

    @Test func `by hand`() throws {
        let happened = [true, false, false, false]
        let score = try #require(brierScore(ofForecasts: [1, 1, 0, 0], happened: happened, binCount: 2))
        #expect(score.score == 0.25)
        #expect(score.reliability == 0.125)
        #expect(score.resolution == 0.0625)
        #expect(score.uncertainty == 0.1875)
        #expect(score.withinBinResidue == 0)
    }

    @Test(arguments: ReferenceSamples.briers.indices)
    func `as scikit-learn has it, and the parts add up where bins hold equal forecasts`(index: Int) throws {
        let row = ReferenceSamples.briers[index]
        let forecasts = draws(seed: row.seed, count: row.count, low: 0, high: 1)
        let chance = draws(seed: row.seed + 100, count: row.count, low: 0, high: 1)
        let happened = zip(forecasts, chance).map { $1 < 0.2 + 0.6 * $0 }
        #expect(isClose(brierScore(ofForecasts: forecasts, happened: happened)?.score, row.score))
        let coarse = forecasts.map { (($0 * 10).rounded(.down) + 0.5) / 10 }
        let score = try #require(brierScore(ofForecasts: coarse, happened: happened))
        #expect(isClose(score.withinBinResidue, 0, floor: 1e-15))
    }
}
