/// One value inside a scanned document, in the order of the text; containers stand before what they hold.
package struct JSONToken: Equatable, Sendable {
    package var kind: JSONKind
    /// Whether this is the key of the token that follows it.
    package var isKey: Bool
    /// Whether a string holds a backslash.
    package var hasEscapes: Bool
    /// The range of the text; of a string without its quotes.
    package var start: Int
    package var end: Int
    /// The index of the first token behind this value and all it holds.
    package var next: Int

    package init(kind: JSONKind, isKey: Bool, hasEscapes: Bool, start: Int, end: Int, next: Int) {
        self.kind = kind
        self.isKey = isKey
        self.hasEscapes = hasEscapes
        self.start = start
        self.end = end
        self.next = next
    }
}

/// Reads a whole document of any kind into a flat list of tokens: for readers that give values their own meaning.
/// Most callers want `JSONValue.parse`.
package struct JSONDocumentScanner {
    package let dialect: JSONDialect
    private var nesting: JSONNesting

    package init(dialect: JSONDialect, maximumDepth: Int = 512) {
        self.dialect = dialect
        nesting = JSONNesting(maximumDepth: maximumDepth)
    }

    /// Replaces `tokens` by those of the document; the first one is its outermost value.
    package mutating func scan(
        _ bytes: UnsafeRawBufferPointer, into tokens: inout [JSONToken]
    ) throws(JSONError) {
        nesting.reset(depth: 0)
        var cursor = JSONCursor(bytes, dialect: dialect)
        try cursor.checkMark()
        tokens.removeAll(keepingCapacity: true)
        var tape = JSONTape(tokens: [])
        swap(&tape.tokens, &tokens)
        defer { swap(&tape.tokens, &tokens) }
        try cursor.walk(&tape, &nesting)
        try cursor.finish()
    }
}

private struct JSONTape: JSONSink {
    var tokens: [JSONToken]
    private var open: [Int] = []

    init(tokens: [JSONToken]) { self.tokens = tokens }

    mutating func open(isObject: Bool, at start: Int) {
        open.append(tokens.count)
        append(isObject ? .object : .array, isKey: false, hasEscapes: false, start: start, end: start)
    }

    mutating func close(end: Int) {
        let index = open.removeLast()
        tokens[index].end = end
        tokens[index].next = tokens.count
    }

    mutating func key(start: Int, end: Int, hasEscapes: Bool) {
        append(.string, isKey: true, hasEscapes: hasEscapes, start: start, end: end)
    }

    mutating func scalar(_ kind: JSONKind, start: Int, end: Int, hasEscapes: Bool) {
        append(kind, isKey: false, hasEscapes: hasEscapes, start: start, end: end)
    }

    private mutating func append(_ kind: JSONKind, isKey: Bool, hasEscapes: Bool, start: Int, end: Int) {
        tokens.append(
            JSONToken(
                kind: kind, isKey: isKey, hasEscapes: hasEscapes, start: start, end: end, next: tokens.count + 1))
    }
}
