import Foundation
import JSONText
import SeedCompatibility
import Testing

/// One line of `seed_cases.jsonl`, which `scripts/make_seed_cases.py` writes with the oracle's answers.
struct SeedCase: CustomTestStringConvertible, Sendable {
    let name: String
    let reconciled: [UInt8]?
    let before: [UInt8]?
    let limit: Int?
    /// The name of the exception, where the oracle raises one.
    let raises: String?
    let printed: [UInt8]?
    let state: [UInt8]?

    var testDescription: String { name }

    init(line: Substring) throws {
        let value = try JSONValue.parse(String(line))
        // Bytes travel as Latin-1: one character each.
        func bytes(_ key: String) -> [UInt8]? { value[key]?.string.map { $0.unicodeScalars.map { UInt8($0.value) } } }
        name = try #require(value["name"]?.string)
        reconciled = bytes("reconciled")
        before = bytes("before")
        limit = value["limit"]?.integer.map { Int($0) }
        raises = value["raises"]?.string
        printed = bytes("printed")
        state = bytes("state")
    }

    static let all: [SeedCase] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "seed_cases.jsonl")
        // A missing or broken file gives no cases, which `count` reports.
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? SeedCase(line: $0) }
    }()
}

/// 2025-11-22T10:00:00.123456Z.
let someInstant: Int64 = 1_763_805_600_123_456

func masked(_ bytes: [UInt8]?) -> String? {
    bytes.map {
        String(decoding: $0, as: UTF8.self)
            .replacingOccurrences(of: "\"2025-11-22T10:00:00.123456Z\"", with: "\"NOW\"")
    }
}

struct SeedConfidenceTests {
    @Test("There are cases, and all of them can be read")
    func count() {
        #expect(SeedCase.all.count >= 300)
        #expect(SeedCase.all.filter { $0.raises != nil }.count >= 80)
    }

    @Test("Every case ends as it does with the oracle", arguments: SeedCase.all)
    func oracle(example: SeedCase) {
        let outcome = Swift.Result { () throws(SeedFailure) in
            try SeedConfidence.update(
                reconciled: example.reconciled ?? [], state: example.before, limitRows: example.limit ?? 8_000,
                now: { someInstant })
        }
        switch outcome {
        case .failure(let failure):
            #expect(example.raises != nil, "we fail: \(failure)")
        case .success(let result):
            #expect(example.raises == nil)
            #expect(masked(result.printed + [0x0A]) == masked(example.printed))
            #expect(masked(result.stateToWrite ?? example.before) == masked(example.state))
        }
    }

    private func failure(_ reconciled: String, state: String? = nil) -> SeedFailure? {
        do {
            _ = try SeedConfidence.update(
                reconciled: Array(reconciled.utf8), state: state.map { Array($0.utf8) }, now: { someInstant })
            return nil
        } catch {
            return error
        }
    }

    @Test("A failure names the file, the line that the oracle fails at, and the reason")
    func failures() {
        #expect(
            failure("{}\n\n{\"horizon_hours\":null}\n")?.description
                == "alpha/reconciled.jsonl, line 3: horizon_hours must be a number, not null")
        // All lines are parsed before any horizon is compared.
        #expect(
            failure("{\"horizon_hours\":null}\n{}\u{2028}{\n[]\n")?.description
                == "alpha/reconciled.jsonl, line 3: the text ends too early: a key in quotes is expected (at byte 1)")
        #expect(
            failure("{}\n[]\n{\"horizon_hours\":[]}")?.description
                == "alpha/reconciled.jsonl, line 2: a row must be an object, not an array")
        #expect(
            failure("{\"horizon_hours\":24,\"agent\":[1]}", state: "[]")?.description
                == "alpha/reconciled.jsonl, line 1: agent must be a name, not an array or an object")
        #expect(
            failure("{\"horizon_hours\":24,\"agent\":\"é\"}", state: "{\"multipliers\":{\"é\":null}}")?.description
                == "meta_supervisor/state/confidence_multipliers.json: the multiplier of \"\\u00e9\" is no number")
        #expect(
            failure("", state: "3")?.description
                == "meta_supervisor/state/confidence_multipliers.json: the state must be an object")
        #expect(failure("{\n")?.line == 1)
    }

    @Test("Bytes that are no UTF-8 come before every other failure")
    func encoding() {
        #expect(throws: SeedFailure(file: .reconciled, line: nil, reason: "the file is not valid UTF-8")) {
            try SeedConfidence.update(reconciled: Array("{\n".utf8) + [0xFF], state: nil, now: { someInstant })
        }
    }

    @Test(
        "The time of the run is written as datetime.isoformat does",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_763_805_600_000_000, "2025-11-22T10:00:00Z"), (1_709_164_799_120_000, "2024-02-28T23:59:59.120000Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00Z"),
        ] as [(Int64, String)])
    func instants(microseconds: Int64, text: String) throws {
        let result = try SeedConfidence.update(reconciled: [], state: nil, now: { microseconds })
        #expect(
            String(decoding: result.printed, as: UTF8.self)
                == "{\n  \"version\": 1,\n  \"generated_at\": \"\(text)\",\n  \"multipliers\": {}\n}")
    }
}
