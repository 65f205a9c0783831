import Domain
import Foundation
import JSONText
import Settings
import Testing

@Suite("The table of settings, its example, and files on disk")
struct SettingsTableTests {
    @Test("Keys and variables are unique, and every default is admitted by its own shape")
    func table() {
        let keys = SettingKey.all
        #expect(Set(keys.map(\.key)).count == keys.count)
        #expect(Set(keys.map(\.variable)).count == keys.count)
        for key in RuntimeSettings.keys { #expect(key.shape.admits(key.read(RuntimeSettings())), "\(key.key)") }
        for policy in [Policy.standard, .seed] {
            for key in Policy.keys { #expect(key.shape.admits(key.read(policy)), "\(key.key)") }
        }
    }

    @Test("No key is the beginning of another, or a nested file would be ambiguous")
    func prefixes() {
        let keys = SettingKey.all.map(\.key)
        for key in keys { #expect(!keys.contains { $0.hasPrefix(key + ".") }, "\(key)") }
    }

    @Test("The variable of a key is its words in capitals")
    func variables() {
        let names = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.key, $0.variable) })
        #expect(names["costs.roundTripBps"] == "META_SUPERVISOR_COSTS_ROUND_TRIP_BPS")
        #expect(names["window"] == "META_SUPERVISOR_WINDOW")
        #expect(names["ingest.maximumLineBytes"] == "META_SUPERVISOR_INGEST_MAXIMUM_LINE_BYTES")
    }

    @Test("What is written to a setting of the programs is what is read")
    func roundTrip() {
        for key in RuntimeSettings.keys {
            let value: SettingValue =
                switch key.shape {
                case .choice(let words): .text(words[words.count - 1])
                case .texts(let words): .texts([words?.last ?? "KILL"])
                case .flag: .flag(false)
                case .textMap: .textMap(["a": "b"])
                case .number(let range, _), .integer(let range): .number(range.upperBound)
                case .text: .text("seed@1")
                case .numberMap: .numberMap(["backup": 1])
                case .numbers: .off
                }
            var settings = RuntimeSettings()
            key.write(&settings, value)
            #expect(key.read(settings) == value, "\(key.key)")
            #expect(settings != RuntimeSettings(), "\(key.key)")
        }
    }

    /// Recorded anew with `SNAPSHOT_UPDATE=1`.
    @Test("settings.example.json is what the tables make of it")
    func example() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("settings.example.json")
        if ProcessInfo.processInfo.environment["SNAPSHOT_UPDATE"] != nil {
            try Data(SettingsExample.bytes).write(to: url)
        }
        #expect(try Data(contentsOf: url) == Data(SettingsExample.bytes))
    }

    @Test("The example, taken as it is, changes nothing")
    func exampleIsDefault() throws {
        let layers = SettingsLayers(file: .init(path: "settings.example.json", bytes: SettingsExample.bytes))
        let settings = try layers.resolve { _ throws(SettingsError) in nil }
        #expect(settings.policy == .standard)
        #expect(settings.runtime == RuntimeSettings())
    }

    @Test("The root's settings are read where they are, and their absence is no error; a file given by hand must exist")
    func files() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appendingPathComponent(".meta-supervisor")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #expect(try SettingsLoader.load(root: root.path, environment: [:]).policy == .standard)
        try Data(#"{"policy": "mine.json", "report.rows": 3}"#.utf8)
            .write(to: folder.appendingPathComponent("settings.json"))
        try Data(#"{"base": "standard@1", "window": 500}"#.utf8).write(to: folder.appendingPathComponent("mine.json"))
        let settings = try SettingsLoader.load(root: root.path + "/", environment: [:])
        #expect(settings.policy.window == 500 && settings.policy.name == "mine" && settings.runtime.reportRows == 3)
        let missing = root.appendingPathComponent("nothing.json").path
        #expect(throws: SettingsError("there is no settings file \(missing)")) {
            try SettingsLoader.load(root: root.path, settingsPath: missing, environment: [:])
        }
        #expect(throws: SettingsError.self) { try SettingsLoader.read(root.path) }
    }
}
