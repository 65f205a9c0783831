import Domain
import Glibc

/// What the file system says of an open file.
struct FileStatus: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modifiedAt: Timestamp
    var mode: mode_t

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        let (seconds, hasOverflowed) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000)
        let milliseconds = Int64(status.st_mtim.tv_nsec) / 1_000_000
        modifiedAt = Timestamp(milliseconds: hasOverflowed ? 0 : seconds + milliseconds)
        mode = status.st_mode
    }

    var isRegular: Bool { mode & S_IFMT == S_IFREG }
    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }

    func isSameFile(_ other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// The status of whatever stands at a path now; `nil` if nothing does.
    static func at(_ path: String) throws -> FileStatus? {
        var status = stat()
        if stat(path, &status) == 0 { return FileStatus(status) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw FileFailure.system("cannot be looked at", path, code: code)
    }
}

/// An open file, closed when the last user lets go of it.
final class Descriptor: Sendable {
    let number: Int32
    let path: String
    private let closesAtEnd: Bool

    private init(number: Int32, path: String, closesAtEnd: Bool) {
        self.number = number
        self.path = path
        self.closesAtEnd = closesAtEnd
    }

    deinit { if closesAtEnd { _ = close(number) } }

    static var standardInput: Descriptor {
        Descriptor(number: STDIN_FILENO, path: "standard input", closesAtEnd: false)
    }

    /// `nil` if there is no such file.
    static func reading(_ path: String) throws -> Descriptor? {
        let number = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        if number >= 0 { return Descriptor(number: number, path: path, closesAtEnd: true) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw FileFailure.system("cannot be opened", path, code: code)
    }

    static func writing(_ path: String, flags: Int32) throws -> Descriptor {
        let number = retrying { open(path, O_CLOEXEC | O_CREAT | flags, 0o644) }
        guard number >= 0 else { throw FileFailure.system("cannot be opened for writing", path, code: errno) }
        return Descriptor(number: number, path: path, closesAtEnd: true)
    }

    /// Repeats a call that a signal interrupted.
    static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    func status() throws -> FileStatus {
        var status = stat()
        guard fstat(number, &status) == 0 else {
            throw FileFailure.system("cannot be looked at", path, code: errno)
        }
        return FileStatus(status)
    }

    /// Reads at a place of a regular file; fewer bytes than asked for only at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let place = off_t(offset) + filled
            let count = Descriptor.retrying { pread(number, rest.baseAddress, rest.count, place) }
            guard count >= 0 else { throw FileFailure.system("cannot be read", path, code: errno) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    func bytes(_ count: Int, at offset: Int64 = 0) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBytes { try read(into: $0, at: offset) }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Reads what comes next in a pipe, and what follows it within a moment, as far as there is room; 0 at its end.
    ///
    /// A pipe gives 64 kilobytes at once at most, and each block that is handed on is a transaction.
    func readNext(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        repeat {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = Descriptor.retrying { Glibc.read(number, rest.baseAddress, rest.count) }
            guard count >= 0 else { throw FileFailure.system("cannot be read", path, code: errno) }
            if count == 0 { break }
            filled += count
        } while filled < buffer.count && hasMore(within: Descriptor.momentMilliseconds)
        return filled
    }

    private static let momentMilliseconds: Int32 = 10

    private func hasMore(within milliseconds: Int32) -> Bool {
        var asked = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return Descriptor.retrying { poll(&asked, 1, milliseconds) } > 0
    }

    func write(_ bytes: [UInt8], at offset: Int64) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let place = off_t(offset) + written
                let count = Descriptor.retrying { pwrite(number, rest.baseAddress, rest.count, place) }
                guard count > 0 else { throw FileFailure.system("cannot be written", path, code: errno) }
                written += count
            }
        }
    }

    func truncate(to length: Int64) throws {
        guard Descriptor.retrying({ ftruncate(number, off_t(length)) }) == 0 else {
            throw FileFailure.system("cannot be cut to \(length) bytes", path, code: errno)
        }
    }

    /// Waits until the disk holds what was written.
    func synchronize() throws {
        guard Descriptor.retrying({ fsync(number) }) == 0 else {
            throw FileFailure.system("cannot be written to the disk", path, code: errno)
        }
    }
}
