import Domain
import Glibc
import JSONText
import Operation

/// Turns the lines of one source into facts, in order: a CSV header changes how the next lines are read.
///
/// Every line becomes exactly one `ParsedLine`. Nothing is allocated for an ordinary line but the texts that its fact
/// keeps.
struct LineParser {
    enum Format { case json, csv, undecided }

    let kind: SourceKind
    let plan: FieldPlan
    /// What the source says of all its bars.
    let barName: BarName
    private(set) var format: Format
    /// CSV: the header line in force, as text; empty before one was met. A header that was refused is kept too, so that
    /// the lines below it are refused for the right reason, now and on the next look.
    private(set) var header = ""

    // The line at hand: its bytes, and its values by `Field.rawValue` (behind those, the parts of the agent's name).
    var line = UnsafeRawBufferPointer(start: nil, count: 0)
    var cells: [Cell]
    private let constants: ConstantText

    var records: JSONRecords
    var table = CSVTable()
    var times = TimeText()
    var agents = TextCache<AgentID?>()
    var symbols = TextCache<Symbol?>()
    var words = TextCache<String?>()
    var actions = TextCache<Action?>()
    var intervals = TextCache<Span?>()

    /// - Parameter header: the CSV header met on an earlier look; empty for none.
    init(_ source: SourceDescription, mapping: Mapping?, header: String = "") {
        kind = source.kind
        plan = FieldPlan(kind: source.kind, mapping: mapping)
        barName = BarName(source)
        records = JSONRecords(plan)
        cells = Array(repeating: .absent, count: plan.cellCount)
        format = LineParser.format(ofName: source.path ?? source.name)
        constants = ConstantText(plan.constants, into: &cells)
        if !header.isEmpty {
            let bytes = Array(header.utf8)
            bytes.withUnsafeBytes { _ = takeHeader($0) }
            if format == .undecided { format = .csv }
        }
    }

    static func format(ofName path: String) -> Format {
        let name = Folder.lastName(of: path).lowercased()
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        if plain.hasSuffix(".csv") { return .csv }
        return [".jsonl", ".json", ".ndjson"].contains(where: plain.hasSuffix) ? .json : .undecided
    }

    /// Where a cell's text stands.
    @inline(__always)
    func bytes(_ cell: Cell) -> UnsafeRawBufferPointer {
        cell.isConstant ? constants.bytes : line
    }
}

/// The constants of a mapping, written down once so that their cells can point there.
private final class ConstantText {
    private let buffer: UnsafeMutableRawBufferPointer
    let bytes: UnsafeRawBufferPointer

    init(_ constants: [Mapping.ConstantRule], into cells: inout [Cell]) {
        var text: [UInt8] = []
        for rule in constants {
            let value = rule.value.string.map { Array($0.utf8) } ?? rule.value.canonicalBytes
            let kind: Cell.Kind = rule.value.string == nil ? .number : .text
            cells[rule.field.rawValue] = Cell(
                kind: kind, isConstant: true, start: text.count, end: text.count + value.count)
            text += value
        }
        buffer = .allocate(byteCount: max(1, text.count), alignment: 8)
        buffer.copyBytes(from: text)
        bytes = UnsafeRawBufferPointer(buffer)
    }

    deinit { buffer.deallocate() }
}

// MARK: Lines

extension LineParser {
    /// Parses a line without its line feed.
    mutating func parse(_ text: UnsafeRawBufferPointer) -> ParsedLine {
        var count = text.count
        if count > 0, text[count - 1] == 0x0D { count -= 1 }
        line = UnsafeRawBufferPointer(rebasing: text[..<count])
        defer { line = UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return .blank }
        switch format {
        case .json: return parseJSON()
        case .csv: return parseCSV()
        case .undecided:
            if first == UInt8(ascii: "{") { return parseJSON() }
            if takeHeader(line) == nil {
                format = .csv
                return .header
            }
            header = ""
            return rejected("is neither a JSON object nor a CSV header: \(shownLine)")
        }
    }

    private mutating func parseJSON() -> ParsedLine {
        do throws(Refusal) {
            try records.read(line, into: &cells)
            return try fact()
        } catch {
            return rejected(error.reason)
        }
    }

    private mutating func parseCSV() -> ParsedLine {
        if header.isEmpty {
            guard let problem = takeHeader(line) else { return .header }
            return rejected(problem)
        }
        if table.isHeader(line) { return table.isUsable ? .header : rejected(table.problem) }
        do throws(Refusal) {
            guard table.isUsable else { throw Refusal(reason: "there is no header to read it by: \(table.problem)") }
            try table.read(line, plan: plan, into: &cells)
            return try fact()
        } catch {
            // Files that were joined have a header in their middle, perhaps with other columns.
            if let other = CSVTable(header: line, plan: plan), other.isUsable {
                table = other
                header = String(decoding: line, as: UTF8.self)
                return .header
            }
            return rejected(error.reason)
        }
    }

    /// Takes a line as the header; returns what is wrong with it.
    private mutating func takeHeader(_ text: UnsafeRawBufferPointer) -> String? {
        guard let other = CSVTable(header: text, plan: plan) else {
            return "a CSV header is expected, and this is not valid text"
        }
        table = other
        header = String(decoding: text, as: UTF8.self)
        return other.isUsable ? nil : other.problem
    }

    private mutating func fact() throws(Refusal) -> ParsedLine {
        switch kind {
        case .signals: try signal()
        case .prices: try bar()
        case .telemetry: try telemetry()
        case .reconciled: try outcome()
        }
    }

    private var shownLine: String {
        String(decoding: line.prefix(40), as: UTF8.self).debugDescription + (line.count > 40 ? "..." : "")
    }

    /// A line over the limit, of which only the beginning is at hand.
    mutating func tooLong(_ head: UnsafeRawBufferPointer, length: Int64, limit: Int) -> ParsedLine {
        line = head
        defer { line = UnsafeRawBufferPointer(start: nil, count: 0) }
        return rejected("the line has \(length) bytes, more than the \(limit) allowed")
    }

    /// The bytes of a CSV line are kept with its header above it: without that, nobody could ever read it again.
    private func rejected(_ reason: String) -> ParsedLine {
        let limit = FileLimits.keptLengthMax
        guard format == .csv, !header.isEmpty, !table.isHeader(line) else {
            return .rejected(reason: reason, bytes: Array(line.prefix(limit)))
        }
        return .rejected(reason: reason, bytes: Array((Array(header.utf8) + [0x0A] + line.prefix(limit)).prefix(limit)))
    }
}

// MARK: A line that was rejected before

extension LineParser {
    /// Parses the bytes that were kept of a rejected line.
    mutating func parseKept(_ bytes: [UInt8]) -> ParsedLine {
        guard bytes.count < FileLimits.keptLengthMax else {
            return .rejected(
                reason: "only the first \(FileLimits.keptLengthMax) bytes of the line were kept: ingest the file again",
                bytes: bytes)
        }
        return bytes.withUnsafeBytes { text in
            guard let lineFeed = text.firstIndex(of: 0x0A), lineFeed + 1 < text.count else { return parse(text) }
            if format == .undecided { format = .csv }
            header = ""
            let parsedHeader = parse(UnsafeRawBufferPointer(rebasing: text[..<lineFeed]))
            let parsed = parse(UnsafeRawBufferPointer(rebasing: text[(lineFeed + 1)...]))
            if case .rejected(let reason, _) = parsedHeader, case .rejected = parsed {
                return .rejected(reason: reason, bytes: bytes)
            }
            return parsed
        }
    }
}
