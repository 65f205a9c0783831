import JSONText
import Testing

/// The strict dialect against Foundation's parser, on texts made from a grammar and then damaged.
///
/// The deliberate differences are listed at `FoundationJSON`.
struct JSONDifferentialTests {
    @Test(
        "Accepts and refuses what Foundation does, and reads the same values", arguments: [11, 12, 13, 14] as [UInt64])
    func agreement(seed: UInt64) throws {
        var source = SeededSource(seed: seed)
        var acceptedCount = 0
        for round in 0..<4_000 {
            var bytes = Array(document(&source).utf8)
            if source.chance(2) { damage(&bytes, &source) }
            if FoundationJSON.isKnownDifference(bytes) { continue }
            let theirs = FoundationJSON.value(bytes)
            let ours = try? JSONValue.parse(bytes)
            let label = "seed \(seed) round \(round): \(String(decoding: bytes, as: UTF8.self)) \(bytes)"
            #expect((theirs?.isObject ?? false) == (ours?.object != nil), "\(label)")
            if theirs == nil, case .success(let fields) = scan(bytes) { Issue.record("\(label) \(fields)") }
            guard let theirs, let ours else { continue }
            if ours.object != nil, case .failure(let error) = scan(bytes) { Issue.record("\(label) \(error)") }
            acceptedCount += 1
            #expect(theirs.isSame(as: ours), "\(label)")
            #expect(
                try JSONValue.parse(ours.canonicalBytes).canonicalBytes == ours.canonicalBytes, "\(label)")
        }
        #expect(acceptedCount > 1_000)
    }

    @Test("Where Foundation leaves RFC 8259, it is known and left out above")
    func deviations() {
        /// What Foundation accepts, and what we do.
        func verdicts(_ text: String) -> [Bool] {
            let bytes = Array(text.utf8)
            return [FoundationJSON.value(bytes) != nil, (try? JSONValue.parse(bytes)) != nil]
        }
        // RFC 8259, section 4: a comma separates a value from a following one.
        #expect(verdicts(#"{"a":[1,]}"#) == [true, false])
        #expect(verdicts(#"{"a":1,}"#) == [true, false])
        // Section 6: `int = zero / ( digit1-9 *DIGIT )`, and an exponent may follow either.
        #expect(verdicts(#"{"a":0e4}"#) == [false, true])
        #expect(verdicts(#"{"a":0.0e4}"#) == [true, true])
        // Section 6 sets no limit to the size of a number; its value is nil here.
        #expect(verdicts(#"{"a":1e400}"#) == [false, true])
        // Section 4: names should be unique. Foundation keeps one value, and which is not said.
        #expect(verdicts(#"{"a":1,"a":2}"#) == [true, false])
        // It does not look at a value that it drops.
        #expect(verdicts(#"{"a":1,"a":303.1-7280}"#) == [true, false])
        #expect(verdicts(#"{"a":303.1-7280}"#) == [false, false])
        // Section 8.1: UTF-8, and a parser may ignore a byte order mark; a line of ours has none.
        #expect(verdicts("\u{FEFF}{}") == [true, false])
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
