import Foundation
import Glibc

struct BenchmarkFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Files, written in pieces.
enum DataFile {
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw BenchmarkFailure("cannot write: \(String(cString: strerror(errno)))") }
                done += count
            }
        }
    }

    /// Makes a file whole or not at all.
    static func make(_ path: String, _ body: (Int32) throws -> Void) throws {
        let unfinished = path + ".unfinished"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else {
            throw BenchmarkFailure("cannot make \(unfinished): \(String(cString: strerror(errno)))")
        }
        do {
            try body(descriptor)
            close(descriptor)
        } catch {
            close(descriptor)
            unlink(unfinished)
            throw error
        }
        guard rename(unfinished, path) == 0 else { throw BenchmarkFailure("cannot rename \(unfinished)") }
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

/// Made inputs, kept between runs. What they are made of is in their names.
struct DataCache {
    let folder: String
    let tell: (String) -> Void

    init(folder: String, tell: @escaping (String) -> Void) throws {
        self.folder = folder
        self.tell = tell
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// What is free on the disk of the cache, in bytes.
    private var freeBytes: Int {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return .max }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    func demand(_ bytes: Int, for what: String) throws {
        let spare = 1 << 30
        guard freeBytes < bytes + spare else { return }
        throw BenchmarkFailure(
            "\(what) needs \(Markdown.text(Double(bytes + spare) / 1e9, 1)) GB in \(folder), and "
                + "\(Markdown.text(Double(freeBytes) / 1e9, 1)) GB are free; name another folder with --cache, or "
                + "measure less with --quick")
    }

    /// A folder that is there whole or is made anew.
    func folder(_ name: String, bytes: Int, make: (String) throws -> Void) throws -> String {
        let path = folder + "/" + name
        let mark = path + "/complete"
        if access(mark, F_OK) == 0 { return path }
        try remove(path)
        try demand(bytes, for: name)
        let begin = ContinuousClock.now
        tell("making \(path) ...")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try make(path)
        try DataFile.make(mark) { _ in }
        tell("made \(path) in \(Samples.time((ContinuousClock.now - begin).seconds))")
        return path
    }

    func remove(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// A file of rows where a fleet has it: `NAME/alpha/reconciled.jsonl`. Returns the fleet's folder.
    func reconciled(_ rows: MadeRows) throws -> String {
        let name = "rows-\(rows.rowCount)-of-\(rows.agentCount)"
        return try folder(name, bytes: rows.rowCount * 250) { path in
            try FileManager.default.createDirectory(atPath: path + "/alpha", withIntermediateDirectories: true)
            try DataFile.make(path + "/alpha/reconciled.jsonl") { try rows.write(to: $0) }
        }
    }
}
