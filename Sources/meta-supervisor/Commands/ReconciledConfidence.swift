import ArgumentParser
import Composition
import Domain
import Files
import Foundation
import Operation
import Reporting
import Settings
import Supervision

/// `confidence --reconciled`: one pass over a file of rows, without a ledger, writing nothing.
struct ReconciledConfidence {
    let path: String
    let common: CommonOptions
    let policy: PolicyOptions
    let moment: MomentOptions
    let horizonHours: Double?
    let isStrict: Bool
    let isJSON: Bool

    func run() throws {
        let settings = try Workspace.settings(common, policy)
        guard settings.policy.confidence.rule == .skill else {
            throw Failure(
                "the policy \(settings.policy.name) scores by the seed's rule, which rows alone do not carry: use "
                    + "`--policy seed`, which reads alpha/reconciled.jsonl under --root, or another policy")
        }
        let now = Workspace.clock().now()
        var record = ReconciledRecord(
            policy: settings.policy, asOf: try moment.asOf.map { _ in try moment.resolved(now: now) }, now: now,
            horizon: try horizon())
        do {
            let file = try ReconciledFile(
                path: path, workerCount: min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)),
                lineLengthMax: settings.runtime.maximumLineBytes)
            let lookup = file.lookup()
            try file.read { try record.take($0) { try lookup.outcome(at: $0).identity } }
            try record.finish { try lookup.outcome(at: $0).identity }
        } catch let failure as FileFailure {
            throw Failure(failure.description)
        } catch let failure as ReconciledFailure {
            throw Failure("\(path): \(failure.description)")
        }
        let report = record.report
        if isJSON {
            Console.print(bytes: ReconciledJSON.bytes(report, source: path))
        } else {
            Console.print(ReconciledText.text(report, source: path, style: Style.current), terminator: "")
        }
        if report.lines.hasLosses {
            Console.note("\(path): \(report.lines.refused) lines refused, \(report.lines.outOfOrder) out of order")
            if isStrict { throw ExitCode(2) }
        }
    }

    private func horizon() throws -> Horizon? {
        guard let horizonHours else { return nil }
        guard let horizon = Horizon(hours: horizonHours) else {
            throw ValidationError(
                "--horizon-hours \(horizonHours): hours above 0 and of at most ten years are expected")
        }
        return horizon
    }
}
