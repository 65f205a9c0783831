import Foundation
import JSONText

/// Replies that real exchanges gave, beside the repository where somebody has put them:
/// `../shared/data/exchange_fixtures`. They only add to what the written samples show.
enum RecordedReplies {
    static let folder: String? = {
        var package = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { package.deleteLastPathComponent() }
        let path = package.deletingLastPathComponent().appendingPathComponent("shared/data/exchange_fixtures").path
        if FileManager.default.fileExists(atPath: path) { return path }
        let reason = "tests of recorded replies are skipped: there is no folder ../shared/data/exchange_fixtures\n"
        FileHandle.standardError.write(Data(reason.utf8))
        return nil
    }()

    static func body(_ name: String) throws -> [UInt8] {
        let data = try Data(contentsOf: URL(fileURLWithPath: (folder ?? "") + "/" + name))
        return name.hasSuffix(".gz") ? try Gzip.inflated(Array(data)) : Array(data)
    }

    /// The replies of a recording made by a proxy, by path and query.
    static func proxied(_ name: String, path: String, query: String) throws -> String? {
        let document = try JSONValue.parse(try body(name))
        let replies = document["routes"]?[path]?["GET"]?.array ?? []
        return replies.first { $0["queryString"]?.string == query }?["data"].map { SampleJSON(value: $0).text }
    }
}

/// RFC 1951 and RFC 1952, for tests: slow, plain, and without a library.
struct Gzip {
    enum Failure: Error { case malformed }

    private let bytes: [UInt8]
    private var position: Int
    private var bitBuffer: UInt32 = 0
    private var bitCount: UInt32 = 0
    private var output: [UInt8] = []

    static func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count > 18, bytes[0] == 0x1F, bytes[1] == 0x8B, bytes[2] == 8 else { throw Failure.malformed }
        var start = 10
        if bytes[3] & 4 != 0 { start += 2 + Int(bytes[start]) + Int(bytes[start + 1]) << 8 }
        for flag: UInt8 in [8, 16] where bytes[3] & flag != 0 {
            while start < bytes.count, bytes[start] != 0 { start += 1 }
            start += 1
        }
        var gzip = Gzip(bytes: bytes, position: start)
        var isLast = false
        while !isLast {
            isLast = try gzip.bits(1) == 1
            switch try gzip.bits(2) {
            case 0: try gzip.copyStored()
            case 1: try gzip.copyCoded(Code(lengths: fixedLengths), Code(lengths: Array(repeating: 5, count: 30)))
            case 2:
                let (literals, distances) = try gzip.codes()
                try gzip.copyCoded(literals, distances)
            default: throw Failure.malformed
            }
        }
        return gzip.output
    }

    private init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    private static let fixedLengths =
        Array(repeating: 8, count: 144) + Array(repeating: 9, count: 112) + Array(repeating: 7, count: 24)
        + Array(repeating: 8, count: 8)

    private mutating func bits(_ count: UInt32) throws -> Int {
        while bitCount < count {
            guard position < bytes.count else { throw Failure.malformed }
            bitBuffer |= UInt32(bytes[position]) << bitCount
            position += 1
            bitCount += 8
        }
        let value = bitBuffer & ((1 << count) - 1)
        bitBuffer >>= count
        bitCount -= count
        return Int(value)
    }

    private mutating func copyStored() throws {
        bitBuffer = 0
        bitCount = 0
        guard position + 4 <= bytes.count else { throw Failure.malformed }
        let count = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        guard position + 4 + count <= bytes.count else { throw Failure.malformed }
        output += bytes[(position + 4)..<(position + 4 + count)]
        position += 4 + count
    }

    /// Symbols by code length, and how many codes have each length.
    private struct Code {
        var counts = Array(repeating: 0, count: 16)
        var symbols: [Int] = []

        init(lengths: [Int]) {
            for length in lengths where length > 0 { counts[length] += 1 }
            for length in 1...15 { symbols += lengths.indices.filter { lengths[$0] == length } }
        }
    }

    private mutating func symbol(_ code: Code) throws -> Int {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            value |= try bits(1)
            let count = code.counts[length]
            if value - count < first { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw Failure.malformed
    }

    private mutating func codes() throws -> (literals: Code, distances: Code) {
        let literalCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let lengthCount = try bits(4) + 4
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var meta = Array(repeating: 0, count: 19)
        for index in 0..<lengthCount { meta[order[index]] = try bits(3) }
        let metaCode = Code(lengths: meta)
        var lengths: [Int] = []
        while lengths.count < literalCount + distanceCount {
            switch try symbol(metaCode) {
            case 16: lengths += Array(repeating: lengths.last ?? 0, count: try bits(2) + 3)
            case 17: lengths += Array(repeating: 0, count: try bits(3) + 3)
            case 18: lengths += Array(repeating: 0, count: try bits(7) + 11)
            case let length: lengths.append(length)
            }
        }
        return (
            Code(lengths: Array(lengths[..<literalCount])),
            Code(lengths: Array(lengths[literalCount..<(literalCount + distanceCount)]))
        )
    }

    private mutating func copyCoded(_ literals: Code, _ distances: Code) throws {
        while true {
            let next = try symbol(literals)
            if next < 256 {
                output.append(UInt8(next))
                continue
            }
            if next == 256 { return }
            // Lengths 3 to 258 and distances 1 to 32,768, in groups that double (RFC 1951, 3.2.5).
            let group = next - 257
            var length = group < 8 ? group + 3 : (4 + group % 4) << (group / 4 - 1) + 3
            if group == 28 { length = 258 } else if group >= 8 { length += try bits(UInt32(group / 4 - 1)) }
            let step = try symbol(distances)
            var distance = step < 4 ? step + 1 : (2 + step % 2) << (step / 2 - 1) + 1
            if step >= 4 { distance += try bits(UInt32(step / 2 - 1)) }
            guard distance <= output.count else { throw Failure.malformed }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
