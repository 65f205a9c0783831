import Domain
import JSONText

/// A settings or policy file: JSON with nested objects or dotted keys. `null` is "off"; a key that begins with `//` is
/// a comment.
struct SettingsDocument {
    struct Entry {
        let key: SettingKey
        let value: SettingValue
    }

    let path: String
    private(set) var entries: [Entry] = []
    /// Keys that are of no table, such as `base` in a policy file, by name.
    private(set) var extras: [String: String] = [:]

    private let known: [String: SettingKey]
    private let extraNames: [String]

    /// - Parameter extraNames: keys of texts that only this kind of file has.
    init(path: String, bytes: [UInt8], keys: [SettingKey], extraNames: [String] = []) throws(SettingsError) {
        self.path = path
        self.extraNames = extraNames
        known = Dictionary(keys.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes, maximumDepth: 16)
        } catch {
            let line = bytes.prefix(max(0, error.byteOffset)).count { $0 == 0x0A } + 1
            throw SettingsError("\(path), line \(line): \(error.reason)")
        }
        guard let members = document.object else {
            throw SettingsError("\(path) holds no JSON object; write {\"costs.roundTripBps\": 10} or the like")
        }
        try read(members, prefix: "")
    }

    private mutating func read(_ members: [JSONMember], prefix: String) throws(SettingsError) {
        for member in members where !member.key.hasPrefix("//") {
            let name = prefix + member.key
            if let key = known[name] {
                guard !entries.contains(where: { $0.key.key == name }) else {
                    throw SettingsError("\(path): \(name) is set twice")
                }
                entries.append(Entry(key: key, value: try value(member.value, of: key)))
            } else if extraNames.contains(name) {
                guard let text = member.value.string else { throw SettingsError("\(path): \(name) is not a text") }
                extras[name] = text
            } else if let inner = member.value.object, !inner.isEmpty {
                try read(inner, prefix: name + ".")
            } else {
                throw unknown(name)
            }
        }
    }

    private func unknown(_ name: String) -> SettingsError {
        let names = extraNames + known.keys.sorted()
        let nearest = EditDistance.nearest(to: name, among: names).map { "; the nearest is '\($0)'" } ?? ""
        if !known.keys.contains(name), let other = SettingKey.all.first(where: { $0.key == name }) {
            return SettingsError("\(path): '\(other.key)' is a setting of the program and has no place in a policy")
        }
        return SettingsError("\(path): unknown key '\(name)'\(nearest)")
    }

    private func value(_ json: JSONValue, of key: SettingKey) throws(SettingsError) -> SettingValue {
        guard let value = SettingsDocument.value(json, shape: key.shape), key.shape.admits(value) else {
            let text = String(decoding: json.canonicalBytes, as: UTF8.self)
            throw SettingsError("\(path): \(key.key) = \(text) is not \(key.shape.description)")
        }
        do {
            return try key.canonical(value)
        } catch {
            throw SettingsError("\(path): \(key.key): \(error.description)")
        }
    }

    static func value(_ json: JSONValue, shape: SettingValue.Shape) -> SettingValue? {
        switch shape {
        case .flag: return json.bool.map(SettingValue.flag)
        case .number(_, let isOptional):
            if json.isNull { return isOptional ? .off : nil }
            return json.double.map(SettingValue.number)
        case .integer: return json.double.map(SettingValue.number)
        case .choice, .text: return json.string.map(SettingValue.text)
        case .texts:
            guard let items = json.array else { return nil }
            let texts = items.compactMap(\.string)
            return texts.count == items.count ? .texts(texts) : nil
        case .numbers:
            guard let items = json.array else { return nil }
            let numbers = items.compactMap(\.double)
            return numbers.count == items.count ? .numbers(numbers) : nil
        case .numberMap:
            return map(json, \.double).map(SettingValue.numberMap)
        case .textMap:
            return map(json, \.string).map(SettingValue.textMap)
        }
    }

    private static func map<Value>(_ json: JSONValue, _ value: (JSONValue) -> Value?) -> [String: Value]? {
        guard let members = json.object else { return nil }
        var map: [String: Value] = [:]
        for member in members where !member.key.hasPrefix("//") {
            guard let value = value(member.value) else { return nil }
            map[member.key] = value
        }
        return map
    }
}
