import Domain
import Glibc
import Operation
import Synchronization

/// Counts the calls of all ports, and kills the process at one of them as a loss of power would: no cleaning up.
final class Death: Sendable {
    enum Mode: String { case before, after, torn }

    private let mode: Mode
    private let at: Int
    private let count = Mutex(0)
    private let writes = Mutex<[Int]>([])

    init(_ mode: Mode, at: Int) {
        self.mode = mode
        self.at = at
    }

    var callCount: Int { count.withLock { $0 } }
    /// Which calls wrote a file.
    var writeNumbers: [Int] { writes.withLock { $0 } }

    private func nextIsLast() -> Bool {
        count.withLock { count in
            count += 1
            return count == at
        }
    }

    private func die() -> Never {
        kill(getpid(), SIGKILL)
        // The signal is on its way.
        while true { pause() }
    }

    func call<Value>(_ body: () throws -> Value) rethrows -> Value {
        let isLast = nextIsLast()
        if isLast, mode != .after { die() }
        let value = try body()
        if isLast { die() }
        return value
    }

    /// A call that writes a file: `torn` leaves half of the bytes.
    func write(_ bytes: [UInt8], toTear path: String, at offset: Int64?, _ body: () throws -> Void) rethrows {
        let isLast = nextIsLast()
        let number = callCount
        writes.withLock { $0.append(number) }
        if isLast, mode == .torn {
            let half = Array(bytes.prefix(bytes.count / 2))
            let descriptor = open(path, offset == nil ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY | O_CREAT, 0o644)
            if descriptor >= 0 { pwrite(descriptor, half, half.count, off_t(offset ?? 0)) }
        }
        if isLast, mode != .after { die() }
        try body()
        if isLast { die() }
    }
}

extension Death {
    func wrapped(_ log: FactLog) -> FactLog {
        FactLog(
            append: { batch in try self.call { try log.append(batch) } },
            read: { after, through, body in
                try log.read(after, through) { batch in try self.call { try body(batch) } }
            },
            position: { source in try self.call { try log.position(source) } },
            lastRecordedAt: { try self.call { try log.lastRecordedAt() } })
    }

    func wrapped(_ store: SnapshotStore) -> SnapshotStore {
        SnapshotStore(
            save: { snapshot in try self.call { try store.save(snapshot) } },
            newest: { time, fingerprint, version in try self.call { try store.newest(time, fingerprint, version) } },
            delete: { gridPoints in try self.call { try store.delete(gridPoints) } },
            gridPoints: { try self.call { try store.gridPoints() } })
    }

    func wrapped(_ log: PublicationLog) -> PublicationLog {
        PublicationLog(
            entry: { path in try self.call { try log.entry(path) } },
            save: { entries in try self.call { try log.save(entries) } })
    }

    func wrapped(_ files: OutputFiles, root: String) -> OutputFiles {
        OutputFiles(
            replace: { path, bytes in
                // What a torn replacement leaves is its temporary file; the name is that of the live port.
                let name = path.split(separator: "/").last.map(String.init) ?? path
                let folder = root + "/" + path.dropLast(name.count)
                try self.write(bytes, toTear: folder + "." + name + ".writing", at: nil) {
                    try files.replace(path, bytes)
                }
            },
            append: { path, length, bytes in
                try self.write(bytes, toTear: root + "/" + path, at: length) {
                    try files.append(path, length, bytes)
                }
            },
            length: { path in try self.call { try files.length(path) } },
            read: { path in try self.call { try files.read(path) } })
    }

    func wrapped(_ input: InputFiles) -> InputFiles {
        InputFiles(
            discover: { try self.call { try input.discover() } },
            read: { source, position, body in
                try input.read(source, position) { chunk in try self.call { try body(chunk) } }
            },
            parse: input.parse)
    }
}
