import Domain
import JSONText
import Settings
import Testing

/// Resolves layers written by hand; `files` are the policy files that exist.
private func resolve(
    file: String? = nil, environment: [String: String] = [:], set assignments: [String] = [], policy: String? = nil,
    files: [String: String] = [:]
) throws(SettingsError) -> ResolvedSettings {
    let layers = SettingsLayers(
        file: file.map { SettingsLayers.File(path: "/fleet/settings.json", bytes: Array($0.utf8)) },
        environment: environment, assignments: assignments, policy: policy)
    return try layers.resolve { path throws(SettingsError) in files[path].map { Array($0.utf8) } }
}

extension ResolvedSettings {
    fileprivate func setting(_ key: String) -> ResolvedSetting? { resolved.first { $0.key == key } }
}

@Suite("Layers: defaults < policy < file < environment < flags")
struct SettingsLayersTests {
    @Test("With nothing given, everything is a default and the policy is standard@1")
    func defaults() throws {
        let settings = try resolve()
        #expect(settings.policy == .standard)
        #expect(settings.runtime == RuntimeSettings())
        #expect(settings.resolved.allSatisfy { $0.origin == .standard && !$0.documentation.isEmpty })
        #expect(settings.resolved.count == Policy.keys.count + RuntimeSettings.keys.count)
    }

    @Test("Each layer overrides the ones before it, and says so")
    func precedence() throws {
        let key = "costs.roundTripBps"
        let variable = "META_SUPERVISOR_COSTS_ROUND_TRIP_BPS"
        let policy = try resolve(policy: "seed")
        #expect(policy.policy == .seed)
        #expect(policy.setting(key)?.origin == .policy("seed"))
        #expect(policy.setting("policy")?.origin == .flag)
        let file = try resolve(file: #"{"policy": "seed@1", "costs": {"roundTripBps": 4}}"#)
        #expect(file.policy.costs.roundTripBps == 4)
        #expect(file.policy.confidence.rule == .saturatingError)
        #expect(file.setting(key)?.origin == .file("/fleet/settings.json"))
        let environment = try resolve(file: #"{"costs.roundTripBps": 4}"#, environment: [variable: "5", "HOME": "/"])
        #expect(environment.policy.costs.roundTripBps == 5)
        #expect(environment.setting(key)?.origin == .environment(variable))
        let flag = try resolve(environment: [variable: "5"], set: [key + "=6", key + " = 7.5"])
        #expect(flag.policy.costs.roundTripBps == 7.5)
        #expect(flag.setting(key)?.origin == .flag)
        #expect(flag.setting(key)?.value == "7.5")
    }

    @Test("No venue and no quote is no answer to which one", arguments: ["prices.venues", "prices.quotes"])
    func emptyLists(key: String) throws {
        #expect(throws: SettingsError.self) { try resolve(file: "{\"\(key)\": []}") }
        #expect(try resolve(file: #"{"prices.symbols": []}"#).runtime.prices.symbols.isEmpty)
    }

    @Test("A policy asked for by flag is that policy: only --set changes it, and the programs' own settings stay")
    func policyByFlag() throws {
        let key = "costs.roundTripBps"
        let file = #"{"costs.roundTripBps": 4, "report.rows": 7}"#
        let asked = try resolve(
            file: file, environment: ["META_SUPERVISOR_GATES_ERROR_LEVEL": "0.1"], policy: "seed")
        #expect(asked.policy == .seed)
        #expect(asked.runtime.reportRows == 7)
        #expect(try resolve(file: file, set: [key + "=6"], policy: "seed").policy.costs.roundTripBps == 6)
    }

    @Test("Nested objects and dotted keys say the same; a comment says nothing")
    func shapes() throws {
        let nested = try resolve(
            file: #"{"//": "a", "gates": {"// x": 1, "hitRateAtLeast": 0.55, "promotion": "approval"}}"#)
        let dotted = try resolve(file: #"{"gates.hitRateAtLeast": 0.55, "gates.promotion": "approval"}"#)
        #expect(nested == dotted)
        #expect(nested.policy.gates.hitRateAtLeast == 0.55)
        #expect(nested.policy.gates.promotion == .approval)
    }

    @Test("null and off switch an optional setting off, everywhere")
    func off() throws {
        #expect(try resolve(file: #"{"risk": {"killDrawdownSigmas": null}}"#).policy.risk.killDrawdownSigmas == nil)
        for text in ["off", "null"] {
            #expect(try resolve(set: ["risk.killDrawdownSigmas=\(text)"]).policy.risk.killDrawdownSigmas == nil)
        }
        #expect(throws: SettingsError.self) { try resolve(file: #"{"costs.roundTripBps": null}"#) }
    }

    @Test("Maps and lists come from a file, from canonical text and from JSON")
    func collections() throws {
        let file = try resolve(
            file: #"{"costs": {"roundTripBpsBySymbol": {"BTC/USDT": 4, "eth": 5}}, "forecasting.penalties": [1, 0.5]}"#)
        #expect(file.policy.costs.roundTripBpsBySymbol == ["BTC": 4, "ETH": 5])
        #expect(file.policy.forecasting.penalties == [1, 0.5])
        for text in ["{BTCUSDT: 4}", #"{"BTCUSDT": 4}"#] {
            let set = try resolve(set: ["costs.roundTripBpsBySymbol=\(text)"])
            #expect(set.policy.costs.roundTripBpsBySymbol == ["BTC": 4])
        }
        let mapped = try resolve(set: [#"strategies={"a: b": "trend"}"#])
        #expect(mapped.policy.strategies == ["a: b": "trend"])
        #expect(try Policy(text: mapped.policy.text) == mapped.policy)
    }

    @Test("Settings of the programs come through all layers too")
    func runtime() throws {
        let settings = try resolve(
            file: #"{"log": {"level": "debug"}, "ingest": {"mappings": {"arena.jsonl": "arena.map.json"}}}"#,
            environment: ["META_SUPERVISOR_INGEST_MAXIMUM_LINE_BYTES": "2048"],
            set: ["report.rows=7", "report.bottomRows=0", "snapshot.keep=3", "ledger.busyTimeoutSeconds=0.5"])
        #expect(settings.runtime.logLevel == .debug)
        #expect(settings.runtime.mappings == ["arena.jsonl": "arena.map.json"])
        #expect(settings.runtime.maximumLineBytes == 2_048)
        #expect(settings.runtime.reportRows == 7 && settings.runtime.reportBottomRows == 0)
        #expect(settings.runtime.snapshotsKept == 3 && settings.runtime.busyTimeoutSeconds == 0.5)
        #expect(settings.policy == .standard)
    }

    @Test("A policy that no longer says what its name says is called changed")
    func label() throws {
        let changed = try resolve(set: ["costs.roundTripBps=4"])
        #expect(changed.policy.name == "standard@1, changed")
        #expect(changed.setting("name")?.value == "standard@1, changed")
        #expect(try resolve(set: ["costs.roundTripBps=10"]).policy.name == "standard@1")
        #expect(try resolve(set: ["costs.roundTripBps=4", "name=mine"]).policy.name == "mine")
        #expect(try resolve(set: ["name=seed@1"]).policy.name == "seed@1, changed")
        #expect(try Policy(text: changed.policy.text) == changed.policy)
    }

    @Test("A policy file builds on a pinned base and bears its own name")
    func policyFile() throws {
        let files = ["/fleet/policies/careful.json": #"{"base": "seed@1", "allocation": {"agentCap": 0.1}}"#]
        let inFile = try resolve(file: #"{"policy": "policies/careful.json"}"#, files: files)
        #expect(inFile.policy.name == "careful")
        #expect(inFile.policy.allocation.agentCap == 0.1)
        #expect(inFile.policy.costs.roundTripBps == 0)
        #expect(inFile.setting("allocation.agentCap")?.origin == .policy("policies/careful.json"))
        let absolute = try resolve(policy: "/fleet/policies/careful.json", files: files)
        #expect(absolute.policy == inFile.policy)
        let overridden = try resolve(file: #"{"policy": "policies/careful.json"}"#, policy: "standard", files: files)
        #expect(overridden.policy == .standard)
    }

    @Test("The resolved settings as JSON read back")
    func json() throws {
        let settings = try resolve(file: #"{"log.level": "error"}"#)
        let read = try JSONValue.parse(settings.json)
        let list = try #require(read["settings"]?.array)
        #expect(list.count == settings.resolved.count)
        #expect(list[1]["key"]?.string == "log.level" && list[1]["value"]?.string == "error")
        #expect(list[1]["origin"]?.string == "/fleet/settings.json")
        #expect(read["policy_fingerprint"]?.string == Policy.standard.fingerprint)
    }
}

@Suite("What is wrong is said, with the place, the key, the value and what fits")
struct SettingsErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var file: String?
        var environment: [String: String] = [:]
        var set: [String] = []
        var policy: String?
        var files: [String: String] = [:]
        var message: String

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "unknown key", file: #"{"cost": {"roundTripBps": 4}}"#,
            message: "/fleet/settings.json: unknown key 'cost.roundTripBps'; the nearest is 'costs.roundTripBps'"),
        Case(
            name: "unknown empty object", file: #"{"gate": {}}"#,
            message: "/fleet/settings.json: unknown key 'gate'; the nearest is '"),
        Case(
            name: "wrong type", file: #"{"costs.roundTripBps": "4"}"#,
            message: "/fleet/settings.json: costs.roundTripBps = \"4\" is not a number from 0 to 1000"),
        Case(
            name: "out of range", file: #"{"allocation": {"agentCap": 1.5}}"#,
            message: "/fleet/settings.json: allocation.agentCap = 1.5 is not a number from 0 to 1"),
        Case(
            name: "fraction of a whole number", file: #"{"window": 100.5}"#,
            message: "/fleet/settings.json: window = 100.5 is not a whole number from 100 to 100000"),
        Case(
            name: "wrong choice", set: ["confidence.rule=skil"],
            message: "--set confidence.rule=skil: confidence.rule = 'skil' is not one of skill, saturating-error"),
        Case(
            name: "set twice", file: #"{"costs": {"roundTripBps": 4}, "costs.roundTripBps": 5}"#,
            message: "/fleet/settings.json: costs.roundTripBps is set twice"),
        Case(
            name: "broken JSON", file: "{\n\"window\": 1,,\n}", message: "/fleet/settings.json, line 2: "),
        Case(name: "no object", file: "[1]", message: "/fleet/settings.json holds no JSON object"),
        Case(
            name: "NaN in a variable", environment: ["META_SUPERVISOR_WINDOW": "nan"],
            message: "environment META_SUPERVISOR_WINDOW: window = 'nan' is not a whole number from 100 to 100000"),
        Case(
            name: "unknown variable", environment: ["META_SUPERVISOR_COST_ROUND_TRIP_BPS": "1"],
            message: "unknown environment variable META_SUPERVISOR_COST_ROUND_TRIP_BPS; the nearest is"
                + " META_SUPERVISOR_COSTS_ROUND_TRIP_BPS"),
        Case(name: "flag without value", set: ["window"], message: "--set window has no '='"),
        Case(
            name: "unknown flag", set: ["windows=200"],
            message: "--set windows=200: unknown key 'windows'; the nearest is 'window'"),
        Case(
            name: "settings that do not fit together",
            set: ["confidence.floor=1", "confidence.ceiling=1", "risk.recoveryShare=1"],
            message: "the settings do not fit together: risk.recoveryShare is above risk.warningShare"),
        Case(name: "unknown policy", policy: "sede", message: "unknown policy 'sede'; the nearest is 'seed@1'"),
        Case(name: "no such policy file", policy: "./mine.json", message: "there is no policy file ./mine.json"),
        Case(
            name: "policy file without base", policy: "p.json", files: ["p.json": "{}"],
            message: #"p.json: a policy file builds on "base": "standard@1" or "seed@1"; it names none"#),
        Case(
            name: "policy file on an unpinned base", policy: "p.json", files: ["p.json": #"{"base": "standard"}"#],
            message: #"p.json: a policy file builds on "base": "standard@1" or "seed@1"; 'standard' is none of them"#),
        Case(
            name: "program's setting in a policy file", policy: "p.json",
            files: ["p.json": #"{"base": "seed@1", "log": {"level": "info"}}"#],
            message: "p.json: 'log.level' is a setting of the program and has no place in a policy"),
        Case(
            name: "a symbol that never matches", file: #"{"costs": {"roundTripBpsBySymbol": {"B T C": 4}}}"#,
            message: "/fleet/settings.json: costs.roundTripBpsBySymbol: 'B T C' is no name of symbol"),
        Case(
            name: "a symbol twice", set: [#"costs.roundTripBpsBySymbol={"BTC": 4, "BTCUSDT": 5}"#],
            message: "the symbol 'BTC' is named twice, once as 'BTCUSDT'"),
        Case(
            name: "a name on two lines", file: #"{"name": "a\nwindow = 5"}"#,
            message: #"/fleet/settings.json: name = "a\nwindow = 5" is not a text"#),
        Case(name: "an empty name", set: ["name= "], message: "--set name= : name: the text is empty"),
    ]

    @Test("Errors are sentences that help", arguments: cases)
    func message(of wrong: Case) {
        do throws(SettingsError) {
            _ = try resolve(
                file: wrong.file, environment: wrong.environment, set: wrong.set, policy: wrong.policy,
                files: wrong.files)
            Issue.record("nothing was found wrong")
        } catch {
            #expect(error.description.contains(wrong.message))
        }
    }
}
