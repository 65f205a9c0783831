import Glibc
import Testing

/// Documents kept beside the tests: `SNAPSHOT_UPDATE=1 swift test` writes them anew, to be reviewed as a diff.
enum Frozen {
    static func expect(
        _ bytes: [UInt8], is name: String, sourceLocation: SourceLocation = #_sourceLocation, file: String = #filePath
    ) {
        let path =
            file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/Frozen/" + name
        if getenv("SNAPSHOT_UPDATE") != nil {
            write(bytes, to: path)
            return
        }
        guard let frozen = read(path) else {
            Issue.record("no frozen document \(name); record it with SNAPSHOT_UPDATE=1", sourceLocation: sourceLocation)
            return
        }
        guard frozen != bytes else { return }
        let (old, new) = (lines(frozen), lines(bytes))
        let first =
            zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
        Issue.record(
            """
            \(name) differs from line \(first + 1) on
            - \(first < old.count ? old[first] : "(end)")
            + \(first < new.count ? new[first] : "(end)")
            """, sourceLocation: sourceLocation)
    }

    private static func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "wb") else {
            Issue.record("cannot write \(path)")
            return
        }
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
