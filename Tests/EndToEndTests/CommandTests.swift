import Domain
import Foundation
import Glibc
import JSONText
import Ledger
import ProgramHarness
import Testing

/// What every command owes its user: help, streams, exit codes, JSON.
struct CommandTests {
    private static let commands: [[String]] = [
        [], ["init"], ["ingest"], ["run"], ["report"], ["explain"], ["agents"], ["agents", "list"], ["agents", "show"],
        ["agents", "promote"], ["agents", "veto"], ["agents", "kill"], ["agents", "revive"], ["agents", "rename"],
        ["train"], ["confidence"], ["quarantine"], ["quarantine", "list"], ["quarantine", "retry"], ["export"],
        ["doctor"], ["settings"], ["settings", "show"], ["settings", "example"], ["reference"], ["replay"], ["demo"],
    ]

    private func bare(_ arguments: [String]) throws -> Ended {
        try ChildProcess.start("meta-supervisor", arguments, in: Folder()).wait()
    }

    @Test("Every command explains itself with an example, on standard output")
    func help() throws {
        for command in Self.commands {
            let ended = try bare(command + ["--help"])
            #expect(ended.code == 0 && ended.errors.isEmpty, "\(command)")
            let example = ["Example: ", "Example:\n", "Examples:\n", "First steps:\n"].first(where: ended.text.contains)
            #expect(example != nil, "\(command) shows no example")
            #expect(ended.text.contains("meta-supervisor " + command.joined(separator: " ")))
        }
    }

    @Test("Completions are written for three shells", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) throws {
        let ended = try bare(["--generate-completion-script", shell])
        #expect(ended.code == 0 && ended.text.contains("quarantine"))
    }

    @Test("Usage errors exit with 64 and speak on standard error only")
    func usage() throws {
        for arguments in [
            ["frobnicate"], ["ingest", "signals"], ["report", "--as-of", "2025-01-01T00:00:00"],
            ["report", "--as-of", "yesterday"], ["agents", "kill", "ann"], ["report", "--html", "--json"],
        ] {
            let folder = try Folder()
            try folder.makeFleet(days: 1)
            try folder.done("init", "-q")
            var whole = arguments
            if arguments[0] != "frobnicate" { whole += ["--root", folder.root] }
            let ended = try ChildProcess.start("meta-supervisor", whole, in: folder).wait()
            #expect(ended.code == 64, "\(arguments): \(ended.code)")
            #expect(ended.output.isEmpty && !ended.errors.isEmpty, "\(arguments)")
        }
    }

    @Test("An unknown setting exits with 78 and names the nearest, wherever it stands")
    func unknownSetting() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 1)
        try folder.done("init", "-q")
        let flag = try folder.run("report", "--set", "costs.roundTripBp=3")
        #expect(flag.code == 78 && flag.errorText.contains("costs.roundTripBps"))
        let variable = try folder.run("report", environment: ["META_SUPERVISOR_LOG_LEVL": "debug"])
        #expect(variable.code == 78 && variable.errorText.contains("META_SUPERVISOR_LOG_LEVEL"))
        try folder.write(".meta-supervisor/settings.json", "{\"costs\": {\"roundTripBp\": 3}}")
        let file = try folder.run("run")
        #expect(file.code == 78 && file.errorText.contains("costs.roundTripBps"))
        #expect(file.errorText.contains("settings.json"))
        let value = try folder.run("report", "--set", "costs.roundTripBps=many")
        #expect(value.code == 78)
    }

    @Test("Without a ledger, or without a folder, a command says so, makes nothing and exits with 1")
    func nothingThere() throws {
        let folder = try Folder()
        let ended = try folder.run("run")
        #expect(ended.code == 1 && ended.errorText.contains("there is no folder \(folder.root)"))
        #expect(access(folder.root, F_OK) != 0, "a mistyped root became a folder")
        mkdir(folder.root, 0o755)
        for command in ["report", "doctor", "train", "agents", "quarantine"] {
            let ended = try folder.run(command)
            #expect(ended.code == 1 && ended.errorText.contains("meta-supervisor init"), "\(command)")
        }
        #expect(Folder.names(in: folder.root).isEmpty)
        let typo = try folder.run("ingest", "prices", folder.root + "/BTC.csv")
        #expect(typo.code == 1 && typo.errorText.contains("there is no file"))
    }

    @Test("A folder in which nothing can be written is an error that names it")
    func readOnly() throws {
        let folder = try Folder()
        // Nobody can make a folder there, not even root.
        let ended = try ChildProcess.start("meta-supervisor", ["run", "--root", "/proc"], in: folder).wait()
        #expect(ended.code == 1 && ended.errorText.contains("/proc/.meta-supervisor"))
        guard geteuid() != 0 else {
            print("not tested: a folder without write permission, since root may write everywhere")
            return
        }
        try folder.makeFleet(days: 1)
        try folder.done("init", "-q")
        chmod(folder.root + "/.meta-supervisor", 0o555)
        chmod(folder.ledgerPath, 0o444)
        defer { chmod(folder.root + "/.meta-supervisor", 0o755) }
        let refused = try folder.run("ingest")
        #expect(refused.code == 1 && refused.errorText.contains("read-only"))
    }

    @Test("A second supervisor stops at once with 79 and says who is running; others work beside it")
    func locked() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 2)
        try folder.done("init", "-q")
        let lock = try ProcessLock.acquire(
            path: ProcessLock.path(besideLedger: folder.ledgerPath), description: "the first one", at: nil)
        for command in ["run", "init"] {
            let ended = try folder.run(command)
            #expect(ended.code == 79 && ended.errorText.contains("the first one"), "\(command): \(ended.errorText)")
            #expect(ended.output.isEmpty)
        }
        try folder.done("ingest")
        try folder.done("report")
        try folder.done("agents", "kill", "ann", "--reason", "test")
        #expect(try folder.run("doctor", "--json").text.contains("the first one"))
        lock.release()
        try folder.done("run")
    }

    @Test("A ledger of a later release is not touched: exit 78, both versions named")
    func newerLedger() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 1)
        try folder.done("init", "-q")
        // The version stands at byte 60 of the file, big-endian; nothing is left in the write-ahead log by then.
        let ledger = try LedgerFile.open(at: folder.ledgerPath, mode: .readWrite)
        try ledger.close()
        var bytes = readFile(folder.ledgerPath)
        bytes.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        try folder.write(".meta-supervisor/ledger.sqlite", bytes)
        for ending in ["-wal", "-shm"] { unlink(folder.ledgerPath + ending) }
        for command in ["report", "run", "ingest", "doctor"] {
            let ended = try folder.run(command)
            #expect(ended.code == 78 && ended.errorText.contains("version 99"), "\(command): \(ended.errorText)")
        }
    }

    @Test("A damaged ledger is an error that names the file, never a crash")
    func damagedLedger() throws {
        for damage in [Array("no database at all, but text".utf8), Array(repeating: UInt8(0xFF), count: 9_000)] {
            let folder = try Folder()
            try folder.write(".meta-supervisor/ledger.sqlite", damage)
            for command in ["report", "run", "ingest", "doctor"] {
                let ended = try folder.run(command)
                #expect(ended.code == 1 && ended.errorText.contains("ledger.sqlite"), "\(command): \(ended.errorText)")
            }
        }
    }

    @Test("A reader that goes away is no error, a full disk behind standard output is one")
    func standardOutput() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 2)
        try folder.done("init", "-q")
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let closed = try ChildProcess.start(
            "meta-supervisor", ["report", "--root", folder.root], in: folder, outputDescriptor: ends[1]
        ).wait()
        close(ends[1])
        #expect(closed.code == 0 && closed.errors.isEmpty, "\(closed.code): \(closed.errorText)")
        guard access("/dev/full", W_OK) == 0 else {
            print("not tested: a full disk behind standard output, since there is no /dev/full")
            return
        }
        let full = try ChildProcess.start(
            "meta-supervisor", ["export", "prices", "--root", folder.root], in: folder, output: "/dev/full"
        ).wait()
        #expect(full.code == 1 && full.errorText.contains("standard output"))
    }

    @Test("A disk that fills up is an error that names the file; with room again, all is as if it had been there")
    func diskFull() throws {
        guard access("/bin/sh", X_OK) == 0 else {
            print("not tested: a full disk, since there is no /bin/sh to set a limit")
            return
        }
        let undisturbed = try Folder()
        try undisturbed.makeFleet(days: 3)
        try undisturbed.done("ingest", "--as-history", "-q")
        try undisturbed.done("run", "-q", "--as-of", Fixtures.day(3))
        let program = try ChildProcess.path(of: "meta-supervisor")
        for blocks in [1, 20, 100, 400, 700] {
            let folder = try Folder()
            try folder.makeFleet(days: 3)
            for command in ["ingest --as-history", "run --as-of \(Fixtures.day(3))"] {
                // Ignored, the signal becomes an error of `write`, as a full disk is.
                let script = "trap '' XFSZ; ulimit -f \(blocks); exec \(program) \(command) -q --root \(folder.root)"
                let ended = try ChildProcess.startPath("/bin/sh", ["-c", script], in: folder).wait()
                #expect(ended.code == 0 || ended.code == 1, "\(blocks): \(ended.code)")
                if ended.code == 1 { #expect(ended.errorText.contains(folder.root), "\(blocks): \(ended.errorText)") }
            }
            try folder.done("ingest", "--as-history", "-q")
            try folder.done("run", "-q", "--as-of", Fixtures.day(3))
            let (found, wanted) = (folder.outputs(), undisturbed.outputs())
            let different = Set(found.keys).union(wanted.keys).filter { found[$0] != wanted[$0] }.sorted()
            #expect(different.isEmpty, "\(blocks) blocks")
            #expect(try folder.ledgerContent() == undisturbed.ledgerContent(), "\(blocks) blocks")
        }
    }

    @Test("Whatever prints JSON prints one document, and nothing else on standard output")
    func json() throws {
        let folder = try Folder()
        try folder.makeFleet()
        let first = try folder.done("init", "--json").json()
        #expect(first["schema"]?.string == "meta-supervisor/init/1")
        #expect(first["total"]?["accepted"]?.integer ?? 0 > 0)
        let asOf = Fixtures.day(6)
        for arguments in [
            ["run", "--as-of", asOf], ["report", "--as-of", asOf], ["report", "--manifest", "--as-of", asOf],
            ["explain", "ann", "--as-of", asOf], ["agents", "list", "--as-of", asOf],
            ["agents", "show", "ann", "--as-of", asOf], ["train", "--as-of", asOf], ["confidence", "--as-of", asOf],
            ["quarantine", "list"], ["quarantine", "retry"], ["settings", "show"], ["ingest"],
            ["agents", "promote", "ann", "--reason", "r"], ["agents", "rename", "bob", "bob-2"], ["doctor"],
        ] {
            let ended = try ChildProcess.start(
                "meta-supervisor", arguments + ["--json", "--root", folder.root], in: folder
            ).wait()
            // doctor finds the prices of this test old.
            #expect(ended.code == 0 || arguments == ["doctor"], "\(arguments): \(ended.errorText)")
            #expect(try ended.json().object?.isEmpty == false, "\(arguments)")
        }
        #expect(try bare(["settings", "example"]).code == 0)
        let manifest = try folder.done("report", "--manifest", "--json").json()
        #expect(manifest["manifest"]?["command"]?.string == "run")
        #expect(manifest["schema"]?.string == "meta-supervisor/report/1")
    }

    @Test("Quiet means nothing on standard error, and results go to standard output alone")
    func streams() throws {
        let folder = try Folder()
        try folder.makeFleet(days: 3)
        try folder.done("init", "-q")
        let quiet = try folder.done("run", "--quiet", "--as-of", Fixtures.day(3))
        #expect(quiet.errors.isEmpty && quiet.text.contains("CAPITAL"))
        let loud = try folder.done("run", "--as-of", Fixtures.day(3))
        #expect(loud.text == quiet.text && !loud.text.contains("\u{1B}"))
    }
}
