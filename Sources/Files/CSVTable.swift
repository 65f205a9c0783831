import Domain
import Glibc
import JSONText
import Operation

/// Reads the rows of a CSV table (RFC 4180) by the names in its header.
///
/// Cells are separated by commas and may stand in quotes, a quote in them doubled. One line is one row: a line break
/// inside quotes is not supported, and the line on which such a cell begins is rejected as unclosed.
struct CSVTable {
    /// Why rows cannot be read by this header; empty if they can.
    private(set) var problem = "there is no header"
    var isUsable: Bool { problem.isEmpty }

    private var header: [UInt8] = []
    /// Column names as written, without surrounding white space.
    private var names: [String] = []
    /// By entry of the plan, its column, or -1.
    private var columns: [Int] = []
    /// The columns that the plan does not use, in the order of their names' bytes.
    private var unknownColumns: [Int] = []
    private var row: [Cell] = []

    init() {}

    /// `nil` for bytes that are no text at all.
    init?(header line: UnsafeRawBufferPointer, plan: FieldPlan) {
        guard line.count <= FileLimits.keptLengthMax / 2, (try? CSVTable.split(line, into: &row)) != nil else {
            return nil
        }
        header = Array(line)
        names = row.map { CSVTable.text($0, line).trimmingSpaces() }
        let lower = names.map { $0.lowercased() }
        problem = ""
        for (index, name) in lower.enumerated() where !name.isEmpty && lower[..<index].contains(name) {
            problem = "the header names the column \(name) twice"
        }
        var isUsed = [Bool](repeating: false, count: names.count)
        for entry in plan.entries {
            var column = -1
            for name in entry.names where column < 0 { column = lower.firstIndex(of: name.lowercased()) ?? -1 }
            columns.append(column)
            if column >= 0 { isUsed[column] = true }
        }
        if problem.isEmpty { problem = missing(plan) }
        unknownColumns = names.indices.filter { !isUsed[$0] && !names[$0].isEmpty }
            .sorted { names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8) }
    }

    private func missing(_ plan: FieldPlan) -> String {
        var missing: [String] = []
        for (index, entry) in plan.entries.enumerated() where columns[index] < 0 {
            if plan.requiredCells.contains(entry.cell) { missing.append(entry.names.joined(separator: " or ")) }
        }
        if missing.isEmpty { return "" }
        let found = names.map { $0.utf8.count > 40 ? $0.prefix(40) + "..." : $0 }.prefix(20).joined(separator: ", ")
        let hint = names.count == 1 && names[0].contains(where: { ";\t|".contains($0) })
            ? "; cells are separated by commas" : ""
        return "the header names no column \(missing.joined(separator: ", ")); it has \(found)\(hint)"
    }

    /// Whether a line is this header once more.
    @inline(__always)
    func isHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count == header.count, let base = line.baseAddress else { return false }
        return header.withUnsafeBytes { kept in
            guard let keptBase = kept.baseAddress else { return false }
            return memcmp(keptBase, base, kept.count) == 0
        }
    }

    mutating func read(
        _ line: UnsafeRawBufferPointer, plan: FieldPlan, into cells: inout [Cell]
    ) throws(Refusal) {
        try CSVTable.split(line, into: &row)
        guard row.count == names.count else {
            throw Refusal(reason: "has \(row.count) cells, but the header names \(names.count) columns")
        }
        for (index, entry) in plan.entries.enumerated() {
            let column = columns[index]
            cells[entry.cell] = column < 0 ? .absent : row[column]
        }
    }

    /// The cells that the plan does not use, as one canonical object of texts; empty for none.
    func unknownFields(_ line: UnsafeRawBufferPointer) -> String {
        var writer = JSONWriter()
        for column in unknownColumns where row[column].kind != .absent {
            if writer.bytes.isEmpty { writer.beginObject() }
            writer.key(names[column])
            writer.string(CSVTable.text(row[column], line))
        }
        if writer.bytes.isEmpty { return "" }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The text of a cell, doubled quotes made single.
    static func text(_ cell: Cell, _ line: UnsafeRawBufferPointer) -> String {
        guard cell.hasEscapes else { return String(decoding: line[cell.start..<cell.end], as: UTF8.self) }
        var bytes: [UInt8] = []
        var index = cell.start
        while index < cell.end {
            bytes.append(line[index])
            // Only pairs of quotes stand inside quotes.
            index += line[index] == UInt8(ascii: "\"") ? 2 : 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: Splitting

extension CSVTable {
    private static func split(_ line: UnsafeRawBufferPointer, into row: inout [Cell]) throws(Refusal) {
        row.removeAll(keepingCapacity: true)
        guard let base = line.baseAddress else { return }
        if let invalid = UTF8Check.firstInvalidOffset(line) {
            throw Refusal(reason: "is not valid UTF-8 at byte \(invalid) of the line")
        }
        if memchr(base, Int32(UInt8(ascii: "\"")), line.count) != nil { return try splitQuoted(line, into: &row) }
        let end = line.count
        let bytes = UnsafeRawPointer(base)
        var start = 0
        var index = 0
        while index < end {
            let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: ",") {
                row.append(plain(start, index))
                start = index + 1
            } else if byte < 0x20, byte != 0x09 {
                throw control(byte, index)
            }
            index += 1
        }
        row.append(plain(start, end))
    }

    @inline(__always)
    private static func plain(_ start: Int, _ end: Int) -> Cell {
        Cell(kind: start == end ? .absent : .text, start: start, end: end)
    }

    private static func control(_ byte: UInt8, _ index: Int) -> Refusal {
        Refusal(reason: "holds the control character \(byte) at byte \(index) of the line")
    }

    private static func splitQuoted(_ line: UnsafeRawBufferPointer, into row: inout [Cell]) throws(Refusal) {
        var index = 0
        repeat {
            if index < line.count, line[index] == UInt8(ascii: "\"") {
                let cell = try quoted(line, from: index + 1)
                row.append(cell)
                index = cell.end + 1
            } else {
                let start = index
                while index < line.count, line[index] != UInt8(ascii: ",") {
                    if line[index] == UInt8(ascii: "\"") {
                        throw Refusal(reason: "has a quote inside a cell that is not in quotes, at byte \(index)")
                    }
                    if line[index] < 0x20, line[index] != 0x09 { throw control(line[index], index) }
                    index += 1
                }
                row.append(plain(start, index))
            }
            guard index < line.count else { return }
            guard line[index] == UInt8(ascii: ",") else {
                throw Refusal(reason: "has text behind a closing quote, at byte \(index)")
            }
            index += 1
        } while true
    }

    /// The cell behind an opening quote; its closing quote stands at its end.
    private static func quoted(_ line: UnsafeRawBufferPointer, from start: Int) throws(Refusal) -> Cell {
        var index = start
        var hasDoubledQuotes = false
        while index < line.count {
            if line[index] == UInt8(ascii: "\"") {
                guard index + 1 < line.count, line[index + 1] == UInt8(ascii: "\"") else {
                    let kind: Cell.Kind = index == start ? .absent : .text
                    return Cell(kind: kind, hasEscapes: hasDoubledQuotes, start: start, end: index)
                }
                hasDoubledQuotes = true
                index += 1
            } else if line[index] < 0x20, line[index] != 0x09 {
                throw control(line[index], index)
            }
            index += 1
        }
        throw Refusal(reason: "has a quote that is not closed on its line; a cell cannot hold a line break here")
    }
}
