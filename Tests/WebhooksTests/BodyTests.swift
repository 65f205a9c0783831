import Domain
import JSONText
import Operation
import Testing
@testable import Webhooks

/// What each service is sent.
struct BodyTests {
    private func parsed(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue.parse(bytes) }

    private func body(_ message: AlertMessage, _ name: String, template: String = "") throws -> JSONValue {
        let channel = try #require(try channels(template: template).first { $0.name == name })
        return try parsed(MessageBody.bytes(message, for: channel))
    }

    @Test("The generic body says everything, with its schema")
    func generic() throws {
        let bytes = MessageBody.generic(message("ops", 1, text: "a \"quote\"\n\u{1}"))
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"schema":"meta-supervisor/alert/1","identity":"kill/aurora/1/raised","kind":"kill","#
                + #""subject":"aurora","state":"raised","title":"aurora is killed","text":"a \"quote\"\n\u0001","#
                + #""at":"2025-10-25T00:00:00Z"}"#)
        var digest = message("ops", 1)
        digest.kind = nil
        digest.isResolved = true
        let value = try parsed(MessageBody.generic(digest))
        #expect(value["kind"]?.string == "digest" && value["state"]?.string == "resolved")
    }

    @Test("Slack is sent a text, a header and a section, and no markup that was not meant")
    func slack() throws {
        let value = try body(
            message("desk", 1, title: "<!channel> & co is killed", text: "a < b & c > d *x*"), "desk")
        #expect(value["text"]?.string == "&lt;!channel&gt; &amp; co is killed")
        let blocks = try #require(value["blocks"]?.array)
        #expect(blocks.map { $0["type"]?.string } == ["header", "section"])
        #expect(blocks[0]["text"]?["type"]?.string == "plain_text")
        #expect(blocks[0]["text"]?["text"]?.string == "<!channel> & co is killed")
        #expect(blocks[1]["text"]?["type"]?.string == "mrkdwn")
        #expect(blocks[1]["text"]?["text"]?.string == "a &lt; b &amp; c &gt; d *x*\n2025-10-25T00:00:00Z")
    }

    @Test("Discord mentions nobody")
    func discord() throws {
        let value = try body(message("guild", 1, text: "@everyone <@1>"), "guild")
        #expect(value["content"]?.string == "aurora is killed\n@everyone <@1>\n2025-10-25T00:00:00Z")
        #expect(value["allowed_mentions"]?["parse"]?.array == [])
        let link = try body(message("guild", 1, text: "[click](https://example.com)"), "guild")
        #expect(link["content"]?.string?.contains("\\[click](https://example.com)") == true)
    }

    @Test("Telegram is sent plain text for its chat")
    func telegram() throws {
        let value = try body(message("phone", 1, text: "a_b *c* <d>"), "phone")
        #expect(value["chat_id"]?.string == "-1009876543210")
        #expect(value["text"]?.string == "aurora is killed\na_b *c* <d>\n2025-10-25T00:00:00Z")
        #expect(value["parse_mode"] == nil)
    }

    private static let flood = String(repeating: "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}&e\u{301}<", count: 3_000)

    @Test("Too long a text is cut between characters, with a mark, to what each service takes")
    func limits() throws {
        let long = message("any", 1, title: Self.flood, text: Self.flood)
        let slack = try body(long, "desk")
        let header = try #require(slack["blocks"]?.array?[0]["text"]?["text"]?.string)
        let section = try #require(slack["blocks"]?.array?[1]["text"]?["text"]?.string)
        let discord = try #require(try body(long, "guild")["content"]?.string)
        let telegram = try #require(try body(long, "phone")["text"]?.string)
        for (text, limit) in [(header, 150), (section, 3_000), (discord, 2_000), (telegram, 4_096)] {
            #expect(text.utf16.count <= limit && text.utf16.count > limit - 30, "\(limit)")
            #expect(text.hasSuffix(" [cut; the rest: meta-supervisord alerts list]"))
        }
        let kept = section.replacing(TextLimit.mark, with: "")
        let whole = MessageBody.slackEscaped(Self.flood)
        #expect(whole.hasPrefix(kept))
        #expect(!kept.hasSuffix("&") && !kept.hasSuffix("&am") && !kept.hasSuffix("\u{200D}"))
    }

    @Test("A text that just fits is not cut, one unit more is", arguments: [60, 61, 200])
    func edges(limit: Int) {
        let fits = String(repeating: "x", count: limit)
        #expect(TextLimit.cut(fits, to: limit) == fits)
        let cut = TextLimit.cut(fits + "x", to: limit)
        #expect(cut.utf16.count == limit && cut.hasSuffix(TextLimit.mark))
    }

    @Test("A template is filled in with JSON strings, whatever they hold")
    func template() throws {
        let text =
            #"{ "msg": {title}, "all": [{text}, {kind}, {subject}, {state}, {at}, {identity}], "n": {"x":1}, "#
            + #""s": "{braces} \"{" }"#
        let value = try body(message("ops", 7, title: "a \"b\" \\ {text}", text: "\n\u{7}"), "ops", template: text)
        #expect(value["msg"]?.string == "a \"b\" \\ {text}")
        #expect(
            value["all"]?.array?.compactMap(\.string)
                == ["\n\u{7}", "kill", "aurora", "raised", "2025-10-25T00:00:00Z", "kill/aurora/7/raised"])
        #expect(value["n"]?["x"]?.integer == 1 && value["s"]?.string == "{braces} \"{")
    }

    @Test(
        "A template that cannot make JSON is refused before the first alert",
        arguments: [
            (#"{"msg": {titel}}"#, "unknown placeholder {titel}"), (#"{"msg": "{title}"}"#, "between quotes"),
            (#"{"msg": {title}"#, "no JSON"), (#"{"msg": {title} {text}}"#, "no JSON"), ("hello", "no JSON"),
            (#"{"a": {title}, "a": {text}}"#, "no JSON"), ("{title", "no JSON"),
        ])
    func brokenTemplates(template: String, reason: String) {
        do {
            _ = try channels(template: template)
            Issue.record("\(template) was taken")
        } catch let error as ChannelError {
            #expect(error.description.contains("alerts.template") && error.description.contains(reason))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("The template is the generic webhook's alone")
    func templateOfOthers() throws {
        #expect(try body(message("desk", 1), "desk", template: "[{title}]")["blocks"] != nil)
    }

    @Test("A header holds visible ASCII, and two names never look alike in it")
    func headerText() {
        #expect(MessagePost.headerText("kill/aurora/1/raised") == "kill/aurora/1/raised")
        #expect(MessagePost.headerText("kill/caf\u{E9} 1%\r\n/1") == "kill/caf%C3%A9%201%25%0D%0A/1")
    }
}
