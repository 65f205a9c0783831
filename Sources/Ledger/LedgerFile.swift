import GRDB
import Glibc

/// What an opened ledger may be used for.
package enum LedgerMode: Sendable {
    /// Creates the ledger where there is none, and brings an older one up to date.
    case readWrite
    /// For reports and checks: creates and changes nothing.
    case readOnly
}

/// How the ledger treats the machine it runs on.
package struct LedgerSettings: Sendable {
    /// Seconds to wait for another program's transaction before giving up.
    package var busyTimeout: Double = 5
    /// Facts handed over at once when reading: bounds the memory a replay takes.
    package var batchFactCount: Int = 50_000
    /// Memory for pages of the file, of the connection that writes.
    package var cacheBytes: Int = 64 << 20
    /// The same of one that reads: facts are read from one end to the other, each page once.
    package var readingCacheBytes: Int = 8 << 20
    /// An upper bound for the file, rounded down to whole pages; `nil` leaves it to the disk.
    package var maximalBytes: Int?

    package init() {}
}

/// The ledger: one SQLite file that holds every fact ever learned, and the records of what was made of them.
///
/// Facts are appended and never changed; a transaction is all or nothing, and what `append` has returned survives a
/// loss of power (`synchronous = FULL`: a fact that is lost cannot be learned again, and the price is one flush of the
/// disk per transaction). Reads see the ledger as it was when they began, also while another connection writes.
package final class LedgerFile: Sendable {
    package let path: String
    let pool: DatabasePool
    let settings: LedgerSettings

    private init(path: String, pool: DatabasePool, settings: LedgerSettings) {
        self.path = path
        self.pool = pool
        self.settings = settings
    }

    /// Opens the ledger at `path`, after checks that nobody may skip: it is ours, it is no newer than this program, and
    /// its schema is up to date.
    ///
    /// An older ledger is migrated under the lock beside it, after an online backup named
    /// `<path>.before-<migration>`. Whoever holds that lock already passes it; otherwise it is taken for the moment.
    package static func open(
        at path: String, mode: LedgerMode, lock: ProcessLock? = nil, settings: LedgerSettings = LedgerSettings(),
        migrations: [LedgerMigration] = LedgerMigration.all
    ) throws -> LedgerFile {
        let doesExist = access(path, F_OK) == 0
        switch mode {
        case .readOnly:
            if !doesExist { throw LedgerError.missing(path: path) }
        case .readWrite:
            try prepareFolder(of: path, doesExist: doesExist)
        }
        return try translatingErrors(path: path, settings: settings) {
            let pool = try DatabasePool(path: path, configuration: configuration(mode: mode, settings: settings))
            let ledger = LedgerFile(path: path, pool: pool, settings: settings)
            let schema = LedgerSchema(ledger: ledger, migrations: migrations)
            try schema.refuseWhatIsNotOurs()
            switch mode {
            case .readWrite:
                try schema.bringUpToDate(lock: lock)
                try ledger.demandDurability()
            case .readOnly:
                try schema.refuseOlder(because: "reading changes nothing")
            }
            return ledger
        }
    }

    /// Frees the file; whoever still uses the ledger gets errors. Everything then lies in the one file, unless another
    /// program still reads it.
    package func close() throws {
        try translatingErrors {
            if !pool.configuration.readonly {
                // A reader elsewhere leaves this undone; SQLite then finds the rest in the write-ahead log.
                try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
            }
            try pool.close()
        }
    }

    private static func prepareFolder(of path: String, doesExist: Bool) throws {
        if doesExist {
            guard access(path, W_OK) == 0 else { throw notWritable(path, "the file is read-only") }
        }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw LedgerError.cannotOpen(path: path, detail: "folder \(folder): \(String(cString: strerror(errno)))")
        }
        // SQLite keeps its write-ahead log beside the file.
        guard access(folder, W_OK) == 0 else { throw notWritable(path, "the folder \(folder) is read-only") }
    }

    private static func notWritable(_ path: String, _ detail: String) -> LedgerError {
        LedgerError.notWritable(path: path, detail: detail)
    }

    /// Of a new file; an older one keeps the size it was made with. Twice SQLite's own: a history, or a state of
    /// megabytes, takes half the writes. More would cost those who store histories agent by agent, a page a fact.
    static let pageSize = 8_192

    /// The write-ahead log is folded into the file when it has grown to this: a history is stored in hundreds of
    /// transactions, and each folding is another flush of the disk.
    private static let logBytes = 32 << 20

    /// Numbers of names, sources and batches are given out by the transaction that refers to them, and those rows are
    /// never deleted: looking up four parents a fact, a third of the work of storing it, could find nothing.
    /// `integrityProblems` looks at all of them.
    private static func configuration(mode: LedgerMode, settings: LedgerSettings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(settings.busyTimeout)
        configuration.readonly = mode == .readOnly
        configuration.prepareDatabase { database in
            if mode == .readWrite { try database.execute(sql: "PRAGMA page_size = \(LedgerFile.pageSize)") }
            let cacheBytes = database.configuration.readonly ? settings.readingCacheBytes : settings.cacheBytes
            try database.execute(sql: "PRAGMA cache_size = -\(cacheBytes / 1_024)")
            try database.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(logBytes / pageSize)")
            if let maximum = settings.maximalBytes {
                let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
                try database.execute(sql: "PRAGMA max_page_count = \(max(1, maximum / pageSize))")
            }
        }
        return configuration
    }

    /// GRDB relaxes the writer to NORMAL when it turns the write-ahead log on; a commit must outlive a loss of power.
    private func demandDurability() throws {
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    }

    /// One immediate transaction; rolled back if anything is thrown.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translatingErrors { try pool.write(body) }
    }

    /// One consistent view of the ledger, however long it takes.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translatingErrors { try pool.read(body) }
    }

    func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
        try LedgerFile.translatingErrors(path: path, settings: settings, body)
    }

    static func translatingErrors<Value>(
        path: String, settings: LedgerSettings, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw LedgerError(error, path: path, busyTimeout: settings.busyTimeout)
        }
    }
}
