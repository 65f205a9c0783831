import Domain
import GRDB
import Glibc
import Ledger
import Operation
import Testing

struct BackupTests {
    private func filled(_ folder: TemporaryFolder, count: Int = 3_000) throws -> LedgerFile {
        let ledger = try opened(folder)
        _ = try ledger.append(batch(try (0..<count).map { try telemetry("ann", hour: $0) }))
        _ = try ledger.append(batch([try bar("BTC", openHour: 1), try withdrawal("BTC", openHour: 1)]))
        return ledger
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func leftovers(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    @Test func `A backup is one whole file that is a ledger, and says what it holds`() throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        let target = folder.file("backups/ledger-1.sqlite")
        let contents = try ledger.backUp(to: target)
        #expect(contents.factCounts[.telemetry] == 3_000 && contents.factCounts[.barWithdrawal] == 1)
        #expect(contents.lastRecordedAt == wellAfter && contents.schemaVersion == LedgerMigration.all.count)
        #expect(leftovers(folder.file("backups")) == ["ledger-1.sqlite"])
        #expect(try LedgerFile.verify(backup: target, against: contents) == contents)
        // Looking at it left nothing beside it.
        #expect(leftovers(folder.file("backups")) == ["ledger-1.sqlite"])
        let copy = try LedgerFile.open(at: target, mode: .readWrite)
        #expect(try everything(copy) == everything(ledger) && copy.integrityProblems() == [])
        #expect(try copy.append(batch([try telemetry("bob", hour: 1)])).accepted == 1)
    }

    @Test func `Others write while it is made: the copy is of one moment, and they are not held up`() throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        let other = try opened(folder) { $0.busyTimeout = 0.05 }
        let target = folder.file("copy.sqlite")
        var stepCount = 0
        let contents = try ledger.backUp(to: target, pagesPerStep: 4) { done, all in
            stepCount += 1
            #expect(done <= all)
            guard stepCount % 10 == 1 else { return }
            _ = try other.append(batch([try telemetry("bob", hour: stepCount)]))
            _ = try ledger.append(batch([try telemetry("eve", hour: stepCount)]))
        }
        #expect(stepCount > 10 && contents.factCounts[.telemetry] == 3_000)
        try LedgerFile.verify(backup: target, against: contents)
        #expect(try everything(ledger).count > 3_002)
        // And once more over the old one.
        let next = try ledger.backUp(to: target)
        try LedgerFile.verify(backup: target, against: next)
        #expect(next != contents)
    }

    @Test func `A copy that lost facts, was cut off, damaged, or is of something else is found out`() throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        let target = folder.file("copy.sqlite")
        let contents = try ledger.backUp(to: target)
        func isRefused(_ expected: LedgerContents? = nil) -> Bool {
            do {
                try LedgerFile.verify(backup: target, against: expected ?? contents)
                return false
            } catch let error as LedgerError {
                return "\(error)".contains(target)
            } catch { return false }
        }
        var more = contents
        more.factCounts[.telemetry] = 3_001
        #expect(!isRefused() && isRefused(more))
        more = contents
        more.lastRecordedAt = wellAfter + .hours(1)
        #expect(isRefused(more))

        var status = stat()
        stat(target, &status)
        let size = Int(status.st_size)
        truncate(target, size / 2)
        #expect(isRefused())
        try ledger.backUp(to: target)
        let descriptor = open(target, O_WRONLY)
        let noise = [UInt8](repeating: 0xA5, count: 4_096)
        for page in (size / 8_192)..<(size / 4_096 - 2) { pwrite(descriptor, noise, 4_096, page * 4_096) }
        close(descriptor)
        #expect(isRefused())
        unlink(target)
        #expect(throws: LedgerError.missing(path: target)) {
            try LedgerFile.verify(backup: target, against: contents)
        }
        let foreign = try DatabaseQueue(path: target)
        try foreign.write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER)") }
        try foreign.close()
        #expect(isRefused())
    }

    @Test func `Without space the error names the copy, the old copy stays and no half of a new one is left`() throws {
        let folder = try TemporaryFolder()
        let target = folder.file("backups/copy.sqlite")
        let small = try filled(folder, count: 10)
        let contents = try small.backUp(to: target)
        try small.close()
        // Kept open: an empty log would have to be begun anew, for which there is no space either.
        let first = try filled(folder)
        defer { withExtendedLifetime(first) {} }
        // The ledger is larger than this already and goes on; its copy may not become as large.
        let ledger = try opened(folder) { $0.maximalBytes = 200_000 }
        do {
            try ledger.backUp(to: target)
            Issue.record("a copy was made without space")
        } catch LedgerError.backupFailed(let path, let detail) {
            #expect(path == target && !detail.isEmpty)
        }
        #expect(leftovers(folder.file("backups")) == ["copy.sqlite"])
        try LedgerFile.verify(backup: target, against: contents)
    }

    @Test func `A folder that cannot be made or written is named, and a backup that is called off leaves nothing`()
        throws
    {
        struct CalledOff: Error {}
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        let far = folder.file("no/such/folder/copy.sqlite")
        #expect(throws: LedgerError.self) { try ledger.backUp(to: far) }
        do { try ledger.backUp(to: far) } catch { #expect("\(error)".contains(far)) }
        let target = folder.file("copy.sqlite")
        #expect(throws: CalledOff.self) {
            try ledger.backUp(to: target, pagesPerStep: 2) { done, _ in if done > 4 { throw CalledOff() } }
        }
        #expect(leftovers(folder.path) == ["state"])
        // What an earlier death left under the temporary name is in nobody's way.
        let descriptor = open(target + ".partial", O_WRONLY | O_CREAT, 0o644)
        #expect(write(descriptor, "half", 4) == 4)
        close(descriptor)
        try LedgerFile.verify(backup: target, against: try ledger.backUp(to: target))
        #expect(!exists(target + ".partial"))
    }

    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func `A folder without write permission is named`() throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder, count: 3)
        mkdir(folder.file("backups"), 0o555)
        defer { chmod(folder.file("backups"), 0o755) }
        let target = folder.file("backups/copy.sqlite")
        do {
            try ledger.backUp(to: target)
            Issue.record("written into a read-only folder")
        } catch LedgerError.backupFailed(let path, let detail) {
            #expect(path == target && detail.contains("read-only"))
        }
    }
}
