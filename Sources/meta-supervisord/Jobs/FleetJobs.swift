import Composition
import Domain
import Files
import Ledger
import Logging
import Operation
import Reporting

/// What the daemon's jobs do, each as a function of the workspace: synchronous, stopped at the workspace's checkpoints,
/// and safe to repeat from the beginning at any time. Each returns what it did, in a sentence.
struct FleetJobs: Sendable {
    let workspace: Workspace
    let listener: Listener

    /// Who hears of what the jobs did, before they count as done.
    struct Listener: Sendable {
        var reported: @Sendable (Report) throws -> Void
        var cycled: @Sendable (Cycle.Result, _ startedAt: Timestamp, _ endedAt: Timestamp) -> Void
        var read: @Sendable (IngestCounts, SourceKind) -> Void
    }

    /// The same, stopped where `checkpoint` throws.
    func stopped(by checkpoint: @escaping @Sendable () throws -> Void) -> FleetJobs {
        var workspace = workspace
        workspace.checkpoint = checkpoint
        return FleetJobs(workspace: workspace, listener: listener)
    }

    /// Reads what is new in every watched file. A file that cannot be read fails the job after the others were read.
    func ingest() throws -> String {
        var summaries: [Ingest.Summary] = []
        var failures: [String] = []
        let sources: [SourceDescription]
        do {
            sources = try workspace.sources()
        } catch let failure as Failure {
            // A folder of prices that is not mounted: signals that wait for it would be too late to be vouched for.
            failures.append(failure.description)
            sources = try workspace.input.discover()
        }
        for source in sources {
            do {
                summaries.append(try workspace.ingest.read(source, asHistory: false))
            } catch let failure as FileFailure {
                failures.append(failure.description)
            }
        }
        for summary in summaries {
            for remark in summary.remarks { workspace.logger.notice("\(summary.source.name): \(remark)") }
        }
        for summary in summaries { listener.read(summary.counts, summary.source.kind) }
        let counts = Reading.total(summaries)
        if !failures.isEmpty { throw Failure(failures.joined(separator: "; ")) }
        let detail =
            "\(DecimalText.grouped(counts.lines)) lines of \(summaries.count) sources: "
            + "\(DecimalText.grouped(counts.accepted)) accepted (\(counts.late) late), "
            + "\(counts.duplicates) duplicates, \(counts.quarantined) rejected"
        return detail
    }

    /// One cycle: reconcile, score, gate, allocate, publish.
    func supervise() throws -> String {
        let startedAt = workspace.clock.now()
        let result = try workspace.supervise(
            command: "supervise", asOf: try moment(), startedAt: startedAt, counts: IngestCounts())
        try listener.reported(result.report)
        listener.cycled(result, startedAt, workspace.clock.now())
        return "\(DecimalText.grouped(result.newOutcomeCount)) new outcomes, \(result.written.count) files written, "
            + "decided at \(result.report.decidedAt.map(String.init(describing:)) ?? "no point yet"), "
            + "\(DecimalText.fixed(result.report.allocation.cash * 100, 1)) % cash"
    }

    /// The expected-return model as of now: it is fitted inside the fold, at its own grid points.
    func train() throws -> String {
        let (report, decisions) = try look()
        let written = try workspace.publisher.replace(
            DropIn.documents(for: report, decisions: decisions).filter { $0.path.hasPrefix("alpha/models/") })
        try listener.reported(report)
        let forecaster = report.forecaster
        return "in force: \(forecaster.inForce.version) (\(forecaster.reason)), "
            + "\(DecimalText.grouped(forecaster.outcomeCount)) outcomes in its window"
            + (written.isEmpty ? "" : "; \(written.joined(separator: ", ")) written")
    }

    /// The report's own files as of now.
    func report() throws -> String {
        let (report, decisions) = try look()
        let written = try workspace.publisher.replace(
            DropIn.documents(for: report, decisions: decisions).filter { $0.path.contains("/reports/") })
        try listener.reported(report)
        return written.isEmpty ? "nothing changed" : "\(written.joined(separator: ", ")) written"
    }

    private func look() throws -> (report: Report, decisions: [HumanDecision]) {
        try workspace.cycle.look(try workspace.schedule(), asOf: try moment(), savesSnapshots: true)
    }

    /// Now; never before what was published already, however the clock was set: decisions do not go back.
    private func moment() throws -> Timestamp {
        let published = try workspace.ledger.runLog.list(1).first?.asOf
        return max(try workspace.recordingTime(), published ?? Timestamp(milliseconds: 0))
    }
}
