import Domain
import Files
import Glibc
import Operation
import Testing

struct DiscoveryTests {
    private let scratch = Scratch()

    @Test func anEmptyRootStillDescribesWhatAgentsWillWrite() throws {
        let found = try InputFiles.live(root: scratch.path("none")).discover()
        #expect(found.map(\.name) == ["alpha/events.jsonl", "telemetry/events.jsonl"])
        #expect(found.map(\.kind) == [.signals, .telemetry])
        #expect(found.map(\.isWatched) == [true, true])
        #expect(found.map(\.path) == [
            scratch.path("none/alpha/events.jsonl"), scratch.path("none/telemetry/events.jsonl"),
        ])
    }

    @Test func dropInFilesAreFoundByNameInTheOrderOfTheirPaths() throws {
        for name in [
            "alpha/events.jsonl", "alpha/events.csv", "alpha/events.jsonl.1", "alpha/reconciled.jsonl",
            "alpha/events.csv.gz",
            "prices/b_1h.csv", "prices/A_1h.jsonl.gz", "prices/.c_1h.csv.writing", "prices/readme.md",
            "prices/.d_1h.csv",
        ] {
            scratch.write(name, "x")
        }
        mkdir(scratch.path("prices/folder_1h.csv"), 0o755)
        let found = try InputFiles.live(root: scratch.root, mappings: ["alpha/events.csv": "m.json"]).discover()
        #expect(found.map(\.name) == [
            "alpha/events.csv", "alpha/events.csv.gz", "alpha/events.jsonl", "prices/A_1h.jsonl.gz", "prices/b_1h.csv",
            "telemetry/events.jsonl",
        ])
        #expect(found.map(\.mappingPath) == ["m.json", nil, nil, nil, nil, nil])
    }

    @Test func aFileNamedByHandIsKnownByItsPathBelowTheRoot() {
        scratch.write("alpha/x.jsonl", "x")
        symlink(scratch.root, scratch.path("link"))
        let name = scratch.path("link/alpha/../alpha/x.jsonl")
        #expect(SourceDescription.file(name, root: scratch.path("link"), kind: .signals).name == "alpha/x.jsonl")
        #expect(SourceDescription.file("/dev/null", root: scratch.root, kind: .signals).name == "/dev/null")
        #expect(SourceDescription.file("-", root: scratch.root, kind: .signals).path == nil)
    }

    @Test func aPipeIsReadToItsEndWithItsLastLine() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let bytes = gzip(signalLine(1) + "\n" + signalLine(2))
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        let source = SourceDescription(
            name: "pipe", path: "/proc/self/fd/\(ends[0])", kind: .signals, isWatched: false)
        let reading = try scratch.read(source)
        close(ends[0])
        #expect(reading.kinds == "FF" && reading.position?.lineCount == 2)
    }

    @Test func aFolderIsNoSource() {
        let error = #expect(throws: FileFailure.self) { try scratch.read(scratch.source("", .signals)) }
        #expect(error?.message == "is a folder; name the file to read")
    }
}
