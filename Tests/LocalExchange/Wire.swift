internal import Glibc

/// Writes answers to one connection, well or badly.
struct Wire {
    private let connection: CInt
    private let isStopped: () -> Bool

    init(_ connection: CInt, isStopped: @escaping () -> Bool) {
        self.connection = connection
        self.isStopped = isStopped
    }

    /// Whether the connection can take another request.
    func send(_ answer: Answer, _ mishap: Mishap?, isLast: Bool) -> Bool {
        let whole = head(answer, length: answer.body.count, isLast: isLast) + answer.body
        switch mishap {
        case nil, .status, .html, .errorObject, .emptyList, .reply: return write(whole)
        case .delay(let milliseconds):
            pause(milliseconds)
            return write(whole)
        case .dribble(let bytes, let interval): return dribble(whole, max(1, bytes), interval)
        case .silence:
            while !isStopped(), !isLeft { pause(5) }
            return false
        case .reset:
            reset()
            return false
        case .close: return false
        case .closeInBody:
            _ = write(whole.dropLast(answer.body.count - answer.body.count / 2))
            return false
        case .resetInBody:
            _ = write(whole.dropLast(answer.body.count - answer.body.count / 2))
            reset()
            return false
        case .garbage:
            _ = write((0..<512).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
            return false
        case .wrongContentLength(let difference):
            _ = write(head(answer, length: max(0, answer.body.count + difference), isLast: isLast) + answer.body)
            return false
        case .hugeBody(let bytes, let isAnnounced): return huge(bytes, isAnnounced)
        }
    }

    private func head(_ answer: Answer, length: Int?, isLast: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(answer.status) \(Self.reason(answer.status))\r\n"
        for header in answer.headers { text += "\(header.name): \(header.value)\r\n" }
        if let length { text += "Content-Length: \(length)\r\n" }
        return Array((text + (isLast || length == nil ? "Connection: close\r\n\r\n" : "\r\n")).utf8)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 418: "I'm a teapot"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }

    private func dribble(_ bytes: [UInt8], _ size: Int, _ interval: Int) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty, !isStopped() {
            guard write(rest.prefix(size)) else { return false }
            rest = rest.dropFirst(size)
            pause(interval)
        }
        return rest.isEmpty
    }

    private func huge(_ count: Int, _ isAnnounced: Bool) -> Bool {
        let answer = Answer(json: "")
        guard write(head(answer, length: isAnnounced ? count : nil, isLast: !isAnnounced)) else { return false }
        let blanks = [UInt8](repeating: UInt8(ascii: " "), count: 65_536)
        var rest = count
        while rest > 0, !isStopped() {
            guard write(blanks.prefix(rest)) else { return false }
            rest -= min(rest, blanks.count)
        }
        return isAnnounced && rest == 0
    }

    /// With no time to linger, closing sends RST and drops what was not delivered.
    private func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Whether the other side has closed.
    private var isLeft: Bool {
        var byte: UInt8 = 0
        let count = recv(connection, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    private func write(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func pause(_ milliseconds: Int) {
        var rest = milliseconds
        while rest > 0, !isStopped() {
            usleep(UInt32(min(rest, 20)) * 1_000)
            rest -= 20
        }
    }
}
