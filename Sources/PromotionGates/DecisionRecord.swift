package import Domain

/// The decisions on one agent, and how many were known in all: what makes one of them news.
package struct AgentDecisions: Equatable, Sendable {
    /// In the order in which they became known.
    var list: [KnownDecision]
    var knownCount: Int

    package var decisions: [HumanDecision] { list.map(\.decision) }
}

/// A decision and its place in the order in which decisions became known.
///
/// The place, not the time, tells whether it is news to a judgment: a decision made a moment before midnight may be
/// written down a moment after it, and must not be passed over for that.
struct KnownDecision: Equatable, Sendable {
    var decision: HumanDecision
    var order: Int
}

/// The human decisions that may still matter: for each agent and each strategy class the newest of each kind.
///
/// Older ones of a kind are superseded; the ledger keeps them all. Bounded by four for each scope ever named.
package struct DecisionRecord: Equatable, Sendable {
    private var entries: [KnownDecision] = []
    private var count = 0

    package init() {}

    /// Takes in a decision, in the order in which they became known.
    package mutating func append(_ decision: HumanDecision) {
        entries.removeAll { $0.decision.scope == decision.scope && $0.decision.kind == decision.kind }
        entries.append(KnownDecision(decision: decision, order: count))
        count += 1
    }

    /// Decisions on the old name are decisions on the new one.
    package mutating func rename(_ old: AgentID, to new: AgentID) {
        for index in entries.indices where entries[index].decision.scope == .agent(old) {
            entries[index].decision.scope = .agent(new)
        }
        entries.sort { $0.order < $1.order }
        var kept: [KnownDecision] = []
        for entry in entries {
            kept.removeAll { $0.decision.scope == entry.decision.scope && $0.decision.kind == entry.decision.kind }
            kept.append(entry)
        }
        entries = kept
    }

    /// What was decided about an agent by its name or by its strategy class, in the order in which it became known.
    package func decisions(on agent: AgentID, strategyClass: String) -> AgentDecisions {
        AgentDecisions(
            list: entries.filter {
                $0.decision.scope == .agent(agent) || $0.decision.scope == .strategy(strategyClass)
            },
            knownCount: count)
    }
}

extension DecisionRecord: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&count)
        try coder.visit(&entries, blank: KnownDecision(decision: HumanDecision(), order: 0)) {
            coder, entry throws(SnapshotCoder.Failure) in
            try coder.visit(&entry.order)
            try entry.decision.visit(&coder)
        }
    }
}
