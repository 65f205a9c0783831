import Domain
import Statistics
import Testing

@testable import Forecasting

struct ForecasterTrainingTests {
    @Test func `before any outcome the fallback is in force and says why`() {
        let training = ForecasterTraining(policy: ForecastingPolicy())
        #expect(training.inForce.version == "score-linear-25x250")
        #expect(training.inForce.ridge == nil)
        #expect(training.report.candidates.isEmpty)
        #expect(training.report.reason.contains("0 of the 300 outcomes"))
    }

    @Test func `a planted signal goes into force and beats saying nothing`() throws {
        var fleet = PlantedFleet(seed: 1, bpsPerScore: 60, bpsPerMomentum: -40)
        let training = trained(&fleet, days: 120)
        let ridge = try #require(training.inForce.ridge, "\(training.report.reason)")
        let momentum = try #require(ridge.features.first { $0.name == "momentum_24h" })
        let score = try #require(ridge.features.first { $0.name == "score" })
        #expect(momentum.coefficient < -30 && momentum.coefficient > -50)
        #expect(score.coefficient > 5)
        let errors = training.report.candidates.map(\.meanSquaredErrorBps)
        // Planted: 60^2 + 40^2 = 5,200 of variance explained, of 5,200 + 150^2 + 200^2.
        #expect(try #require(errors.dropFirst(2).min()) < errors[0] - 3_500)
        #expect(training.report.reason.contains("better than zero by"))
        #expect(training.report.candidates.map(\.name).prefix(3) == ["zero", "score-linear", "ridge at 0.001"])
        #expect(training.inForce.version.hasPrefix("ridge_h24-2024-04-29-"))
        #expect(ridge.trainedThrough == ridge.fittedAt)
    }

    @Test func `noise rarely goes into force`() {
        var count = 0
        var choices = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            var fleet = PlantedFleet(seed: seed, rowsPerDay: 15, bpsPerScore: 0, bpsPerMomentum: 0)
            var training = ForecasterTraining(policy: ForecastingPolicy())
            var wasEver = false
            for day in 0..<120 {
                let point = firstMonday + .days(Int64(day))
                training.advance(to: point, rows: fleet.rows(at: point))
                wasEver = wasEver || training.inForce.ridge != nil
                choices += training.choice.at == point && training.inForce.ridge != nil ? 1 : 0
            }
            count += wasEver ? 1 : 0
        }
        print("noise: ridge was ever in force in \(count) of 20 seeds, at \(choices) of 240 weekly choices")
        #expect(count <= 6, "seeds 1...20")
    }

    @Test func `the fallback stays when it is what was planted`() {
        var fleet = PlantedFleet(seed: 5, bpsPerScore: 25, bpsPerMomentum: 0)
        var policy = ForecastingPolicy()
        policy.requiredStandardErrors = 2
        let training = trained(&fleet, days: 60, policy: policy)
        #expect(training.inForce.ridge == nil)
        let report = training.report
        #expect(report.reason.hasPrefix("score-linear stays in force; "))
        #expect(report.reason.contains("the fallback"))
        #expect(report.candidates[1].meanSquaredErrorBps < report.candidates[0].meanSquaredErrorBps)
    }

    @Test func `outcomes that come later change no earlier fit`() {
        var fleet = PlantedFleet(seed: 7, bpsPerScore: 60, bpsPerMomentum: 0)
        var reports: [ForecasterReport] = []
        var training = ForecasterTraining(policy: ForecastingPolicy())
        for day in 0..<60 {
            let point = firstMonday + .days(Int64(day))
            training.advance(to: point, rows: fleet.rows(at: point))
            reports.append(training.report)
        }
        var again = PlantedFleet(seed: 7, bpsPerScore: 60, bpsPerMomentum: 0)
        let cut = trained(&again, days: 50)
        #expect(cut.report == reports[49])
    }

    @Test func `a fit made after a signal became known never judges it`() {
        // Rows of one day, answered ten days after: no fit older than the signal is kept, so none is tested.
        var fleet = PlantedFleet(seed: 8, bpsPerScore: 0, bpsPerMomentum: 0)
        var training = trained(&fleet, days: 40)
        let before = training.days.reduce(0) { $0 + $1.testedCount }
        let point = firstMonday + .days(40)
        let late = fleet.rows(at: point).map { row in
            var row = row
            row.signalAt = point - .days(11)
            return row
        }
        training.advance(to: point, rows: late)
        #expect(before > 0)
        #expect(training.days.reduce(0) { $0 + $1.testedCount } == before)
        #expect(training.report.outcomeCount == 41 * 40)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the order of a day's outcomes does not reach the bits`(seed: UInt64) throws {
        var fleet = PlantedFleet(seed: seed, bpsPerScore: 60, bpsPerMomentum: 20)
        var shuffler = SplitMix64(seed: seed)
        var straight = ForecasterTraining(policy: ForecastingPolicy())
        var shuffled = straight
        for day in 0..<45 {
            let point = firstMonday + .days(Int64(day))
            let rows = fleet.rows(at: point)
            straight.advance(to: point, rows: rows)
            shuffled.advance(to: point, rows: rows.shuffled(using: &shuffler))
        }
        #expect(try bytes(straight) == bytes(shuffled), "seed \(seed)")
    }

    @Test func `a snapshot continues to the bit`() throws {
        var fleet = PlantedFleet(seed: 11, bpsPerScore: 60, bpsPerMomentum: 20)
        var training = trained(&fleet, days: 50)
        var reader = SnapshotCoder.reader(try bytes(training))
        var restored = ForecasterTraining()
        try restored.visit(&reader)
        #expect(reader.isAtEnd)
        #expect(restored == training)
        for day in 50..<70 {
            let point = firstMonday + .days(Int64(day))
            let rows = fleet.rows(at: point)
            training.advance(to: point, rows: rows)
            restored.advance(to: point, rows: rows)
        }
        #expect(restored == training)
        #expect(training.inForce.ridge != nil)
        #expect(try bytes(restored) == bytes(training))
    }

    @Test func `old days leave the window and the state stays bounded`() throws {
        var policy = ForecastingPolicy()
        policy.trainingWindowDays = 30
        var fleet = PlantedFleet(seed: 12, bpsPerScore: 60, bpsPerMomentum: 0)
        let training = trained(&fleet, days: 80, policy: policy)
        #expect(training.days.count == 30)
        #expect(training.report.outcomeCount == 30 * 40)
        #expect(try #require(training.inForce.ridge).trainedFrom == firstMonday + .days(50))
        #expect(training.fits.count <= 8)
    }

    @Test func `a policy without ridge fits nothing`() {
        var policy = ForecastingPolicy()
        policy.usesRidge = false
        var fleet = PlantedFleet(seed: 13, bpsPerScore: 60, bpsPerMomentum: 0)
        let training = trained(&fleet, days: 40, policy: policy)
        #expect(training.inForce.ridge == nil)
        #expect(training.report.reason.contains("usesRidge = false"))
        #expect(training.report.candidates.isEmpty)
    }

    @Test func `another grid of penalties begins the comparison anew and keeps the outcomes`() {
        var fleet = PlantedFleet(seed: 14, bpsPerScore: 60, bpsPerMomentum: -60)
        fleet.commonBps = 20
        var training = trained(&fleet, days: 60)
        #expect(training.inForce.ridge != nil)
        var policy = ForecastingPolicy()
        policy.penalties = [0.05]
        training.adopt(policy)
        #expect(training.inForce.ridge == nil)
        #expect(training.report.outcomeCount == 60 * 40)
        #expect(training.report.outOfSampleCount == 0)
        for day in 60..<95 {
            let point = firstMonday + .days(Int64(day))
            training.advance(to: point, rows: fleet.rows(at: point))
        }
        #expect(training.inForce.ridge != nil, "\(training.report.reason)")
        #expect(training.report.candidates.map(\.name) == ["zero", "score-linear", "ridge at 0.05"])
    }

    @Test func `the choice is made on Mondays only and the coefficients are refitted daily`() {
        var fleet = PlantedFleet(seed: 15, bpsPerScore: 60, bpsPerMomentum: -60)
        var training = trained(&fleet, days: 57)
        let monday = training.choice.at
        #expect(monday == firstMonday + .days(56))
        let version = training.inForce.version
        let point = firstMonday + .days(57)
        training.advance(to: point, rows: fleet.rows(at: point))
        #expect(training.choice.at == monday)
        #expect(training.inForce.version != version)
        #expect(training.inForce.version.hasPrefix("ridge_h24-2024-02-27-"))
        #expect(training.reportIfChosenNow.outOfSampleCount == training.report.outOfSampleCount + 40)
        // A grid that never meets a Monday begins its week at the next point.
        #expect(ForecasterTraining.beginsWeek(firstMonday + .days(3), after: firstMonday - .days(4)))
        #expect(!ForecasterTraining.beginsWeek(firstMonday + .days(6), after: firstMonday))
        #expect(ForecasterTraining.beginsWeek(firstMonday, after: firstMonday - .days(1)))
    }

    @Test func `a prediction recomputed by hand is the prediction`() throws {
        var fleet = PlantedFleet(seed: 16, bpsPerScore: 60, bpsPerMomentum: -60)
        let training = trained(&fleet, days: 60)
        let ridge = try #require(training.inForce.ridge)
        let index = try #require(training.choice.penaltyIndex)
        let forecast = try #require(training.fits.last?.models[index])
        for row in fleet.rows(at: firstMonday + .days(60)) {
            #expect(
                ridge.expectedReturnBps(row.features)
                    == forecast.expectedReturnBps(row.features, maximalBps: ridge.maximalBps))
        }
    }
}

struct ReferenceFitTests {
    /// The rows that scripts/reference/forecasting_ridge.py draws from the same seed.
    static var rows: [TrainingRow] {
        var generator = Xoshiro256(seed: ReferenceFits.seed)
        return (0..<ReferenceFits.count).map { index in
            var row = (0..<8).map { _ in generator.uniform() }
            row[0] = 20 * row[0] - 10
            row[3] = row[3] < 0.6 ? 1 : -1
            row[5] = 0.8 * row[4] + 0.2 * row[5]
            row[6] = 2 + row[6]
            row[7] = row[0] * row[6]
            let target = 3 * row[0] + 40 * row[4] - 25 * row[3] + 400 * (generator.uniform() - 0.5)
            return TrainingRow(
                signalAt: firstMonday + .minutes(Int64(index)), features: row, target: target, score: nil,
                overlapCount: 1 + Int(4 * generator.uniform()))
        }
    }

    @Test func `coefficients of daily blocks are those of scikit-learn on all rows`() throws {
        var training = ForecasterTraining(policy: ForecastingPolicy())
        let rows = ReferenceFitTests.rows
        for day in 0..<6 {
            training.advance(
                to: firstMonday + .days(Int64(day)), rows: Array(rows[day * 60..<(day + 1) * 60]))
        }
        let models = try #require(training.fits.last).models
        #expect(models.count == ReferenceFits.fits.count)
        var worst = 0.0
        for (model, reference) in zip(models, ReferenceFits.fits) {
            for (ours, theirs) in zip(
                [model.intercept] + model.coefficients, [reference.intercept] + reference.coefficients)
            {
                worst = max(worst, (ours - theirs).magnitude / theirs.magnitude)
            }
        }
        print("ridge: worst relative difference from scikit-learn \(worst)")
        #expect(worst < 1e-9)
    }
}
