import Domain
import Glibc
import LocalExchange
import ProgramHarness
import Testing

/// What is wrong with the settings is said before anything begins: exit 78, the key, the nearest valid word.
@Suite struct ConfigurationTests {
    struct Mistake: CustomTestStringConvertible {
        var key: String
        var value: String
        var phrases: [String]
        var environment: [String: String] = [:]
        var testDescription: String { "\(key) = \(value)" }

        init(_ key: String, _ value: String, _ phrases: String..., environment: [String: String] = [:]) {
            self.key = key
            self.value = value
            self.phrases = phrases
            self.environment = environment
        }
    }

    static let mistakes = [
        Mistake("schedule.ingest", "\"every 1 fortnight\"", "schedule.ingest", "every 1 fortnight"),
        Mistake("schedule.backup", "\"61 2 * * *\"", "schedule.backup", "61"),
        Mistake("schedule.supervise", "\"\"", "schedule.supervise"),
        Mistake(
            "prices.addresses", "{\"binnance\": \"http://127.0.0.1:1\"}", "prices.addresses", "binnance", "'binance'"),
        Mistake("prices.venues", "[\"krakne\"]", "prices.venues", "krakne"),
        Mistake("schedule.limitMinutesByJob", "{\"bakcup\": 5}", "schedule.limitMinutesByJob", "bakcup", "'backup'"),
        Mistake("schedule.limitMinutesByJob", "{\"backup\": 0}", "schedule.limitMinutesByJob", "backup"),
        Mistake("alerts.muted", "[\"silent-agnet\"]", "alerts.muted", "silent-agnet", "'silent-agent'"),
        Mistake("alerts.channels", "{\"desk\": \"slak\"}", "alerts.channels", "desk", "slak", "slack"),
        Mistake(
            "alerts.channels", "{\"phone\": \"slack\"}", "phone", "META_SUPERVISOR_SECRET_PHONE_URL", "not set"),
        Mistake("alerts.channels", "{\"phone\": \"telegram\"}", "META_SUPERVISOR_SECRET_PHONE_TOKEN"),
        Mistake(
            "alerts.channels", "{\"phone\": \"webhook\"}", "META_SUPERVISOR_SECRET_PHONE_URL", "https:",
            environment: ["META_SUPERVISOR_SECRET_PHONE_URL": "http://203.0.113.7/s3cr3t-path"]),
        Mistake(
            "alerts.channels", "{\"a-b\": \"slack\", \"a_b\": \"slack\"}", "'a-b'", "'a_b'", "rename",
            environment: ["META_SUPERVISOR_SECRET_A_B_URL": "https://127.0.0.1/s3cr3t-path"]),
        Mistake("alerts.template", "\"{titel}\"", "alerts.template", "titel"),
        Mistake("server.port", "70000", "server.port", "65535"),
        Mistake("server.prot", "1", "server.prot", "server.port"),
        Mistake("prices.barLength", "\"2h\"", "prices.barLength", "2h", "1h"),
    ]

    @Test("Each mistake in the settings ends the daemon with 78 and a sentence", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws {
        let base = mistake.key == "alerts.template" ? ["alerts.channels": "{\"desk\": \"webhook\"}"] : [:]
        let scene = try Scene(base.merging([mistake.key: mistake.value]) { $1 }, environment: mistake.environment)
        let ended = try scene.failToServe()
        ended.expect(78)
        for phrase in mistake.phrases {
            #expect(ended.errorText.contains(phrase), "\(phrase): \(ended.errorText)")
        }
        #expect(!ended.errorText.contains("s3cr3t"), "\(ended.errorText)")
        #expect(ended.errorText.split(separator: "\n").count <= 3, "a sentence: \(ended.errorText)")
        // Nothing had begun: once it is mended, the folder is as good as new.
        try scene.set(mistake.key, mistake.key == "server.port" ? "0" : nil)
        try scene.serve()
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("Settings that are no JSON end every command with 78 and the line")
    func broken() throws {
        let scene = try Scene()
        try scene.folder.write(".meta-supervisor/settings.json", "{\n  \"server.port\": 0,,\n}\n")
        for arguments in [["serve"], ["jobs"], ["jobs", "run", "ingest"], ["prices", "gaps"], ["alerts", "test"]] {
            try scene.start("meta-supervisord", arguments).wait().expect(78, "settings.json", "line 2")
        }
    }

    @Test("A port that is taken ends the daemon with 1 and a sentence that names it, and leaves the folder free")
    func port() throws {
        let scene = try Scene()
        let port = try #require(scene.exchange.port)
        try scene.set("server.port", "\(port)")
        try scene.failToServe().expect(1, "\(port)", "server.port")
        try scene.set("server.port", "0")
        try scene.serve()
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("A clock file without a time ends the daemon with 78")
    func clock() throws {
        let scene = try Scene()
        unlink(scene.daemon.clock.path)
        try scene.failToServe().expect(78, "META_SUPERVISOR_CLOCK_FILE")
    }
}
