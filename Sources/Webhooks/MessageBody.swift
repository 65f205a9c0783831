internal import Domain
internal import JSONText
internal import Operation

/// What each service is sent.
///
/// Lengths are counted in UTF-16 units, the most any of them counts a character for: Slack refuses a header over 150
/// and a section over 3,000 characters (`invalid_blocks`), Discord content over 2,000 (code 50035), Telegram a text
/// over 4,096 (`message is too long`).
enum MessageBody {
    static let slackHeaderLength = 150
    static let slackSectionLength = 3_000
    static let discordLength = 2_000
    static let telegramLength = 4_096

    static func bytes(_ message: AlertMessage, for channel: Channel) -> [UInt8] {
        switch channel.kind {
        case .webhook: channel.template?.body(message) ?? generic(message)
        case .slack: slack(message)
        case .discord: discord(message)
        case .telegram: telegram(message, chat: channel.chat)
        }
    }

    static func generic(_ message: AlertMessage) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("schema", "meta-supervisor/alert/1")
        writer.member("identity", message.identity)
        writer.member("kind", message.kind?.rawValue ?? "digest")
        writer.member("subject", message.subject)
        writer.member("state", message.isResolved ? "resolved" : "raised")
        writer.member("title", message.title)
        writer.member("text", message.text)
        writer.member("at", message.at.description)
        writer.endObject()
        return writer.bytes
    }

    /// A header in plain text and a section; `text` is what a notification shows. Ampersand and angle brackets are
    /// escaped wherever Slack reads markup: `<!channel>` in a name would wake everybody.
    static func slack(_ message: AlertMessage) -> [UInt8] {
        let summary = TextLimit.cut(slackEscaped(message.title), to: slackSectionLength)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("text", summary)
        writer.key("blocks")
        writer.beginArray()
        writer.beginObject()
        writer.member("type", "header")
        writer.key("text")
        writer.beginObject()
        writer.member("type", "plain_text")
        writer.member("text", TextLimit.cut(message.title, to: slackHeaderLength))
        writer.key("emoji")
        writer.bool(false)
        writer.endObject()
        writer.endObject()
        writer.beginObject()
        writer.member("type", "section")
        writer.key("text")
        writer.beginObject()
        writer.member("type", "mrkdwn")
        writer.member("text", TextLimit.cut(message.text + "\n" + message.at.description, to: slackSectionLength) {
            slackEscaped($0)
        })
        writer.key("verbatim")
        writer.bool(true)
        writer.endObject()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Whatever stands in it, nobody is mentioned, and no name of an agent becomes a link to somewhere else.
    static func discord(_ message: AlertMessage) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("content", plain(message, length: discordLength) { $0.replacing("[", with: "\\[") })
        writer.key("allowed_mentions")
        writer.beginObject()
        writer.key("parse")
        writer.beginArray()
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Without a parse mode: names of agents hold underscores and asterisks, and a text that does not parse is refused.
    static func telegram(_ message: AlertMessage, chat: Secret?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("chat_id", chat?.reveal() ?? "")
        writer.member("text", plain(message, length: telegramLength))
        writer.key("link_preview_options")
        writer.beginObject()
        writer.key("is_disabled")
        writer.bool(true)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func plain(
        _ message: AlertMessage, length: Int, escaping escape: (String) -> String = { $0 }
    ) -> String {
        TextLimit.cut("\(message.title)\n\(message.text)\n\(message.at)", to: length, escaping: escape)
    }

    static func slackEscaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

/// Texts that are too long for a service.
enum TextLimit {
    /// Says that something is missing, and where it is.
    static let mark = " [cut; the rest: meta-supervisord alerts list]"

    /// At most `limit` UTF-16 units once escaped, cut between characters, with a mark where it was cut.
    static func cut(
        _ text: String, to limit: Int, escaping escape: (String) -> String = { $0 }
    ) -> String {
        let whole = escape(text)
        guard whole.utf16.count > limit else { return whole }
        var room = limit - mark.utf16.count
        precondition(room > 0, "Invariant: the mark fits")
        var kept = ""
        for character in text {
            let escaped = escape(String(character))
            room -= escaped.utf16.count
            guard room >= 0 else { break }
            kept += escaped
        }
        return kept + mark
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ text: String) {
        key(name)
        string(text)
    }
}
