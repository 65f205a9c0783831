import Foundation

/// A client so plain that nothing is between the test and the bytes: one connection, one writing, all that comes back.
enum LoopbackClient {
    struct Answer: Sendable {
        var status: Int
        /// Names in small letters.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Failure: Error {
        var what: String
        var code: Int32
    }

    static func get(
        _ path: String, port: Int, method: String = "GET", headers: [String] = [], body: String = ""
    ) async throws -> Answer {
        try answer(from: try await send(request(path, method: method, headers: headers, body: body), port))
    }

    private static func request(_ path: String, method: String, headers: [String], body: String) -> [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + headers
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    /// Asks again for as long as the server closes connections that were too slow for it, as it does to anybody's on a
    /// machine that is busy for longer than its limit; any answer at all is returned.
    static func getInTime(_ path: String, port: Int, headers: [String] = []) async throws -> Answer {
        for _ in 0..<10_000 {
            let bytes = try await send(request(path, method: "GET", headers: headers, body: ""), port)
            if !bytes.isEmpty { return try answer(from: bytes) }
        }
        throw Failure(what: "closed without an answer each time", code: 0)
    }

    /// Reading blocks; it has a thread of its own, so that the server keeps those of the tests.
    static func send(_ bytes: [UInt8], _ port: Int) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try exchange(bytes, port) })
            }
        }
    }

    private static func exchange(_ bytes: [UInt8], _ port: Int) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket", code: errno) }
        defer { close(descriptor) }
        // Only a server that never answers makes anybody wait this long; a busy machine may well take a minute.
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(what: "connect", code: errno) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            // The server may have seen enough and closed.
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { received.append(contentsOf: buffer[..<count]) }
            if count == 0 { return received }
            if count < 0 {
                guard errno == ECONNRESET else { throw Failure(what: "receive", code: errno) }
                return received
            }
        }
    }

    static func answer(from bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw Failure(what: "no head in \(text)", code: 0) }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw Failure(what: lines[0], code: 0) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Answer(status: status, headers: headers, body: Array(text[end.upperBound...].utf8))
    }
}
