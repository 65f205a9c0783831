import Domain
import Testing

@testable import PromotionGates

/// Drawdowns are in units of 1 % a day: 30 kills, 20 warns, 15 recovers.
struct StageTests {
    /// A promoted agent after twenty quiet days.
    private func promoted() throws -> Course {
        var course = Course()
        _ = try course.judge(passingInputs(newReturns: [Double](repeating: 0, count: 20)))
        #expect(course.state.stage == .promoted)
        return course
    }

    @Test func `a promoted agent that falls goes on probation, recovers, and is killed at the limit`() throws {
        var course = try promoted()
        let steps: [(returns: [Double], kind: VerdictKind, stage: Stage)] = [
            ([-0.19], .hold, .promoted), ([-0.01], .demote, .probation), ([0.02], .hold, .probation),
            ([0.02], .hold, .probation), ([0.02], .promote, .promoted), ([-0.10], .demote, .probation),
            ([-0.06], .kill, .killed), ([0.5], .kill, .killed), ([], .kill, .killed),
        ]
        for (index, step) in steps.enumerated() {
            let verdict = try course.judge(passingInputs(newReturns: step.returns))
            #expect(verdict.kind == step.kind && verdict.stage == step.stage, "step \(index): \(verdict.reason)")
        }
        #expect(course.verdict?.reason == "killed: fell by 30 >= 30 sigmas; until a revive")
        #expect(course.state.since == day(8))
    }

    @Test func `a fall within days without judgment kills even if it has recovered`() throws {
        var course = try promoted()
        #expect(try course.judge(passingInputs(newReturns: [-0.31, 0.30])).kind == .kill)
    }

    @Test func `no fall is judged before there are enough marks or a volatility`() throws {
        var course = Course()
        var inputs = passingInputs(newReturns: [-0.9])
        #expect(try course.judge(inputs).drawdownSigmas == .insufficient(count: 1, needed: 20))
        #expect(course.state.stage == .promoted)
        inputs.newReturns = [Double](repeating: 0, count: 19)
        inputs.dailyVolatility = .insufficient(count: 1, needed: 2)
        #expect(try course.judge(inputs).drawdownSigmas == .insufficient(count: 1, needed: 2))
        inputs.newReturns = []
        inputs.dailyVolatility = .known(0.1)
        #expect(try course.judge(inputs).drawdownSigmas == .known(9))
    }

    @Test func `a candidate falls too, and is not promoted while it is close to the limit`() throws {
        var course = Course()
        var inputs = hopelessInputs
        inputs.newReturns = [-0.25] + [Double](repeating: 0, count: 19)
        let held = try course.judge(inputs)
        #expect(held.kind == .hold && held.isInWarningBand)
        let refused = try course.judge(passingInputs())
        #expect(refused.kind == .hold && refused.reason.contains("fell by 25 >= 20 sigmas"))
        inputs.newReturns = [-0.05]
        #expect(try course.judge(inputs).stage == .killed)
    }

    @Test func `ruin kills for good`() throws {
        var course = try promoted()
        var inputs = passingInputs()
        inputs.isRuined = true
        let verdict = try course.judge(inputs)
        #expect(verdict.kind == .kill && verdict.standingDecision == nil)
        #expect(verdict.reason == "killed: the book is ruined; ruin is for good")
        course.decide(.revive, try momentum())
        #expect(try course.judge(inputs).stage == .killed)
    }

    @Test func `a human kill stays until a revive, and the revived is a candidate once more`() throws {
        var course = try promoted()
        course.decide(.kill, try momentum())
        let killed = try course.judge(passingInputs())
        #expect(killed.kind == .kill && killed.standingDecision == .kill)
        #expect(killed.reason == "killed: by ada at 2025-01-02T12:00:00Z (\"because\"); until a revive")
        #expect(try course.judge(passingInputs()).stage == .killed)
        course.decide(.promote, try momentum())
        #expect(try course.judge(passingInputs()).stage == .killed, "a promotion lifts no kill")
        course.decide(.revive, try momentum())
        let revived = try course.judge(hopelessInputs)
        #expect(revived.stage == .candidate && revived.stageSince == day(5))
        #expect(try course.judge(hopelessInputs).stage == .candidate)
    }

    @Test func `the fall that killed does not kill again after a revive, and a new one does`() throws {
        var course = try promoted()
        #expect(try course.judge(passingInputs(newReturns: [-0.31])).stage == .killed)
        course.decide(.revive, try momentum())
        #expect(try course.judge(hopelessInputs).stage == .candidate)
        var inputs = hopelessInputs
        inputs.newReturns = [-0.29]
        let verdict = try course.judge(inputs)
        #expect(verdict.stage == .candidate)
        #expect(abs((verdict.drawdownSigmas.value ?? 0) - 29) < 1e-9)
        inputs.newReturns = [-0.02]
        #expect(try course.judge(inputs).stage == .killed)
    }

    @Test func `a revive from before the kill lifts nothing`() throws {
        var course = try promoted()
        course.decide(.revive, try momentum())
        #expect(try course.judge(passingInputs()).stage == .promoted)
        #expect(try course.judge(passingInputs(newReturns: [-0.31])).stage == .killed)
        #expect(try course.judge(passingInputs()).stage == .killed)
    }

    @Test func `a strategy that is killed takes its agents along, those to come included`() throws {
        var course = Course()
        course.decide(.kill, .strategy("trend"))
        #expect(try course.judge(passingInputs()).stage == .killed)
        // Another class does not save it: the kill is the agent's now.
        course.decisions = DecisionRecord()
        #expect(try course.judge(passingInputs()).stage == .killed)
        course.decide(.revive, .strategy("trend"))
        #expect(try course.judge(passingInputs()).stage == .candidate)
        var other = Course()
        other.decide(.kill, .strategy("carry"))
        #expect(try other.judge(passingInputs()).stage == .promoted)
    }

    @Test func `a veto refuses promotions until a later promote`() throws {
        var course = Course()
        course.decide(.veto, try momentum())
        let vetoed = try course.judge(passingInputs())
        #expect(vetoed.kind == .hold && vetoed.standingDecision == .veto)
        #expect(vetoed.reason.hasSuffix("; a veto stands"))
        #expect(try course.judge(passingInputs()).stage == .candidate)
        course.decide(.promote, try momentum())
        let verdict = try course.judge(passingInputs())
        #expect(verdict.stage == .promoted && verdict.standingDecision == nil)
    }

    @Test func `a veto after a promote on the same day wins`() throws {
        var course = Course()
        course.decide(.promote, try momentum())
        course.decide(.veto, try momentum())
        #expect(try course.judge(passingInputs()).stage == .candidate)
    }

    @Test func `a veto keeps an agent on probation from coming back`() throws {
        var course = try promoted()
        #expect(try course.judge(passingInputs(newReturns: [-0.2])).stage == .probation)
        course.decide(.veto, try momentum())
        #expect(try course.judge(passingInputs(newReturns: [0.1])).stage == .probation)
        course.decide(.promote, try momentum())
        #expect(try course.judge(passingInputs()).stage == .promoted)
    }

    @Test func `a person promotes against the gates, once, and the record says against which`() throws {
        var course = Course()
        course.decide(.promote, try momentum())
        let verdict = try course.judge(hopelessInputs)
        #expect(verdict.kind == .promote && verdict.stage == .promoted)
        #expect(
            verdict.reason == "promoted by ada at 2025-01-01T12:00:00Z (\"because\"), against 1 gate not passed: "
                + "hit_rate 0.4 < 0.55")
        #expect(!course.state.wasPromotedOnEvidence)
        // Killed and revived, it is not promoted by the same decision.
        course.decide(.kill, try momentum())
        _ = try course.judge(hopelessInputs)
        course.decide(.revive, try momentum())
        _ = try course.judge(hopelessInputs)
        #expect(try course.judge(hopelessInputs).stage == .candidate)
    }

    @Test func `a class promoted before an agent was known is not about that agent`() throws {
        var course = Course()
        course.decide(.promote, .strategy("trend"))
        #expect(try course.judge(hopelessInputs).stage == .candidate)
        course.decide(.promote, .strategy("trend"))
        #expect(try course.judge(hopelessInputs).stage == .promoted)
    }

    @Test func `a revive made before a judgment and written down after it is not passed over`() throws {
        var course = try promoted()
        course.decide(.kill, try momentum())
        _ = try course.judge(passingInputs())
        var revive = decision(.revive, on: try momentum(), at: course.today)
        revive.at = revive.at - .minutes(1)
        course.decisions.append(revive)
        #expect(try course.judge(hopelessInputs).stage == .candidate)
    }

    @Test func `a new version is not promoted by what a person approved of the old one`() throws {
        var course = Course()
        course.decide(.promote, try momentum())
        #expect(try course.judge(hopelessInputs).stage == .promoted)
        course.state = course.state.successor
        #expect(try course.judge(hopelessInputs).stage == .candidate)
        course.decide(.promote, try momentum())
        #expect(try course.judge(hopelessInputs).stage == .promoted)
        course.decide(.kill, try momentum())
        _ = try course.judge(hopelessInputs)
        course.state = course.state.successor
        #expect(course.state.stage == .killed)
    }

    @Test func `an agent that announces a version every fortnight falls to its limit like any other`() throws {
        var steady = Course()
        var changing = Course()
        // Volatility is 1 % a day and the limit 30 of it: thirty days of a loss of 1.05 % are enough.
        for day in 1...40 {
            if day % 14 == 0 { changing.state = changing.state.successor }
            _ = try steady.judge(passingInputs(newReturns: [-0.0105]))
            _ = try changing.judge(passingInputs(newReturns: [-0.0105]))
            #expect(changing.state.stage == .killed || steady.state.stage != .killed, "day \(day)")
        }
        #expect(steady.state.stage == .killed)
        #expect(changing.state.stage == .killed)
    }

    @Test func `without a limit nobody falls and probation ends`() throws {
        var course = try promoted()
        #expect(try course.judge(passingInputs(newReturns: [-0.2])).stage == .probation)
        course.risk.killDrawdownSigmas = nil
        #expect(try course.judge(passingInputs(newReturns: [-5])).stage == .promoted)
    }

    @Test func `states and decisions continue from a snapshot to the bit`() throws {
        var course = try promoted()
        course.decide(.veto, try momentum())
        course.decide(.kill, .strategy("trend"))
        _ = try course.judge(passingInputs(newReturns: [-0.07, 0.013]))
        #expect(try restored(course.state) == course.state)
        #expect(try restored(course.decisions) == course.decisions)
    }

    @Test func `decisions follow a rename and the newer of a kind remains`() throws {
        let (old, new) = (try #require(AgentID("old")), try #require(AgentID("new")))
        var record = DecisionRecord()
        record.append(decision(.kill, on: .agent(old), at: 1, reason: "first"))
        record.append(decision(.kill, on: .agent(new), at: 2, reason: "second"))
        record.append(decision(.veto, on: .agent(old), at: 3))
        record.rename(old, to: new)
        let kept = record.decisions(on: new, strategyClass: "trend").decisions
        #expect(kept.map(\.kind) == [.kill, .veto])
        #expect(kept.first?.reason == "second")
        #expect(record.decisions(on: old, strategyClass: "trend").decisions.isEmpty)
    }
}
