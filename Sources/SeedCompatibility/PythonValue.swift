internal import JSONText

/// What `json.loads` makes of a document.
indirect enum PythonValue {
    case none
    case bool(Bool)
    /// Any size, as normal text: no minus at zero.
    case integer([UInt8])
    case float(Double)
    /// WTF-8, see `PythonText`.
    case text([UInt8])
    case list([PythonValue])
    case dictionary(PythonDictionary)

    /// Reads a document, or nil where `json.loads` raises.
    static func parse(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) -> PythonValue? {
        var scanner = JSONDocumentScanner(dialect: .python, maximumDepth: maximumDepth)
        var tokens: [JSONToken] = []
        guard (try? scanner.scan(bytes, into: &tokens)) != nil else { return nil }
        var index = 0
        return PythonValue(bytes, tokens, &index)
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ tokens: [JSONToken], _ index: inout Int) {
        let token = tokens[index]
        let range = token.start..<token.end
        index += 1
        switch token.kind {
        case .null: self = .none
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .integer:
            let text = Array(bytes[range])
            self = .integer(text == Array("-0".utf8) ? [UInt8(ascii: "0")] : text)
        case .number: self = .float(JSONDecoding.nearestDouble(bytes, range))
        case .nan: self = .float(.nan)
        case .positiveInfinity: self = .float(.infinity)
        case .negativeInfinity: self = .float(-.infinity)
        case .string: self = .text(JSONDecoding.utf8(bytes, range, hasEscapes: token.hasEscapes))
        case .array:
            var values: [PythonValue] = []
            while index < token.next { values.append(PythonValue(bytes, tokens, &index)) }
            self = .list(values)
        case .object:
            var dictionary = PythonDictionary()
            while index < token.next {
                let key = PythonValue(bytes, tokens, &index)
                dictionary.set(key, PythonValue(bytes, tokens, &index))
            }
            self = .dictionary(dictionary)
        }
    }

    /// `bool(value)`.
    var isTruthy: Bool {
        switch self {
        case .none: false
        case .bool(let value): value
        case .integer(let text): text != [UInt8(ascii: "0")]
        case .float(let value): value != 0
        case .text(let text): !text.isEmpty
        case .list(let values): !values.isEmpty
        case .dictionary(let dictionary): !dictionary.entries.isEmpty
        }
    }

    /// `float(value)`; nil where it raises, which it also does for an integer beyond every float.
    var float: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let text): text.withUnsafeBytes { JSONDecoding.finiteDouble($0, 0..<$0.count) }
        case .float(let value): value
        case .text(let text): PythonNumber.float(text)
        case .none, .list, .dictionary: nil
        }
    }

    /// The name of the type, for messages.
    var typeName: String {
        switch self {
        case .none: "null"
        case .bool: "a boolean"
        case .integer, .float: "a number"
        case .text: "a string"
        case .list: "an array"
        case .dictionary: "an object"
        }
    }
}

/// What two keys of a `dict` must share to be one key. `1`, `1.0` and `true` are one key, and so is every NaN that
/// `json.loads` makes, since it makes one object of them.
enum PythonKey: Hashable {
    case none
    case integer([UInt8])
    case fraction(UInt64)
    case text([UInt8])

    /// Nil for lists and dictionaries, which cannot be keys.
    init?(_ value: PythonValue) {
        switch value {
        case .none: self = .none
        case .bool(let truth): self = .integer([UInt8(ascii: truth ? "1" : "0")])
        case .integer(let text): self = .integer(text)
        case .float(let number):
            if number.isFinite, number == number.rounded(.towardZero) {
                self = .integer(PythonNumber.wholeText(number))
            } else {
                self = .fraction(number.isNaN ? Double.nan.bitPattern : number.bitPattern)
            }
        case .text(let text): self = .text(text)
        case .list, .dictionary: return nil
        }
    }
}

/// A `dict`: a key set again keeps its place and its first form, and takes the new value.
struct PythonDictionary {
    private(set) var entries: [(key: PythonValue, value: PythonValue)] = []
    private var places: [PythonKey: Int] = [:]

    /// Returns false when the key cannot be one.
    @discardableResult
    mutating func set(_ key: PythonValue, _ value: PythonValue) -> Bool {
        guard let identity = PythonKey(key) else { return false }
        if let place = places[identity] {
            entries[place].value = value
        } else {
            places[identity] = entries.count
            entries.append((key, value))
        }
        return true
    }

    subscript(key: PythonValue) -> PythonValue? {
        PythonKey(key).flatMap { places[$0] }.map { entries[$0].value }
    }

    subscript(name: String) -> PythonValue? { self[.text(Array(name.utf8))] }

    /// `dict(value)`: the entries of a dictionary, or pairs, each a list, a text or a dictionary with two elements.
    /// Nil where it raises.
    init?(_ value: PythonValue) {
        switch value {
        case .dictionary(let dictionary): self = dictionary
        case .list(let pairs):
            for pair in pairs {
                let parts = PythonDictionary.elements(pair)
                guard parts.count == 2, set(parts[0], parts[1]) else { return nil }
            }
        case .text(let text):
            // The elements of a text have one character each, so that only the empty text is a list of pairs.
            guard text.isEmpty else { return nil }
        case .none, .bool, .integer, .float: return nil
        }
    }

    init() {}

    private static func elements(_ value: PythonValue) -> [PythonValue] {
        switch value {
        case .list(let values): values
        case .dictionary(let dictionary): dictionary.entries.map(\.key)
        case .text(let text): characters(text)
        case .none, .bool, .integer, .float: []
        }
    }

    private static func characters(_ text: [UInt8]) -> [PythonValue] {
        text.withUnsafeBytes { bytes in
            var characters: [PythonValue] = []
            var offset = 0
            while offset < bytes.count {
                let length = PythonText.scalar(bytes, at: offset).length
                characters.append(.text(Array(bytes[offset..<(offset + length)])))
                offset += length
            }
            return characters
        }
    }
}
