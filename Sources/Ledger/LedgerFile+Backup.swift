package import Domain
import GRDB
import Glibc

/// What tells one state of a ledger from another: what a copy of it must hold.
package struct LedgerContents: Equatable, Sendable {
    package var schemaVersion: Int
    package var factCounts: [FactKind: Int]
    /// The latest moment at which anything was stored; `nil` for a ledger that nothing was ever stored in.
    package var lastRecordedAt: Timestamp?

    package init(schemaVersion: Int, factCounts: [FactKind: Int], lastRecordedAt: Timestamp?) {
        self.schemaVersion = schemaVersion
        self.factCounts = factCounts
        self.lastRecordedAt = lastRecordedAt
    }

    init(_ database: Database) throws {
        schemaVersion = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        factCounts = [:]
        for kind in FactKind.allCases where try database.tableExists(kind.table) {
            factCounts[kind] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(kind.table)") ?? 0
        }
        lastRecordedAt = nil
        if try database.tableExists("recorded_time") {
            lastRecordedAt = try Int64.fetchOne(database, sql: "SELECT at FROM recorded_time")
                .map { Timestamp(milliseconds: $0) }
        }
    }

    /// The first thing in which `other` differs, in words.
    fileprivate func difference(from other: LedgerContents) -> String? {
        if schemaVersion != other.schemaVersion {
            return "schema version \(schemaVersion), \(other.schemaVersion) when it was copied"
        }
        for kind in FactKind.allCases where factCounts[kind] != other.factCounts[kind] {
            return "\(factCounts[kind] ?? 0) facts of the kind \(kind.noun), \(other.factCounts[kind] ?? 0) when it "
                + "was copied"
        }
        if lastRecordedAt != other.lastRecordedAt {
            let times = [lastRecordedAt, other.lastRecordedAt].map { $0?.description ?? "nothing" }
            return "last recorded \(times[0]), \(times[1]) when it was copied"
        }
        return nil
    }
}

extension LedgerFile {
    /// Copies the ledger as it is now to another file, while others go on reading and writing.
    ///
    /// The copy is one consistent view, made within one reading: writers are not held up, their pages stay in the
    /// write-ahead log until it ends. It is written under a name of its own (`.partial`), flushed, renamed, and the
    /// folder flushed; it is one file, without a log beside it. The folder is made if only its last part is missing.
    ///
    /// - Parameters:
    ///   - pagesPerStep: how much is copied between two calls of `progress`.
    ///   - progress: told the pages done and all pages; what it throws ends the copying, and nothing is left.
    /// - Returns: what the copy must hold; give it to `verify`.
    @discardableResult
    package func backUp(
        to target: String, pagesPerStep: Int32 = 2_048, progress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
    ) throws -> LedgerContents {
        let partial = target + ".partial"
        do {
            try makeFolder(of: target)
            LedgerFile.removePartial(partial)
            let contents = try copy(to: partial, pagesPerStep: pagesPerStep, progress: progress)
            try LedgerFile.flush(partial, flags: O_RDONLY)
            guard rename(partial, target) == 0 else { throw Failure(detail: String(cString: strerror(errno))) }
            let folder = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
            try LedgerFile.flush(folder.isEmpty ? "/" : folder, flags: O_RDONLY | O_DIRECTORY)
            return contents
        } catch {
            LedgerFile.removePartial(partial)
            switch error {
            case let failure as Failure: throw LedgerError.backupFailed(path: target, detail: failure.detail)
            case let failure as DatabaseError:
                let detail = failure.message ?? "SQLite error \(failure.extendedResultCode.rawValue)"
                throw LedgerError.backupFailed(path: target, detail: detail)
            default: throw error
            }
        }
    }

    /// Within the backup's own reach, before it is known whose file is at fault.
    private struct Failure: Error {
        var detail: String
    }

    private func makeFolder(of target: String) throws {
        guard let slash = target.lastIndex(of: "/"), slash != target.startIndex else { return }
        let folder = String(target[..<slash])
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw Failure(detail: "folder \(folder): \(String(cString: strerror(errno)))")
        }
        guard access(folder, W_OK) == 0 else { throw Failure(detail: "the folder \(folder) is read-only") }
    }

    private func copy(
        to partial: String, pagesPerStep: Int32, progress: (Int, Int) throws -> Void
    ) throws -> LedgerContents {
        var configuration = Configuration()
        configuration.label = "ledger backup"
        if let maximum = settings.maximalBytes {
            configuration.prepareDatabase { database in
                let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
                try database.execute(sql: "PRAGMA max_page_count = \(max(1, maximum / pageSize))")
            }
        }
        let copy = try DatabaseQueue(path: partial, configuration: configuration)
        let contents = try pool.read { source in
            // Counted first: from here on the reading stays at this state of the ledger.
            let contents = try LedgerContents(source)
            try copy.writeWithoutTransaction { target in
                try withoutActuallyEscaping(progress) { progress in
                    try source.backup(to: target, pagesPerStep: max(1, pagesPerStep)) { step in
                        try progress(step.completedPageCount, step.totalPageCount)
                    }
                }
            }
            return contents
        }
        // The ledger says of itself that it has a log beside it; a copy that is one file must not.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
        return contents
    }

    private static func removePartial(_ partial: String) {
        for ending in ["", "-journal", "-wal", "-shm"] { unlink(partial + ending) }
    }

    private static func flush(_ path: String, flags: Int32) throws {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(detail: "\(path): \(String(cString: strerror(errno)))") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure(detail: "\(path): \(String(cString: strerror(errno)))") }
    }

    /// Opens a copy, changing nothing, and looks whether it is whole: SQLite's own check of its pages, that it is a
    /// ledger of a version this program knows, and that it holds what the ledger held when it was copied.
    @discardableResult
    package static func verify(backup path: String, against expected: LedgerContents) throws -> LedgerContents {
        guard access(path, F_OK) == 0 else { throw LedgerError.missing(path: path) }
        func bad(_ detail: String) -> LedgerError { LedgerError.badBackup(path: path, detail: detail) }
        do {
            var configuration = Configuration()
            configuration.label = "ledger backup"
            configuration.readonly = true
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            let contents = try copy.read { database in
                guard try Int.fetchOne(database, sql: "PRAGMA application_id") == LedgerMigration.applicationID else {
                    throw bad("it is no ledger")
                }
                let problems = try String.fetchAll(database, sql: "PRAGMA quick_check(5)")
                guard problems == ["ok"] else { throw bad(problems.joined(separator: "; ")) }
                return try LedgerContents(database)
            }
            try copy.close()
            if let difference = contents.difference(from: expected) { throw bad("it holds " + difference) }
            return contents
        } catch let error as DatabaseError {
            throw bad(error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")
        }
    }
}
