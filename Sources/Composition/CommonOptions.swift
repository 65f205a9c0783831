package import ArgumentParser
package import Domain
package import Reporting
import Settings
import Supervision

/// Options of every command that works on a fleet.
package struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The folder of the fleet.", valueName: "dir"))
    package var root = "."

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    package var quiet = false

    @Flag(name: .shortAndLong, help: "More on standard error.")
    package var verbose = false

    package init() {}
}

/// Under which policy, and at which moment.
package struct PolicyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("standard, seed, or the path of a policy file.", valueName: "standard|seed|file"))
    package var policy: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One setting, stronger than files and environment; repeatable.", valueName: "key=value"))
    package var assignments: [String] = []

    package init() {}

    /// Whether the user asked for another policy than the one on record.
    package var isWhatIf: Bool { policy != nil || !assignments.isEmpty }
}

package struct MomentOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("What was known at this time (ISO 8601 with a zone); default: now.", valueName: "time"))
    package var asOf: String?

    package init() {}

    package func resolved(now: Timestamp) throws -> Timestamp {
        guard let asOf, asOf != "now" else { return now }
        do {
            let time = try CivilTime.timestamp(asOf)
            guard time <= now else { throw ValidationError("--as-of \(asOf) lies in the future: it is \(now)") }
            return time
        } catch let failure as CivilTime.Failure {
            switch failure {
            case .withoutZone: throw ValidationError("--as-of \(asOf) has no zone: write \(asOf)T00:00:00Z or the like")
            case .malformed, .outOfRange:
                throw ValidationError("--as-of \(asOf) is no time: write 2025-10-24T02:00:00Z")
            }
        }
    }
}

package struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "JSON for machines, in place of text for people.")
    package var json = false

    package init() {}
}

package enum Style {
    /// Colors on a terminal that has them and whose user did not object (no-color.org).
    package static var current: TextStyle {
        TextStyle(isColored: Console.isTerminal && Environment.value("NO_COLOR") == nil)
    }
}
