import Domain
import Foundation
import Glibc
import JSONText
import Ledger
import Operation
import ProgramHarness

/// A clock that several processes share: a file, replaced at once.
struct SharedClock {
    let path: String

    func set(_ time: Timestamp) throws {
        let partial = path + ".partial"
        try Data("\(time.milliseconds)\n".utf8).write(to: URL(fileURLWithPath: partial))
        guard rename(partial, path) == 0 else { throw ChildProcess.Failure(text: "rename: \(errno)") }
    }
}

/// A daemon of a folder, started and killed as often as it takes.
final class DaemonProcess {
    struct Standing: Equatable {
        var now: Timestamp
        var isBusy: Bool
        var nextDueAt: Timestamp?
    }

    let folder: Folder
    let clock: SharedClock
    let environment: [String: String]
    private(set) var running: ChildProcess.Running?
    private(set) var startCount = 0
    private var port: UInt16?

    init(folder: Folder, secrets: [String: String]) throws {
        self.folder = folder
        clock = SharedClock(path: folder.path + "/clock")
        environment = secrets.merging(["META_SUPERVISOR_CLOCK_FILE": clock.path]) { $1 }
    }

    func start() throws {
        unlink(portFile)
        port = nil
        startCount += 1
        running = try ChildProcess.start(
            "meta-supervisord", ["serve", "--root", folder.root, "--port-file", portFile], environment: environment,
            in: folder)
    }

    private var portFile: String { folder.path + "/port" }

    func kill() throws -> Ended {
        guard let running else { throw ChildProcess.Failure(text: "there is no daemon to kill") }
        self.running = nil
        Glibc.kill(running.process, SIGKILL)
        return try running.wait()
    }

    /// As an operator stops it.
    func terminate() throws -> Ended {
        guard let running else { throw ChildProcess.Failure(text: "there is no daemon to stop") }
        self.running = nil
        Glibc.kill(running.process, SIGTERM)
        return try running.wait()
    }

    /// Resident memory in bytes.
    func residentBytes() -> Int64? {
        guard let running else { return nil }
        let status = String(decoding: readFile("/proc/\(running.process)/status"), as: UTF8.self)
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1_024 }
        }
        return nil
    }

    /// Waits until the daemon has seen `time` and nothing is left to do then.
    func settle(at time: Timestamp, deliveries: Bool) throws {
        let began = Date()
        while Date().timeIntervalSince(began) < 60 {
            if let standing = try? standing(), standing.now == time, !standing.isBusy,
                standing.nextDueAt.map({ $0 > time }) ?? true, try !deliveries || undeliveredCount() == 0
            {
                return
            }
            try demandAlive()
            usleep(5_000)
        }
        let last = (try? standing()).map { "\($0)" } ?? "no answer"
        throw ChildProcess.Failure(
            text: "the daemon is not done with \(time) after a minute: \(last)\n" + (running.map(errors) ?? ""))
    }

    private func undeliveredCount() throws -> Int {
        let ledger = try LedgerFile.open(at: folder.root + "/.meta-supervisor/ledger.sqlite", mode: .readOnly)
        defer { try? ledger.close() }
        return try ledger.alertLog.undeliveredCount()
    }

    private func errors(_ running: ChildProcess.Running) -> String {
        String(decoding: readFile(running.errorPath).suffix(4_000), as: UTF8.self)
    }

    private func demandAlive() throws {
        guard let running else { throw ChildProcess.Failure(text: "there is no daemon") }
        var status: Int32 = 0
        guard waitpid(running.process, &status, WNOHANG) == 0 else {
            throw ChildProcess.Failure(text: "the daemon ended by itself (\(status)):\n" + errors(running))
        }
    }

    /// What `/jobs` says.
    func standing() throws -> Standing {
        let body = try get("/jobs").body
        guard let document = try? JSONValue.parse(body), let jobs = document["jobs"]?.array,
            let nowText = document["at"]?.string, let now = try? CivilTime.timestamp(nowText)
        else { throw ChildProcess.Failure(text: "/jobs: " + String(decoding: body, as: UTF8.self)) }
        let due = jobs.compactMap { $0["next_due_at"]?.string }.compactMap { try? CivilTime.timestamp($0) }
        return Standing(
            now: now, isBusy: jobs.contains { $0["running_since"]?.string != nil }, nextDueAt: due.min())
    }

    func get(_ path: String) throws -> (status: Int, body: [UInt8]) {
        if port == nil { port = UInt16(String(decoding: readFile(portFile), as: UTF8.self).trimmingSpaces()) }
        guard let port else { throw ChildProcess.Failure(text: "no port yet") }
        return try LoopbackRequest.get(port: port, path: path)
    }
}

/// One GET on the loopback, without anything that could keep connections.
enum LoopbackRequest {
    static func get(port: UInt16, path: String) throws -> (status: Int, body: [UInt8]) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ChildProcess.Failure(text: "socket: \(errno)") }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw ChildProcess.Failure(text: "connect: \(errno)") }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw ChildProcess.Failure(text: "send: \(errno)")
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count == 0 { break }
            guard count > 0 else { throw ChildProcess.Failure(text: "recv: \(errno)") }
            bytes += block[..<count]
        }
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)),
            let status = String(decoding: bytes.prefix(16), as: UTF8.self).split(separator: " ").dropFirst().first
                .flatMap({ Int($0) })
        else { throw ChildProcess.Failure(text: "no answer from \(path)") }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let body = Array(bytes[end.upperBound...])
        return (status, head.contains("transfer-encoding: chunked") ? unchunked(body) : body)
    }

    private static func unchunked(_ body: [UInt8]) -> [UInt8] {
        var rest = body[...]
        var whole: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let text = String(decoding: rest[..<end], as: UTF8.self).trimmingSpaces()
            guard let length = Int(text.filter { $0 != "\r" }, radix: 16), length > 0 else { break }
            let start = rest.index(after: end)
            guard start + length <= rest.endIndex else { break }
            whole += rest[start..<(start + length)]
            rest = rest[(start + length)...].dropFirst(2)
        }
        return whole
    }
}
