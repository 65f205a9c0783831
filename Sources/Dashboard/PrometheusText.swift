import Domain

/// The Prometheus text exposition format 0.0.4, as far as names, labels and numbers go.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
package enum PrometheusText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static let nameBytesMax = 200
    static let labelValueBytesMax = 256
    static let labelCountMax = 16

    /// `[a-zA-Z_][a-zA-Z0-9_]*`: what else there is becomes `_`. The colon, which the format allows, is left to
    /// recording rules.
    package static func metricName(_ text: String) -> String {
        var name = word(text)
        if name.first?.isNumber ?? true { name = "_" + name }
        return name
    }

    /// As a metric's, but what Prometheus keeps for itself: `__` in front, and a histogram's `le`.
    package static func labelName(_ text: String) -> String {
        let name = metricName(text)
        if name == "le" { return "exported_le" }
        return name.hasPrefix("__") ? "_" + name.drop { $0 == "_" } : name
    }

    private static func word(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(nameBytesMax).map { scalar -> Character in
                let isWord = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isWord ? Character(scalar) : "_"
            })
    }

    /// `agent="a",venue="b"`: sorted by name, escaped, every name once, without labels that say nothing.
    ///
    /// An empty value means to Prometheus that there is no such label, so that two series would be one. A value that
    /// cannot be shown as it is (too long, or with control characters) ends with a hash of the whole, so that two
    /// values never become one.
    package static func labels(_ pairs: [(String, String)]) -> [UInt8] {
        var named: [(name: String, value: String)] = []
        for (text, value) in pairs.prefix(labelCountMax) where !value.isEmpty {
            let plain = labelName(text)
            var name = plain
            var number = 2
            while named.contains(where: { $0.name == name }) {
                // Two underscores in front are not ours to use.
                name = plain == "_" ? "_\(number)" : "\(plain)_\(number)"
                number += 1
            }
            named.append((name, value))
        }
        var bytes: [UInt8] = []
        for (name, value) in named.sorted(by: { $0.name < $1.name }) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            appendEscaped(shown(value), escapesQuotes: true, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        return bytes
    }

    /// A text as it is, or a part of it and a hash of the whole.
    static func shown(_ value: String) -> String {
        let isPlain = !value.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control }
        if isPlain, value.utf8.count <= labelValueBytesMax { return value }
        var text = ""
        var byteCount = 0
        for scalar in value.unicodeScalars {
            let isControl = scalar != "\n" && scalar.properties.generalCategory == .control
            let next: Unicode.Scalar = isControl ? "\u{FFFD}" : scalar
            byteCount += next.utf8.count
            if byteCount > labelValueBytesMax - 17 { break }
            text.unicodeScalars.append(next)
        }
        return text + "~" + StableHash.hexadecimal(StableHash(value).low)
    }

    static func appendEscaped(_ text: String, escapesQuotes: Bool, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\"") where escapesQuotes: bytes.append(contentsOf: "\\\"".utf8)
            default: bytes.append(byte)
            }
        }
    }

    /// The shortest text that reads back as the same number; a whole one without its point.
    static func number(_ value: Double) -> String {
        precondition(value.isFinite, "Invariant: only finite numbers are shown")
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        return value.description
    }
}
