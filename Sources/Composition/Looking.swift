package import Domain
package import Reporting
package import Settings
import Operation
import Supervision

/// Folds to a moment without writing anything.
package enum Looking {
    /// What is said of one agent: from the decision on record where nothing but facts came since, else by folding.
    package static func explanation(
        of name: String, _ workspace: Workspace, _ policy: PolicyOptions, _ moment: MomentOptions, isQuiet: Bool
    ) throws -> Explanation {
        let asOf = try moment.resolved(now: try workspace.recordingTime())
        if let agent = AgentID(name),
            let known = try workspace.cycle.runner.explanation(of: agent, try workspace.mode(policy), asOf: asOf)
        {
            return known
        }
        let report = try report(workspace, policy, moment, isQuiet: isQuiet).report
        let agent = try workspace.agent(named: name, among: report.agents.map(\.agent))
        guard let explanation = report.explanation(of: agent) else {
            throw Failure("there is no agent '\(name)'")
        }
        return explanation
    }

    package static func report(
        _ workspace: Workspace, _ policy: PolicyOptions, _ moment: MomentOptions, isQuiet: Bool
    ) throws -> (report: Report, decisions: [HumanDecision]) {
        let asOf = try moment.resolved(now: try workspace.recordingTime())
        let bar = ProgressBar("folding", isQuiet: isQuiet)
        defer { bar.finish() }
        return try workspace.cycle.look(try workspace.mode(policy), asOf: asOf) { progress in
            bar.show(nil, progress.reached.map { "\($0.day) of \(asOf.day)" } ?? "")
        }
    }
}

extension TextOptions {
    package static func fitting(_ runtime: RuntimeSettings, isFull: Bool) -> TextOptions {
        TextOptions(
            topCount: runtime.reportRows, bottomCount: runtime.reportBottomRows, isFull: isFull, style: Style.current)
    }
}
