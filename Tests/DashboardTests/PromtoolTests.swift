import Dashboard
import Foundation
import Testing

/// The judge outside: Prometheus' own check, where it is installed.
struct PromtoolTests {
    private static func promtool() -> URL? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { URL(filePath: String($0)).appending(path: "promtool") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path()) }
    }

    /// Exit code and what it said; the page goes in by a file, so that no pipe can fill.
    private static func check(_ page: [UInt8], _ tool: URL) throws -> (code: Int32, said: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "promtool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appending(path: "page"), folder.appending(path: "said"))
        try Data(page).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = tool
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }

    @Test("promtool check metrics has nothing to say of our page, and refuses a broken one")
    func accepted() throws {
        guard let tool = PromtoolTests.promtool() else {
            print("skipped: promtool is not on PATH (Debian: apt-get install prometheus)")
            return
        }
        let page = FleetMetricsTests.everything().registry.render()
        let answer = try PromtoolTests.check(page, tool)
        #expect(answer.code == 0 && answer.said.isEmpty, "\(answer.said)")
        let broken = try PromtoolTests.check(page + Array("meta_supervisor_cash_ratio{ 1\n".utf8), tool)
        #expect(broken.code != 0)
    }
}
