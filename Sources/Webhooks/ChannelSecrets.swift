/// The addresses and tokens of one channel, from the environment alone.
struct ChannelSecrets: Sendable {
    let address: Secret
    let chat: Secret?
    /// Everything that may not be shown.
    let all: [Secret]

    /// Telegram's own server for bots; `_URL` names another one, such as one's own.
    static let telegramServer = "https://api.telegram.org"

    /// `META_SUPERVISOR_SECRET_DESK_` for `desk`: capitals, and an underscore for what is no letter or digit.
    static func variablePrefix(of channel: String) throws(ChannelError) -> String {
        guard !channel.isEmpty else { throw ChannelError("alerts.channels: a channel has an empty name") }
        let letters = channel.utf8.map { byte -> Character in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(Unicode.Scalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                Character(Unicode.Scalar(byte))
            default: "_"
            }
        }
        return "META_SUPERVISOR_SECRET_" + String(letters) + "_"
    }

    init(channel: String, kind: ChannelKind, environment: [String: String]) throws(ChannelError) {
        let prefix = try ChannelSecrets.variablePrefix(of: channel)
        let value = { (ending: String) -> String? in
            let text = environment[prefix + ending].map(ChannelSecrets.trimmed)
            return text?.isEmpty == false ? text : nil
        }
        let missing = { (ending: String) in
            ChannelError(
                "the channel '\(channel)' (\(kind.rawValue)) needs the environment variable \(prefix)\(ending), which"
                    + " is not set; secrets are read from nowhere else")
        }
        switch kind {
        case .webhook, .slack, .discord:
            guard let url = value("URL") else { throw missing("URL") }
            try ChannelSecrets.check(url, variable: prefix + "URL")
            address = Secret(url)
            chat = nil
            all = [address]
        case .telegram:
            guard let token = value("TOKEN") else { throw missing("TOKEN") }
            guard let chatText = value("CHAT") else { throw missing("CHAT") }
            guard token.utf8.allSatisfy(ChannelSecrets.isOfToken) else {
                throw ChannelError(
                    "\(prefix)TOKEN is no token of a bot: letters, digits, ':', '_' and '-', as @BotFather gave it")
            }
            let server = value("URL") ?? ChannelSecrets.telegramServer
            try ChannelSecrets.check(server, variable: prefix + "URL")
            let base = server.hasSuffix("/") ? String(server.dropLast()) : server
            address = Secret("\(base)/bot\(token)/sendMessage")
            chat = Secret(chatText)
            all = [address, Secret(token), Secret(chatText)] + (value("URL").map { [Secret($0)] } ?? [])
        }
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Over the network only encrypted: who can read the address can post to the channel.
    private static func check(_ url: String, variable: String) throws(ChannelError) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let scheme = url.firstRange(of: "://") else {
            throw ChannelError("\(variable) is no URL: https://host/path, with everything else percent-encoded")
        }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = host(of: authority)
        guard !host.isEmpty else { throw ChannelError("\(variable) names no host") }
        switch url[..<scheme.lowerBound].lowercased() {
        case "https": return
        case "http" where isLoopback(host): return
        case "http":
            throw ChannelError("\(variable) begins with http:, which everybody on the way can read; use https:")
        default: throw ChannelError("\(variable) is no https: URL")
        }
    }

    private static func host(of authority: Substring) -> Substring {
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") { return place[...end] }
        return place.prefix { $0 != ":" }
    }

    static func isLoopback(_ host: Substring) -> Bool {
        if host.lowercased() == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.first == "127"
            && parts.allSatisfy { part in
                part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
            }
    }
}
