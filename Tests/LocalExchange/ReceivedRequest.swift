internal import Foundation

/// A request as it came in.
package struct ReceivedRequest: Equatable, Sendable {
    package var method: String
    /// As sent: path and query, percent-encoded.
    package var target: String
    package var headers: [Header]
    package var body: [UInt8]
    /// What was done to its answer; `nil` for nothing.
    package var mishap: Mishap?

    package struct Header: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(method: String, target: String, headers: [Header], body: [UInt8]) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// Decoded, without the query.
    package var path: String {
        let encoded = String(target.prefix { $0 != "?" })
        return encoded.removingPercentEncoding ?? encoded
    }

    /// Decoded; of a name that comes twice the last one counts.
    package var query: [String: String] {
        guard let mark = target.firstIndex(of: "?") else { return [:] }
        var query: [String: String] = [:]
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.removingPercentEncoding ?? String($0)
            }
            query[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return query
    }

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// From what was read so far: the request and how many bytes it took, or `nil` while it is not whole.
    static func parse(_ bytes: [UInt8]) -> (request: ReceivedRequest, length: Int)? {
        let text = Data(bytes)
        guard let end = text.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: text[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count >= 2 else { return nil }
        let headers = lines.compactMap { line -> Header? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return Header(String(line[..<colon]), value)
        }
        var request = ReceivedRequest(
            method: String(words[0]), target: String(words[1]), headers: headers, body: [])
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        guard length >= 0, bytes.count - end.upperBound >= length else { return nil }
        request.body = Array(bytes[end.upperBound..<(end.upperBound + length)])
        return (request, end.upperBound + length)
    }
}

/// What is sent back, before anything happens to it.
struct Answer {
    var status = 200
    var headers: [ReceivedRequest.Header] = []
    var body: [UInt8]

    init(_ status: Int = 200, json: String, headers: [ReceivedRequest.Header] = []) {
        self.status = status
        self.headers = [.init("Content-Type", "application/json; charset=utf-8")] + headers
        body = Array(json.utf8)
    }

    init(_ status: Int, html: String, headers: [ReceivedRequest.Header] = []) {
        self.status = status
        self.headers = [.init("Content-Type", "text/html")] + headers
        body = Array(html.utf8)
    }

    init(_ status: Int, bytes: [UInt8], headers: [ReceivedRequest.Header]) {
        self.status = status
        self.headers = headers
        body = bytes
    }
}
