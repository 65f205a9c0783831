import Foundation
import JSONText

/// What Foundation reads; its `JSONSerialization` would round long numbers by way of decimals, `JSONDecoder` does not.
///
/// Deliberate differences, each left out by `isKnownDifference`:
/// - Foundation detects UTF-16 and UTF-32 by zero bytes and skips a byte order mark; a line here is UTF-8 without one.
/// - Foundation refuses numbers that no Double can hold (`1e400`); here the text is JSON and the value is nil.
/// - Foundation refuses a bare zero with an exponent (`0e4`), which RFC 8259 allows.
/// - Foundation accepts a comma before a closing bracket.
/// - Foundation accepts a repeated key and keeps one of the values without a look at the other;
///   `JSONValue.parse` refuses it.
indirect enum FoundationJSON: Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([FoundationJSON])
    case object([String: FoundationJSON])

    static func value(_ bytes: [UInt8]) -> FoundationJSON? {
        try? JSONDecoder().decode(FoundationJSON.self, from: Data(bytes))
    }

    static func object(_ bytes: [UInt8]) -> [String: FoundationJSON]? {
        if case .object(let members) = value(bytes) { members } else { nil }
    }

    static func isKnownDifference(_ bytes: [UInt8]) -> Bool {
        if bytes.prefix(4).contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF])
            || bytes.starts(with: [0xFF])
        {
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

    func isSame(as ours: JSONValue) -> Bool {
        switch (ours, self) {
        case (.null, .null): return true
        case (.bool(let one), .bool(let other)): return one == other
        case (.integer, .number(let other)), (.number, .number(let other)):
            // Foundation loses the sign of zero.
            return ours.double?.bitPattern == other.bitPattern || (ours.double == 0 && other == 0)
        case (.string(let one), .string(let other)): return Array(one.utf8) == Array(other.utf8)
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { $1.isSame(as: $0) }
        case (.object(let members), .object(let others)):
            return members.count == others.count
                && members.allSatisfy { member in others[member.key]?.isSame(as: member.value) ?? false }
        default: return false
        }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: AnyKey.self) {
            let pairs = try values.allKeys.map {
                ($0.stringValue, try values.decode(FoundationJSON.self, forKey: $0))
            }
            self = .object(Dictionary(pairs) { _, last in last })
        } else if var values = try? decoder.unkeyedContainer() {
            var elements: [FoundationJSON] = []
            while !values.isAtEnd { elements.append(try values.decode(FoundationJSON.self)) }
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
