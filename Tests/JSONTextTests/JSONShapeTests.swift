import Foundation
import JSONText
import Testing

/// Rows are read by the shape of those before them. Whatever came before, a row must be read as if it were alone.
struct JSONShapeTests {
    @Test(
        "A scanner that knows the shape reads every damaged row as a new scanner does",
        arguments: [21, 22, 23, 24] as [UInt64], [JSONDialect.strict, .python])
    func scanner(seed: UInt64, dialect: JSONDialect) {
        var rows = MutatedRows(seed: seed)
        var acceptedCount = 0
        var repeatedCount = 0
        for round in 0..<20 {
            let rejectsDuplicateKeys = round % 2 == 0
            var experienced = JSONRecordScanner(
                dialect: dialect, maximumDepth: 4, rejectsDuplicateKeys: rejectsDuplicateKeys)
            rows.newTemplate()
            var lastID = 0
            var lastKeys: [String] = []
            for step in 0..<60 {
                let row = step < 2 ? rows.row() : rows.damagedRow()
                let expected = scan(
                    row, dialect, maximumDepth: 4, rejectsDuplicateKeys: rejectsDuplicateKeys)
                let ours = row.withUnsafeBytes { line in
                    Result { () throws(JSONError) in
                        var fields: [JSONField] = []
                        try experienced.scan(line, into: &fields)
                        return fields
                    }
                }
                #expect(
                    ours == expected,
                    "seed \(seed) round \(round) step \(step): \(String(decoding: row, as: UTF8.self))")
                guard case .success(let fields) = ours else { continue }
                acceptedCount += 1
                let keys = row.withUnsafeBytes { line in fields.map { $0.key(in: line) } }
                if experienced.shapeID != 0, experienced.shapeID == lastID {
                    repeatedCount += 1
                    #expect(keys == lastKeys, "seed \(seed) round \(round) step \(step)")
                }
                lastID = experienced.shapeID
                lastKeys = keys
            }
        }
        #expect(acceptedCount > 400 && acceptedCount < 1_150, "seed \(seed): \(acceptedCount)")
        #expect(repeatedCount > 200, "seed \(seed): \(repeatedCount)")
    }

    @Test(
        "Rows that know their shape have the values that Foundation reads",
        arguments: [31, 32, 33, 34] as [UInt64])
    func foundation(seed: UInt64) {
        // Without repeated keys: Foundation does not look at the values that it drops.
        var rows = MutatedRows(seed: seed)
        var acceptedCount = 0
        var scanner = JSONRecordScanner(dialect: .strict, rejectsDuplicateKeys: true)
        var fields: [JSONField] = []
        for round in 0..<1_500 {
            if round % 100 == 0 { rows.newTemplate(repeatsKeys: false) }
            let row = rows.damagedRow()
            if FoundationJSON.isKnownDifference(row) { continue }
            let label = "seed \(seed) round \(round): \(String(decoding: row, as: UTF8.self)) \(row)"
            let theirs = FoundationJSON.object(row)
            row.withUnsafeBytes { line in
                let isAccepted = (try? scanner.scan(line, into: &fields)) != nil
                #expect(isAccepted == (theirs != nil), "\(label)")
                guard isAccepted, let theirs else { return }
                acceptedCount += 1
                #expect(fields.count == theirs.count, "\(label)")
                for field in fields {
                    guard let other = theirs[field.key(in: line)],
                        let ours = try? JSONValue.parse(field.rawValue(in: line))
                    else {
                        Issue.record("\(label)")
                        continue
                    }
                    #expect(other.isSame(as: ours), "\(label)")
                    // The way of the number kernel, and that of `JSONValue`.
                    if case .number(let value) = other {
                        #expect(field.double(in: line) == value, "\(label)")
                    }
                }
            }
        }
        #expect(acceptedCount > 300, "seed \(seed): \(acceptedCount)")
    }

    @Test(
        "Cells have the values of the fields, wherever rows begin and whatever follows the text",
        arguments: [41, 42, 43, 44] as [UInt64])
    func cells(seed: UInt64) {
        var rows = MutatedRows(seed: seed)
        var knownCount = 0
        for round in 0..<40 {
            rows.newTemplate()
            let keys = rows.wantedKeys()
            let lines = (0..<60).map { _ in rows.chance(4) ? rows.damagedRow() : rows.row() }
                .filter { !$0.contains(0x0A) && !$0.contains(0x0D) }
            let end: [UInt8] = rows.chance(4) ? [0x0D, 0x0A] : [0x0A]
            let text = lines.flatMap { $0 + end }
            // What is behind the text could be more of it.
            let storage = text + rows.row() + [UInt8](repeating: 0x31, count: JSONRowReader.padding)
            let dialect: JSONDialect = rows.chance(2) ? .strict : .python
            let capacity = [1, 3, 100][rows.below(3)]
            storage.withUnsafeBytes { storage in
                let bytes = UnsafeRawBufferPointer(rebasing: storage[..<text.count])
                let textKeys = Set(keys.filter { _ in rows.chance(3) })
                var reader = JSONRowReader(keys, textKeys: textKeys, dialect: dialect)
                var found = JSONRows(keyCount: keys.count, capacity: capacity)
                var position = 0
                var line = 0
                while position < bytes.count {
                    found.removeAll()
                    let behind = reader.readKnownRows(bytes, from: position, into: &found)
                    var start = position
                    for row in 0..<found.count {
                        let cells = Array(found.cells[(row * keys.count)..<((row + 1) * keys.count)])
                        let expected = expectedCells(bytes, start, lines[line], keys, dialect)
                        #expect(numbered(cells, keys, textKeys, bytes) == expected, "seed \(seed) \(round)")
                        start += lines[line].count + end.count
                        line += 1
                    }
                    knownCount += found.count
                    #expect(start == behind, "seed \(seed) round \(round)")
                    position = behind
                    guard position < bytes.count, found.count < capacity else { continue }
                    // A row of another kind.
                    let stop = position + lines[line].count
                    let expected = expectedCells(bytes, position, lines[line], keys, dialect)
                    found.removeAll()
                    do {
                        try reader.readRow(bytes, position..<stop, into: &found)
                        let cells = Array(found.cells[..<keys.count])
                        let numbered = numbered(cells, keys, textKeys, bytes)
                        #expect(numbered == expected, "seed \(seed) round \(round)")
                        #expect(found.count == 1)
                    } catch {
                        #expect(expected == nil, "seed \(seed) round \(round): \(error)")
                    }
                    position = stop + end.count
                    line += 1
                }
                #expect(line == lines.count)
            }
        }
        #expect(knownCount > 700, "seed \(seed): \(knownCount)")
    }

    /// The cells with the numbers that were left as text, which must not be there yet.
    private func numbered(
        _ cells: [JSONCell], _ keys: [String], _ textKeys: Set<String>, _ text: UnsafeRawBufferPointer
    ) -> [JSONCell] {
        zip(cells, keys).map { cell, key in
            guard textKeys.contains(key), let base = text.baseAddress else { return cell }
            #expect(cell.number == 0)
            var cell = cell
            cell.number = cell.readNumber(base)
            return cell
        }
    }

    private func expectedCells(
        _ text: UnsafeRawBufferPointer, _ start: Int, _ line: [UInt8], _ keys: [String],
        _ dialect: JSONDialect
    ) -> [JSONCell]? {
        guard case .success(let fields) = scan(line, dialect) else { return nil }
        return line.withUnsafeBytes { line in
            keys.map { key in
                guard let field = fields.last(where: { $0.key(in: line) == key }) else { return .absent }
                let range = (start + field.valueStart)..<(start + field.valueEnd)
                var number = 0.0
                if field.kind == .number || field.kind == .integer {
                    number = Double(String(decoding: text[range], as: UTF8.self)) ?? .nan
                }
                return JSONCell(
                    start: range.lowerBound, end: range.upperBound, number: number, kind: field.kind,
                    hasEscapes: field.valueHasEscapes)
            }
        }
    }

    @Test(
        "Numbers of every length beside one another are those of strtod",
        arguments: [51, 52] as [UInt64])
    func numbers(seed: UInt64) throws {
        var source = SeededSource(seed: seed)
        var scanner = JSONRecordScanner(dialect: .strict)
        var reader = JSONRowReader(["a", "b"], dialect: .strict)
        var rows = JSONRows(keyCount: 2, capacity: 8)
        var fields: [JSONField] = []
        for _ in 0..<3_000 {
            let texts = (0..<2).map { _ in number(&source) }
            let line = Array("{\"a\": \(texts[0]), \"b\": \(texts[1])}".utf8)
            let text = line + [0x0A] + [UInt8](repeating: 0x39, count: JSONRowReader.padding)
            try text.withUnsafeBytes { storage in
                let bytes = UnsafeRawBufferPointer(rebasing: storage[..<(line.count + 1)])
                rows.removeAll()
                if reader.readKnownRows(bytes, from: 0, into: &rows) == 0 {
                    try reader.readRow(bytes, 0..<line.count, into: &rows)
                }
                try scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[..<line.count]), into: &fields)
                for (index, text) in texts.enumerated() {
                    let expected = try #require(Double(text))
                    #expect(
                        rows.cells[index].number.bitPattern == expected.bitPattern, "seed \(seed): \(text)")
                    let value = JSONDecoding.nearestDouble(
                        bytes, fields[index].valueStart..<fields[index].valueEnd)
                    #expect(value.bitPattern == expected.bitPattern, "seed \(seed): \(text)")
                }
            }
        }
    }

    private func number(_ source: inout SeededSource) -> String {
        let sign = source.chance(2) ? "-" : ""
        let whole = source.chance(4) ? "0" : "\(source.below(9) + 1)" + source.digits(source.below(10))
        let fraction = source.chance(3) ? "" : "." + source.digits(source.below(18) + 1)
        return sign + whole + fraction + (source.chance(8) ? "e\(source.below(40) - 20)" : "")
    }

    @Test("Keys longer than a block, many fields and rows without any are read too")
    func extremes() throws {
        for (fieldCount, keyLength) in [(1, 0), (1, 31), (2, 40), (3, 200), (256, 5), (257, 5), (0, 0)] {
            let keys = (0..<fieldCount).map { "\($0)" + String(repeating: "k", count: keyLength) }
            var scanner = JSONRecordScanner(dialect: .strict, rejectsDuplicateKeys: true)
            for round in 0..<4 {
                let row = "{" + keys.map { "\"\($0)\":\(round)" }.joined(separator: ",") + "}"
                var fields: [JSONField] = []
                try Array(row.utf8).withUnsafeBytes { line in
                    try scanner.scan(line, into: &fields)
                    #expect(fields.map { $0.key(in: line) } == keys)
                    #expect(fields.allSatisfy { $0.integer(in: line) == Int64(round) })
                }
            }
        }
    }
}

/// Rows of one template, valid and damaged.
private struct MutatedRows {
    private var source: SeededSource
    private var keys: [String] = []
    private var gaps: [String] = []

    init(seed: UInt64) {
        source = SeededSource(seed: seed)
        newTemplate()
    }

    mutating func chance(_ times: Int) -> Bool { source.chance(times) }
    mutating func below(_ bound: Int) -> Int { source.below(bound) }

    mutating func newTemplate(repeatsKeys: Bool = true) {
        let names = [
            "ts", "agent", "horizon_hours", "realized_pnl_bps", "é", "a\\u0062", "", "x",
            "expected_pnl_bps_of_the_agent",
        ]
        let start = source.below(names.count)
        // Different keys, except now and then.
        keys = (0..<(source.below(6) + 1)).map { names[(start + $0) % names.count] }
        if source.chance(6), repeatsKeys { keys.append(keys[0]) }
        gaps = (0..<4).map { _ in ["", "", " ", "  ", "\t"][source.below(5)] }
    }

    mutating func wantedKeys() -> [String] {
        var wanted = ["agent", "realized_pnl_bps", "missing", "ab", "é"]
        wanted.removeLast(source.below(3))
        return wanted
    }

    mutating func row() -> [UInt8] {
        let fields = keys.map { "\"\($0)\"\(gaps[0]):\(gaps[1])\(value())" }
        return Array("{\(fields.joined(separator: ",\(gaps[2])"))}\(gaps[3])".utf8)
    }

    private mutating func value() -> String {
        switch source.below(16) {
        case 0: return ["null", "true", "false", "0", "-0"][source.below(5)]
        case 1: return "\(Int64(bitPattern: source.next()) >> Int64(source.below(64)))"
        case 2: return ["[]", "{}", "[1, {\"a\": \"]\"}]", "{\"a\":[[[1]]]}"][source.below(4)]
        case 3:
            return "\""
                + ["\\n", "é", "😀\u{2028}", "a\u{85}b", "\\ud83d\\ude00", "\\\"\\\\"][source.below(6)]
                + "\""
        case 4: return ["1e5", "1.5E-7", "-12345678.25", "0.123456789", "1e400"][source.below(5)]
        case 5...10:
            let sign = source.chance(2) ? "-" : ""
            return "\(sign)\(source.below(1_000)).\(source.digits(source.below(7) + 1))"
        default:
            return "\"" + String(repeating: "word-\(source.below(10))", count: source.below(6)) + "\""
        }
    }

    mutating func damagedRow() -> [UInt8] {
        var bytes = row()
        if source.chance(3) { return bytes }
        let alphabet =
            Array("{}[]\",:\\ue0.-+19ftn \t\u{0B}".utf8) + [
                0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xA0, 0xF0, 0xFF,
            ]
        for _ in 0...source.below(2) where !bytes.isEmpty {
            let index = source.below(bytes.count)
            switch source.below(6) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(alphabet[source.below(alphabet.count)], at: index)
            case 2: bytes[index] = alphabet[source.below(alphabet.count)]
            case 3: bytes[index] ^= 1 << UInt8(source.below(8))
            case 4: bytes.removeSubrange(index..<min(bytes.count, index + source.below(9)))
            default: bytes.insert(contentsOf: row().prefix(source.below(12)), at: index)
            }
        }
        return bytes
    }
}
