internal import Domain
internal import Forecasting
internal import PromotionGates
internal import Scoring
internal import Reconciliation

extension Fold {
    /// The first bytes of a snapshot: what it is, in which format.
    private static let magic: UInt64 = 0x4D45_5441_464F_4C44
    /// Rises whenever a field of the state changes; an older snapshot is dropped, never migrated.
    private static let formatVersion = 4

    /// The state at `position`, to the last bit, with a checksum.
    package func snapshot() -> [UInt8] {
        var copy = self
        var coder = SnapshotCoder.writer(expectedLength: snapshotLength + snapshotLength / 8)
        var header = (magic: Fold.magic, format: Fold.formatVersion, method: Report.methodVersion)
        var fingerprint = mode.fingerprint
        do {
            try coder.visit(&header.magic)
            try coder.visit(&header.format)
            try coder.visit(&header.method)
            try coder.visit(&fingerprint)
            try copy.visit(&coder)
        } catch {
            preconditionFailure("Invariant: the state is finite")
        }
        var checksum = WordDigest.of(coder.bytes[...])
        try? coder.visit(&checksum.high)
        try? coder.visit(&checksum.low)
        return coder.bytes
    }

    /// Reads a state back; `nil` for anything but an intact snapshot of this program's format, method and policy.
    package init?(snapshot bytes: [UInt8], mode: PolicyMode) {
        guard bytes.count > 16 else { return nil }
        let end = bytes.count - 16
        let checksum = WordDigest.of(bytes[..<end])
        var trailer = SnapshotCoder.reader(bytes, within: end..<bytes.count)
        var coder = SnapshotCoder.reader(bytes, within: 0..<end)
        var stored = StableHash(high: 0, low: 0)
        var header = (magic: UInt64(0), format: 0, method: 0)
        var fingerprint = ""
        self.init(mode: mode)
        do {
            try trailer.visit(&stored.high)
            try trailer.visit(&stored.low)
            guard stored == checksum else { return nil }
            try coder.visit(&header.magic)
            try coder.visit(&header.format)
            try coder.visit(&header.method)
            try coder.visit(&fingerprint)
            guard header == (Fold.magic, Fold.formatVersion, Report.methodVersion), fingerprint == mode.fingerprint
            else { return nil }
            try visit(&coder)
        } catch {
            return nil
        }
        guard coder.isAtEnd, position != nil, Set(symbols).count == symbols.count,
            Set(agents.map(\.agent)).count == agents.count, decisions.members.count == agents.count
        else { return nil }
        rebuildIndexes()
        snapshotLength = bytes.count
    }

    private mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var policyText = policy.text
        try coder.visit(&policyText)
        guard let read = try? Policy(text: policyText) else { throw .malformed }
        policy = read
        try coder.visit(&position)
        try tally.visit(&coder)
        try visitSymbols(&coder)
        try coder.visit(&agents)
        try visitNames(&coder)
        try strategies.visit(&coder)
        try training.visit(&coder)
        try coder.visit(&rowsToTrain)
        try coder.visit(&outcomeCount)
        try coder.visit(&standardOutcomeCount)
        try decisions.visit(&coder)
        try coder.visit(&decisionHistory)
        try coder.visit(&outcomeChain.count)
        try coder.visit(&outcomeChain.hash.high)
        try coder.visit(&outcomeChain.hash.low)
    }

    private mutating func visitSymbols(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var names = symbols.map(\.name)
        try coder.visit(&names, blank: "") { coder, name throws(SnapshotCoder.Failure) in try coder.visit(&name) }
        symbols = []
        for name in names {
            guard let symbol = Symbol(name) else { throw .malformed }
            symbols.append(symbol)
        }
        try coder.visit(&histories)
        try visit(&barCounts, &coder)
        try visit(&missingPriceCounts, &coder)
        try coder.visit(&correctedBarCount)
        try coder.visit(&withdrawnBarCount)
        try coder.visit(&newestWithdrawal, blank: Fold.blankWithdrawal) {
            coder, withdrawal throws(SnapshotCoder.Failure) in
            var name = withdrawal.symbol.name
            try coder.visit(&name)
            guard let symbol = Symbol(name) else { throw .malformed }
            withdrawal.symbol = symbol
            try coder.visit(&withdrawal.openAt)
            try coder.visit(&withdrawal.closeAt)
            try coder.visit(&withdrawal.at)
            try coder.visit(&withdrawal.reason)
        }
        guard histories.count == symbols.count, barCounts.count == symbols.count,
            missingPriceCounts.count == symbols.count
        else { throw .malformed }
    }

    private func visit(_ counts: inout [Int], _ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&counts, blank: 0) { coder, count throws(SnapshotCoder.Failure) in try coder.visit(&count) }
    }

    private mutating func visitNames(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var names = newNames.map { (old: $0.key.name, new: $0.value.name) }.sorted { $0.old < $1.old }
        try coder.visit(&names, blank: (old: "", new: "")) { coder, pair throws(SnapshotCoder.Failure) in
            try coder.visit(&pair.old)
            try coder.visit(&pair.new)
        }
        newNames = [:]
        for pair in names {
            guard let old = AgentID(pair.old), let new = AgentID(pair.new) else { throw .malformed }
            newNames[old] = new
        }
    }

    /// What reading a withdrawal fills in.
    private static var blankWithdrawal: BarWithdrawal {
        let epoch = Timestamp(milliseconds: 0)
        guard let symbol = Symbol("BTC") else { preconditionFailure("Invariant: BTC is a symbol") }
        return BarWithdrawal(symbol: symbol, openAt: epoch, closeAt: epoch, at: epoch, reason: "")
    }

    private mutating func rebuildIndexes() {
        symbolIndexes = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })
        agentIndexes = Dictionary(uniqueKeysWithValues: agents.enumerated().map { ($1.agent, $0) })
        agentOrder = agents.indices.sorted { agents[$0].agent < agents[$1].agent }
    }
}
