import Composition
import Domain
import Files
import Ledger
import Operation
import Reporting

/// What the daemon's jobs do, each as a function of the workspace: synchronous, stopped at the workspace's checkpoints,
/// and safe to repeat from the beginning at any time. Each returns what it did, in a sentence.
struct FleetJobs: Sendable {
    let workspace: Workspace
    /// Given every new report, before the job counts as done.
    let publish: @Sendable (Report, Cycle.Result?) throws -> Void

    /// The same, stopped where `checkpoint` throws.
    func stopped(by checkpoint: @escaping @Sendable () throws -> Void) -> FleetJobs {
        var workspace = workspace
        workspace.checkpoint = checkpoint
        return FleetJobs(workspace: workspace, publish: publish)
    }

    /// Reads what is new in every watched file. A file that cannot be read fails the job after the others were read.
    func ingest() throws -> (detail: String, counts: IngestCounts) {
        var summaries: [Ingest.Summary] = []
        var failures: [String] = []
        for source in try workspace.sources() {
            do {
                summaries.append(try workspace.ingest.read(source, asHistory: false))
            } catch let failure as FileFailure {
                failures.append(failure.description)
            }
        }
        for summary in summaries {
            for remark in summary.remarks { workspace.logger.notice("\(summary.source.name): \(remark)") }
        }
        let counts = Reading.total(summaries)
        if !failures.isEmpty { throw Failure(failures.joined(separator: "; ")) }
        let detail =
            "\(DecimalText.grouped(counts.lines)) lines of \(summaries.count) sources: "
            + "\(DecimalText.grouped(counts.accepted)) accepted (\(counts.late) late), \(counts.duplicates) duplicates, "
            + "\(counts.quarantined) rejected"
        return (detail, counts)
    }

    /// One cycle: reconcile, score, gate, allocate, publish.
    func supervise() throws -> String {
        let startedAt = workspace.clock.now()
        let result = try workspace.supervise(
            command: "supervise", asOf: try moment(), startedAt: startedAt, counts: IngestCounts())
        try publish(result.report, result)
        return "\(DecimalText.grouped(result.newOutcomeCount)) new outcomes, \(result.written.count) files written, "
            + "decided at \(result.report.decidedAt.map(String.init(describing:)) ?? "no point yet"), "
            + "\(DecimalText.fixed(result.report.allocation.cash * 100, 1)) % cash"
    }

    /// The expected-return model as of now: it is fitted inside the fold, at its own grid points.
    func train() throws -> String {
        let (report, decisions) = try look()
        let written = try workspace.publisher.replace(
            DropIn.documents(for: report, decisions: decisions).filter { $0.path.hasPrefix("alpha/models/") })
        try publish(report, nil)
        let forecaster = report.forecaster
        return "in force: \(forecaster.inForce.version) (\(forecaster.reason)), "
            + "\(DecimalText.grouped(forecaster.outcomeCount)) outcomes in its window" + (written.isEmpty ? "" : "; \(written.joined(separator: ", ")) written")
    }

    /// The report's own files as of now.
    func report() throws -> String {
        let (report, decisions) = try look()
        let written = try workspace.publisher.replace(
            DropIn.documents(for: report, decisions: decisions).filter { $0.path.contains("/reports/") })
        try publish(report, nil)
        return written.isEmpty ? "nothing changed" : "\(written.joined(separator: ", ")) written"
    }

    private func look() throws -> (report: Report, decisions: [HumanDecision]) {
        try workspace.cycle.look(try workspace.schedule(), asOf: try moment(), savesSnapshots: true)
    }

    /// Now; never before what was published already, however the clock was set: decisions do not go back.
    private func moment() throws -> Timestamp {
        max(try workspace.recordingTime(), try workspace.ledger.runLog.list(1).first?.asOf ?? Timestamp(milliseconds: 0))
    }
}
