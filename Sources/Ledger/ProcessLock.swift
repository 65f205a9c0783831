package import Domain
import Glibc
import Synchronization

package enum LockError: Error, Equatable, CustomStringConvertible {
    /// Another process holds it; `holder` is what that process wrote into the file.
    case held(path: String, by: String)
    case failed(path: String, detail: String)

    package var description: String {
        switch self {
        case .held(let path, let holder):
            "Another supervisor is already running on this folder (\(holder)). Stop it, or wait until it is done; "
                + "the lock is \(path)."
        case .failed(let path, let detail):
            "The lock \(path) cannot be taken (\(detail)). Check the permissions of the file and of its folder."
        }
    }
}

/// The right to run cycles on a folder: an advisory `flock`, held while this value lives.
///
/// The kernel frees it on any death of the process, a kill and a loss of power included, so that no stale lock is ever
/// cleaned up by hand; the file itself stays. The descriptor is not inherited by programs that we might start.
package final class ProcessLock: Sendable {
    package let path: String
    private let descriptor: Descriptor

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Descriptor(descriptor)
    }

    deinit { descriptor.close() }

    /// Where the lock of the ledger at `path` lies: `lock`, in the same folder.
    package static func path(besideLedger path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "lock" }
        return String(path[...slash]) + "lock"
    }

    /// Takes the lock at once, or throws `LockError.held`. The file then says who holds it: process, host, command,
    /// since when.
    package static func acquire(path: String, description: String, at time: Timestamp?) throws -> ProcessLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            let holder = contents(of: descriptor)
            close(descriptor)
            errno = code
            guard code == EWOULDBLOCK else { throw failure(path) }
            throw LockError.held(path: path, by: holder.isEmpty ? "it has not said which" : holder)
        }
        var text = "process \(getpid()) on \(hostName()): \(description)"
        if let time { text += ", since \(time)" }
        let bytes = Array((text + "\n").utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            let error = failure(path)
            close(descriptor)
            throw error
        }
        return ProcessLock(path: path, descriptor: descriptor)
    }

    /// Who holds the lock, or `nil` if nobody does; takes nothing.
    package static func holder(path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        guard errno == EWOULDBLOCK else { throw failure(path) }
        return contents(of: descriptor)
    }

    /// Frees the lock before this value dies; a second call does nothing.
    package func release() { descriptor.close() }

    private static func failure(_ path: String) -> LockError {
        LockError.failed(path: path, detail: String(cString: strerror(errno)))
    }

    private static func contents(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).trimmingSpaces() : ""
    }

    private static func hostName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "an unnamed host" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A file descriptor that is closed once, whichever thread asks first.
private final class Descriptor: Sendable {
    private let mutex: Mutex<Int32>

    init(_ descriptor: Int32) { mutex = Mutex(descriptor) }

    func close() {
        mutex.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // Emptied first, so that nobody reads our name off a free lock.
            ftruncate(descriptor, 0)
            Glibc.close(descriptor)
            descriptor = -1
        }
    }
}
