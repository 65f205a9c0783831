package import Glibc

/// What a program left behind.
package struct Ended {
    /// The exit code; 128 + the signal's number where a signal ended it, as a shell says it.
    package var code: Int32
    package var output: [UInt8]
    package var errors: [UInt8]

    package var text: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
    package var wasKilled: Bool { code == 128 + SIGKILL }
}

/// Programs built together with the tests, started without a shell.
package enum ChildProcess {
    package struct Failure: Error, CustomStringConvertible {
        package var text: String
        package init(text: String) { self.text = text }
        package var description: String { text }
    }

    /// A program that lies beside the running test binary.
    package static func path(of program: String) throws -> String {
        guard let whole = realpath("/proc/self/exe", nil) else { throw Failure(text: "/proc/self/exe cannot be read") }
        let own = String(cString: whole)
        free(whole)
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/" + folder + "/" + program
        guard access(path, X_OK) == 0 else { throw Failure(text: "there is no \(path): build the package first") }
        return path
    }

    /// A running program; its output goes to files, so that no pipe fills up.
    package struct Running {
        package var process: pid_t
        package var outputPath: String
        package var errorPath: String
        /// Kept until the program has ended.
        package var folder: Folder

        package func wait() throws -> Ended {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 {
                guard errno == EINTR else { throw Failure(text: "waitpid: \(errno)") }
            }
            let signal = status & 0x7F
            let code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            let ended = Ended(code: code, output: readFile(outputPath), errors: readFile(errorPath))
            unlink(outputPath)
            unlink(errorPath)
            return ended
        }
    }

    /// - Parameters:
    ///   - input: a file for standard input; nothing to read if `nil`.
    ///   - output: a file or device for standard output in place of a temporary one.
    package static func start(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: Folder,
        input: String? = nil, output: String? = nil, outputDescriptor: Int32? = nil
    ) throws -> Running {
        try startPath(
            path(of: program), arguments, environment: environment, in: folder, input: input, output: output,
            outputDescriptor: outputDescriptor)
    }

    package static func startPath(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], in folder: Folder,
        input: String? = nil, output: String? = nil, outputDescriptor: Int32? = nil
    ) throws -> Running {
        let number = folder.nextNumber()
        var running = Running(
            process: 0, outputPath: folder.path + "/.stdout-\(number)", errorPath: folder.path + "/.stderr-\(number)",
            folder: folder)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        if let outputDescriptor {
            posix_spawn_file_actions_adddup2(&actions, outputDescriptor, 1)
        } else {
            posix_spawn_file_actions_addopen(
                &actions, 1, output ?? running.outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        posix_spawn_file_actions_addopen(&actions, 2, running.errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        // Nothing of the caller's settings reaches the program, but what makes hashing repeatable or not does.
        var variables = ["PATH=/usr/bin:/bin", "HOME=\(folder.path)", "USER=tester", "TMPDIR=\(folder.path)"]
        for name in ["SWIFT_DETERMINISTIC_HASHING", "LD_LIBRARY_PATH"] {
            guard environment[name] == nil, let value = getenv(name) else { continue }
            variables.append(name + "=" + String(cString: value))
        }
        variables += environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
        var process: pid_t = 0
        let code = withCStrings([path] + arguments) { argv in
            withCStrings(variables) { envp in posix_spawn(&process, path, &actions, nil, argv, envp) }
        }
        guard code == 0 else { throw Failure(text: "posix_spawn \(path): \(String(cString: strerror(code)))") }
        running.process = process
        return running
    }

    private static func withCStrings<Value>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("Invariant: there is a last nil") }
            return body(base)
        }
    }
}

/// Empty where there is no such file.
package func readFile(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&block, 1, block.count, file)
        if count == 0 { return bytes }
        bytes += block[..<count]
    }
}
