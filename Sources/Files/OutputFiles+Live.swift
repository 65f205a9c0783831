package import Operation
import Glibc

extension OutputFiles {
    /// The files below a root folder.
    ///
    /// One process writes at a time (the supervisor's lock): the temporary name of a file is always the same, so that
    /// what a killed process left behind is overwritten by the next one instead of piling up.
    package static func live(root: String) -> OutputFiles {
        OutputFiles(
            replace: { path, bytes in try OutputWriter(root: root, path: path).replace(bytes) },
            append: { path, length, bytes in try OutputWriter(root: root, path: path).append(bytes, at: length) },
            length: { path in try FileStatus.at(OutputWriter(root: root, path: path).full)?.size },
            read: { path in try OutputWriter(root: root, path: path).read() })
    }
}

private struct OutputWriter {
    /// The whole path.
    let full: String

    init(root: String, path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw FileFailure(path: path, message: "is no path below the root folder \(root)")
        }
        full = root + "/" + path
    }

    private var folder: String { Folder.parent(of: full) }
    private var temporary: String { folder + "/." + Folder.lastName(of: full) + ".writing" }

    func replace(_ bytes: [UInt8]) throws {
        try Folder.make(folder)
        let mode = try FileStatus.at(full)?.mode
        // Left by a process that was killed here.
        if unlink(temporary) != 0 && errno != ENOENT {
            throw FileFailure.system("cannot be removed", temporary, code: errno)
        }
        do {
            let file = try Descriptor.writing(temporary, flags: O_WRONLY | O_EXCL)
            if let mode { _ = fchmod(file.number, mode & 0o777) }
            try file.write(bytes, at: 0)
            try file.synchronize()
            guard rename(temporary, full) == 0 else {
                throw FileFailure.system("cannot be replaced", full, code: errno)
            }
        } catch {
            _ = unlink(temporary)
            throw named(error)
        }
        try Folder.synchronize(folder)
    }

    /// A user looks for the file that was to be written, not for its temporary name.
    private func named(_ error: any Error) -> any Error {
        guard var failure = error as? FileFailure, failure.path == temporary else { return error }
        failure.path = full
        return failure
    }

    func append(_ bytes: [UInt8], at length: Int64) throws {
        precondition(length >= 0, "Invariant: a file's length is not negative")
        try Folder.make(folder)
        let isNew = try FileStatus.at(full) == nil
        let file = try Descriptor.writing(full, flags: O_RDWR)
        let size = try file.status().size
        guard size >= length else {
            throw FileFailure(
                path: full,
                message: "has \(size) bytes, but \(length) were written: somebody cut it; restore it or move it away")
        }
        if size > length { try file.truncate(to: length) }
        do {
            try file.write(bytes, at: length)
            try file.synchronize()
        } catch {
            // Half a record is worse than none; where even this fails, the next append cuts the tail.
            try? file.truncate(to: length)
            throw error
        }
        if isNew { try Folder.synchronize(folder) }
    }

    func read() throws -> [UInt8]? {
        guard let file = try Descriptor.reading(full) else { return nil }
        let size = try file.status().size
        guard let count = Int(exactly: size), count <= 1 << 31 else {
            throw FileFailure(path: full, message: "has \(size) bytes, more than can be read at once")
        }
        return try file.bytes(count)
    }
}
