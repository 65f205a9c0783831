internal import Domain
internal import Reporting
package import Supervision

/// Derives a recorded run again from the ledger, from the first fact on and without any snapshot, and compares.
package struct ReplayVerification: Equatable, Sendable {
    package enum Verdict: String, Sendable {
        /// The same facts, the same policy, the same bytes.
        case agrees
        /// Another release computes other numbers: neither right nor wrong.
        case notComparable = "not-comparable"
        /// The ledger holds other facts for that moment than then.
        case factsDiffer = "facts-differ"
        /// The same facts, and another policy in force.
        case policyDiffers = "policy-differs"
        /// The same facts under the same policy gave other bytes.
        case reportDiffers = "report-differs"
    }

    package var run: RunRecord
    package var verdict: Verdict
    /// What was derived now; empty where it is not comparable.
    package var factsDigest: String
    package var policyFingerprint: String
    package var reportDigest: String
    package var factCount: Int

    /// In one sentence or two, with what to do.
    package var sentence: String {
        switch verdict {
        case .agrees:
            "Run \(run.runID) agrees: the ledger gives the same facts and the same report, byte for byte."
        case .notComparable:
            "Run \(run.runID) is not comparable: it was made by method \(run.methodVersion) (program "
                + "\(run.programVersion)), and this release computes method \(Report.methodVersion). Verify it with a "
                + "release of that method."
        case .factsDiffer:
            "Run \(run.runID) saw other facts: what the ledger holds as known by \(run.asOf) is no longer what it was. "
                + "Facts that were loaded later and count as known earlier (history) do that; so does a damaged or "
                + "exchanged ledger. `meta-supervisor doctor` checks the file."
        case .policyDiffers:
            "Run \(run.runID) was decided under the policy \(run.policyFingerprint); the ledger now has "
                + "\(policyFingerprint) in force at that moment."
        case .reportDiffers:
            "Run \(run.runID) does not agree: the same facts under the same policy give another report. That must not "
                + "happen; please report it with the ledger and both digests."
        }
    }

    /// - Parameter mode: the policies on record.
    package static func verify(
        _ run: RunRecord, under mode: Fold.PolicyMode, log: FactLog, snapshots: SnapshotStore,
        progress: (FoldRunner.Progress) -> Void = { _ in }
    ) throws -> ReplayVerification {
        guard run.methodVersion == Report.methodVersion else {
            return ReplayVerification(
                run: run, verdict: .notComparable, factsDigest: "", policyFingerprint: "", reportDigest: "",
                factCount: 0)
        }
        var fold = Fold(mode: mode)
        try FoldRunner(log: log, snapshots: snapshots).run(
            &fold, asOf: run.asOf, savesSnapshots: false, progress: progress,
            outcomes: { _, _ in })
        let report = fold.report(asOf: run.asOf)
        let digest = WordDigest.of(JSONReport.bytes(report)[...]).description
        let facts = report.facts.description
        let verdict: Verdict =
            if facts != run.factsDigest {
                .factsDiffer
            } else if report.policyFingerprint != run.policyFingerprint {
                .policyDiffers
            } else {
                digest == run.reportDigest ? .agrees : .reportDiffers
            }
        return ReplayVerification(
            run: run, verdict: verdict, factsDigest: facts, policyFingerprint: report.policyFingerprint,
            reportDigest: digest, factCount: report.facts.count)
    }

    /// What a user may have meant by a run's name.
    package enum Search: Equatable, Sendable {
        case found(RunRecord)
        case ambiguous([String])
        case none
    }

    /// By identity, by the beginning of one run's identity alone, by the digits behind its day, or `last`.
    ///
    /// - Parameter runs: the newest first.
    package static func find(_ name: String, among runs: [RunRecord]) -> Search {
        if name == "last" { return runs.first.map(Search.found) ?? .none }
        if let exact = runs.first(where: { $0.runID == name }) { return .found(exact) }
        let matching = runs.filter { run in
            run.runID.hasPrefix(name) || run.runID.split(separator: "-").last.map { $0.hasPrefix(name) } == true
        }
        if matching.count == 1 { return .found(matching[0]) }
        return matching.isEmpty ? .none : .ambiguous(matching.map(\.runID))
    }
}
