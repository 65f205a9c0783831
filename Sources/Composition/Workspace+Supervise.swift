package import Domain
import Foundation
import Ledger
import Logging
package import Operation

extension Workspace {
    /// One cycle: folds to `asOf`, publishes, and puts the run on record.
    ///
    /// - Parameter counts: what was read before it, for the record.
    package func supervise(
        command: String, asOf: Timestamp, startedAt: Timestamp, counts: IngestCounts,
        progress: (FoldRunner.Progress) -> Void = { _ in }
    ) throws -> Cycle.Result {
        let watch = DispatchTime.now().uptimeNanoseconds
        if let published = try ledger.runLog.list(1).first?.asOf, asOf < published {
            throw Failure(
                "the files already hold the decisions of \(published); `run --as-of \(asOf)` would put older ones in "
                    + "their place. To look at the past: meta-supervisor report --as-of \(asOf)")
        }
        let result = try cycle.run(try schedule(), asOf: asOf, progress: progress)
        let origin = result.restoredFrom.map { "went on from the snapshot of \($0)" } ?? "folded from the first fact"
        logger.debug("\(origin)")
        for path in result.written { logger.debug("wrote \(path)") }
        let elapsed = Int64((DispatchTime.now().uptimeNanoseconds - watch) / 1_000_000)
        try ledger.runLog.append(
            RunRecord(
                runID: Workspace.runIdentity(of: result.report, startedAt: startedAt, watch: watch), command: command,
                asOf: asOf, startedAt: startedAt, durationMilliseconds: elapsed,
                host: ProcessInfo.processInfo.hostName,
                programVersion: Program.version, methodVersion: Report.methodVersion,
                policyFingerprint: result.report.policyFingerprint,
                factsDigest: result.report.facts.description,
                reportDigest: result.reportDigest.description, counts: counts,
                outcome: "done"))
        return result
    }

    /// Eight digits that tell runs apart: of the report's facts, its moment and when it was made, also by the watch,
    /// which goes on where a clock stands still.
    private static func runIdentity(of report: Report, startedAt: Timestamp, watch: UInt64) -> String {
        let text = report.facts.description + "\(report.asOf.milliseconds)-\(startedAt.milliseconds)-\(watch)"
        return startedAt.day + "-" + String(StableHash(text).description.prefix(8))
    }
}
