import Domain

/// Everything a configuration is made of, read from the world beforehand, so that resolving is a pure function.
package struct SettingsLayers: Sendable {
    /// A file's path and bytes.
    package struct File: Equatable, Sendable {
        package var path: String
        package var bytes: [UInt8]

        package init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    package var file: File?
    /// All variables of the process; those with our prefix count.
    package var environment: [String: String]
    /// `key=value` each, in the order given; the last one of a key counts.
    package var assignments: [String]
    /// `--policy`: a name or a path.
    package var policy: String?

    package init(
        file: File? = nil, environment: [String: String] = [:], assignments: [String] = [], policy: String? = nil
    ) {
        self.file = file
        self.environment = environment
        self.assignments = assignments
        self.policy = policy
    }

    /// Variables with our prefix that are not settings: they steer the build, and a simulation.
    static let foreignVariables = [
        "META_SUPERVISOR_CORE", "META_SUPERVISOR_STRICT", "META_SUPERVISOR_BENCHMARKS", "META_SUPERVISOR_CLOCK_FILE",
    ]
    /// Addresses and tokens of alert channels: read by the daemon from the environment alone, never shown.
    static let secretPrefix = SettingKey.variablePrefix + "SECRET_"

    /// Defaults < policy < settings file < environment < flags; `--policy` is a flag. `readFile` reads a policy file,
    /// `nil` where there is none.
    package func resolve(
        readFile: (_ path: String) throws(SettingsError) -> [UInt8]?
    ) throws(SettingsError) -> ResolvedSettings {
        let changes = try changes()
        let (name, origin) = policyName(changes)
        var policy = try SettingsLayers.policy(named: name, relativeTo: origin, readFile)
        var runtime = RuntimeSettings()
        var origins: [String: SettingOrigin] = [:]
        for key in Policy.keys where key.read(policy) != key.read(.standard) {
            origins[key.key] = .policy(name)
        }
        for change in changes where applies(change) {
            if let key = Policy.keys.first(where: { $0.key == change.key.key }) {
                key.write(&policy, change.value)
            } else if let key = RuntimeSettings.keys.first(where: { $0.key == change.key.key }) {
                key.write(&runtime, change.value)
            }
            origins[change.key.key] = change.origin
        }
        if self.policy != nil { origins["policy"] = .flag }
        runtime.policy = name
        do {
            try policy.validate()
        } catch {
            throw SettingsError("the settings do not fit together: \(error.description)")
        }
        SettingsLayers.relabel(&policy)
        return ResolvedSettings(
            policy: policy, runtime: runtime, resolved: SettingsLayers.listed(policy, runtime, origins))
    }

    /// `--policy` asks about that policy as it is: what file and environment say of a policy's keys is left out, and
    /// only `--set` changes it.
    private func applies(_ change: Change) -> Bool {
        guard policy != nil, change.origin != .flag else { return true }
        return !Policy.keys.contains { $0.key == change.key.key }
    }

    /// A policy under a known name that says something else must not pass for it.
    private static func relabel(_ policy: inout Policy) {
        guard let known = Policy.named(policy.name) else { return }
        var sameName = policy
        sameName.name = known.name
        if sameName != known { policy.name = known.name + ", changed" }
    }

    private static func listed(
        _ policy: Policy, _ runtime: RuntimeSettings, _ origins: [String: SettingOrigin]
    ) -> [ResolvedSetting] {
        let values = RuntimeSettings.keys.map { $0.read(runtime).text } + Policy.keys.map { $0.read(policy).text }
        return zip(SettingKey.all, values).map { key, value in
            ResolvedSetting(
                key: key.key, value: value, origin: origins[key.key] ?? .standard, documentation: key.documentation,
                variable: key.variable)
        }
    }
}

extension SettingsLayers {
    fileprivate struct Change {
        let key: SettingKey
        let value: SettingValue
        let origin: SettingOrigin
    }

    /// All changes against the policy and the defaults, the weakest first.
    private func changes() throws(SettingsError) -> [Change] {
        var changes: [Change] = []
        if let file {
            let document = try SettingsDocument(path: file.path, bytes: file.bytes, keys: SettingKey.all)
            changes += document.entries.map { Change(key: $0.key, value: $0.value, origin: .file(file.path)) }
        }
        changes += try environmentChanges()
        for assignment in assignments { changes.append(try SettingsLayers.change(assignment)) }
        return changes
    }

    private func environmentChanges() throws(SettingsError) -> [Change] {
        var changes: [Change] = []
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) {
            guard variable.hasPrefix(SettingKey.variablePrefix), !SettingsLayers.foreignVariables.contains(variable),
                !variable.hasPrefix(SettingsLayers.secretPrefix)
            else { continue }
            guard let key = SettingKey.all.first(where: { $0.variable == variable }) else {
                let nearest = EditDistance.nearest(to: variable, among: SettingKey.all.map(\.variable)) ?? ""
                throw SettingsError("unknown environment variable \(variable); the nearest is \(nearest)")
            }
            let value = try SettingsLayers.value(text, of: key, in: "environment \(variable)")
            changes.append(Change(key: key, value: value, origin: .environment(variable)))
        }
        return changes
    }

    private static func change(_ assignment: String) throws(SettingsError) -> Change {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw SettingsError("--set \(assignment) has no '='; write --set costs.roundTripBps=10")
        }
        let name = assignment[..<equals].trimmingSpaces()
        guard let key = SettingKey.all.first(where: { $0.key == name }) else {
            let nearest = EditDistance.nearest(to: name, among: SettingKey.all.map(\.key)) ?? ""
            throw SettingsError("--set \(assignment): unknown key '\(name)'; the nearest is '\(nearest)'")
        }
        let text = String(assignment[assignment.index(after: equals)...])
        return Change(key: key, value: try value(text, of: key, in: "--set \(assignment)"), origin: .flag)
    }

    private static func value(
        _ text: String, of key: SettingKey, in place: String
    ) throws(SettingsError) -> SettingValue {
        guard let value = key.value(text: text) else {
            throw SettingsError("\(place): \(key.key) = '\(text)' is not \(key.shape.description)")
        }
        do {
            return try key.canonical(value)
        } catch {
            throw SettingsError("\(place): \(key.key): \(error.description)")
        }
    }
}

extension SettingsLayers {
    /// The strongest mention of a policy; a path in the settings file is relative to that file.
    private func policyName(_ changes: [Change]) -> (name: String, relativeTo: String?) {
        if let policy { return (policy, nil) }
        guard let change = changes.last(where: { $0.key.key == "policy" }), case .text(let name) = change.value else {
            return (RuntimeSettings().policy, nil)
        }
        if case .file(let path) = change.origin { return (name, path) }
        return (name, nil)
    }

    private static func policy(
        named name: String, relativeTo file: String?, _ readFile: (_ path: String) throws(SettingsError) -> [UInt8]?
    ) throws(SettingsError) -> Policy {
        if let policy = Policy.named(name) { return policy }
        guard name.contains("/") || name.hasSuffix(".json") else {
            let nearest = EditDistance.nearest(to: name, among: Policy.names) ?? "standard@1"
            throw SettingsError(
                "unknown policy '\(name)'; the nearest is '\(nearest)', and a policy file is given by its path, with a"
                    + " '/' in it or '.json' at its end")
        }
        var path = name
        if let file, !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") { path = file[...slash] + name }
        guard let bytes = try readFile(path) else { throw SettingsError("there is no policy file \(path)") }
        return try policy(path: path, bytes: bytes)
    }

    /// A policy file: keys of a policy over a pinned base, `{"base": "standard@1", "costs.roundTripBps": 4}`.
    private static func policy(path: String, bytes: [UInt8]) throws(SettingsError) -> Policy {
        let document = try SettingsDocument(
            path: path, bytes: bytes, keys: SettingKey.ofPolicy, extraNames: ["base"])
        guard let base = document.extras["base"], base.contains("@"), var policy = Policy.named(base) else {
            let found = document.extras["base"].map { "'\($0)' is none of them" } ?? "it names none"
            throw SettingsError("\(path): a policy file builds on \"base\": \"standard@1\" or \"seed@1\"; \(found)")
        }
        let lastPart = path.split(separator: "/").last.map(String.init) ?? path
        policy.name = lastPart.hasSuffix(".json") ? String(lastPart.dropLast(5)) : lastPart
        for entry in document.entries {
            Policy.keys.first { $0.key == entry.key.key }?.write(&policy, entry.value)
        }
        do {
            try policy.validate()
        } catch {
            throw SettingsError("\(path): \(error.description)")
        }
        return policy
    }
}
