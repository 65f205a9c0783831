package import Domain

/// Facts waiting for the grid point at which they are known, in ascending order of that moment.
struct DatedQueue<Value: Sendable>: Sendable {
    private var items: [Dated<Value>] = []
    private var head = 0

    var waiting: ArraySlice<Dated<Value>> { items[head...] }
    var firstKnownAt: Timestamp? { head < items.count ? items[head].knownAt : nil }

    mutating func add(_ more: [Dated<Value>]) {
        guard !more.isEmpty else { return }
        if head > 0 {
            items.removeFirst(head)
            head = 0
        }
        var isSorted = true
        var latest = items.last?.knownAt
        for item in more {
            if let latest, item.knownAt < latest { isSorted = false }
            latest = item.knownAt
        }
        items.append(contentsOf: more)
        if !isSorted { items.sort { $0.knownAt < $1.knownAt } }
    }

    /// Everything known at `time`; the order among facts of one moment is not defined, the caller sorts.
    mutating func take(through time: Timestamp) -> ArraySlice<Dated<Value>> {
        let start = head
        while head < items.count, items[head].knownAt <= time { head += 1 }
        return items[start..<head]
    }
}

/// The facts that the fold has been given and has not reached.
struct FactQueue: Sendable {
    var bars: [Symbol: DatedQueue<Bar>] = [:]
    var signals = DatedQueue<Signal>()
    var outcomes = ImportedQueue()
    var telemetry = DatedQueue<TelemetryRecord>()
    var decisions = DatedQueue<HumanDecision>()
    var renames = DatedQueue<AgentRename>()
    var policyChanges = DatedQueue<PolicyChange>()
    var barWithdrawals = DatedQueue<BarWithdrawal>()

    mutating func add(_ batch: FactBatch) {
        for series in batch.bars { bars[series.symbol, default: DatedQueue()].add(series.bars) }
        signals.add(batch.signals)
        outcomes.add(batch.imported)
        telemetry.add(batch.telemetry)
        decisions.add(batch.decisions)
        renames.add(batch.renames)
        policyChanges.add(batch.policyChanges)
        barWithdrawals.add(batch.barWithdrawals)
    }

    var firstKnownAt: Timestamp? {
        let others = [
            signals.firstKnownAt, outcomes.firstKnownAt, telemetry.firstKnownAt, decisions.firstKnownAt,
            renames.firstKnownAt, policyChanges.firstKnownAt, barWithdrawals.firstKnownAt,
        ]
        return (others + bars.values.map(\.firstKnownAt)).compactMap { $0 }.min()
    }
}

/// How many facts of each kind are known, and their digest.
package struct FactTally: Equatable, Sendable {
    package private(set) var digest = FactsDigest()
    package private(set) var counts: [FactKind: Int] = [:]

    package init() {}

    mutating func count<Value>(
        _ facts: some Sequence<Dated<Value>>, kind: FactKind, identity: (Value) -> FactIdentity
    ) {
        var count = 0
        for fact in facts {
            digest.insert(identity(fact.value).digest(knownAt: fact.knownAt, attestation: fact.attestation))
            count += 1
        }
        if count > 0 { counts[kind, default: 0] += count }
    }

    /// The same where the digests of the dated facts are made already.
    mutating func count(_ digests: some Collection<StableHash>, kind: FactKind) {
        for fact in digests { digest.insert(fact) }
        if !digests.isEmpty { counts[kind, default: 0] += digests.count }
    }

    /// The same where the identities are known already.
    mutating func count<Value>(
        _ facts: some Collection<Dated<Value>>, kind: FactKind, identities: some Sequence<FactIdentity>
    ) {
        for (fact, identity) in zip(facts, identities) {
            digest.insert(identity.digest(knownAt: fact.knownAt, attestation: fact.attestation))
        }
        if !facts.isEmpty { counts[kind, default: 0] += facts.count }
    }
}

extension FactTally: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&digest.count)
        try coder.visit(&digest.sum.high)
        try coder.visit(&digest.sum.low)
        for kind in FactKind.allCases {
            var count = counts[kind] ?? 0
            try coder.visit(&count)
            counts[kind] = count == 0 ? nil : count
        }
    }
}
