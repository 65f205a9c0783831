package import Domain
import JSONText

/// Where a value comes from, from the weakest to the strongest.
package enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    case standard
    /// A named policy or a policy file.
    case policy(String)
    case file(String)
    /// With the name of the variable.
    case environment(String)
    case flag

    package var description: String {
        switch self {
        case .standard: "default"
        case .policy(let name): "policy \(name)"
        case .file(let path): path
        case .environment(let variable): "environment \(variable)"
        case .flag: "flag"
        }
    }
}

/// One line of `settings show`.
package struct ResolvedSetting: Equatable, Sendable {
    package var key: String
    /// Canonical text; for humans and machines alike.
    package var value: String
    package var origin: SettingOrigin
    package var documentation: String
    package var variable: String

    package init(key: String, value: String, origin: SettingOrigin, documentation: String, variable: String) {
        self.key = key
        self.value = value
        self.origin = origin
        self.documentation = documentation
        self.variable = variable
    }
}

/// The configuration after all layers: checked, complete, and every value with its origin.
package struct ResolvedSettings: Equatable, Sendable {
    package var policy: Policy
    package var runtime: RuntimeSettings
    /// Of the programs first, then of the policy, each in its table's order.
    package var resolved: [ResolvedSetting]

    package init(policy: Policy, runtime: RuntimeSettings, resolved: [ResolvedSetting]) {
        self.policy = policy
        self.runtime = runtime
        self.resolved = resolved
    }

    /// `settings show --json`.
    package var json: [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.beginObject()
        writer.key("schema")
        writer.string("meta-supervisor/settings/1")
        writer.key("policy_fingerprint")
        writer.string(policy.fingerprint)
        writer.key("settings")
        writer.beginArray()
        for setting in resolved {
            writer.beginObject()
            for (name, text) in [
                ("key", setting.key), ("value", setting.value), ("origin", setting.origin.description),
                ("variable", setting.variable), ("documentation", setting.documentation),
            ] {
                writer.key(name)
                writer.string(text)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.newline()
        return writer.bytes
    }
}
