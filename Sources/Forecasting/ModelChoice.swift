internal import Domain
internal import Statistics

/// The weekly choice: which penalty, and whether a ridge model goes into force at all.
///
/// The candidate is the penalty with the lowest mean squared error out of sample. It goes into force only if it beats
/// both the zero forecast and the score-linear fallback by `requiredStandardErrors` standard errors of the difference.
/// Days are the unit of independence: all outcomes of one day share one market, and a thousand of them are one
/// observation of it. Two neighboring days still share part of a 24-hour holding period, hence the correction in
/// `LossDifference`.
///
/// The penalty is chosen on the errors it is then judged by, which favors ridge a little, and the question is asked
/// anew each week; the bound of one standard error is a bar against harm, not a proof of skill. Measured on a year of
/// pure noise (15 or 200 outcomes a day that share a market): a ridge model was ever in force in 10 of 120 years, and
/// at 1.1 % of the weekly choices. A forecast in force by luck is cut at `maximalExpectedBps`, moves no capital by
/// itself, and is dropped by the next weeks' errors.
struct ModelChoice: Equatable, Sendable {
    /// `nil` before the first.
    var at: Timestamp?
    /// Among the policy's penalties; `nil`: the fallback is in force.
    var penaltyIndex: Int?
    var testedCount = 0
    /// Zero, fallback, ridge at each penalty, bps^2; empty where none was tested.
    var meanSquaredErrors: [Double] = []
    var reason = ""

    /// Days of comparison below which a standard error between days means little. Ours.
    static let minimalDays = 20

    init() {}

    init(at: Timestamp, days: [TrainingDay], outcomeCount: Int, policy: ForecastingPolicy) {
        self.at = at
        let tested = days.filter { $0.testedWeight > 0 }
        testedCount = tested.reduce(0) { $0 + $1.testedCount }
        guard outcomeCount >= policy.minimalOutcomes else {
            reason =
                "score-linear: at the weekly choice of " + at.day + ", " + DecimalText.grouped(outcomeCount)
                + " of the " + DecimalText.grouped(policy.minimalOutcomes)
                + " outcomes that a ridge model takes were known"
            return
        }
        let weight = compensatedSum(tested.map(\.testedWeight))
        if weight > 0 {
            meanSquaredErrors = (0..<2 + policy.penalties.count).map { candidate in
                compensatedSum(tested.map { $0.squaredErrors[candidate] }) / weight
            }
        }
        guard tested.count >= ModelChoice.minimalDays else {
            reason =
                "score-linear: ridge was tried out of sample on " + String(tested.count) + " days, "
                + String(ModelChoice.minimalDays) + " are needed"
            return
        }
        decide(tested, policy)
    }

    private mutating func decide(_ tested: [TrainingDay], _ policy: ForecastingPolicy) {
        var best = 2
        for candidate in meanSquaredErrors.indices.dropFirst(2)
        where meanSquaredErrors[candidate] < meanSquaredErrors[best] { best = candidate }
        let names = ModelChoice.candidateNames(policy)
        var text =
            names[best] + ": " + NumberText.square(meanSquaredErrors[best]) + " bps^2 against "
            + NumberText.square(meanSquaredErrors[0]) + " for saying nothing and "
            + NumberText.square(meanSquaredErrors[1]) + " for the score-linear fallback, over "
            + DecimalText.grouped(testedCount) + " outcomes of " + String(tested.count) + " days: "
        var findings: [String] = []
        var isBetter = true
        for (reference, label) in [(0, "zero"), (1, "the fallback")] {
            let difference = LossDifference(tested, reference: reference, candidate: best)
            guard difference.mean > 0 else {
                isBetter = false
                findings.append("no better than " + label)
                continue
            }
            let needed = policy.requiredStandardErrors * difference.standardError
            let isEnough = difference.mean > needed
            isBetter = isBetter && isEnough
            findings.append(
                "better than " + label + " by " + NumberText.square(difference.mean) + " +- "
                    + NumberText.square(difference.standardError)
                    + (isEnough ? "" : ", less than " + NumberText.shortest(policy.requiredStandardErrors)
                        + (policy.requiredStandardErrors == 1 ? " standard error" : " standard errors")))
        }
        text += findings.joined(separator: "; ")
        reason = (isBetter ? "" : "score-linear stays in force; ") + text
        penaltyIndex = isBetter ? best - 2 : nil
    }

    static func candidateNames(_ policy: ForecastingPolicy) -> [String] {
        ["zero", "score-linear"] + policy.penalties.map { "ridge at " + NumberText.shortest($0) }
    }
}

/// By how much a candidate's squared errors are below a reference's, and how sure that is.
///
/// With D_t the weighted sum of the loss differences of day t and W_t its weight, the mean is `sum D / sum W`, the
/// difference of the two reported errors, and its standard error that of a ratio of daily sums (Cochran 1977, eq.
/// 2.45): `sqrt(n / (n - 1) sum u^2) / sum W`, u_t = D_t - mean W_t. The correlation of neighboring days is added with
/// half weight (Newey & West 1987, one lag) and counts only where it makes the answer less sure; compare Diebold &
/// Mariano 1995.
struct LossDifference: Equatable, Sendable {
    /// Reference minus candidate, bps^2: positive where the candidate is better.
    var mean: Double
    var standardError: Double

    init(_ days: [TrainingDay], reference: Int, candidate: Int) {
        precondition(days.count >= 2, "Invariant: a standard error takes two days")
        let differences = days.map { $0.squaredErrors[reference] - $0.squaredErrors[candidate] }
        let weight = compensatedSum(days.map(\.testedWeight))
        let mean = compensatedSum(differences) / weight
        let residuals = days.indices.map { differences[$0] - mean * days[$0].testedWeight }
        let squares = compensatedSum(residuals.map { $0 * $0 })
        let neighbors = compensatedSum(zip(residuals, residuals.dropFirst()).map { $0 * $1 })
        let count = Double(days.count)
        self.mean = mean
        standardError = (count / (count - 1) * (squares + max(0, neighbors))).squareRoot() / weight
    }
}

/// Numbers as they stand in names and sentences.
enum NumberText {
    /// `25`, `0.001`, `2.5`.
    static func shortest(_ number: Double) -> String {
        let text = String(number)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Squared bps: grouped whole numbers, below ten with two decimals.
    static func square(_ number: Double) -> String {
        guard number >= 10, let whole = Int(exactly: number.rounded()) else { return DecimalText.fixed(number, 2) }
        return DecimalText.grouped(whole)
    }
}
