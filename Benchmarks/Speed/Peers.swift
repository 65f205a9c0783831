import Foundation
import Glibc

/// The programs that are compared with, where they are installed.
struct Peers {
    enum Peer {
        case ready(ChildProcess)
        /// What is missing, for the table; how to get it, for the note below.
        case missing(String, remedy: String)
    }

    /// `scripts/peers`.
    var folder: String
    /// The Python in which DuckDB and Polars may be installed.
    var python: String
    /// Where compiled peers go.
    var buildFolder: String
    /// The seed's own program.
    var oracle: String?

    func oraclePeer(root: String) -> Peer {
        guard let oracle, access(oracle, R_OK) == 0 else {
            return .missing(
                "the seed's confidence_decay.py is not there",
                remedy: "name the seed's own program with ORACLE=path/to/confidence_decay.py")
        }
        return script("oracle.py", module: "json", [oracle, root])
    }

    /// A Python program of ours that needs a module.
    func script(_ name: String, module: String, _ arguments: [String]) -> Peer {
        let check = ChildProcess(python, ["-c", "import " + module])
        guard (try? check.run()) != nil else {
            return .missing(
                "\(module) is not installed",
                remedy: "python3 -m venv VENV && VENV/bin/pip install \(module), then PEERS_PYTHON=VENV/bin/python")
        }
        return .ready(ChildProcess(python, [folder + "/" + name] + arguments))
    }

    /// A C program of ours, compiled when it is first asked for.
    func compiled(_ name: String, libraries: [String], needs package: String, _ arguments: [String]) -> Peer {
        let source = folder + "/" + name + ".c"
        let binary = buildFolder + "/" + name
        let compiler = ChildProcess(
            "/usr/bin/env", ["cc", "-O2", "-o", binary, source] + libraries.map { "-l" + $0 } + ["-lm"])
        do {
            try FileManager.default.createDirectory(atPath: buildFolder, withIntermediateDirectories: true)
            _ = try compiler.run()
        } catch {
            return .missing(
                "\(name).c does not compile here",
                remedy: "apt-get install gcc \(package); the compiler said: \(error)"
                    .replacingOccurrences(of: "\n", with: " "))
        }
        return .ready(ChildProcess(binary, arguments))
    }
}
