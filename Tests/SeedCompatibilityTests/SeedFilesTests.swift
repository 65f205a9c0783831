import Foundation
import SeedCompatibility
import Testing

struct SeedFilesTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: "seed-\(UUID().uuidString)")

    private func write(_ text: String, to path: String) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private var state: String? {
        try? String(contentsOf: root.appending(path: SeedFailure.File.state.rawValue), encoding: .utf8)
    }

    private func update(limitRows: Int = 8_000) throws -> SeedConfidence.Result {
        try SeedConfidence.update(root: root.path, limitRows: limitRows, now: { someInstant })
    }

    @Test("Without files the empty state is created, folders included, and nothing else is left")
    func empty() throws {
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let result = try update()
        #expect(state == String(decoding: result.printed, as: UTF8.self))
        let folder = root.appending(path: "meta_supervisor/state").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["confidence_multipliers.json"])
    }

    @Test("Every run charges the same history again, as the seed does")
    func notIdempotent() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let row = #"{"agent":"a","horizon_hours":24,"abs_error_bps":50,"realized_pnl_bps":1}"#
        try write("\(row)\n", to: "alpha/reconciled.jsonl")
        var multipliers: [String] = []
        for _ in 0..<3 {
            let result = try update()
            #expect(result.stateToWrite == result.printed)
            multipliers.append(state?.split(separator: "\n").first { $0.contains("\"a\"") }.map(String.init) ?? "")
        }
        #expect(multipliers == [#"    "a": 0.96"#, #"    "a": 0.9216"#, #"    "a": 0.8847"#])
    }

    @Test("Lines longer than one piece and files of many pieces are read whole")
    func longFiles() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let padding = String(repeating: "é", count: 700_000)
        let long = #"{"agent":"long","horizon_hours":24,"abs_error_bps":1,"x":"\#(padding)"}"#
        let row = #"{"agent":"a","horizon_hours":24,"abs_error_bps":0.1,"realized_pnl_bps":1}"#
        let text = Array(repeating: row, count: 9_000).joined(separator: "\n") + "\r\n\(long)\r\n\(row)"
        try write(text, to: "alpha/reconciled.jsonl")
        let fromFile = try update(limitRows: 3)
        try FileManager.default.removeItem(at: root.appending(path: SeedFailure.File.state.rawValue))
        let fromBytes = try SeedConfidence.update(
            reconciled: Array(text.utf8), state: nil, limitRows: 3, now: { someInstant })
        #expect(fromFile == fromBytes)
        #expect(state == nil)
    }

    @Test("A failure leaves the state as it was")
    func failure() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        try write("{}\n{\n", to: "alpha/reconciled.jsonl")
        try write("{}", to: SeedFailure.File.state.rawValue)
        #expect(throws: SeedFailure.self) { try update() }
        #expect(state == "{}")
    }

    @Test("A state that cannot be replaced is an error that names the file")
    func unwritable() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        try write("", to: "meta_supervisor")
        let error = #expect(throws: SeedFileError.self) { try update() }
        #expect(
            error?.path.hasSuffix("/meta_supervisor/state") == true || error?.path.hasSuffix("meta_supervisor") == true)
        try FileManager.default.removeItem(at: root)
        try write("", to: "\(SeedFailure.File.state.rawValue)/in the way")
        #expect(throws: SeedFileError.self) { try update() }
    }

    @Test("A link to the state is followed and permissions stay")
    func link() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        try write("{}", to: "elsewhere.json")
        try write("", to: "meta_supervisor/state/other")
        let elsewhere = root.appending(path: "elsewhere.json")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: elsewhere.path)
        let link = root.appending(path: SeedFailure.File.state.rawValue)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: elsewhere)
        _ = try update()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == elsewhere.path)
        #expect(try String(contentsOf: elsewhere, encoding: .utf8).contains("generated_at"))
        let attributes = try FileManager.default.attributesOfItem(atPath: elsewhere.path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
    }
}
