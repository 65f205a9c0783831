import CZlib
import Glibc
import Synchronization

/// A folder of one test, removed with it.
package final class Folder: Sendable {
    package let path: String
    private let number = Mutex(0)

    package init() throws {
        // In memory where there is such a folder: thousands of flushes to a disk prove nothing more.
        let memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? memory
        var template = Array((base + "/end-to-end-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failure(text: "no temporary folder under \(base)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Folder.remove(path) }

    package func nextNumber() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }

    /// The fleet's folder, apart from what the tests themselves leave.
    package var root: String { path + "/fleet" }

    package static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        chmod(path, 0o755)
        for name in names(in: path) { remove(path + "/" + name) }
        rmdir(path)
    }

    package static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes below the fleet's folder, making folders on the way.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], appends: Bool = false) throws -> String {
        let target = root + "/" + name
        var made = ""
        for part in target.split(separator: "/").dropLast() {
            made += "/" + part
            mkdir(made, 0o755)
        }
        guard let file = fopen(target, appends ? "ab" : "wb") else {
            throw ChildProcess.Failure(text: "cannot write \(target)")
        }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return target
    }

    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    package func append(_ name: String, _ text: String) throws { try write(name, Array(text.utf8), appends: true) }

    package func compress(_ name: String, _ text: String) throws -> String {
        let target = try write(name, "")
        guard let file = gzopen(target, "wb") else { throw ChildProcess.Failure(text: "cannot compress \(target)") }
        let bytes = Array(text.utf8)
        gzwrite(file, bytes, UInt32(bytes.count))
        gzclose(file)
        return target
    }

    /// Every file of the fleet, by its path, with its bytes.
    package func everything() -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        func walk(_ path: String, _ name: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return }
            if status.st_mode & S_IFMT == S_IFDIR {
                for inner in Folder.names(in: path) {
                    walk(path + "/" + inner, name.isEmpty ? inner : name + "/" + inner)
                }
            } else {
                found[name] = readFile(path)
            }
        }
        walk(root, "")
        return found
    }

    /// Every file but the ledger's own and copies kept of what was displaced.
    package func outputs() -> [String: [UInt8]] {
        everything().filter { entry in
            !entry.key.hasPrefix(".meta-supervisor/ledger.sqlite") && entry.key != ".meta-supervisor/lock"
                && !entry.key.hasPrefix(".meta-supervisor/displaced/")
        }
    }
}
