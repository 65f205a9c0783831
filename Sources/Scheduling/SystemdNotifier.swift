package import Domain
internal import Glibc
package import Logging
internal import ServiceLifecycle

/// Tells systemd how the daemon is: sd_notify(3) by hand, one datagram a message to `$NOTIFY_SOCKET`.
///
/// `READY=1` once the loop has come by for the first time; `WATCHDOG=1` at half of `$WATCHDOG_USEC`, every 15 s at the
/// latest, for as long as it goes on coming by, so that a daemon that stands still is started anew; `STATUS=` for
/// `systemctl status`; `STOPPING=1` at a graceful shutdown. Without the variable it is silent.
package struct SystemdNotifier: Service {
    private let socket: NotifySocket?
    /// `nil` where no watchdog listens.
    package let watchdogInterval: Span?
    private let time: PassingTime
    private let isAlive: @Sendable () -> Bool
    private let status: @Sendable () async -> String
    private let logger: Logger

    /// - Parameters:
    ///   - environment: of the process; `WATCHDOG_PID` that names another process silences the watchdog.
    ///   - processID: `nil` for this one's.
    ///   - isAlive: whether the work goes on: the scheduler's heartbeat is fresh.
    ///   - status: one line for people.
    package init(
        environment: [String: String], processID: Int32? = nil, time: PassingTime = .live,
        isAlive: @escaping @Sendable () -> Bool, status: @escaping @Sendable () async -> String, logger: Logger
    ) {
        socket = environment["NOTIFY_SOCKET"].flatMap(NotifySocket.init)
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == processID ?? getpid() } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
        watchdogInterval = microseconds.flatMap {
            isForUs && $0 > 0 ? Span(milliseconds: max(1, $0 / 2_000)) : nil
        }
        self.time = time
        self.isAlive = isAlive
        self.status = status
        self.logger = logger
        if environment["NOTIFY_SOCKET"].map({ !$0.isEmpty }) == true, socket == nil {
            logger.warning("NOTIFY_SOCKET is no socket path that fits: systemd is not told anything")
        }
    }

    package func run() async throws {
        guard socket != nil else {
            try? await gracefulShutdown()
            return
        }
        let waiting = WakeableWait()
        await withTaskCancellationOrGracefulShutdownHandler {
            await report(waiting)
        } onCancelOrGracefulShutdown: {
            waiting.wake()
        }
        send("STOPPING=1")
    }

    private func report(_ waiting: WakeableWait) async {
        var isReady = false
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            if isAlive() {
                let line = String((await status()).map { $0.isNewline ? " " : $0 })
                send((isReady ? "" : "READY=1\n") + (watchdogInterval == nil ? "" : "WATCHDOG=1\n") + "STATUS=\(line)")
                isReady = true
            }
            // Soon, while systemd waits to hear that we are up.
            let longest = isReady ? Span(milliseconds: 15_000) : Span(milliseconds: 200)
            let span = min(watchdogInterval ?? longest, longest)
            await waiting.run { [time] in await time.wait(span) }
        }
    }

    private func send(_ message: String) {
        guard let socket, let failure = socket.send(message) else { return }
        logger.warning("systemd could not be told: \(failure)")
    }
}

/// The address of a datagram socket: a path, or a name in the abstract namespace (`@name`).
struct NotifySocket: Sendable {
    private let path: [UInt8]

    /// `nil` for what is neither, or does not fit into an address.
    init?(_ text: String) {
        var path = Array(text.utf8)
        guard let first = path.first, path.count >= 2, path.count < NotifySocket.capacity else { return nil }
        if first == UInt8(ascii: "@") { path[0] = 0 } else if first != UInt8(ascii: "/") { return nil }
        self.path = path
    }

    private static let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// What went wrong, in words; `nil` if the message is out.
    func send(_ message: String) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return NotifySocket.reason() }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // An abstract name ends where the address does: no zero byte is part of it.
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let length = socklen_t(offset + path.count + (path[0] == 0 ? 0 : 1))
        let bytes = Array(message.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
        return sent == bytes.count ? nil : NotifySocket.reason()
    }

    private static func reason() -> String {
        let code = errno
        return strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
