package import Domain
import JSONText

/// A key of either table, with the name of its environment variable.
package struct SettingKey: Sendable {
    package let key: String
    package let documentation: String
    package let shape: SettingValue.Shape

    /// Of the programs first, then of the policy, each in its table's order.
    package static let all: [SettingKey] =
        RuntimeSettings.keys.map { SettingKey(key: $0.key, documentation: $0.documentation, shape: $0.shape) }
        + ofPolicy

    static let ofPolicy: [SettingKey] = Policy.keys.map {
        SettingKey(key: $0.key, documentation: $0.documentation, shape: $0.shape)
    }

    static let variablePrefix = "META_SUPERVISOR_"

    /// `META_SUPERVISOR_COSTS_ROUND_TRIP_BPS` for `costs.roundTripBps`.
    package var variable: String {
        var name = SettingKey.variablePrefix
        for character in key {
            if character == "." {
                name += "_"
            } else {
                if character.isUppercase { name += "_" }
                name += character.uppercased()
            }
        }
        return name
    }
}

extension SettingKey {
    /// A value from text, as a variable or a flag holds it: `10`, `off`, `[0.1, 1]`, `{BTC: 4}`, or the same as JSON.
    func value(text: String) -> SettingValue? {
        let text = text.trimmingSpaces()
        switch shape {
        case .number(_, isOptional: true) where text == "null": return .off
        case .texts, .numbers, .numberMap, .textMap:
            // `{"BTC": 4}` is also canonical text, with quotes in the name; nobody means that.
            if let json = try? JSONValue.parse(text), let value = SettingsDocument.value(json, shape: shape) {
                return shape.admits(value) ? value : nil
            }
        case .flag, .number, .integer, .choice, .text: break
        }
        if let value = shape.parse(text), shape.admits(value) { return value }
        return nil
    }

    /// Names of symbols and agents in the form in which the stages look them up: `BTC/USDT` is `BTC`. A name that would
    /// never be found, or two that are one, is an error: a cost that silently does not apply flatters every report.
    func canonical(_ value: SettingValue) throws(SettingsError) -> SettingValue {
        switch (key, value) {
        // The one text whose absence means something: the ready-made body.
        case ("alerts.template", _): return value
        case (_, .text(let text)) where text.trimmingSpaces().isEmpty: throw SettingsError("the text is empty")
        case ("prices.venues", .texts([])), ("prices.quotes", .texts([])):
            throw SettingsError("the list is empty; leave the key out for the default, or set schedule.prices to off")
        case ("prices.symbols", .texts(let names)):
            for name in names where Symbol(name) == nil { throw SettingsError("'\(name)' is no name of a symbol") }
            return value
        case ("costs.roundTripBpsBySymbol", .numberMap(let map)):
            return .numberMap(try SettingKey.renamed(map, "symbol") { Symbol($0)?.name })
        case ("strategies", .textMap(let map)):
            return .textMap(try SettingKey.renamed(map, "agent") { AgentID($0)?.name })
        default: return value
        }
    }

    private static func renamed<Value>(
        _ map: [String: Value], _ noun: String, _ canonical: (String) -> String?
    ) throws(SettingsError) -> [String: Value] {
        var result: [String: Value] = [:]
        for (name, value) in map.sorted(by: { $0.key < $1.key }) {
            guard let renamed = canonical(name) else { throw SettingsError("'\(name)' is no name of \(noun)") }
            guard result.updateValue(value, forKey: renamed) == nil else {
                throw SettingsError("the \(noun) '\(renamed)' is named twice, once as '\(name)'")
            }
        }
        return result
    }
}
