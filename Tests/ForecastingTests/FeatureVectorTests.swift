import Domain
import Testing

@testable import Forecasting

struct FeatureVectorTests {
    @Test func `a signal with every field becomes eight numbers turned to its side`() {
        let values = FeatureVector.values(
            direction: .short, score: 2, confidence: 0.75, probabilityUp: 0.25, sigmaBps: 400, return24hBps: -200,
            return7dBps: 400 * 7.0.squareRoot())
        #expect(values == [2, 0.25, 0.5, -1, 0.5, -1, 4, 8])
        #expect(FeatureVector.names.count == values.count)
    }

    @Test func `a signal with nothing but a direction says nothing`() {
        let values = FeatureVector.values(
            direction: .long, score: nil, confidence: nil, probabilityUp: nil, sigmaBps: nil, return24hBps: 500,
            return7dBps: nil)
        #expect(values == [0, 0, 0, 1, 0, 0, 2, 0])
    }

    @Test func `absurd fields are cut and a volatility of zero leaves momentum unknown`() {
        let values = FeatureVector.values(
            direction: .long, score: -1e12, confidence: 7, probabilityUp: 3, sigmaBps: 0, return24hBps: 1e9,
            return7dBps: -1e9)
        #expect(values == [-10, 0.5, 1, 1, 0, 0, 2, -20])
        let moved = FeatureVector.values(
            direction: .short, score: 0, confidence: nil, probabilityUp: nil, sigmaBps: 1e-3, return24hBps: 1e9,
            return7dBps: -1e9)
        #expect(moved[4] == -5 && moved[5] == 5)
    }
}
