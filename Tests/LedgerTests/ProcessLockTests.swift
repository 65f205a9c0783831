import Domain
import Glibc
import Ledger
import Testing

struct ProcessLockTests {
    @Test func `A second supervisor is told who holds the lock, and gets it when the first lets go`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        let first = try ProcessLock.acquire(path: path, description: "meta-supervisor run", at: start)
        do {
            _ = try ProcessLock.acquire(path: path, description: "another", at: start)
            Issue.record("two held the lock")
        } catch let error as LockError {
            let text = error.description
            #expect(text.contains("process \(getpid()) on ") && text.contains("meta-supervisor run"))
            #expect(text.contains("2025-01-01T00:00:00Z") && text.contains(path))
        }
        #expect(try ProcessLock.holder(path: path)?.contains("meta-supervisor run") == true)
        first.release()
        first.release()
        #expect(try ProcessLock.holder(path: path) == nil)
        _ = try ProcessLock.acquire(path: path, description: "second", at: nil)
        // The value above died at once, and the lock with it.
        #expect(try ProcessLock.holder(path: path) == nil)
    }

    @Test func `A lock left behind by a dead process is free, whatever the file says`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        let text = Array("process 1 on nowhere: something long that no longer runs, and then some\n".utf8)
        #expect(write(descriptor, text, text.count) == text.count)
        close(descriptor)
        let lock = try ProcessLock.acquire(path: path, description: "x", at: nil)
        #expect(try ProcessLock.holder(path: path)?.hasSuffix(": x") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func `Nobody holds a lock that was never taken, and one in a missing folder is an error`() throws {
        let folder = try TemporaryFolder()
        #expect(try ProcessLock.holder(path: folder.file("lock")) == nil)
        #expect(throws: LockError.self) {
            _ = try ProcessLock.acquire(path: folder.file("no/lock"), description: "x", at: nil)
        }
        #expect(ProcessLock.path(besideLedger: "/a/b/ledger.sqlite") == "/a/b/lock")
    }
}
