import Testing
@testable import Webhooks

/// What the settings and the environment say of channels, and what never comes out again.
struct ChannelTests {
    @Test("Channels come in the order of their names, each with its address")
    func addresses() throws {
        let all = try channels()
        #expect(all.map(\.description) == ["desk (slack)", "guild (discord)", "ops (webhook)", "phone (telegram)"])
        #expect(all[0].address.reveal() == secretEnvironment["META_SUPERVISOR_SECRET_DESK_URL"])
        #expect(all[3].address.reveal() == "https://api.telegram.org/bot\(secretToken)/sendMessage")
        #expect(all[3].chat?.reveal() == "-1009876543210")
    }

    @Test("A name's variable is in capitals, with underscores for what is no letter or digit")
    func variables() throws {
        #expect(try ChannelSecrets.variablePrefix(of: "desk-1.eu") == "META_SUPERVISOR_SECRET_DESK_1_EU_")
        #expect(try ChannelSecrets.variablePrefix(of: "b\u{E4}r") == "META_SUPERVISOR_SECRET_B__R_")
        #expect(throws: ChannelError.self) { try ChannelSecrets.variablePrefix(of: "") }
    }

    private func failure(_ kinds: [String: String], _ environment: [String: String]) -> String {
        do {
            _ = try Channel.all(kinds: kinds, template: "", environment: environment)
            return "no failure"
        } catch {
            return error.description
        }
    }

    @Test(
        "What is missing is named by its variable",
        arguments: [
            ("webhook", "URL"), ("slack", "URL"), ("discord", "URL"), ("telegram", "TOKEN"),
        ])
    func missing(kind: String, ending: String) {
        let name = "META_SUPERVISOR_SECRET_NIGHT_DESK_" + ending
        #expect(failure(["night-desk": kind], [:]).contains(name))
        #expect(failure(["night-desk": kind], [name: "  \n"]).contains(name), "an empty one is none")
    }

    @Test("A chat is needed beside the token, and the token has only letters that tokens have")
    func telegram() {
        let token = "META_SUPERVISOR_SECRET_P_TOKEN"
        #expect(failure(["p": "telegram"], [token: secretToken]).contains("META_SUPERVISOR_SECRET_P_CHAT"))
        let broken = failure(["p": "telegram"], [token: "12/34567secret", "META_SUPERVISOR_SECRET_P_CHAT": "1"])
        #expect(broken.contains(token) && !broken.contains("34567secret"))
    }

    @Test("Unknown kinds, names that share a variable, and a crowd of channels are refused")
    func settings() {
        #expect(failure(["a": "pager"], [:]).contains("webhook, slack, discord, telegram"))
        let shared = failure(
            ["a-b": "slack", "a.b": "slack"], ["META_SUPERVISOR_SECRET_A_B_URL": "https://example.com/secret"])
        #expect(shared.contains("'a-b' and 'a.b'"))
        let crowd = Dictionary(uniqueKeysWithValues: (0...16).map { ("c\($0)", "slack") })
        #expect(failure(crowd, [:]).contains("at most 16"))
    }

    @Test(
        "Only encrypted addresses leave this machine",
        arguments: [
            ("https://hooks.example.com/x", true), ("HTTPS://hooks.example.com/x", true),
            ("http://127.0.0.1:9000/x", true), ("http://127.8.9.10/x", true), ("http://localhost/x", true),
            ("http://[::1]:9000/x", true), ("http://user:pass@127.0.0.1/x", true),
            ("http://hooks.example.com/x", false), ("http://127.0.0.1.example.com/x", false),
            ("http://127.0.0.1@example.com/x", false), ("http://localhost.example.com/x", false),
            ("http://127.0.0.256/x", false), ("http://127.1/x", false), ("ftp://example.com/x", false),
            ("hooks.example.com/x", false), ("https:///x", false), ("https://exa mple.com/x", false),
            ("https://example.com/\u{E4}", false), ("file:///etc/passwd", false),
        ])
    func encrypted(url: String, isAllowed: Bool) {
        let said = failure(["a": "webhook"], ["META_SUPERVISOR_SECRET_A_URL": url])
        #expect((said == "no failure") == isAllowed, "\(url): \(said)")
        if !isAllowed { #expect(said.contains("META_SUPERVISOR_SECRET_A_URL") && !said.contains(url)) }
    }

    /// Whatever may not be seen anywhere.
    static let hidden = [
        secretPath, "x7Kq2SecretSecret", secretToken, "AAF-secret_Token-of-a-bot_1234567", "1009876543210",
        "hidden-Key-42", "hidden-Query-43", "hidden-Discord-44",
    ]

    static func leaks(_ text: String) -> [String] { hidden.filter(text.contains) }

    @Test("Interpolated, dumped, reflected or in an error, a secret does not show")
    func neverShown() throws {
        let all = try channels()
        var dumped = ""
        dump(all, to: &dumped)
        #expect(Self.leaks(dumped) == [])
        #expect(Self.leaks("\(all)") == [] && Self.leaks(String(reflecting: all)) == [])
        for channel in all {
            #expect(Self.leaks("\(channel) \(channel.address) \(channel.scrubber)") == [])
            #expect(Self.leaks(String(reflecting: channel.address)) == [])
            var deep = ""
            dump(channel.address, to: &deep)
            dump(channel.scrubber, to: &deep)
            dump(Mirror(reflecting: channel.address), to: &deep)
            #expect(Self.leaks(deep) == [], "\(channel.name)")
            #expect(Mirror(reflecting: channel.address).children.isEmpty)
        }
        #expect("\(Secret("x"))" == "(secret)")
    }

    @Test("Whole addresses and their pieces are taken out of what a service answers")
    func scrubbed() throws {
        for channel in try channels() {
            let text = """
                POST \(channel.address.reveal()) failed: no hook x7Kq2SecretSecret, bot\(secretToken) unknown, chat \
                -1009876543210, key hidden-Key-42, https:\\/\\/h\\/T0S3CR3T\\/B0S3CR3T, hidden-Query-43
                """
            let clean = channel.scrubber.scrubbed(text)
            let values = [channel.address.reveal(), channel.chat?.reveal() ?? ""]
            let own = Self.hidden.filter { secret in values.contains { $0.contains(secret) } }
            #expect(!own.isEmpty)
            for secret in own { #expect(!clean.contains(secret), "\(channel.name)") }
            #expect(clean.contains("(secret)") && clean.hasPrefix("POST "))
        }
    }
}
