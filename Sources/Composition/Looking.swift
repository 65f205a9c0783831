package import Domain
package import Reporting
package import Settings
import Operation
import Supervision

/// Folds to a moment without writing anything.
package enum Looking {
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
