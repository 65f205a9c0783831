/// One value of a row. Positions are byte offsets into the text that was read.
package struct JSONCell: Equatable, Sendable {
    /// The range of the text; of a string without its quotes; -1 when the row does not have the key.
    package var start: Int
    package var end: Int
    /// The nearest Double to a number or an integer, an infinity when it is too large; 0 for other kinds, and for keys
    /// whose numbers are left as text.
    package var number: Double
    package var kind: JSONKind
    /// Whether a string holds a backslash.
    package var hasEscapes: Bool
    /// How many digits follow the point of a number with one to seven digits in front of it and at most fifteen behind
    /// it; `unmeasured` for other numbers. Says nothing that the text does not.
    var fractionCount = JSONCell.unmeasured

    static let unmeasured: UInt8 = .max

    package init(start: Int, end: Int, number: Double, kind: JSONKind, hasEscapes: Bool) {
        self.start = start
        self.end = end
        self.number = number
        self.kind = kind
        self.hasEscapes = hasEscapes
    }

    /// Without its number.
    @inline(__always)
    init(start: Int, end: Int, kind: JSONKind, hasEscapes: Bool, fractionCount: UInt8) {
        self.start = start
        self.end = end
        number = 0
        self.kind = kind
        self.hasEscapes = hasEscapes
        self.fractionCount = fractionCount
    }

    package static let absent = JSONCell(
        start: -1, end: -1, number: 0, kind: .null, hasEscapes: false)

    package static func == (left: JSONCell, right: JSONCell) -> Bool {
        left.start == right.start && left.end == right.end && left.number == right.number && left.kind == right.kind
            && left.hasEscapes == right.hasEscapes
    }

    /// What `number` is where numbers are not left as text.
    ///
    /// - Parameter base: the text that the cell points into, with room to read behind it.
    package func readNumber(_ base: UnsafeRawPointer) -> Double { isNumber ? value(base) : 0 }

    @inline(__always)
    var isNumber: Bool { kind == .number || kind == .integer }
}

/// The wanted values of some rows, one cell for each wanted key, row after row.
package struct JSONRows: Sendable {
    package let keyCount: Int
    /// At most so many rows are read at once.
    package let capacity: Int
    package private(set) var count = 0
    /// Those of row `r` are from `r * keyCount` on; what follows the last row is of no use.
    package private(set) var cells: [JSONCell]
    /// For each row a bit of each key that it has, the first key's the lowest: what a row does not have is passed over
    /// by one comparison.
    package private(set) var present: [UInt64]

    package init(keyCount: Int, capacity: Int) {
        self.keyCount = keyCount
        self.capacity = capacity
        cells = Array(repeating: .absent, count: keyCount * capacity)
        present = Array(repeating: 0, count: capacity)
    }

    package var isFull: Bool { count == capacity }

    package mutating func removeAll() { count = 0 }

    /// Adds rows as long as there is room and `fill` has one.
    ///
    /// `fill` writes the cells of the keys of `mask` alone, also where it has no row. Cells without a bit are absent at
    /// all times: rows in the same place mostly have the same keys as those that were there before, and then there is
    /// nothing to clear.
    @inline(__always)
    mutating func appendRows(having mask: UInt64, _ fill: (UnsafeMutablePointer<JSONCell>) -> Bool) {
        let keyCount = self.keyCount
        let capacity = self.capacity
        var added = count
        cells.withUnsafeMutableBufferPointer { cells in
            present.withUnsafeMutableBufferPointer { present in
                // There is room for `capacity` rows, and without a wanted key nothing is written.
                var next = cells.baseAddress.map { $0 + added * keyCount }
                while added < capacity, let row = next {
                    guard fill(row) else {
                        // It may have begun.
                        present[added] |= mask
                        break
                    }
                    if present[added] != mask { JSONRows.clear(row, keyCount, of: &present[added], having: mask) }
                    added += 1
                    next = row + keyCount
                }
            }
        }
        count = added
    }

    @inline(never)
    private static func clear(
        _ row: UnsafeMutablePointer<JSONCell>, _ keyCount: Int, of present: inout UInt64, having mask: UInt64
    ) {
        for key in 0..<keyCount where mask & 1 << UInt64(key) == 0 { row[key] = .absent }
        present = mask
    }
}

/// Reads the values of a few keys from texts with one JSON object a line, many rows a call.
///
/// It accepts and refuses what `JSONRecordScanner` does, and is the same parser: rows like those before them are read
/// by their shape, all others by the grammar.
///
///     var reader = JSONRowReader(["agent", "abs_error_bps"], dialect: .strict)
///     position = reader.readKnownRows(text, from: position, into: &rows)   // as many as are alike
///     try reader.readRow(text, position..<lineEnd, into: &rows)            // the row they stopped at
package struct JSONRowReader {
    /// How many bytes behind a text must be readable for `readKnownRows`, whatever they are.
    package static let padding = JSONShapes.padding

    private var scanner: JSONRecordScanner
    private let selector: JSONFieldSelector
    /// A bit of each key whose numbers are left as text.
    private let textMask: UInt64
    private var fields: [JSONField] = []
    private var places: [Int] = []

    /// - Parameters:
    ///   - keys: at least one and at most 64 different keys. Of a key that occurs twice in a row the last value counts.
    ///   - textKeys: those of them whose numbers are left as text: a reader who mostly knows what they say by comparing
    ///     bytes saves making them, and asks `JSONCell.readNumber` for the others.
    ///   - maximumDepth: as for `JSONRecordScanner`.
    package init(
        _ keys: [String], textKeys: Set<String> = [], dialect: JSONDialect, maximumDepth: Int = 512,
        rejectsDuplicateKeys: Bool = false
    ) {
        precondition(!keys.isEmpty, "Invariant: a reader wants a key")
        scanner = JSONRecordScanner(
            dialect: dialect, maximumDepth: maximumDepth, rejectsDuplicateKeys: rejectsDuplicateKeys)
        selector = JSONFieldSelector(keys)
        textMask = keys.indices.reduce(0) { textKeys.contains(keys[$1]) ? $0 | 1 << UInt64($1) : $0 }
    }

    /// Adds the rows that stand one behind the other from `start` on, look like rows read before, and each end with a
    /// line feed, after a carriage return or without one. Stops at the first other row, at a row that holds anything
    /// else that may end a line (a control character, U+0085, U+2028, U+2029), or when `rows` is full.
    ///
    /// - Returns: the position behind the rows that were added.
    /// - Precondition: `padding` bytes behind `text` can be read.
    package mutating func readKnownRows(
        _ text: UnsafeRawBufferPointer, from start: Int, into rows: inout JSONRows
    ) -> Int {
        precondition(rows.keyCount == selector.count, "Invariant: the rows have a cell for each key")
        guard let base = text.baseAddress, start < text.count else { return start }
        return scanner.readKnownRows(UnsafeRawPointer(base), from: start, to: text.count, into: &rows)
    }

    /// Adds the row on a line, if `rows` is not full.
    package mutating func readRow(
        _ text: UnsafeRawBufferPointer, _ line: Range<Int>, into rows: inout JSONRows
    ) throws(JSONError) {
        let bytes = UnsafeRawBufferPointer(rebasing: text[line])
        try scanner.scanByGrammar(bytes, into: &fields)
        selector.select(fields, line: bytes, into: &places)
        scanner.learn(fields, bytes, places: places, textMask: textMask)
        let fields = self.fields
        let places = self.places
        let textMask = self.textMask
        var mask: UInt64 = 0
        for (key, place) in places.enumerated() where place >= 0 { mask |= 1 << UInt64(key) }
        var isAdded = false
        rows.appendRows(having: mask) { cells in
            if isAdded { return false }
            for (key, place) in places.enumerated() where place >= 0 {
                let isNumberWanted = textMask & 1 << UInt64(key) == 0
                cells[key] = JSONRowReader.cell(
                    fields[place], bytes, offset: line.lowerBound, isNumberWanted: isNumberWanted)
            }
            isAdded = true
            return true
        }
    }

    private static func cell(
        _ field: JSONField, _ line: UnsafeRawBufferPointer, offset: Int, isNumberWanted: Bool
    ) -> JSONCell {
        let isNumber = isNumberWanted && (field.kind == .number || field.kind == .integer)
        return JSONCell(
            start: offset + field.valueStart, end: offset + field.valueEnd,
            number: isNumber ? DecimalParser.double(line, field.valueStart..<field.valueEnd) : 0,
            kind: field.kind, hasEscapes: field.valueHasEscapes)
    }
}
