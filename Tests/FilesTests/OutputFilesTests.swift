import Domain
import Files
import Glibc
import Operation
import Testing

struct OutputFilesTests {
    private let scratch = Scratch()
    private var files: OutputFiles { .live(root: scratch.root) }

    @Test func replacingMakesFoldersKeepsTheModeAndLeavesNothingBehind() throws {
        try files.replace("a/b/report.json", Array("one".utf8))
        chmod(scratch.path("a/b/report.json"), 0o600)
        try files.replace("a/b/report.json", Array("two".utf8))
        var status = stat()
        stat(scratch.path("a/b/report.json"), &status)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try files.read("a/b/report.json") == Array("two".utf8))
        #expect(try files.length("a/b/report.json") == 3)
        #expect(scratch.names("a/b") == ["report.json"])
        #expect(try files.length("none") == nil && files.read("none") == nil)
    }

    @Test func whatAKilledProcessLeftIsOverwritten() throws {
        scratch.write(".report.json.writing", "half")
        try files.replace("report.json", Array("whole".utf8))
        #expect(scratch.names() == ["report.json"])
    }

    @Test func appendingCutsATornTailAndRefusesAShorterFile() throws {
        try files.append("a/x.jsonl", 0, Array("one\n".utf8))
        scratch.append("a/x.jsonl", "tor")
        try files.append("a/x.jsonl", 4, Array("two\n".utf8))
        #expect(try files.read("a/x.jsonl") == Array("one\ntwo\n".utf8))
        let error = #expect(throws: FileFailure.self) { try files.append("a/x.jsonl", 9, Array("three\n".utf8)) }
        #expect(error?.description.contains("a/x.jsonl: has 8 bytes, but 9 were written") == true)
        #expect(try files.length("a/x.jsonl") == 8)
    }

    @Test func aFullDiskIsNamedAndLeavesNoHalfRecord() throws {
        guard access("/dev/full", W_OK) == 0 else {
            print("skipped: there is no /dev/full here")
            return
        }
        symlink("/dev/full", scratch.path("x.jsonl"))
        let error = #expect(throws: FileFailure.self) { try files.append("x.jsonl", 0, Array("one\n".utf8)) }
        #expect(error?.description == scratch.path("x.jsonl") + ": cannot be written: No space left on device")
    }

    @Test func aTargetThatCannotBeWrittenIsNamedAndTheTemporaryFileRemoved() throws {
        mkdir(scratch.path("report.json"), 0o755)
        scratch.write("report.json/inside", "x")
        let folder = #expect(throws: FileFailure.self) { try files.replace("report.json", [1]) }
        #expect(folder?.description == scratch.path("report.json") + ": cannot be replaced: Is a directory")
        #expect(scratch.names() == ["report.json"])
        scratch.write("file", "x")
        let file = #expect(throws: FileFailure.self) { try files.replace("file/report.json", [1]) }
        #expect(file?.description.contains("is a file where a folder is needed") == true)
    }

    @Test(arguments: ["../x", "/etc/x", "a//b", "", "a/./b"])
    func aPathOutsideTheRootIsRefused(path: String) {
        #expect(throws: FileFailure.self) { try files.replace(path, []) }
    }
}
