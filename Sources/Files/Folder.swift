import Glibc

/// Folders: made, listed, and written to the disk.
enum Folder {
    /// The folder part of a path: `a/b.json` gives `a`, `b.json` gives `.`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func lastName(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }

    /// Makes a folder and those above it, each entry safely on the disk.
    static func make(_ path: String) throws {
        if let status = try FileStatus.at(path) {
            guard status.isDirectory else {
                throw FileFailure(path: path, message: "is a file where a folder is needed; move it away")
            }
            return
        }
        let above = parent(of: path)
        if above != path { try make(above) }
        if mkdir(path, 0o755) != 0 && errno != EEXIST {
            throw FileFailure.system("the folder cannot be made", path, code: errno)
        }
        try synchronize(above)
    }

    /// Waits until the disk holds the folder's entries: a rename is safe only then.
    static func synchronize(_ path: String) throws {
        let number = Descriptor.retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard number >= 0 else { throw FileFailure.system("the folder cannot be opened", path, code: errno) }
        defer { _ = close(number) }
        guard Descriptor.retrying({ fsync(number) }) == 0 else {
            throw FileFailure.system("the folder cannot be written to the disk", path, code: errno)
        }
    }

    /// The names in a folder, sorted by their bytes; empty if there is no such folder.
    static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return [] }
            throw FileFailure.system("the folder cannot be listed", path, code: code)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            // A name is at most 255 bytes behind a fixed offset, ended by a zero.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw FileFailure.system("the folder cannot be listed", path, code: errno) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
