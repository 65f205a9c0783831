/// One field of a `JSONValue.object`.
package struct JSONMember: Equatable, Sendable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

/// A JSON document in memory: for settings, small state files and tests, never for rows.
///
/// Numbers keep their text, so nothing is lost before somebody says what they mean. Objects keep their order.
package indirect enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent, as written.
    case integer(String)
    /// Any other number, as written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// Reads a whole document of the strict dialect. An object with a key twice is refused: which of them counts
    /// would be anybody's guess.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 512
    ) throws(JSONError) -> JSONValue {
        var scanner = JSONDocumentScanner(dialect: .strict, maximumDepth: maximumDepth)
        var tokens: [JSONToken] = []
        try scanner.scan(bytes, into: &tokens)
        return try JSONTreeBuilder(bytes: bytes, tokens: tokens).value()
    }

    package static func parse(_ bytes: [UInt8], maximumDepth: Int = 512) throws(JSONError) -> JSONValue {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try parse(buffer, maximumDepth: maximumDepth) }
        }
        return try result.get()
    }

    package static func parse(_ text: String, maximumDepth: Int = 512) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), maximumDepth: maximumDepth)
    }
}

extension JSONValue {
    /// The value at a key of an object, or nil.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var array: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    package var object: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var isNull: Bool { self == .null }

    /// The nearest Double, or nil when this is no number or too large for one.
    package var double: Double? {
        switch self {
        case .integer(let text), .number(let text):
            guard let value = Double(text), value.isFinite else { return nil }
            return value
        case .null, .bool, .string, .array, .object: return nil
        }
    }

    /// The value as an integer when it is one exactly: `24`, and also `24.0` and `2.4e1` up to 2^53.
    package var integer: Int64? {
        if case .integer(let text) = self { return Int64(text) }
        guard let value = double, value.magnitude <= 0x1p53 else { return nil }
        return Int64(exactly: value)
    }

    /// One text for every way to write the same value: no whitespace, keys in the order of their UTF-8 bytes, only
    /// the escapes that must be, integers in plain digits, whole numbers up to 2^53 as integers (`1.0` and `1e0` are
    /// `1`), other numbers as their shortest text that reads back as the same Double.
    ///
    /// Close to RFC 8785, but large integers stay exact. A number beyond every Double keeps its text.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        appendCanonical(to: &bytes)
        return bytes
    }

    private func appendCanonical(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let text): bytes.append(contentsOf: (text == "-0" ? "0" : text).utf8)
        case .number(let text):
            if let whole = integer {
                bytes.append(contentsOf: String(whole).utf8)
            } else {
                bytes.append(contentsOf: (double.map { $0.description } ?? text).utf8)
            }
        case .string(let text): JSONEscape.encode(text.utf8, into: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.appendCanonical(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONEscape.encode(member.key.utf8, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.appendCanonical(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

/// Turns tokens into values from the back, so that depth costs no stack.
private struct JSONTreeBuilder {
    let bytes: UnsafeRawBufferPointer
    let tokens: [JSONToken]

    func value() throws(JSONError) -> JSONValue {
        // Values of the tokens behind `index` that no container has taken yet, the nearest one last.
        var waiting: [JSONValue] = []
        for index in tokens.indices.reversed() {
            let token = tokens[index]
            switch token.kind {
            case .array:
                waiting.append(.array(take(childCount(of: index), from: &waiting)))
            case .object:
                let parts = take(childCount(of: index), from: &waiting)
                waiting.append(.object(try members(parts, of: index)))
            case .null: waiting.append(.null)
            case .true: waiting.append(.bool(true))
            case .false: waiting.append(.bool(false))
            case .integer: waiting.append(.integer(text(token)))
            case .number: waiting.append(.number(text(token)))
            case .string: waiting.append(.string(text(token)))
            case .nan, .positiveInfinity, .negativeInfinity:
                preconditionFailure("Invariant: the strict dialect has finite numbers only")
            }
        }
        return waiting[0]
    }

    private func text(_ token: JSONToken) -> String {
        JSONDecoding.string(bytes, token.start..<token.end, hasEscapes: token.hasEscapes) ?? "\u{FFFD}"
    }

    private func childCount(of index: Int) -> Int {
        var count = 0
        var child = index + 1
        while child < tokens[index].next {
            count += 1
            child = tokens[child].next
        }
        return count
    }

    private func take(_ count: Int, from waiting: inout [JSONValue]) -> [JSONValue] {
        let taken = Array(waiting.suffix(count).reversed())
        waiting.removeLast(count)
        return taken
    }

    private func members(_ parts: [JSONValue], of index: Int) throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        var keys: Set<[UInt8]> = []
        for part in stride(from: 0, to: parts.count, by: 2) {
            let key = parts[part].string ?? ""
            // Compared as bytes: Swift holds texts equal that differ only in Unicode normalization.
            guard keys.insert(Array(key.utf8)).inserted else {
                throw JSONError(reason: "the key \(key) occurs twice in one object", byteOffset: tokens[index].start)
            }
            members.append(JSONMember(key: key, value: parts[part + 1]))
        }
        return members
    }
}
