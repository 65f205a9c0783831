/// The value of one setting, in the few shapes a setting can have, and its canonical text.
package enum SettingValue: Equatable, Sendable {
    case off
    case flag(Bool)
    case number(Double)
    case text(String)
    case texts([String])
    case numbers([Double])
    case numberMap([String: Double])
    case textMap([String: String])

    /// `off`, `true`, `12.5`, `automatic`, `[0.1, 1.0]`, `{BTC: 4.0}`; maps in the order of their keys.
    package var text: String {
        switch self {
        case .off: "off"
        case .flag(let flag): flag ? "true" : "false"
        case .number(let number): SettingValue.text(number)
        case .text(let text): text
        case .texts(let texts): "[" + texts.map(SettingValue.escaped).joined(separator: ", ") + "]"
        case .numbers(let numbers): "[" + numbers.map(SettingValue.text).joined(separator: ", ") + "]"
        case .numberMap(let map): SettingValue.text(map.mapValues(SettingValue.text))
        case .textMap(let map): SettingValue.text(map)
        }
    }

    /// Whole numbers without a fraction; everything else as the shortest text that reads back.
    private static func text(_ number: Double) -> String {
        if let whole = Int64(exactly: number), whole.magnitude < 1_000_000_000_000_000 { return String(whole) }
        return String(number)
    }

    private static func text(_ map: [String: String]) -> String {
        let pairs = map.sorted { $0.key < $1.key }.map { escaped($0.key) + ": " + escaped($0.value) }
        return "{" + pairs.joined(separator: ", ") + "}"
    }

    /// Separators, control characters and surrounding spaces within a name or value are written `%2C` and the like, so
    /// that the text reads back.
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let isEdgeSpace = scalar == " " && (index == 0 || index == scalars.count - 1)
            if isEdgeSpace || scalar.value < 0x20 || scalar.value == 0x7F || "%,:{}=".unicodeScalars.contains(scalar) {
                let code = (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
                escaped.append(contentsOf: ("%" + code).unicodeScalars)
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    private static func unescaped(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var read = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if scalars[index] == "%", index + 2 < scalars.count, let high = scalars[index + 1].hexadecimalDigit,
                let low = scalars[index + 2].hexadecimalDigit
            {
                read.append(Unicode.Scalar(high << 4 | low))
                index += 3
            } else {
                read.append(scalars[index])
                index += 1
            }
        }
        return String(read)
    }

    /// The shape a setting takes, for messages and for parsing text.
    package enum Shape: Equatable, Sendable {
        case flag
        case number(ClosedRange<Double>, isOptional: Bool)
        case integer(ClosedRange<Double>)
        case choice([String])
        case text
        /// A list of different texts; of these words where there are any.
        case texts([String]?)
        case numbers(ClosedRange<Double>)
        case numberMap(ClosedRange<Double>)
        case textMap

        package var description: String {
            switch self {
            case .flag: "true or false"
            case .number(let range, let isOptional):
                "a number from \(SettingValue.text(range.lowerBound)) to \(SettingValue.text(range.upperBound))"
                    + (isOptional ? ", or off" : "")
            case .integer(let range):
                "a whole number from \(SettingValue.text(range.lowerBound)) to \(SettingValue.text(range.upperBound))"
            case .choice(let words): "one of " + words.joined(separator: ", ")
            case .text: "a text"
            case .texts(let words): "a list of " + (words.map { "words of " + $0.joined(separator: ", ") } ?? "texts")
            case .numbers(let range):
                "a list of numbers from \(SettingValue.text(range.lowerBound)) to "
                    + SettingValue.text(range.upperBound)
            case .numberMap: "an object of names and numbers"
            case .textMap: "an object of names and texts"
            }
        }

        /// Reads canonical text (or what an environment variable or a flag would hold); `nil` if it has another shape.
        package func parse(_ text: String) -> SettingValue? {
            switch self {
            case .flag:
                switch text {
                case "true", "yes", "on", "1": return .flag(true)
                case "false", "no", "off", "0": return .flag(false)
                default: return nil
                }
            case .number(_, let isOptional):
                if isOptional && text == "off" { return .off }
                return DecimalText.number(text).map(SettingValue.number)
            case .integer: return DecimalText.number(text).map(SettingValue.number)
            case .choice: return .text(text)
            case .text:
                // One line: its canonical text is a line of the policy.
                return .text(text.trimmingSpaces())
            case .texts:
                return SettingValue.items(text, open: "[", close: "]").map { .texts($0.map(SettingValue.unescaped)) }
            case .numbers:
                guard let items = SettingValue.items(text, open: "[", close: "]") else { return nil }
                let numbers = items.compactMap(DecimalText.number)
                return numbers.count == items.count ? .numbers(numbers) : nil
            case .numberMap:
                guard let pairs = SettingValue.pairs(text) else { return nil }
                let numbers = pairs.compactMapValues { DecimalText.number($0) }
                return numbers.count == pairs.count ? .numberMap(numbers) : nil
            case .textMap: return SettingValue.pairs(text).map(SettingValue.textMap)
            }
        }

        /// Whether the value has this shape and lies in its range.
        package func admits(_ value: SettingValue) -> Bool {
            switch (self, value) {
            case (.flag, .flag), (.textMap, .textMap): true
            case (.text, .text(let text)): !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            case (.texts(let words), .texts(let texts)):
                Set(texts).count == texts.count
                    && texts.allSatisfy { text in !text.isEmpty && words.map { $0.contains(text) } ?? true }
            case (.number(_, let isOptional), .off): isOptional
            case (.number(let range, _), .number(let number)): range.contains(number)
            case (.integer(let range), .number(let number)): range.contains(number) && number.rounded() == number
            case (.choice(let words), .text(let word)): words.contains(word)
            case (.numbers(let range), .numbers(let numbers)): !numbers.isEmpty && numbers.allSatisfy(range.contains)
            case (.numberMap(let range), .numberMap(let map)): map.values.allSatisfy(range.contains)
            default: false
            }
        }
    }

    /// What stands between the brackets, cut at the commas. Cut by scalars, not by characters: a comma and an accent
    /// behind it are one character, and a name may begin with an accent.
    private static func items(_ text: String, open: Unicode.Scalar, close: Unicode.Scalar) -> [String]? {
        let scalars = text.unicodeScalars
        guard scalars.first == open, scalars.last == close, scalars.count >= 2 else { return nil }
        let inside = scalars.dropFirst().dropLast()
        if trimmed(inside).isEmpty { return [] }
        return inside.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    }

    private static func pairs(_ text: String) -> [String: String]? {
        guard let items = items(text, open: "{", close: "}") else { return nil }
        var map: [String: String] = [:]
        for item in items {
            guard let colon = item.unicodeScalars.lastIndex(of: ":") else { return nil }
            let key = unescaped(trimmed(item.unicodeScalars[..<colon]))
            let value = unescaped(trimmed(item.unicodeScalars[item.unicodeScalars.index(after: colon)...]))
            // Of two values for one name neither is meant.
            guard map.updateValue(value, forKey: key) == nil else { return nil }
        }
        return map
    }

    private static func trimmed(_ scalars: Substring.UnicodeScalarView) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalDigit: UInt8? {
        switch self {
        case "0"..."9": UInt8(value - 0x30)
        case "A"..."F": UInt8(value - 0x41 + 10)
        case "a"..."f": UInt8(value - 0x61 + 10)
        default: nil
        }
    }
}
