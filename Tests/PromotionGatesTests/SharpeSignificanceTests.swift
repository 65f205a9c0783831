import Domain
import Statistics
import StatisticsState
import Testing

struct SharpeSignificanceTests {
    private func ratio(_ perPeriod: Double, count: Int = 1_250) -> SharpeRatio {
        SharpeRatio(perPeriod: perPeriod, count: count, skewness: -3, kurtosis: 10)
    }

    /// Bailey & López de Prado 2014, "The Deflated Sharpe Ratio", numerical example: a yearly ratio of 2.5 over five
    /// years of 250 days, found among 100 trials whose yearly ratios have a variance of 1/2.
    @Test func `the published example, from the ratios of the trials`() throws {
        // Hundred ratios with exactly that sample variance.
        let half = (0.5 / 250 * 99 / 100).squareRoot()
        let peers = (0..<100).map { $0 % 2 == 0 ? half : -half }
        let found = SharpeSignificance(
            of: ratio(2.5 / 250.0.squareRoot()), among: peers, trialCount: 100, minimalMarks: 20)
        #expect(((found.deflatedProbability.value ?? 0) - 0.9004).magnitude < 5e-5)
        #expect((found.probabilityAboveZero.value ?? 0) > 0.999)
        #expect(found.trialCount == 100)
    }

    @Test func `the track record length is that of the ratio, in days`() throws {
        let daily = SharpeRatio(perPeriod: 0.1, count: 30, skewness: 0, kurtosis: 3)
        let found = SharpeSignificance(of: daily, among: [0.1], trialCount: 1, minimalMarks: 20)
        // 1 + (1 + 0.1^2 / 2) (1.6449 / 0.1)^2.
        #expect(((found.minimumTrackRecordDays ?? 0) - 272.91).magnitude < 0.01)
        #expect(found.deflatedProbability == found.probabilityAboveZero, "nothing was chosen among one")
    }

    @Test func `too little data is said to be too little`() {
        let short = SharpeSignificance(of: ratio(0.1, count: 19), among: [0.1, 0], trialCount: 2, minimalMarks: 20)
        #expect(short.probabilityAboveZero == .insufficient(count: 19, needed: 20))
        #expect(short.minimumTrackRecordDays == nil)
        let none = SharpeSignificance(of: nil, among: [], trialCount: 7, minimalMarks: 20)
        #expect(none.deflatedProbability == .insufficient(count: 0, needed: 20) && none.trialCount == 7)
        let alone = SharpeSignificance(of: ratio(0.1), among: [0.1], trialCount: 7, minimalMarks: 20)
        #expect(alone.probabilityAboveZero.value != nil)
        #expect(alone.deflatedProbability == .insufficient(count: 1, needed: 2))
    }

    @Test func `a loser never gets a track record that is long enough`() {
        let found = SharpeSignificance(of: ratio(-0.02), among: [-0.02, 0.02], trialCount: 2, minimalMarks: 20)
        #expect(found.minimumTrackRecordDays == nil)
        #expect((found.probabilityAboveZero.value ?? 1) < 0.5)
    }
}
