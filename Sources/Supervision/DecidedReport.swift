package import Domain
internal import StatisticsState

/// What a decision says of each agent, kept beside the state it was made from.
///
/// Reading the state of a large fleet and asking it about one agent takes longer than a person waits for. What is said
/// of an agent changes at grid points only, unless a person decides something in between; so it is written down once,
/// agent by agent, and one agent's part is read without the others'.
package enum DecidedReport {
    private static let magic: UInt64 = 0x4D45_5441_5341_4944
    private static let formatVersion = 1

    /// Under which name it stands beside the states of a policy schedule.
    package static func fingerprint(of mode: Fold.PolicyMode) -> String { "explained-" + mode.fingerprint }

    private struct Head {
        var magic = DecidedReport.magic
        var format = DecidedReport.formatVersion
        var method = Report.methodVersion
        var fingerprint = ""
        var decidedAt = Timestamp(milliseconds: 0)
        var nextDecisionAt = Timestamp(milliseconds: 0)
        var policyName = ""
        var policyFingerprint = ""
        var tally = FactTally()
        var passThroughSteps: [AllocationStep] = []

        mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
            try coder.visit(&magic)
            try coder.visit(&format)
            try coder.visit(&method)
            guard magic == DecidedReport.magic, format == DecidedReport.formatVersion, method == Report.methodVersion
            else { throw .malformed }
            try coder.visit(&fingerprint)
            try coder.visit(&decidedAt)
            try coder.visit(&nextDecisionAt)
            try coder.visit(&policyName)
            try coder.visit(&policyFingerprint)
            try tally.visit(&coder)
            try coder.visit(&passThroughSteps, blank: .prior) { coder, step throws(SnapshotCoder.Failure) in
                try coder.visit(named: &step)
            }
        }
    }

    /// The report of a fold's last decision; `nil` before the first, and where people have decided something since,
    /// which takes effect at once and is no part of the decision.
    package static func bytes(_ report: Report, of fold: Fold) -> [UInt8]? {
        guard let decidedAt = fold.position, report.decidedAt == decidedAt, let next = fold.nextGridPoint,
            fold.queue.decisions.waiting.isEmpty
        else { return nil }
        var head = Head()
        head.fingerprint = fold.mode.fingerprint
        (head.decidedAt, head.nextDecisionAt) = (decidedAt, next)
        (head.policyName, head.policyFingerprint) = (report.policyName, report.policyFingerprint)
        head.tally = fold.tally
        head.passThroughSteps = report.allocation.passThroughSteps
        let places = Dictionary(
            report.allocation.agents.enumerated().map { ($1.agent, $0) }, uniquingKeysWith: { first, _ in first })
        var coder = SnapshotCoder.writer()
        do {
            try head.visit(&coder)
            for var agent in report.agents {
                var part = SnapshotCoder.writer()
                try agent.visit(&part)
                var allocation = places[agent.agent].map { report.allocation.agents[$0] }
                try part.visit(&allocation, blank: .blank) { coder, value throws(SnapshotCoder.Failure) in
                    try value.visit(&coder)
                }
                var (name, length) = (agent.agent.name, part.bytes.count)
                try coder.visit(&name)
                try coder.visit(&length)
                coder.append(part.bytes)
            }
        } catch {
            preconditionFailure("Invariant: a report is finite")
        }
        return coder.bytes
    }

    /// What is said of an agent at `asOf`; `nil` where the bytes are another program's or another policy's, where the
    /// agent is unknown, and wherever the fold itself has to be asked: after the next decision, and where people have
    /// decided or renamed something since. A policy that came since is in force from the next decision on.
    ///
    /// - Parameter since: The facts that became known after the decision and by `asOf`.
    package static func explanation(
        of agent: AgentID, in bytes: [UInt8], under mode: Fold.PolicyMode, asOf: Timestamp, since: FactBatch
    ) -> Explanation? {
        var coder = SnapshotCoder.reader(bytes)
        var head = Head()
        guard since.decisions.isEmpty, since.renames.isEmpty, (try? head.visit(&coder)) != nil,
            head.fingerprint == mode.fingerprint, head.decidedAt <= asOf, asOf < head.nextDecisionAt,
            let found = part(of: agent, in: &coder)
        else { return nil }
        var fold = Fold(mode: mode)
        fold.tally = head.tally
        fold.apply(since)
        return Explanation(
            asOf: asOf, decidedAt: head.decidedAt, policyName: head.policyName,
            policyFingerprint: head.policyFingerprint, methodVersion: head.method,
            facts: fold.tallyKnown(at: asOf).known.digest, agent: found.agent, allocation: found.allocation,
            passThroughSteps: head.passThroughSteps)
    }

    /// Whether the bytes are ours and no later decision was due by `time`.
    package static func isInForce(_ bytes: [UInt8], at time: Timestamp) -> Bool {
        var coder = SnapshotCoder.reader(bytes)
        var head = Head()
        return (try? head.visit(&coder)) != nil && head.decidedAt <= time && time < head.nextDecisionAt
    }

    private static func part(
        of agent: AgentID, in coder: inout SnapshotCoder
    ) -> (agent: AgentReport, allocation: AgentAllocation?)? {
        var (name, length) = ("", 0)
        while !coder.isAtEnd {
            guard (try? coder.visit(&name)) != nil, (try? coder.visit(&length)) != nil else { return nil }
            guard name.utf8.elementsEqual(agent.name.utf8) else {
                guard (try? coder.skip(length)) != nil else { return nil }
                continue
            }
            var report = AgentReport.blank
            var allocation: AgentAllocation?
            do {
                try report.visit(&coder)
                try coder.visit(&allocation, blank: .blank) { coder, value throws(SnapshotCoder.Failure) in
                    try value.visit(&coder)
                }
            } catch {
                return nil
            }
            return (report, allocation)
        }
        return nil
    }
}
