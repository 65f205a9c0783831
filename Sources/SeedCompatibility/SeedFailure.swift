/// Where the seed's program would have stopped with an exception, and why.
package struct SeedFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package enum File: String, Sendable {
        case reconciled = "alpha/reconciled.jsonl"
        case state = "meta_supervisor/state/confidence_multipliers.json"
    }

    package var file: File
    /// Counted from 1, as Python's `splitlines` counts; nil where no single line is to blame.
    package var line: Int?
    /// A sentence without its full stop.
    package var reason: String

    package init(file: File, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String {
        if let line { "\(file.rawValue), line \(line): \(reason)" } else { "\(file.rawValue): \(reason)" }
    }
}
