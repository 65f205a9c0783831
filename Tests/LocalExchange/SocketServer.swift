internal import Foundation
internal import Glibc
internal import Synchronization

/// HTTP/1.1 over plain sockets on 127.0.0.1, a thread for each connection: what is wrong with an answer can be exactly
/// as wrong as wanted.
final class SocketServer: Sendable {
    typealias Handler = @Sendable (ReceivedRequest) -> (Answer, Mishap?)

    let port: Int
    private let listener: CInt
    private let handler: Handler
    private let isStopping = Atomic(false)
    private let connections = Mutex<Set<CInt>>([])
    /// Threads that live, and whoever waits for the last of them.
    private let threads = ThreadCount()

    private static let maximalRequestBytes = 16 << 20
    private static let maximalConnections = 256

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(port: UInt16, handler: @escaping Handler) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure(description: "no socket: error \(errno)") }
        var on: CInt = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard isListening else {
            let number = errno
            close(listener)
            throw Failure(description: "cannot listen on 127.0.0.1:\(port): error \(number)")
        }
        self.listener = listener
        self.port = Int(UInt16(bigEndian: address.sin_port))
        self.handler = handler
        threads.begin { self.accept() }
    }

    func stop() {
        guard !isStopping.exchange(true, ordering: .sequentiallyConsistent) else { return }
        shutdown(listener, CInt(SHUT_RDWR))
        connections.withLock { open in
            for connection in open { shutdown(connection, CInt(SHUT_RDWR)) }
        }
        threads.waitForAll()
    }

    var isStopped: Bool { isStopping.load(ordering: .sequentiallyConsistent) }

    private func accept() {
        defer { close(listener) }
        while !isStopped {
            // Bounded, so that a stop between the question and the call is seen.
            var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 50) > 0 else { continue }
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            var on: CInt = 1
            setsockopt(connection, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            let isTaken = connections.withLock { open in
                guard open.count < Self.maximalConnections, !isStopped else { return false }
                return open.insert(connection).inserted
            }
            guard isTaken else {
                close(connection)
                continue
            }
            threads.begin { self.serve(connection) }
        }
    }

    private func serve(_ connection: CInt) {
        let wire = Wire(connection) { self.isStopped }
        var pending: [UInt8] = []
        while let request = next(&pending, on: connection) {
            let (answer, mishap) = handler(request)
            let isLast = request.header("connection")?.lowercased() == "close"
            guard wire.send(answer, mishap, isLast: isLast), !isLast else { break }
        }
        // Out of the set before the number is free for another connection.
        connections.withLock { _ = $0.remove(connection) }
        close(connection)
    }

    private func next(_ pending: inout [UInt8], on connection: CInt) -> ReceivedRequest? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isStopped {
            if let (request, length) = ReceivedRequest.parse(pending) {
                pending.removeFirst(length)
                return request
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0, pending.count + count <= Self.maximalRequestBytes else { return nil }
            pending += buffer[..<count]
        }
        return nil
    }
}

/// Counts threads, and waits until there is none.
private final class ThreadCount: Sendable {
    private let condition = NSCondition()
    private let count = Mutex(0)

    func begin(_ body: @escaping @Sendable () -> Void) {
        condition.lock()
        count.withLock { $0 += 1 }
        condition.unlock()
        Thread.detachNewThread {
            body()
            self.condition.lock()
            self.count.withLock { $0 -= 1 }
            self.condition.broadcast()
            self.condition.unlock()
        }
    }

    func waitForAll() {
        condition.lock()
        while count.withLock({ $0 }) > 0 { condition.wait() }
        condition.unlock()
    }
}
