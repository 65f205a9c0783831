import Foundation
import JSONText
import Testing

/// The strict dialect against Foundation's parser, on texts made from a grammar and then damaged.
///
/// Deliberate differences, each left out below by `isKnownDifference`:
/// - Foundation detects UTF-16 and UTF-32 by zero bytes and skips a byte order mark; a line here is UTF-8 without one.
/// - Foundation refuses numbers that no Double can hold (`1e400`); here the text is JSON and the value is nil.
/// - Foundation refuses a bare zero with an exponent (`0e4`), which RFC 8259 allows.
/// - Foundation accepts a comma before a closing bracket.
/// - Foundation accepts a repeated key and keeps one of the values; `JSONValue.parse` refuses it.
struct JSONDifferentialTests {
    @Test(
        "Accepts and refuses what Foundation does, and reads the same values", arguments: [11, 12, 13, 14] as [UInt64])
    func agreement(seed: UInt64) throws {
        var source = SeededSource(seed: seed)
        var acceptedCount = 0
        for round in 0..<4_000 {
            var bytes = Array(document(&source).utf8)
            if source.chance(2) { damage(&bytes, &source) }
            if isKnownDifference(bytes) { continue }
            let theirs = try? JSONDecoder().decode(Decoded.self, from: Data(bytes))
            let ours = try? JSONValue.parse(bytes)
            let label = "seed \(seed) round \(round): \(String(decoding: bytes, as: UTF8.self)) \(bytes)"
            #expect((theirs?.isObject ?? false) == (ours?.object != nil), "\(label)")
            if theirs == nil, case .success(let fields) = scan(bytes) { Issue.record("\(label) \(fields)") }
            guard let theirs, let ours else { continue }
            if ours.object != nil, case .failure(let error) = scan(bytes) { Issue.record("\(label) \(error)") }
            acceptedCount += 1
            #expect(isSame(ours, theirs), "\(label)")
            #expect(try JSONValue.parse(ours.canonicalBytes).canonicalBytes == ours.canonicalBytes, "\(label)")
        }
        #expect(acceptedCount > 1_000)
    }

    private func isKnownDifference(_ bytes: [UInt8]) -> Bool {
        if bytes.prefix(4).contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.starts(with: [0xFF]) {
            return true
        }
        if bytes.starts(with: [0xFE]) || bytes.isEmpty { return true }
        let visible = bytes.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let hasTrailingComma = zip(visible, visible.dropFirst()).contains { one, next in
            one == UInt8(ascii: ",") && (next == UInt8(ascii: "}") || next == UInt8(ascii: "]"))
        }
        if hasTrailingComma { return true }
        var scanner = JSONDocumentScanner(dialect: .strict)
        var tokens: [JSONToken] = []
        return bytes.withUnsafeBytes { text in
            guard (try? scanner.scan(text, into: &tokens)) != nil else { return false }
            let hasOtherNumber = tokens.contains {
                guard $0.kind == .number || $0.kind == .integer else { return false }
                let digits = text[$0.start..<$0.end].drop { $0 == UInt8(ascii: "-") }
                let isBareZero = digits.starts(with: "0e".utf8) || digits.starts(with: "0E".utf8)
                return isBareZero || JSONDecoding.finiteDouble(text, $0.start..<$0.end) == nil
            }
            return hasOtherNumber || (try? JSONValue.parse(text)) == nil
        }
    }

    private func isSame(_ ours: JSONValue, _ theirs: Decoded) -> Bool {
        switch (ours, theirs) {
        case (.null, .null): return true
        case (.bool(let one), .bool(let other)): return one == other
        case (.integer, .number(let other)), (.number, .number(let other)):
            // Foundation loses the sign of zero.
            return ours.double?.bitPattern == other.bitPattern || (ours.double == 0 && other == 0)
        case (.string(let one), .string(let other)): return Array(one.utf8) == Array(other.utf8)
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { isSame($0, $1) }
        case (.object(let members), .object(let others)):
            return members.count == others.count
                && members.allSatisfy { member in others[member.key].map { isSame(member.value, $0) } ?? false }
        default: return false
        }
    }

    private func document(_ source: inout SeededSource) -> String {
        let fields = (0..<source.below(5)).map { index in
            "\(space(&source))\"k\(index)\(text(&source))\"\(space(&source)):\(value(&source, depth: 0))"
        }
        return "\(space(&source)){\(fields.joined(separator: ","))\(space(&source))}\(space(&source))"
    }

    private func space(_ source: inout SeededSource) -> String {
        ["", "", "", " ", "\t", "\r\n", "\n "][source.below(7)]
    }

    private func value(_ source: inout SeededSource, depth: Int) -> String {
        let pad = space(&source)
        switch source.below(depth > 3 ? 6 : 8) {
        case 0: return pad + ["true", "false", "null"][source.below(3)]
        case 1, 2: return pad + number(&source)
        case 3: return pad + "\(Int64(bitPattern: source.next()) >> Int64(source.below(64)))"
        case 4, 5: return "\(pad)\"\(text(&source))\""
        case 6:
            let values = (0..<source.below(4)).map { _ in value(&source, depth: depth + 1) }
            return "\(pad)[\(values.joined(separator: ","))\(space(&source))]"
        default:
            let fields = (0..<source.below(4)).map { "\"\($0)\":\(value(&source, depth: depth + 1))" }
            return "\(pad){\(fields.joined(separator: ","))\(space(&source))}\(pad)"
        }
    }

    private func number(_ source: inout SeededSource) -> String {
        let sign = source.chance(3) ? "-" : ""
        let whole = source.chance(3) ? "0" : "\(source.below(9) + 1)" + source.digits(source.below(18))
        let fraction = source.chance(2) ? "." + source.digits(source.below(18) + 1) : ""
        let exponent = source.chance(4) ? ["e", "E-", "e+"][source.below(3)] + "\(source.below(300))" : ""
        return sign + whole + fraction + exponent
    }

    private func text(_ source: inout SeededSource) -> String {
        let pieces = [
            "abcdefghij", "x", "é", "€", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", " ", "\u{7f}",
            "{", "]",
        ]
        return (0..<source.below(6)).map { _ in pieces[source.below(pieces.count)] }.joined()
    }

    private func damage(_ bytes: inout [UInt8], _ source: inout SeededSource) {
        let alphabet = Array("{}[]\",:\\ue0.-+19ftn \n\t".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xA0, 0xF0, 0xFF]
        for _ in 0...source.below(2) where !bytes.isEmpty {
            let index = source.below(bytes.count)
            switch source.below(4) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(alphabet[source.below(alphabet.count)], at: index)
            case 2: bytes[index] = alphabet[source.below(alphabet.count)]
            default: bytes.removeSubrange(index...)
            }
        }
    }
}

/// What Foundation reads; its `JSONSerialization` would round long numbers by way of decimals, `JSONDecoder` does not.
private indirect enum Decoded: Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Decoded])
    case object([String: Decoded])

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: AnyKey.self) {
            let pairs = try values.allKeys.map { ($0.stringValue, try values.decode(Decoded.self, forKey: $0)) }
            self = .object(Dictionary(pairs) { _, last in last })
        } else if var values = try? decoder.unkeyedContainer() {
            var elements: [Decoded] = []
            while !values.isAtEnd { elements.append(try values.decode(Decoded.self)) }
            self = .array(elements)
        } else {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let truth = try? value.decode(Bool.self) {
                self = .bool(truth)
            } else if let text = try? value.decode(String.self) {
                self = .string(text)
            } else {
                self = .number(try value.decode(Double.self))
            }
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
