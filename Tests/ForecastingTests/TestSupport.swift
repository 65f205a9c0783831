import Domain
import Statistics

@testable import Forecasting

let firstMonday = Timestamp(milliseconds: 1_704_067_200_000)  // 2024-01-01T00:00:00Z

/// A market of one signal an hour and coin: features are drawn, and the return is what the test plants.
struct PlantedFleet {
    var generator: Xoshiro256
    var rowsPerDay: Int
    /// Bps of expected return for each point of score, and for each sigma of momentum.
    var bpsPerScore: Double
    var bpsPerMomentum: Double
    /// Standard deviation of what all rows of a day share, and of what is a row's own, bps.
    var commonBps = 150.0
    var ownBps = 200.0

    init(seed: UInt64, rowsPerDay: Int = 40, bpsPerScore: Double, bpsPerMomentum: Double) {
        generator = Xoshiro256(seed: seed)
        self.rowsPerDay = rowsPerDay
        self.bpsPerScore = bpsPerScore
        self.bpsPerMomentum = bpsPerMomentum
    }

    /// Rows whose outcomes are known at `point`, made two days before.
    mutating func rows(at point: Timestamp) -> [TrainingRow] {
        let market = commonBps * generator.normal()
        return (0..<rowsPerDay).map { _ in
            let direction: Direction = generator.uniform() < 0.5 ? .long : .short
            let score = generator.normal()
            let momentum = generator.normal()
            let features = FeatureVector.values(
                direction: direction, score: score, confidence: generator.uniform(), probabilityUp: nil,
                sigmaBps: 200 + 100 * generator.uniform(), return24hBps: 250 * momentum, return7dBps: nil)
            let own = bpsPerScore * score + bpsPerMomentum * features[4] + ownBps * generator.normal()
            return TrainingRow(
                signalAt: point - .hours(26), features: features, target: own + direction.sign * market, score: score,
                overlapCount: 1)
        }
    }
}

/// The training after so many days, from a Monday on.
func trained(
    _ fleet: inout PlantedFleet, days: Int, policy: ForecastingPolicy = ForecastingPolicy()
) -> ForecasterTraining {
    var training = ForecasterTraining(policy: policy)
    for day in 0..<days {
        let point = firstMonday + .days(Int64(day))
        training.advance(to: point, rows: fleet.rows(at: point))
    }
    return training
}

func bytes(_ training: ForecasterTraining) throws -> [UInt8] {
    var copy = training
    var writer = SnapshotCoder.writer()
    try copy.visit(&writer)
    return writer.bytes
}
