import Glibc

/// What went wrong with a file, as a sentence that names it: `alpha/events.jsonl: cannot be opened: Permission denied`.
package struct FileFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package var path: String
    /// A sentence without its subject and full stop, with what to do where that helps.
    package var message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }

    /// The failure of a system call.
    ///
    /// - Parameter action: what could not be done, such as `cannot be opened`.
    static func system(_ action: String, _ path: String, code: Int32) -> FileFailure {
        FileFailure(path: path, message: "\(action): \(String(cString: strerror(code)))")
    }
}

/// Why a line is no fact: a sentence that names the field and its value.
struct Refusal: Error {
    var reason: String
}
