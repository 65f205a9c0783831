/// The shapes that a scanner has seen last: rows may leave a key out now and then.
struct JSONShapes {
    private(set) var shapes: [JSONShape] = []
    /// The one that the last row had.
    private var current = 0
    /// One for each field of the longest shape, and one to spare.
    private var cells: [JSONCell] = []
    /// Every field has a cell, in their order.
    private static let everyPlace = (0..<Int32(JSONShape.fieldCountMax)).map { $0 }
    private var learnedCount = 0
    /// Rows that had no known shape since one had.
    private var missCount = 0
    /// The number of the shape that the last row had, or 0.
    private(set) var lastID = 0

    private static let shapeCountMax = 4
    /// After so many misses on end only one row in so many is tried and learned from: they may have nothing in common.
    private static let missCountMax = 32

    /// How many bytes behind a text are read, whatever they are.
    static let padding = 64

    /// Whether rows are left to the grammar for a while.
    private var isTired: Bool { missCount > JSONShapes.missCountMax && missCount % JSONShapes.missCountMax != 0 }

    /// Learns from a row that had no known shape.
    mutating func learn(_ fields: [JSONField], line: UnsafeRawBufferPointer, places: [Int], textMask: UInt64) {
        lastID = 0
        missCount += 1
        if isTired { return }
        for index in shapes.indices where shapes[index].isShape(of: fields, line: line) {
            current = index
            lastID = shapes[index].id
            return
        }
        let id = learnedCount + 1
        guard let shape = JSONShape(fields, line: line, places: places, textMask: textMask, id: id) else { return }
        learnedCount += 1
        if shapes.count < JSONShapes.shapeCountMax {
            current = shapes.count
            shapes.append(shape)
        } else {
            current = (current + 1) % JSONShapes.shapeCountMax
            shapes[current] = shape
        }
        lastID = shape.id
        while cells.count <= fields.count { cells.append(.absent) }
    }

    /// Fills `fields` from a line that has a known shape; false when it has none.
    ///
    /// `base` must be readable up to `end` and `padding` bytes beyond.
    mutating func readLine(
        _ base: UnsafeRawPointer, to end: Int, isPython: Bool, _ nesting: inout JSONNesting,
        into fields: inout [JSONField]
    ) -> Bool {
        if isTired { return false }
        for step in shapes.indices {
            let index = (current + step) % shapes.count
            let match = withShape(index) { shape, block, cells in
                let matcher = JSONShapeMatcher(base: base, end: end, isPython: isPython)
                let match = JSONShapes.everyPlace.withUnsafeBufferPointer { places in
                    // Not empty, and as long as a shape can be.
                    matcher.match(
                        from: 0, block, cells, places.baseAddress.unsafelyUnwrapped, spare: cells,
                        count: shape.keys.count, &nesting)
                }
                if match.end == end { JSONShapes.fill(&fields, shape.keys, cells) }
                return match
            }
            guard match.end == end else { continue }
            current = index
            lastID = shapes[index].id
            missCount = 0
            return true
        }
        return false
    }

    private static func fill(
        _ fields: inout [JSONField], _ keys: [JSONShape.Key], _ cells: UnsafePointer<JSONCell>
    ) {
        if fields.count != keys.count {
            let none = JSONField(
                keyStart: 0, keyEnd: 0, keyHasEscapes: false, kind: .null, valueStart: 0, valueEnd: 0,
                valueHasEscapes: false)
            fields = Array(repeating: none, count: keys.count)
        }
        var position = 0
        for index in keys.indices {
            let key = keys[index]
            let cell = cells[index]
            fields[index] = JSONField(
                keyStart: position + key.start, keyEnd: position + key.end, keyHasEscapes: key.hasEscapes,
                kind: cell.kind, valueStart: cell.start, valueEnd: cell.end,
                valueHasEscapes: cell.hasEscapes)
            position = cell.kind == .string ? cell.end + 1 : cell.end
        }
    }

    /// Appends the rows of known shapes that follow one another from `start` on, and returns the position behind them.
    ///
    /// `base` must be readable up to `end` and `padding` bytes beyond.
    mutating func readRows(
        _ base: UnsafeRawPointer, from start: Int, to end: Int, isPython: Bool,
        _ nesting: inout JSONNesting,
        into rows: inout JSONRows
    ) -> Int {
        if isTired { return start }
        var position = start
        var step = 0
        while step < shapes.count, position < end, !rows.isFull {
            let index = (current + step) % shapes.count
            let behind = withShape(index) { shape, block, cells in
                JSONShapes.readRows(
                    base, from: position, to: end, isPython: isPython, &nesting, shape, block, spare: cells,
                    into: &rows)
            }
            if behind == position {
                step += 1
            } else {
                position = behind
                current = index
                missCount = 0
                // The next row has another shape than this one.
                step = 1
            }
        }
        return position
    }

    private static func readRows(
        _ base: UnsafeRawPointer, from start: Int, to end: Int, isPython: Bool,
        _ nesting: inout JSONNesting,
        _ shape: JSONShape, _ block: UnsafePointer<JSONShape.Block>, spare: UnsafeMutablePointer<JSONCell>,
        into rows: inout JSONRows
    ) -> Int {
        let matcher = JSONShapeMatcher(base: base, end: end, isPython: isPython)
        let count = shape.keys.count
        return shape.cellPlaces.withUnsafeBufferPointer { places in
            shape.numberKeys.withUnsafeBufferPointer { numberKeys in
                // Not empty: a shape has a field.
                let places = places.baseAddress.unsafelyUnwrapped
                var position = start
                rows.appendRows(having: shape.wantedMask) { cells in
                    let match = matcher.match(
                        from: position, block, cells, places, spare: spare, count: count, &nesting)
                    guard match.end >= 0 else { return false }
                    let behind = matcher.endOfLineEnd(match.end)
                    guard behind >= 0, match.isPlain || matcher.isOneLine(position..<match.end) else {
                        return false
                    }
                    for key in numberKeys where cells[key].isNumber { cells[key].number = cells[key].value(base) }
                    position = behind
                    return true
                }
                return position
            }
        }
    }

    @inline(__always)
    private mutating func withShape<Value>(
        _ index: Int,
        _ body: (JSONShape, UnsafePointer<JSONShape.Block>, UnsafeMutablePointer<JSONCell>) -> Value
    ) -> Value {
        let shape = shapes[index]
        return cells.withUnsafeMutableBufferPointer { cells in
            shape.blocks.withUnsafeBufferPointer { blocks in
                // Neither is empty: a shape has a field, and there is a cell for each field of the longest shape.
                body(shape, blocks.baseAddress.unsafelyUnwrapped, cells.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}
