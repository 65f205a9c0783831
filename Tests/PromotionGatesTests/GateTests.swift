import Domain
import Testing

@testable import PromotionGates

struct GateTests {
    @Test func `the five gates of the seed are shown with their numbers`() throws {
        var course = Course()
        let verdict = try course.judge(passingInputs())
        #expect(verdict.kind == .promote && verdict.stage == .promoted)
        #expect(verdict.gates.map(\.comparisonText) == [
            "pnl_sum_bps 200 > 150", "hit_rate 0.6 >= 0.55", "error_rate 0 <= 0", "avg_abs_error_bps 50 <= 60",
            "avg_pnl_error_bps -10 >= -20", "unattested_outcomes 0 <= 0", "evidence 1000",
        ])
        #expect(verdict.gates.map(\.isRequired) == [true, true, true, true, true, true, false])
        #expect(verdict.stageSince == day(1))
    }

    /// Each threshold: a value at it, and one just beyond it.
    @Test(arguments: [
        ("pnl_sum_bps", 150.0, false), ("pnl_sum_bps", 150.0.nextUp, true),
        ("hit_rate", 0.55, true), ("hit_rate", 0.55.nextDown, false),
        ("error_rate", 0, true), ("error_rate", 0.001, false),
        ("avg_abs_error_bps", 60, true), ("avg_abs_error_bps", 60.0.nextUp, false),
        ("avg_pnl_error_bps", -20, true), ("avg_pnl_error_bps", (-20.0).nextDown, false),
    ])
    func `a gate is passed at its bound as its sign says`(name: String, value: Double, isPassed: Bool) throws {
        var inputs = passingInputs()
        switch name {
        case "pnl_sum_bps": inputs.pnlSumBps = .known(value)
        case "hit_rate": inputs.hitRate = .known(value)
        case "error_rate": inputs.errorRate = .known(value)
        case "avg_abs_error_bps": inputs.averageAbsoluteErrorBps = .known(value)
        default: inputs.averageErrorBps = .known(value)
        }
        var course = Course()
        let verdict = try course.judge(inputs)
        #expect(verdict.gates.first { $0.name == name }?.isPassed == isPassed)
        #expect(verdict.kind == (isPassed ? .promote : .hold))
        // Never "0.55 < 0.55".
        let text = try #require(verdict.gates.first { $0.name == name }).comparisonText
        let words = text.split(separator: " ")
        #expect(isPassed || words[1] != words[3] || words[2] == "<=", "\(text)")
    }

    @Test func `a held candidate is told the numbers`() throws {
        var inputs = passingInputs()
        inputs.hitRate = .known(0.52)
        inputs.averageAbsoluteErrorBps = .known(177.2)
        var course = Course()
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .hold && verdict.stage == .candidate)
        #expect(verdict.reason == "2 gates not passed: hit_rate 0.52 < 0.55; avg_abs_error_bps 177.2 > 60")
    }

    @Test func `a missing statistic fails its gate and is no number`() throws {
        var inputs = passingInputs()
        inputs.hitRate = .insufficient(count: 0, needed: 1)
        var course = Course()
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .insufficientEvidence)
        #expect(verdict.reason == "1 gate not passed: hit_rate not known, 0 of 1 needed")
    }

    @Test func `missing telemetry fails under the seed and is waived under the standard`() throws {
        var inputs = passingInputs()
        inputs.errorRate = .insufficient(count: 0, needed: 1)
        var course = Course()
        #expect(try course.judge(inputs).kind == .insufficientEvidence)
        course = Course()
        course.gates = GatePolicy()
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .promote)
        #expect(verdict.gates[2].isWaived && verdict.gates[2].isPassed)
        #expect(verdict.gates[2].comparisonText == "error_rate not known, 0 of 1 needed, waived")
        inputs.errorRate = .known(0.1)
        course = Course()
        course.gates = GatePolicy()
        #expect(try course.judge(inputs).kind == .hold)
    }

    @Test func `figures that contain an unattested outcome promote nobody by themselves`() throws {
        var inputs = passingInputs()
        inputs.unattestedOutcomeCount = 3
        var course = Course()
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .hold)
        #expect(verdict.reason.contains("unattested_outcomes 3 > 0"))
        course = Course()
        course.gates.requiresAttestation = false
        #expect(try course.judge(inputs).kind == .promote)
        // Under the standard these figures decide nothing; the evidence gate counts attested marks alone.
        course = Course()
        course.gates = GatePolicy()
        #expect(try course.judge(inputs).kind == .promote)
    }

    @Test func `the evidence gate divides the level by share and multiplies it by promotions`() throws {
        var course = Course()
        course.gates = GatePolicy()
        var inputs = passingInputs()
        inputs.evidence = reading(.known(39), share: 0.5)
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .insufficientEvidence)
        #expect(verdict.gates.last?.threshold == 40)
        #expect(
            verdict.reason == "1 gate not passed: evidence 39 < 40 (1 / (level 0.05 x share 0.5 x 1 promotion))")
        inputs.promotionCount = 1
        #expect(try course.judge(inputs).kind == .promote)
        #expect(course.state.wasPromotedOnEvidence)
        #expect(StageState.promotionCount(among: [course.state, StageState()]) == 1)
    }

    @Test func `days still needed follow from the growth so far, days without a position included`() throws {
        // Wealth e^2 after 100 days, 80 of them with a bet; 40 is ln 40 = 3.689: 1.689 / 0.02 = 84.4 more days.
        let grown = EvidenceReading(
            eValue: .known(7.389), logEValue: 2, stakedMarkCount: 80, unattestedMarkCount: 0, budgetShare: 0.5,
            idleDayCount: 20)
        let days = try #require(grown.daysNeeded(for: 40))
        #expect((days - 84.443_972_705_7).magnitude < 1e-6)
        #expect(grown.daysNeeded(for: 7) == nil)
        #expect(reading(.known(0.5)).daysNeeded(for: 40) == nil)
        var course = Course()
        course.gates = GatePolicy()
        var inputs = passingInputs()
        inputs.evidence = grown
        inputs.trialCount = 12
        let verdict = try course.judge(inputs)
        #expect(verdict.reason.hasSuffix("at the present rate 85 more days)"))
        #expect(verdict.daysNeeded == days)
        #expect(verdict.evidenceEValue == .known(7.389) && verdict.evidenceThreshold == 40)
        #expect(verdict.trialCount == 12)
    }

    @Test func `without an evidence gate the verdict has no threshold to reach`() throws {
        var course = Course()
        let verdict = try course.judge(passingInputs())
        #expect(verdict.evidenceThreshold == nil && verdict.daysNeeded == nil)
        #expect(verdict.evidenceEValue == .known(1_000))
    }

    @Test func `with approval a passed gate waits for a person`() throws {
        var course = Course()
        course.gates.promotion = .approval
        #expect(try course.judge(passingInputs()).kind == .awaitApproval)
        #expect(course.state.stage == .candidate)
        course.decide(.promote, try momentum())
        let verdict = try course.judge(passingInputs())
        #expect(verdict.kind == .promote && verdict.stage == .promoted)
        #expect(verdict.reason.contains("with every gate passed"))
    }

    @Test(arguments: [0.1, 1e-9, 1e-300, 123_456.7, 1e300, 0, -0.00001])
    func `numbers in sentences are never empty and never zero unless they are`(number: Double) {
        let text = NumberText.short(number)
        #expect(!text.isEmpty && !text.hasSuffix("."))
        #expect(number.magnitude < 1e-12 || text.contains { "123456789".contains($0) })
    }
}
