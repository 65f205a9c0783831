package import ArgumentParser
import Ledger
import Settings

/// How a program ends when it cannot go on: the words on standard error, the code for scripts.
package enum Ending {
    package static func exit(of command: any ParsableCommand.Type, for error: any Error) -> Never {
        switch error {
        case let error as LockError:
            if case .held = error { Console.fail(error.description, code: 79) }
            Console.fail(error.description, code: 1)
        case let error as SettingsError: Console.fail(error.description, code: 78)
        case let error as LedgerError:
            if case .newer = error { Console.fail(error.description, code: 78) }
            Console.fail(error.description, code: 1)
        case let error as Failure: Console.fail(error.description, code: error.code)
        case let error as ExitCode: command.exit(withError: error)
        default:
            // Usage, help and version speak through the parser; it knows their exit codes (64, 0, 0).
            if command.exitCode(for: error) != .failure || error is ValidationError { command.exit(withError: error) }
            Console.fail("\(error)", code: 1)
        }
    }
}

/// The program; which numbers its version computes is `Report.methodVersion`.
package enum Program {
    /// As it was called: `meta-supervisor` or `meta-supervisord`.
    package static let name =
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "meta-supervisor"
    package static let version = "0.1.0"
}

/// An error with the words a user needs and the code a script needs.
package struct Failure: Error, CustomStringConvertible {
    package var description: String
    package var code: Int32 = 1

    package init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }
}
