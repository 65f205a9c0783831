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
    package static func update(root: String, limitRows: Int = 8_000, now: () -> Int64) throws -> Result {
        let reconciled = "\(root)/\(SeedFailure.File.reconciled.rawValue)"
        let state = "\(root)/\(SeedFailure.File.state.rawValue)"
        var history = SeedHistory(limitRows: limitRows)
        try readPieces(of: reconciled) { bytes, isLast in try history.read(bytes, isLast: isLast) }
        // A state that exists and cannot be read is the empty one to the seed's program.
        let result = try update(history: history, state: try? content(of: state), now: now)
        if let bytes = result.stateToWrite {
            try createFolders(of: state, below: root)
            try replace(state, by: bytes)
        }
        return result
    }

    private static let pieceByteCount = 1 << 18

    /// Hands a file over piece by piece; what the reader leaves comes again in front of the next piece. A file that
    /// does not exist is an empty one.
    private static func readPieces(
        of path: String, _ readPiece: (UnsafeRawBufferPointer, _ isLast: Bool) throws -> Int
    ) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT || errno == ENOTDIR { return }
        guard file >= 0 else { throw SeedFileError.last(path) }
        defer { close(file) }
        var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceByteCount, alignment: 64)
        defer { buffer.deallocate() }
        var filled = 0
        while true {
            if filled == buffer.count {
                // One line is longer than the buffer.
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * buffer.count, alignment: 64)
                larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
                buffer.deallocate()
                buffer = larger
            }
            let count = read(file, buffer.baseAddress! + filled, buffer.count - filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SeedFileError.last(path) }
            filled += count
            let used = try readPiece(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), count == 0)
            if count == 0 { return }
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[used..<filled]))
            filled -= used
        }
    }

    private static func content(of path: String) throws -> [UInt8]? {
        var bytes: [UInt8]?
        try readPieces(of: path) { piece, isLast in
            if isLast { bytes = Array(piece) }
            return 0
        }
        return bytes
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
