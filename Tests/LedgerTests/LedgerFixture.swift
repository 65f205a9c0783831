import Domain
import Glibc
import Ledger
import Operation
import Testing

/// A folder of its own for each test, deleted when the test is over.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/ledger-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LedgerError.failed(path: "/tmp", detail: "no temporary folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { TemporaryFolder.remove(path) }

    var ledger: String { path + "/state/ledger.sqlite" }
    func file(_ name: String) -> String { path + "/" + name }

    private static func remove(_ path: String) {
        chmod(path, 0o755)
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                if unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}

func opened(
    _ folder: TemporaryFolder, _ mode: LedgerMode = .readWrite, _ change: (inout LedgerSettings) -> Void = { _ in }
) throws -> LedgerFile {
    var settings = LedgerSettings()
    change(&settings)
    return try LedgerFile.open(at: folder.ledger, mode: mode, settings: settings)
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing seed fails again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// 2025-01-01T00:00:00Z
let start = Timestamp(milliseconds: 1_735_689_600_000)
let wellAfter = start + .days(3_000)

func hour(_ count: Int) -> Timestamp { start + .hours(Int64(count)) }

let watched = SourceDescription(name: "alpha/events.jsonl", path: "/somewhere", kind: .signals, isWatched: true)

func bar(_ symbol: String, openHour: Int, close: Double = 101) throws -> IncomingFact {
    .bar(
        try #require(Symbol(symbol)),
        Bar(
            openAt: hour(openHour), closeAt: hour(openHour + 1), open: 100, high: 110, low: 90, close: close,
            volume: openHour % 3 == 0 ? nil : 12.5))
}

func signal(_ agent: String, hour count: Int, score: Double? = 0.25, id: String? = nil) throws -> IncomingFact {
    .signal(
        Signal(
            agent: try #require(AgentID(agent)), symbol: try #require(Symbol("BTC")), direction: .long, score: score,
            confidence: 0.5, probabilityUp: nil, generatedAt: hour(count), signalID: id, runID: "run",
            strategyClass: count % 2 == 0 ? "momentum" : nil, regime: "", unknownFields: "{\"é\":1}"))
}

func outcome(_ agent: String, hour count: Int, run: String?, realized: Double = -3.5) throws -> IncomingFact {
    .outcome(
        ImportedOutcome(
            agent: try #require(AgentID(agent)), symbol: try #require(Symbol("ETH")), direction: .short,
            generatedAt: hour(count), horizon: .hours(4), realizedReturnBps: realized, expectedReturnBps: 2,
            expectedSigmaBps: 80, entryPrice: nil, exitPrice: 3_000.5, score: nil, confidence: 0.75, runID: run,
            strategyClass: "carry", regime: nil, forecasterVersion: "ridge-7"))
}

func telemetry(_ agent: String, hour count: Int, errors: Int64 = 0) throws -> IncomingFact {
    .telemetry(
        TelemetryRecord(
            agent: try #require(AgentID(agent)), runID: "run", at: hour(count), errors: errors,
            latencyMilliseconds: 12.5, costUSD: nil, tokensIn: 900, tokensOut: nil))
}

func decision(_ agent: String, hour count: Int, reason: String = "losses") throws -> IncomingFact {
    .decision(
        HumanDecision(
            kind: .kill, scope: .agent(try #require(AgentID(agent))), at: hour(count), reason: reason, author: "ann",
            evidence: "hit rate 0.41 < 0.55"))
}

func rename(_ old: String, to new: String, hour count: Int) throws -> IncomingFact {
    .rename(AgentRename(old: try #require(AgentID(old)), new: try #require(AgentID(new)), at: hour(count)))
}

func policyChange(_ text: String, hour count: Int) -> IncomingFact {
    .policyChange(PolicyChange(at: hour(count), policyText: text, reason: "first"))
}

func withdrawal(_ symbol: String, openHour: Int, reason: String = "90 bps apart") throws -> IncomingFact {
    .barWithdrawal(
        BarWithdrawal(
            symbol: try #require(Symbol(symbol)), openAt: hour(openHour), closeAt: hour(openHour + 1),
            at: hour(openHour + 2), reason: reason))
}

/// As history: known when it happened.
func known(_ fact: IncomingFact, line: Int64 = 1, attestation: Attestation = .unattested) -> StampedFact {
    StampedFact(fact: fact, knownAt: fact.eventAt, attestation: attestation, lineNumber: line)
}

func batch(_ facts: [IncomingFact], recordedAt: Timestamp = wellAfter) -> IngestBatch {
    IngestBatch(source: watched, facts: facts.map { known($0) }, recordedAt: recordedAt)
}

/// Every fact of a batch as its digest (kind, key, content, time, attestation), sorted.
func digests(_ batch: FactBatch) -> [String] {
    var all: [String] = []
    func add<Value>(_ facts: [Dated<Value>], _ identity: (Value) -> FactIdentity) {
        for fact in facts {
            all.append(
                identity(fact.value).digest(knownAt: fact.knownAt, attestation: fact.attestation).description)
        }
    }
    for series in batch.bars { add(series.bars) { $0.identity(of: series.symbol) } }
    add(batch.signals) { $0.identity }
    add(batch.outcomes) { $0.identity }
    add(batch.telemetry) { $0.identity }
    add(batch.decisions) { $0.identity }
    add(batch.renames) { $0.identity }
    add(batch.policyChanges) { $0.identity }
    add(batch.barWithdrawals) { $0.identity }
    return all.sorted()
}

func digest(_ stamped: StampedFact) -> String {
    stamped.fact.identity.digest(knownAt: stamped.knownAt, attestation: stamped.attestation).description
}

func knownTimes(_ batch: FactBatch) -> [Timestamp] {
    batch.bars.flatMap { $0.bars.map(\.knownAt) } + batch.signals.map(\.knownAt) + batch.outcomes.map(\.knownAt)
        + batch.telemetry.map(\.knownAt) + batch.decisions.map(\.knownAt) + batch.renames.map(\.knownAt)
        + batch.policyChanges.map(\.knownAt) + batch.barWithdrawals.map(\.knownAt)
}

func everything(_ ledger: LedgerFile) throws -> [String] {
    var all: [String] = []
    try ledger.factLog.read(nil, wellAfter + .days(1)) { all += digests($0) }
    return all.sorted()
}

/// Facts of all kinds, keys colliding and contents differing often enough to matter.
func randomFacts(_ count: Int, using generator: inout SeededGenerator) throws -> [IncomingFact] {
    try (0..<count).map { _ in
        let moment = Int.random(in: 0..<30, using: &generator)
        let agent = ["ann", "bob", "é", "e\u{301}"].randomElement(using: &generator) ?? "ann"
        switch Int.random(in: 0..<11, using: &generator) {
        case 0, 1:
            return try bar(
                Bool.random(using: &generator) ? "BTC" : "FDUSD/USDT", openHour: moment,
                close: Double.random(in: 1...3, using: &generator).rounded())
        case 2: return try signal(agent, hour: moment, score: Bool.random(using: &generator) ? nil : 0)
        case 3: return try signal(agent, hour: moment, id: "s\(moment % 7)")
        case 4: return try outcome(agent, hour: moment, run: nil, realized: Double(moment % 2))
        case 5: return try outcome(agent, hour: moment, run: "r\(moment % 2)")
        case 6: return try telemetry(agent, hour: moment, errors: Int64.random(in: 0...1, using: &generator))
        case 7: return try decision(agent, hour: moment, reason: Bool.random(using: &generator) ? "a" : "b")
        case 8: return try rename(agent, to: Bool.random(using: &generator) ? "carl" : "dora", hour: moment)
        case 9: return try withdrawal("BTC", openHour: moment, reason: Bool.random(using: &generator) ? "a" : "b")
        default: return policyChange(Bool.random(using: &generator) ? "p" : "q", hour: moment)
        }
    }
}
