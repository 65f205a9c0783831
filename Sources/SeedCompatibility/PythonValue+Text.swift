internal import JSONText

extension PythonValue {
    /// `json.dumps(value, indent=2)`.
    var indentedText: [UInt8] {
        var writer = JSONWriter(isPretty: true)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .none: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer(let text): writer.raw(text)
        case .float(let value): writer.raw(Array(PythonNumber.text(value).utf8))
        case .text(let text): writer.raw(PythonValue.quoted(text))
        case .list(let values):
            writer.beginArray()
            for value in values { value.write(to: &writer) }
            writer.endArray()
        case .dictionary(let dictionary):
            writer.beginObject()
            for (key, value) in dictionary.entries {
                writer.rawKey(key.keyText)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    /// How `json.dumps` writes a key: every kind of key becomes a string, whatever other key reads the same.
    private var keyText: [UInt8] {
        switch self {
        case .none: Array("\"null\"".utf8)
        case .bool(let value): Array((value ? "\"true\"" : "\"false\"").utf8)
        case .integer(let text): [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
        case .float(let value): Array("\"\(PythonNumber.text(value))\"".utf8)
        case .text(let text): PythonValue.quoted(text)
        case .list, .dictionary: preconditionFailure("Invariant: containers are no keys")
        }
    }

    /// A text in quotes with everything but printable ASCII escaped, as surrogate pairs above U+FFFF.
    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var bytes = [UInt8(ascii: "\"")]
        for scalar in PythonText.scalars(text) {
            switch scalar {
            case 0x22: bytes.append(contentsOf: #"\""#.utf8)
            case 0x5C: bytes.append(contentsOf: #"\\"#.utf8)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
            case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
            case 0x20...0x7E: bytes.append(UInt8(scalar))
            case 0x10000...:
                appendEscape(0xD800 + (scalar - 0x10000) >> 10, to: &bytes)
                appendEscape(0xDC00 + (scalar - 0x10000) & 0x3FF, to: &bytes)
            default: appendEscape(scalar, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    private static func appendEscape(_ unit: UInt32, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: #"\u"#.utf8)
        for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt32(shift) & 15)]) }
    }
}
