import Glibc
import JSONText

/// Reads the values of JSON lines into cells.
struct JSONRecords {
    private let plan: FieldPlan
    /// Where every field has one name and no path, by key the place of its cell; else empty.
    private let cellOfKey: [Int]
    private let selector: JSONFieldSelector
    private var scanner = JSONRecordScanner(dialect: .strict, rejectsDuplicateKeys: true)
    private var innerScanner = JSONRecordScanner(dialect: .strict, rejectsDuplicateKeys: true)
    private(set) var fields: [JSONField] = []
    private var innerFields: [JSONField] = []
    /// By key of the plan, the place of its field among `fields`, or -1.
    private var places: [Int] = []
    /// The shape of the row that they were found in; 0 for none.
    private var placesShapeID = 0
    /// Scratch for the unknown fields: which they are, and their canonical text.
    private var unknown: [Int] = []
    private var text: [UInt8] = []

    init(_ plan: FieldPlan) {
        self.plan = plan
        selector = JSONFieldSelector(plan.keys)
        let isPlain = plan.entries.indices.allSatisfy { index in
            plan.entries[index].keys == [index] && plan.entries[index].outerKey == nil
        }
        cellOfKey = isPlain ? plan.entries.map(\.cell) : []
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into cells: inout [Cell]) throws(Refusal) {
        do {
            try scanner.scan(line, into: &fields)
        } catch {
            throw JSONRecords.refusal(error, line)
        }
        // Rows of one shape have their keys in the same places.
        if scanner.shapeID == 0 || scanner.shapeID != placesShapeID {
            selector.select(fields, line: line, into: &places)
            placesShapeID = scanner.shapeID
        }
        for key in cellOfKey.indices {
            let place = places[key]
            cells[cellOfKey[key]] = place < 0 ? .absent : JSONRecords.cell(fields[place])
        }
        if !cellOfKey.isEmpty { return }
        for entry in plan.entries {
            var cell = Cell.absent
            for key in entry.keys where places[key] >= 0 {
                cell = JSONRecords.cell(fields[places[key]])
                if cell.kind != .absent { break }
            }
            if cell.kind == .absent, let outer = entry.outerKey, places[outer] >= 0 {
                cell = try innerCell(entry.innerPath, in: fields[places[outer]], line)
            }
            cells[entry.cell] = cell
        }
    }

    private static func cell(_ field: JSONField) -> Cell {
        let kind: Cell.Kind
        switch field.kind {
        case .null, .nan, .positiveInfinity, .negativeInfinity: kind = .absent
        case .true, .false: kind = .boolean
        case .integer: kind = .integer
        case .number: kind = .number
        case .string: kind = .text
        case .array, .object: kind = .container
        }
        return Cell(
            kind: kind, hasEscapes: field.valueHasEscapes, start: field.valueStart, end: field.valueEnd)
    }

    /// Follows a path into nested objects; absent where it leads nowhere.
    private mutating func innerCell(
        _ path: [[UInt8]], in outer: JSONField, _ line: UnsafeRawBufferPointer
    ) throws(Refusal) -> Cell {
        var start = outer.valueStart
        var end = outer.valueEnd
        var kind = outer.kind
        var cell = Cell.absent
        for key in path {
            guard kind == .object else { return .absent }
            let text = UnsafeRawBufferPointer(rebasing: line[start..<end])
            do {
                try innerScanner.scan(text, into: &innerFields)
            } catch {
                throw JSONRecords.refusal(error, text)
            }
            guard let field = innerFields.first(where: { JSONRecords.hasKey($0, key, text) }) else { return .absent }
            cell = JSONRecords.cell(field)
            cell.start += start
            cell.end += start
            kind = field.kind
            end = start + field.valueEnd
            start += field.valueStart
        }
        return cell
    }

    private static func hasKey(_ field: JSONField, _ key: [UInt8], _ text: UnsafeRawBufferPointer) -> Bool {
        if field.keyHasEscapes {
            return JSONDecoding.utf8(text, field.keyStart..<field.keyEnd, hasEscapes: true) == key
        }
        return text[field.keyStart..<field.keyEnd].elementsEqual(key)
    }

    /// Says what a person would: which key is twice, which field is no number.
    private static func refusal(_ error: JSONError, _ line: UnsafeRawBufferPointer) -> Refusal {
        if let invalid = UTF8Check.firstInvalidOffset(line) {
            return Refusal(reason: "is not valid UTF-8 at byte \(invalid) of the line")
        }
        var python = JSONRecordScanner(dialect: .python)
        var fields: [JSONField] = []
        guard (try? python.scan(line, into: &fields)) != nil else {
            return Refusal(reason: "is no JSON object: \(error)")
        }
        for field in fields {
            switch field.kind {
            case .nan, .positiveInfinity, .negativeInfinity:
                let text = String(decoding: line[field.valueStart..<field.valueEnd], as: UTF8.self)
                return Refusal(reason: "\(field.key(in: line)) \(text) is not a finite number")
            default: continue
            }
        }
        if let repeated = fields.first(where: { $0.keyStart == error.byteOffset }) {
            return Refusal(reason: "the key \(repeated.key(in: line).debugDescription) occurs twice")
        }
        return Refusal(reason: "is no JSON object: \(error)")
    }
}

// MARK: Unknown fields

extension JSONRecords {
    /// The fields that the plan does not use, as one canonical object; empty for none.
    mutating func unknownFields(_ line: UnsafeRawBufferPointer) throws(Refusal) -> String {
        findUnknown(line)
        if unknown.isEmpty { return "" }
        if fields.contains(where: \.keyHasEscapes) { return try slowUnknownFields(line) }
        text.removeAll(keepingCapacity: true)
        for index in unknown {
            let field = fields[index]
            text.append(text.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            // From its opening quote to its closing one.
            append(line, field.keyStart - 1, field.keyEnd + 1)
            text.append(UInt8(ascii: ":"))
            try append(field, line)
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Sorted by the bytes of their keys. There are few: each is put in its place among those before it.
    private mutating func findUnknown(_ line: UnsafeRawBufferPointer) {
        unknown.removeAll(keepingCapacity: true)
        for index in fields.indices { unknown.append(index) }
        for key in plan.isConsumed.indices where plan.isConsumed[key] && places[key] >= 0 { unknown[places[key]] = -1 }
        if fields.count > 64 {
            let all = fields
            unknown.removeAll { $0 < 0 }
            unknown.sort { JSONRecords.precedes(all[$0], all[$1], line) }
            return
        }
        var count = 0
        for index in fields.indices where unknown[index] >= 0 {
            var place = count
            while place > 0, JSONRecords.precedes(fields[index], fields[unknown[place - 1]], line) {
                unknown[place] = unknown[place - 1]
                place -= 1
            }
            unknown[place] = index
            count += 1
        }
        unknown.removeLast(unknown.count - count)
    }

    private static func precedes(_ left: JSONField, _ right: JSONField, _ line: UnsafeRawBufferPointer) -> Bool {
        guard let base = line.baseAddress else { return false }
        let leftCount = left.keyEnd - left.keyStart
        let rightCount = right.keyEnd - right.keyStart
        let order = memcmp(base + left.keyStart, base + right.keyStart, min(leftCount, rightCount))
        return order == 0 ? leftCount < rightCount : order < 0
    }

    private mutating func append(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: line[start..<end]))
    }

    /// A value in canonical form; most are so already.
    private mutating func append(_ field: JSONField, _ line: UnsafeRawBufferPointer) throws(Refusal) {
        switch field.kind {
        case .null, .true, .false:
            append(line, field.valueStart, field.valueEnd)
            return
        case .integer where line[field.valueStart] != UInt8(ascii: "-"):
            append(line, field.valueStart, field.valueEnd)
            return
        case .string where !field.valueHasEscapes:
            append(line, field.valueStart - 1, field.valueEnd + 1)
            return
        case .number:
            let number = NumberText.double(line, field.valueStart, field.valueEnd, isChecked: true)
            if let number, number.rounded() != number {
                text.append(contentsOf: number.description.utf8)
                return
            }
        case .integer, .string, .array, .object, .nan, .positiveInfinity, .negativeInfinity: break
        }
        do {
            text.append(contentsOf: try JSONValue.parse(field.rawValue(in: line)).canonicalBytes)
        } catch {
            throw Refusal(reason: "\(field.key(in: line)): \(error.reason)")
        }
    }

    private func slowUnknownFields(_ line: UnsafeRawBufferPointer) throws(Refusal) -> String {
        var members: [JSONMember] = []
        for index in unknown {
            let field = fields[index]
            do {
                let value = try JSONValue.parse(field.rawValue(in: line))
                members.append(JSONMember(key: field.key(in: line), value: value))
            } catch {
                throw Refusal(reason: "\(field.key(in: line)): \(error.reason)")
            }
        }
        return String(decoding: JSONValue.object(members).canonicalBytes, as: UTF8.self)
    }
}
