import Foundation
import Statistics
import Testing

/// The rules for prior weights on the data of the R package opera: three forecasts of the French electric load, 112
/// weeks. Losses are the linearized square loss, `2 (forecast of the mix - load) x forecast`, the package's default.
@Suite(.enabled(if: RecordedData.folder != nil, "there is no folder ../shared/data"))
struct ElectricityExpertsTests {
    private func column(_ line: Substring) -> [Double] { line.split(separator: ",").compactMap { Double($0) } }

    private func rows(_ name: String) throws -> [[Double]] {
        let path = (RecordedData.folder ?? "") + "/opera_experts_electricity/" + name
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).dropFirst().map(column)
    }

    private func rule(_ name: String) -> ExpertAggregation.Rule? {
        switch name {
        case "adaHedge": .adaHedge
        case "fixedShare": .fixedShare(switchProbability: 0.02, learningRate: nil)
        case "fixedShareConstant": .fixedShare(switchProbability: 0.02, learningRate: 1e-8)
        case "polynomial": .polynomial
        case "bernstein": .bernstein
        default: nil
        }
    }

    /// The root of the mean square error of the mix, and the weights after the rounds shown.
    private func run(_ rule: ExpertAggregation.Rule, halfLife: Double?) throws -> (error: Double, weights: [[Double]]) {
        let experts = try rows("experts.csv")
        let load = try rows("targets.csv").compactMap(\.first)
        try #require(experts.count == 112 && load.count == 112)
        var mix = ExpertAggregation(rule: rule, halfLife: halfLife, priorMasses: [1, 1, 1])
        let isAwake = [true, true, true]
        var (squares, shown): (Double, [[Double]]) = (0, [])
        for week in load.indices {
            let weights = mix.weights(isAwake: isAwake)
            let forecast = zip(weights, experts[week]).reduce(0) { $0 + $1.0 * $1.1 }
            squares += (forecast - load[week]) * (forecast - load[week])
            mix.update(losses: experts[week].map { 2 * (forecast - load[week]) * $0 }, isAwake: isAwake)
            if ElectricityReferences.shown.contains(week + 1) { shown.append(mix.weights(isAwake: isAwake)) }
            for index in 0..<3 { #expect(mix.regrets[index] <= mix.regretBound(of: index)) }
        }
        return ((squares / Double(load.count)).squareRoot(), shown)
    }

    @Test(arguments: ElectricityReferences.runs.indices)
    func `errors and weights agree with an independent implementation of the papers`(index: Int) throws {
        let reference = ElectricityReferences.runs[index]
        let (error, weights) = try run(try #require(rule(reference.rule)), halfLife: reference.halfLife)
        #expect((error - reference.mixLoss).magnitude < 1e-8 * reference.mixLoss, "\(reference.rule): \(error)")
        #expect(weights.count == reference.weights.count)
        for (row, expected) in zip(weights, reference.weights) {
            let furthest = zip(row, expected).map { ($0 - $1).magnitude }.max() ?? 1
            #expect(furthest < 1e-9, "\(reference.rule): \(row), expected \(expected)")
        }
    }

    @Test func `ML-Poly gives the figures that the package prints`() throws {
        // README of opera (Gaillard & Goude), "summary(MLpol)": coefficients gam 0.577, ar 0.423, gbm 0; root mean
        // square error 1460, in three digits.
        let (error, weights) = try run(.polynomial, halfLife: nil)
        #expect((error / 10).rounded() * 10 == 1_460)
        let last = try #require(weights.last)
        #expect(last.map { ($0 * 1_000).rounded() / 1_000 } == [0.577, 0.423, 0])
    }
}
