import Domain
import Glibc
import Scheduling
import Synchronization
import Testing

/// Real datagrams, to a socket of the test's own.
struct SystemdNotifierTests {
    /// Receives what systemd would.
    private final class Receiver: Sendable {
        let descriptor: Int32
        let name: String

        init(isAbstract: Bool) throws {
            var template = Array("/tmp/notify-XXXXXX".utf8CString)
            let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
            name = isAbstract ? "@" + folder.dropFirst() : folder + "/socket"
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var path = Array(name.utf8)
            if isAbstract { path[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            let length = socklen_t(2 + path.count + (isAbstract ? 0 : 1))
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(status == 0)
            if isAbstract { rmdir(folder) }
        }

        deinit {
            close(descriptor)
            if name.hasPrefix("/") {
                unlink(name)
                rmdir(String(name.dropLast("/socket".count)))
            }
        }

        /// The next datagram, if it is there.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
        }

        func wait() async throws -> String {
            for _ in 0..<60_000 {
                if let message = next() { return message }
                try await Task.sleep(for: .milliseconds(1))
            }
            Issue.record("no datagram came")
            throw CancellationError()
        }
    }

    @Test("Ready after the first round, then alive at half the watchdog's time, then stopping",
        arguments: [false, true])
    func messages(isAbstract: Bool) async throws {
        let receiver = try Receiver(isAbstract: isAbstract)
        let world = try SchedulerWorld()
        let isAlive = Switch()
        let notifier = SystemdNotifier(
            environment: ["NOTIFY_SOCKET": receiver.name, "WATCHDOG_USEC": "4000000"], time: world.time,
            isAlive: { isAlive.value }, status: { "6 jobs\nall well" }, logger: quietLogger)
        #expect(notifier.watchdogInterval == Span(milliseconds: 2_000))
        let task = Task { try await notifier.run() }
        try await world.pass(seconds: 2)
        #expect(receiver.next() == nil)
        isAlive.value = true
        try await world.pass(seconds: 1)
        #expect(try await receiver.wait() == "READY=1\nWATCHDOG=1\nSTATUS=6 jobs all well")
        try await world.pass(seconds: 2)
        #expect(try await receiver.wait() == "WATCHDOG=1\nSTATUS=6 jobs all well")
        // A loop that stands still is not covered up.
        isAlive.value = false
        try await world.pass(seconds: 6)
        #expect(receiver.next() == nil)
        task.cancel()
        try await task.value
        #expect(try await receiver.wait() == "STOPPING=1")
    }

    @Test("Without the variable it is silent, and a watchdog of another process is not ours")
    func silent() async throws {
        let world = try SchedulerWorld()
        func notifier(_ environment: [String: String]) -> SystemdNotifier {
            SystemdNotifier(
                environment: environment, processID: 7, time: world.time, isAlive: { true }, status: { "" },
                logger: quietLogger)
        }
        #expect(notifier([:]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "8"]).watchdogInterval == nil)
        let ours = notifier(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"])
        #expect(ours.watchdogInterval == Span(milliseconds: 1_000))
        #expect(notifier(["WATCHDOG_USEC": "soon"]).watchdogInterval == nil)
        let silent = notifier(["NOTIFY_SOCKET": "no/socket"])
        let task = Task { try await silent.run() }
        task.cancel()
        try await task.value
    }
}

final class Switch: Sendable {
    private let flag = Atomic(false)
    var value: Bool {
        get { flag.load(ordering: .acquiring) }
        set { flag.store(newValue, ordering: .releasing) }
    }
}
