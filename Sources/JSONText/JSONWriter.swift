/// Writes one JSON document, front to back. Keys stay in the order written.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("agent"); writer.string("a1")
///     writer.endObject()
///     writer.bytes            // {"agent":"a1"}
///
/// Doubles are written as the shortest text that reads back as the same Double; a whole one keeps its point (`1.0`),
/// so that a reader can tell a measure from a count. NaN, infinity and calls that make no document are broken
/// invariants and stop the program.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private var containers: [Container] = []
    private var isAfterKey = false

    private struct Container {
        let isObject: Bool
        var isEmpty = true
    }

    /// - Parameter isPretty: one value a line, indented by two spaces; otherwise no whitespace at all.
    package init(isPretty: Bool = false) {
        self.isPretty = isPretty
    }

    package mutating func beginObject() { begin(isObject: true) }
    package mutating func endObject() { end(isObject: true) }
    package mutating func beginArray() { begin(isObject: false) }
    package mutating func endArray() { end(isObject: false) }

    package mutating func key(_ name: String) {
        prepareKey()
        JSONEscape.encode(name.utf8, into: &bytes)
        finishKey()
    }

    /// A key whose text, quotes included, is already JSON.
    package mutating func rawKey(_ text: [UInt8]) {
        prepareKey()
        bytes.append(contentsOf: text)
        finishKey()
    }

    package mutating func string(_ text: String) {
        prepareValue()
        JSONEscape.encode(text.utf8, into: &bytes)
    }

    package mutating func double(_ value: Double) {
        precondition(value.isFinite, "Invariant: only finite numbers are written")
        prepareValue()
        bytes.append(contentsOf: value.description.utf8)
    }

    package mutating func integer(_ value: some FixedWidthInteger) {
        prepareValue()
        bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func bool(_ value: Bool) {
        prepareValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        prepareValue()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A value whose text is already JSON; it is taken as it is.
    package mutating func raw(_ text: [UInt8]) {
        prepareValue()
        bytes.append(contentsOf: text)
    }

    /// A whole document below the place reached so far.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let truth): bool(truth)
        case .integer(let text), .number(let text): raw(Array(text.utf8))
        case .string(let text): string(text)
        case .array(let values):
            beginArray()
            for element in values { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Ends a line: for JSON lines, and behind a document.
    package mutating func newline() {
        precondition(containers.isEmpty && !isAfterKey, "Invariant: a document is complete before its line ends")
        bytes.append(0x0A)
    }

    /// Forgets what was written and keeps the memory, for the next line.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        containers.removeAll(keepingCapacity: true)
        isAfterKey = false
    }
}

extension JSONWriter {
    private mutating func begin(isObject: Bool) {
        prepareValue()
        bytes.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        containers.append(Container(isObject: isObject))
    }

    private mutating func end(isObject: Bool) {
        precondition(containers.last?.isObject == isObject && !isAfterKey, "Invariant: what was begun is ended")
        let container = containers.removeLast()
        if !container.isEmpty { breakLine() }
        bytes.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    private mutating func prepareKey() {
        precondition(containers.last?.isObject == true && !isAfterKey, "Invariant: a key stands in an object")
        separate()
    }

    private mutating func finishKey() {
        bytes.append(UInt8(ascii: ":"))
        if isPretty { bytes.append(0x20) }
        isAfterKey = true
    }

    private mutating func prepareValue() {
        if isAfterKey {
            isAfterKey = false
        } else if let container = containers.last {
            precondition(!container.isObject, "Invariant: a value in an object follows a key")
            separate()
        }
    }

    private mutating func separate() {
        if !containers[containers.count - 1].isEmpty { bytes.append(UInt8(ascii: ",")) }
        containers[containers.count - 1].isEmpty = false
        breakLine()
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes.append(0x0A)
        for _ in 0..<(2 * containers.count) { bytes.append(0x20) }
    }
}
