import Foundation
import JSONText
import ProgramHarness
import Testing

/// One line of the committed cases of the oracle, as far as the program's own tests need it.
private struct OracleCase {
    var name: String
    var reconciled: [UInt8]?
    var before: [UInt8]?
    var limit: Int64?
    var raises: Bool
    var printed: String?
    var state: String?

    init(_ value: JSONValue) {
        // Bytes travel as Latin-1: one character each.
        func bytes(_ key: String) -> [UInt8]? {
            value[key]?.string.map { $0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
        }
        name = value["name"]?.string ?? ""
        reconciled = bytes("reconciled")
        before = bytes("before")
        limit = value["limit"]?.integer
        raises = value["raises"]?.string != nil
        printed = bytes("printed").map { String(decoding: $0, as: UTF8.self) }
        state = bytes("state").map { String(decoding: $0, as: UTF8.self) }
    }

    static func some() throws -> [OracleCase] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "SeedCompatibilityTests/seed_cases.jsonl")
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
        return try lines.enumerated().filter { $0.offset % 9 == 0 }
            .map { OracleCase(try JSONValue.parse(String($0.element))) }
    }
}

struct MigrationTests {
    private static let state = "meta_supervisor/state/confidence_multipliers.json"

    /// With the time of the run masked, as the committed answers have it.
    private func masked(_ text: String) -> String {
        guard let key = text.range(of: "\"generated_at\": \""),
            let end = text[key.upperBound...].firstIndex(of: "\""), text.distance(from: key.upperBound, to: end) > 15
        else { return text }
        return text.replacingCharacters(in: key.upperBound..<end, with: "NOW")
    }

    @Test("`confidence --policy seed` prints and writes what the oracle does, and fails where it raises")
    func oracle() throws {
        let cases = try OracleCase.some()
        #expect(cases.count > 30 && cases.contains { $0.raises })
        for example in cases {
            let folder = try Folder()
            try folder.write("README", "a folder")
            if let rows = example.reconciled { try folder.write("alpha/reconciled.jsonl", rows) }
            if let before = example.before { try folder.write(Self.state, before) }
            let limit = example.limit.map { ["--limit-rows=\($0)"] } ?? []
            let ended = try ChildProcess.start(
                "meta-supervisor", ["confidence", "--policy", "seed", "--json", "--root", folder.root] + limit,
                in: folder
            ).wait()
            if example.raises {
                #expect(ended.code == 1 && ended.output.isEmpty && !ended.errors.isEmpty, "\(example.name)")
                #expect(folder.everything()[Self.state] == example.before, "\(example.name)")
            } else {
                #expect(ended.code == 0, "\(example.name): \(ended.errorText)")
                #expect(masked(ended.text) == example.printed, "\(example.name)")
                let written = folder.everything()[Self.state].map { String(decoding: $0, as: UTF8.self) }
                #expect(written.map(masked) == example.state, "\(example.name)")
            }
        }
    }
}

struct DemonstrationTests {
    @Test("The demonstration gives the same bytes every time, however hashing is seeded")
    func sameBytes() throws {
        #if DEBUG
            print("not tested in debug, where it takes a minute: the demonstration's bytes; the release run tests them")
        #else
            let folder = try Folder()
            let runs = try [[:], ["SWIFT_DETERMINISTIC_HASHING": "1"], [:]].map { environment in
                try ChildProcess.start(
                    "meta-supervisor", ["demo", "--json", "--quiet"], environment: environment, in: folder
                ).wait()
            }
            for run in runs { #expect(run.code == 0 && run.output == runs[0].output && run.errors.isEmpty) }
            #expect(try runs[0].json()["agents"]?.array?.count == 26)
        #endif
    }
}
