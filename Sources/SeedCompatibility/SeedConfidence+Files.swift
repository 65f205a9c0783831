#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file that could not be read or written.
package struct SeedFileError: Error, Equatable, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }

    fileprivate static func last(_ path: String) -> SeedFileError {
        SeedFileError(path: path, reason: String(cString: strerror(errno)))
    }
}

extension SeedConfidence {
    /// Reads both files below `root`, writes the state where the seed's program does, and returns what it returns.
    ///
    /// The state is written to a temporary file beside it, synced and renamed, so that a reader never sees half of it;
    /// a link is followed, and the permissions of an existing file stay.
    ///
    /// - Throws: `SeedFailure` or `SeedFileError`; the state is then as it was before.
    package static func update(
        root: String, limitRows: Int = 8_000, reading: SeedReading = .live, now: () -> Int64
    ) throws -> Result {
        let state = "\(root)/\(SeedFailure.File.state.rawValue)"
        let history = try history("\(root)/\(SeedFailure.File.reconciled.rawValue)", limitRows, reading)
        // A state that exists and cannot be read is the empty one to the seed's program.
        let result = try update(history: history, state: try? content(of: state), now: now)
        if let bytes = result.stateToWrite {
            try createFolders(of: state, below: root)
            try replace(state, by: bytes)
        }
        return result
    }

    /// A file that does not exist is an empty one.
    private static func history(_ path: String, _ limitRows: Int, _ reading: SeedReading) throws
        -> SeedHistory
    {
        guard let file = try openFile(path) else {
            return SeedHistory(limitRows: limitRows, windowMax: reading.windowMax)
        }
        defer { close(file) }
        // What is appended meanwhile belongs to the next run, also where the file is read a second time.
        var byteCount = 0
        var position = 0
        var isSecondTime = false
        let source = SeedSource(
            read: { buffer in
                let wanted = isSecondTime ? min(buffer.count, byteCount - position) : buffer.count
                let count = try readBytes(
                    file, UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), path)
                position += count
                return count
            },
            rewind: {
                guard lseek(file, 0, SEEK_SET) == 0 else { throw SeedFileError.last(path) }
                byteCount = position
                position = 0
                isSecondTime = true
            })
        return try reading.history(source, limitRows: limitRows)
    }

    private static func openFile(_ path: String) throws -> Int32? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT || errno == ENOTDIR { return nil }
        guard file >= 0 else { throw SeedFileError.last(path) }
        return file
    }

    private static func readBytes(
        _ file: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ path: String
    ) throws -> Int {
        while true {
            let count = read(file, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw SeedFileError.last(path) }
        }
    }

    private static func content(of path: String) throws -> [UInt8]? {
        guard let file = try openFile(path) else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try readBytes(file, $0, path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func createFolders(of path: String, below root: String) throws {
        var folder = root
        for name in path.dropFirst(root.count).split(separator: "/").dropLast() {
            folder += "/\(name)"
            guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw SeedFileError.last(folder) }
        }
    }

    private static func replace(_ path: String, by bytes: [UInt8]) throws {
        var target = path
        if let resolved = realpath(path, nil) {
            target = String(cString: resolved)
            free(resolved)
        }
        let temporary = "\(target).\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw SeedFileError.last(temporary) }
        var status = stat()
        if stat(target, &status) == 0 { _ = fchmod(file, status.st_mode & 0o7777) }
        do {
            defer { close(file) }
            try write(bytes, to: file, path: temporary)
            guard fsync(file) == 0 else { throw SeedFileError.last(temporary) }
            guard rename(temporary, target) == 0 else { throw SeedFileError.last(target) }
        } catch {
            unlink(temporary)
            throw error
        }
        // The rename itself is only sure once its folder is on the disk.
        guard let slash = target.lastIndex(of: "/") else { return }
        let folder = open(String(target[...slash]), O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func write(_ bytes: [UInt8], to file: Int32, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                #if canImport(Glibc)
                    let count = Glibc.write(file, buffer.baseAddress! + written, buffer.count - written)
                #elseif canImport(Musl)
                    let count = Musl.write(file, buffer.baseAddress! + written, buffer.count - written)
                #else
                    let count = Darwin.write(file, buffer.baseAddress! + written, buffer.count - written)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw SeedFileError.last(path) }
                written += count
            }
        }
    }
}

extension SeedReading {
    /// As many workers as there are processors, up to four: more would only wait for the memory.
    package static var live: SeedReading {
        SeedReading(workerCount: max(1, min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))))
    }
}
