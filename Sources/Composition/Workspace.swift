package import Domain
import Files
import Foundation
import Glibc
package import Ledger
package import Logging
package import Operation
package import Settings
package import Supervision

package enum Environment {
    package static func value(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}

/// A folder with a fleet: its settings, its ledger, and the use cases over both. The one place where the ports of this
/// program are put together.
package struct Workspace {
    package let root: String
    package let settings: ResolvedSettings
    package let ledger: LedgerFile
    package let clock: Clock
    package let input: InputFiles
    package let isQuiet: Bool
    package let logger: Logger
    /// Called before every batch of facts that is read or written, and before every grid point of the fold: a job that
    /// is to stop throws there.
    package var checkpoint: @Sendable () throws -> Void = {}

    package init(
        root: String, settings: ResolvedSettings, ledger: LedgerFile, clock: Clock, input: InputFiles, isQuiet: Bool,
        logger: Logger
    ) {
        self.root = root
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.input = input
        self.isQuiet = isQuiet
        self.logger = logger
    }

    package static let ledgerPath = ".meta-supervisor/ledger.sqlite"

    /// The wall clock; or, where `META_SUPERVISOR_CLOCK_FILE` names a file, the milliseconds since the epoch that stand
    /// in it: the clock of a simulation, which several programs can share.
    package static func clock() -> Clock {
        if let path = Environment.value("META_SUPERVISOR_CLOCK_FILE") { return simulatedClock(path) }
        return Clock { Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))) }
    }

    package static var isSimulated: Bool { Environment.value("META_SUPERVISOR_CLOCK_FILE") != nil }

    private static func simulatedClock(_ path: String) -> Clock {
        Clock {
            // A reader that meets the writer in the middle reads again.
            for _ in 0..<1_000 {
                if let text = try? String(contentsOfFile: path, encoding: .utf8), text.hasSuffix("\n"),
                    let milliseconds = Int64(text.dropLast())
                {
                    return Timestamp(milliseconds: milliseconds)
                }
                usleep(1_000)
            }
            Console.fail("META_SUPERVISOR_CLOCK_FILE: \(path) holds no time in milliseconds", code: 78)
        }
    }

    package static func settings(_ common: CommonOptions, _ policy: PolicyOptions? = nil) throws -> ResolvedSettings {
        try SettingsLoader.load(
            root: common.root, policy: policy?.policy, assignments: policy?.assignments ?? [])
    }

    package static func ledgerPath(_ root: String) -> String { root + "/" + ledgerPath }

    /// Opens the folder. Reading commands need a ledger that is there; writing ones make it.
    package static func open(
        _ common: CommonOptions, _ policy: PolicyOptions? = nil, mode: LedgerMode, lock: ProcessLock? = nil,
        clock: Clock? = nil
    ) throws -> Workspace {
        let settings = try settings(common, policy)
        try demandFolder(common.root)
        var ledgerSettings = LedgerSettings()
        ledgerSettings.busyTimeout = settings.runtime.busyTimeoutSeconds
        let ledger = try LedgerFile.open(
            at: ledgerPath(common.root), mode: mode, lock: lock, settings: ledgerSettings)
        var limits = FileLimits()
        limits.lineLengthMax = settings.runtime.maximumLineBytes
        return Workspace(
            root: common.root, settings: settings, ledger: ledger, clock: clock ?? Workspace.clock(),
            input: .live(root: common.root, mappings: settings.runtime.mappings, limits: limits),
            isQuiet: common.quiet,
            logger: Log.logger(settings.runtime, isQuiet: common.quiet, isVerbose: common.verbose))
    }

    /// Everything found by its name, and the price files of the folders in the settings.
    package func sources() throws -> [SourceDescription] {
        var sources = try input.discover()
        for name in settings.runtime.priceDirectories.keys.sorted() {
            let folder = settings.runtime.priceDirectories[name] ?? ""
            let path = folder.hasPrefix("/") ? folder : root + "/" + folder
            let files: [String]
            do {
                files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            } catch {
                throw Failure(
                    "prices.directories: \(name) = \(folder) cannot be read: there is no folder \(path)", code: 78)
            }
            let endings = [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"]
            for file in files where endings.contains(where: file.hasSuffix) {
                sources.append(.file(path + "/" + file, root: root, kind: .prices, isWatched: true))
            }
        }
        return sources
    }

    private static func demandFolder(_ root: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure("there is no folder \(root); make it, or name another with --root")
        }
    }

    /// The right to run cycles on a folder; the second to ask is told who has it (exit 79).
    package static func lock(_ common: CommonOptions, command: String) throws -> ProcessLock {
        // A mistyped root is not to become a new, empty fleet.
        try demandFolder(common.root)
        let folder = common.root + "/.meta-supervisor"
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw Failure("the folder \(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        return try ProcessLock.acquire(
            path: ProcessLock.path(besideLedger: ledgerPath(common.root)), description: Program.name + " " + command,
            at: clock().now())
    }

    package var ingest: Ingest {
        Ingest(clock: clock, log: factLog, input: input.readAhead, grace: settings.policy.grace)
    }

    /// The ledger's facts, with the checkpoint before every batch.
    private var factLog: FactLog {
        var log = ledger.factLog
        let (append, read) = (log.append, log.read)
        log.append = { [checkpoint] batch in
            try checkpoint()
            return try append(batch)
        }
        log.read = { [checkpoint] after, through, body in
            let prepared = { @Sendable (give: (FactBatch) throws -> Void) in
                try read(after, through) { batch in
                    var batch = batch
                    batch.imported.prepare()
                    try give(batch)
                }
            }
            try ReadAhead<FactBatch>.read(prepared) { batch in
                try checkpoint()
                try body(batch)
            }
        }
        return log
    }

    package var publisher: Publisher { Publisher(files: .live(root: root), log: ledger.publicationLog) }

    package var cycle: Cycle {
        Cycle(
            clock: clock,
            runner: FoldRunner(
                log: factLog, snapshots: ledger.snapshotStore,
                snapshotCount: settings.runtime.snapshotsKept, checkpoint: checkpoint),
            publisher: publisher, runs: ledger.runLog)
    }

    /// The policies on record; the first of them, or the resolved one where none is, also judges what came before it.
    package func schedule() throws -> Fold.PolicyMode {
        let changes = try ledger.policyChanges().map(\.value).sorted { $0.at < $1.at }
        var policies: [Policy] = []
        for change in changes {
            do {
                policies.append(try Policy(text: change.policyText))
            } catch {
                throw Failure(
                    "the policy on record since \(change.at) cannot be read by this release (\(error.description)); "
                        + "use the release that recorded it, or a later one", code: 78)
            }
        }
        return .scheduled(first: policies.first ?? settings.policy)
    }

    /// The policies on record, or the one the user asks about.
    package func mode(_ options: PolicyOptions) throws -> Fold.PolicyMode {
        options.isWhatIf ? .constant(settings.policy) : try schedule()
    }

    /// Puts the resolved policy on record where it differs from the one in force; returns what to tell the user.
    package func recordPolicy(reason: String) throws -> String? {
        let now = try recordingTime()
        let inForce = try ledger.policyChange(inForceAt: now)
        guard inForce?.policyText != settings.policy.text else { return nil }
        let change = PolicyChange(at: now, policyText: settings.policy.text, reason: reason)
        try store(.policyChange(change), at: now)
        guard inForce != nil else { return nil }
        return "the policy changed: \(settings.policy.name) (\(settings.policy.fingerprint)) is in force from the next "
            + "decision after \(now) on; what was decided before stays. To see the past under it: report --policy"
    }

    /// Asks every agent's name against those that are known.
    package func agent(named name: String, among agents: [AgentID]) throws -> AgentID {
        if let agent = agents.first(where: { $0.name == name }) { return agent }
        guard let nearest = EditDistance.nearest(to: name, among: agents.map(\.name)) else {
            throw Failure("no agent is known yet: nobody has written a signal")
        }
        throw Failure("there is no agent '\(name)'; the nearest is '\(nearest)'")
    }
}

extension Workspace {
    package func recordingTime() throws -> Timestamp { try ingest.recordingTime() }

    /// Stores one fact that comes from a command.
    package func store(_ fact: IncomingFact, at time: Timestamp) throws {
        let stamped = StampedFact(fact: fact, knownAt: time, attestation: .attested, lineNumber: 0)
        _ = try ledger.factLog.append(IngestBatch(source: nil, facts: [stamped], recordedAt: time))
    }

    package func knownAgents() throws -> [AgentID] {
        let now = try recordingTime()
        return try cycle.look(try schedule(), asOf: now).report.agents.map(\.agent)
    }

    package static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
