import Foundation
import Glibc

/// What a whole process cost.
struct ProcessCost: Sendable {
    /// From before it was started until it had ended.
    var wallSeconds: Double
    /// User and system time of all its threads.
    var processorSeconds: Double
    /// Its largest resident memory. Linux counts what the parent held at the moment of the start as well, hence the
    /// benchmark itself holds little.
    var peakMegabytes: Double
}

enum ProcessFailure: Error, CustomStringConvertible {
    case notStarted(command: String, reason: String)
    case failed(command: String, status: Int32, said: String)

    var description: String {
        switch self {
        case .notStarted(let command, let reason): "cannot start \(command): \(reason)"
        case .failed(let command, let status, let said):
            "`\(command)` ended with \(status): \(said.isEmpty ? "it said nothing" : said)"
        }
    }
}

/// A process, measured as a user would see it: started, fed, waited for.
struct ChildProcess {
    var path: String
    var arguments: [String]
    /// Added to the environment that the benchmark was started in.
    var variables: [String: String] = [:]

    init(_ path: String, _ arguments: [String], variables: [String: String] = [:]) {
        self.path = path
        self.arguments = arguments
        self.variables = variables
    }

    var command: String {
        ((path as NSString).lastPathComponent + " " + arguments.joined(separator: " ")).trimmingCharacters(
            in: .whitespaces)
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - outputPath: where its standard output goes; nowhere by default.
    ///   - feed: writes what the process reads from its standard input; without it there is none.
    func run(outputPath: String = "/dev/null", feed: ((Int32) throws -> Void)? = nil) throws -> ProcessCost {
        let errorPath = NSTemporaryDirectory() + "/speed-benchmark-\(getpid()).stderr"
        defer { unlink(errorPath) }
        var pipeEnds: [Int32] = [-1, -1]
        if feed != nil { guard pipe(&pipeEnds) == 0 else { throw notStarted(errno) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if feed != nil {
            posix_spawn_file_actions_adddup2(&actions, pipeEnds[0], 0)
            posix_spawn_file_actions_addclose(&actions, pipeEnds[0])
            posix_spawn_file_actions_addclose(&actions, pipeEnds[1])
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)

        var cArguments: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in variables { environment[name] = value }
        var cEnvironment: [UnsafeMutablePointer<CChar>?] = environment.sorted { $0.key < $1.key }
            .map { strdup($0.key + "=" + $0.value) } + [nil]
        defer { for text in cArguments + cEnvironment { free(text) } }

        let begin = ContinuousClock.now
        var identifier = pid_t()
        let code = posix_spawn(&identifier, path, &actions, nil, &cArguments, &cEnvironment)
        guard code == 0 else { throw notStarted(code) }
        var feedFailure: (any Error)?
        if let feed {
            close(pipeEnds[0])
            do { try feed(pipeEnds[1]) } catch { feedFailure = error }
            close(pipeEnds[1])
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(identifier, &status, 0, &usage) < 0 && errno == EINTR {}
        let wall = ContinuousClock.now - begin
        guard status == 0 else { throw failed(status, errorPath) }
        if let feedFailure { throw feedFailure }
        return ProcessCost(
            wallSeconds: wall.seconds, processorSeconds: usage.ru_utime.seconds + usage.ru_stime.seconds,
            peakMegabytes: Double(usage.ru_maxrss) / 1_024)
    }

    /// Runs it and returns its standard output, which must be small.
    func output() throws -> (text: String, cost: ProcessCost) {
        let path = NSTemporaryDirectory() + "/speed-benchmark-\(getpid()).stdout"
        defer { unlink(path) }
        let cost = try run(outputPath: path)
        return (try String(contentsOfFile: path, encoding: .utf8), cost)
    }

    private func notStarted(_ code: Int32) -> ProcessFailure {
        .notStarted(command: command, reason: String(cString: strerror(code)))
    }

    private func failed(_ status: Int32, _ errorPath: String) -> ProcessFailure {
        let said = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
        return .failed(
            command: command, status: status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f),
            said: String(said.suffix(400)).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension timeval {
    var seconds: Double { Double(tv_sec) + Double(tv_usec) * 1e-6 }
}
