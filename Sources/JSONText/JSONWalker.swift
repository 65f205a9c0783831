/// Which containers are open: one bit each, set for an object. Kept between rows, so that no row allocates.
struct JSONNesting {
    private var bits: [UInt64]
    private(set) var depth = 0
    let maximumDepth: Int

    init(maximumDepth: Int) {
        precondition(maximumDepth >= 1, "Invariant: at least one container may be open")
        self.maximumDepth = maximumDepth
        bits = Array(repeating: 0, count: maximumDepth / 64 + 1)
    }

    var isInObject: Bool { bits[(depth - 1) / 64] & (1 << UInt64((depth - 1) % 64)) != 0 }

    /// Returns false when the container would be deeper than allowed.
    mutating func open(isObject: Bool) -> Bool {
        guard depth < maximumDepth else { return false }
        let bit: UInt64 = 1 << UInt64(depth % 64)
        if isObject { bits[depth / 64] |= bit } else { bits[depth / 64] &= ~bit }
        depth += 1
        return true
    }

    mutating func close() { depth -= 1 }

    mutating func reset(depth: Int) { self.depth = depth }
}

/// Hears what a walk over one value finds, in the order of the text.
protocol JSONSink {
    mutating func open(isObject: Bool, at start: Int)
    mutating func close(end: Int)
    mutating func key(start: Int, end: Int, hasEscapes: Bool)
    mutating func scalar(_ kind: JSONKind, start: Int, end: Int, hasEscapes: Bool)
}

/// For values that are only checked.
struct JSONSilence: JSONSink {
    mutating func open(isObject: Bool, at start: Int) {}
    mutating func close(end: Int) {}
    mutating func key(start: Int, end: Int, hasEscapes: Bool) {}
    mutating func scalar(_ kind: JSONKind, start: Int, end: Int, hasEscapes: Bool) {}
}

extension JSONCursor {
    /// Reads one value of any kind, without recursion: a hostile line cannot exhaust the stack.
    mutating func walk(_ sink: inout some JSONSink, _ nesting: inout JSONNesting) throws(JSONError) {
        let outerDepth = nesting.depth
        repeat {
            if try walkIntoValue(&sink, &nesting) { continue }
            // A value is complete: close containers until one goes on.
            while nesting.depth > outerDepth {
                if try goesOn(inObject: nesting.isInObject) {
                    if nesting.isInObject { try walkKey(&sink) }
                    break
                }
                nesting.close()
                sink.close(end: position)
            }
        } while nesting.depth > outerDepth
    }

    /// Reads a scalar or an empty container (false), or the start of a container with content (true).
    private mutating func walkIntoValue(
        _ sink: inout some JSONSink, _ nesting: inout JSONNesting
    ) throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < end else { throw failure("a value is expected") }
        let start = position
        let first = byte(position)
        if first == UInt8(ascii: "\"") {
            position += 1
            let hasEscapes = try skipString()
            sink.scalar(.string, start: start + 1, end: position - 1, hasEscapes: hasEscapes)
            return false
        }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            let kind = try skipScalar(first)
            sink.scalar(kind, start: start, end: position, hasEscapes: false)
            return false
        }
        let isObject = first == UInt8(ascii: "{")
        guard nesting.open(isObject: isObject) else { throw failure("values are nested too deeply") }
        sink.open(isObject: isObject, at: start)
        position += 1
        skipWhitespace()
        if position < end, byte(position) == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            position += 1
            nesting.close()
            sink.close(end: position)
            return false
        }
        if isObject { try walkKey(&sink) }
        return true
    }

    private mutating func walkKey(_ sink: inout some JSONSink) throws(JSONError) {
        try take(UInt8(ascii: "\""), orFail: "a key in quotes is expected")
        let start = position
        let hasEscapes = try skipString()
        sink.key(start: start, end: position - 1, hasEscapes: hasEscapes)
        try take(UInt8(ascii: ":"), orFail: "a colon is expected after a key")
    }

    /// Takes a comma (true) or the bracket that closes the container (false).
    @inline(__always)
    mutating func goesOn(inObject: Bool) throws(JSONError) -> Bool {
        skipWhitespace()
        if position < end {
            let next = byte(position)
            if next == UInt8(ascii: ",") {
                position += 1
                return true
            }
            if next == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                position += 1
                return false
            }
        }
        throw failure(inObject ? "a comma or } is expected" : "a comma or ] is expected")
    }

    /// Makes sure that nothing but whitespace follows.
    @inline(__always)
    mutating func finish() throws(JSONError) {
        skipWhitespace()
        if position < end { throw failure("text follows the value") }
    }

    func checkMark() throws(JSONError) {
        guard end >= 3, byte(0) == 0xEF, byte(1) == 0xBB, byte(2) == 0xBF else { return }
        throw failure("the text starts with a byte order mark")
    }
}
