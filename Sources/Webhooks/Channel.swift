/// Whose language a channel speaks.
package enum ChannelKind: String, Sendable, CaseIterable {
    case webhook
    case slack
    case discord
    case telegram
}

/// Somebody to tell, with everything needed to do so.
package struct Channel: Sendable {
    /// As in the settings.
    package var name: String
    package var kind: ChannelKind
    let address: Secret
    /// Telegram's; `nil` for the others.
    let chat: Secret?
    let template: MessageTemplate?
    let scrubber: SecretScrubber

    init(name: String, kind: ChannelKind, secrets: ChannelSecrets, template: MessageTemplate?) {
        self.name = name
        self.kind = kind
        address = secrets.address
        chat = secrets.chat
        self.template = template
        scrubber = SecretScrubber(secrets.all)
    }

    /// More than these nobody reads, and each has a request under way at any time.
    package static let maximalCount = 16

    /// The channels of the settings, in the order of their names.
    ///
    /// - Parameters:
    ///   - kinds: Kind by name, as in `alerts.channels`.
    ///   - template: As in `alerts.template`; empty for the ready-made body.
    ///   - environment: Where addresses and tokens are.
    package static func all(
        kinds: [String: String], template: String, environment: [String: String]
    ) throws(ChannelError) -> [Channel] {
        guard kinds.count <= maximalCount else {
            throw ChannelError("alerts.channels names \(kinds.count) channels, at most \(maximalCount) are served")
        }
        let template = template.isEmpty ? nil : try MessageTemplate(template)
        var channels: [Channel] = []
        var ownerOfVariable: [String: String] = [:]
        for (name, kindText) in kinds.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            guard let kind = ChannelKind(rawValue: kindText) else {
                let known = ChannelKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ChannelError("alerts.channels: '\(name)' is a '\(kindText)', which is none of \(known)")
            }
            let prefix = try ChannelSecrets.variablePrefix(of: name)
            if let other = ownerOfVariable[prefix] {
                throw ChannelError(
                    "alerts.channels: '\(other)' and '\(name)' would read the same variables \(prefix)...; rename one")
            }
            ownerOfVariable[prefix] = name
            let secrets = try ChannelSecrets(channel: name, kind: kind, environment: environment)
            channels.append(
                Channel(name: name, kind: kind, secrets: secrets, template: kind == .webhook ? template : nil))
        }
        return channels
    }
}

extension Channel: CustomStringConvertible {
    package var description: String { "\(name) (\(kind.rawValue))" }
}
