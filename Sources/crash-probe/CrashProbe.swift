import Domain
import Files
import Glibc
import Ledger
import Operation
import Reporting
import Supervision

/// One ingest and one cycle over the real edges, which dies by its own hand at the n-th call of a port.
///
///     crash-probe ROOT MODE N NOW AS_OF
///
/// MODE: `before` dies before the call, `after` once it is done, `torn` in the middle of writing a file (half of the
/// bytes are there); N from 1, 0 to live. NOW and AS_OF in milliseconds: the clock stands still. Prints the number of
/// calls, the report's digest, and which calls wrote files. Blocks and chunks are tiny, so that small files reach
/// every boundary.
@main
enum CrashProbe {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let mode = Death.Mode(rawValue: arguments[2]), let at = Int(arguments[3]),
            let now = Int64(arguments[4]), let asOf = Int64(arguments[5])
        else {
            complain("crash-probe ROOT before|after|torn N NOW AS_OF")
            exit(64)
        }
        do {
            let probe = try Probe(
                root: arguments[1], death: Death(mode, at: at), now: Timestamp(milliseconds: now))
            try probe.run(asOf: Timestamp(milliseconds: asOf))
        } catch {
            complain("crash-probe: \(error)")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }
}

private struct Probe {
    let root: String
    let death: Death
    let now: Timestamp

    init(root: String, death: Death, now: Timestamp) throws {
        self.root = root
        self.death = death
        self.now = now
    }

    func run(asOf: Timestamp) throws {
        let path = root + "/.meta-supervisor/ledger.sqlite"
        guard mkdir(root + "/.meta-supervisor", 0o755) == 0 || errno == EEXIST else {
            throw LedgerError.cannotOpen(path: path, detail: String(cString: strerror(errno)))
        }
        let lock = try ProcessLock.acquire(
            path: ProcessLock.path(besideLedger: path), description: "crash-probe", at: now)
        defer { withExtendedLifetime(lock) {} }
        let ledger = try LedgerFile.open(at: path, mode: .readWrite, lock: lock)
        let clock = Clock { [now] in now }
        let limits = FileLimits(blockLength: 2_048, lineLengthMax: 4_096, chunkLineCountMax: 24)
        let input = death.wrapped(InputFiles.live(root: root, limits: limits))
        let log = death.wrapped(ledger.factLog)
        let policy = Policy.standard
        let ingest = Ingest(clock: clock, log: log, input: input, grace: policy.grace)
        for source in try input.discover() { _ = try ingest.read(source, asHistory: false) }
        let cycle = Cycle(
            clock: clock, runner: FoldRunner(log: log, snapshots: death.wrapped(ledger.snapshotStore)),
            publisher: Publisher(
                files: death.wrapped(OutputFiles.live(root: root), root: root),
                log: death.wrapped(ledger.publicationLog)),
            runs: ledger.runLog)
        let result = try cycle.run(.constant(policy), asOf: asOf)
        let writes = death.writeNumbers.map(String.init).joined(separator: ",")
        print(death.callCount, StableHash(JSONReport.bytes(result.report)), writes)
    }
}
