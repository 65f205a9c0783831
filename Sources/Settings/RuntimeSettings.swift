package import Domain

/// What the programs need to run and no number of a report depends on.
package struct RuntimeSettings: Equatable, Sendable {
    package var policy = "standard@1"
    package var logLevel = LogLevel.info
    package var maximumLineBytes = 16_777_216
    /// By source name: `alpha/events.jsonl` to the path of its mapping file.
    package var mappings: [String: String] = [:]
    /// By a name of the user's choice; relative to the root.
    package var priceDirectories: [String: String] = [:]
    package var reportRows = 20
    package var reportBottomRows = 5
    package var snapshotsKept = 16
    package var busyTimeoutSeconds = 5.0
    package var prices = PriceSettings()
    package var schedule = ScheduleSettings()
    package var alerts = AlertSettings()
    package var server = ServerSettings()

    package init() {}
}

package enum LogLevel: String, Sendable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

/// One setting of the programs: the counterpart of `PolicyKey`.
package struct RuntimeKey: Sendable {
    package let key: String
    package let documentation: String
    package let shape: SettingValue.Shape
    package let read: @Sendable (RuntimeSettings) -> SettingValue
    /// Takes a value that `shape` admits.
    package let write: @Sendable (inout RuntimeSettings, SettingValue) -> Void
}

extension RuntimeSettings {
    /// Every setting of the programs, in the order in which they are printed.
    package static let keys: [RuntimeKey] = [
        RuntimeKey(
            key: "policy",
            documentation: "What facts are judged by: standard@1, seed@1, a benchmark such as equal-weight@1, or the"
                + " path of a policy file."
                + " Every other key of a policy, set here, changes that policy.",
            shape: .text, read: { .text($0.policy) },
            write: { if case .text(let name) = $1 { $0.policy = name } }),
        RuntimeKey(
            key: "log.level", documentation: "The least important messages that go to standard error.",
            shape: .choice(LogLevel.allCases.map(\.rawValue)), read: { .text($0.logLevel.rawValue) },
            write: { if case .text(let word) = $1, let level = LogLevel(rawValue: word) { $0.logLevel = level } }),
        .integer(
            "ingest.maximumLineBytes", \.maximumLineBytes, 1_024...268_435_456,
            "A longer line is quarantined; bounds the memory that one line can take."),
        .map(
            "ingest.mappings", \.mappings,
            "Mapping file by the name of the source that is read through it; paths relative to the root."),
        .map(
            "prices.directories", \.priceDirectories,
            "Folders with price files beside those found by name, each under a name of your choice; paths relative"
                + " to the root."),
        .integer(
            "report.rows", \.reportRows, 1...100_000,
            "Agents that the text report shows from the top of a fleet larger than both ends together."),
        .integer("report.bottomRows", \.reportBottomRows, 0...100_000, "The same from its bottom."),
        .integer(
            "snapshot.keep", \.snapshotsKept, 1...64,
            "Snapshots of the fold that are kept, at 1, 2, 4, 8 and so on grid points back. More of them make a late"
                + " line cheaper to take in."),
        RuntimeKey(
            key: "ledger.busyTimeoutSeconds",
            documentation: "How long a command waits for another one's transaction before it gives up.",
            shape: .number(0...600, isOptional: false), read: { .number($0.busyTimeoutSeconds) },
            write: { if case .number(let seconds) = $1 { $0.busyTimeoutSeconds = seconds } }),
    ] + daemonKeys
}

extension RuntimeKey {
    static func integer(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, Int> & Sendable, _ range: ClosedRange<Double>,
        _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .integer(range),
            read: { .number(Double($0[keyPath: path])) },
            write: { if case .number(let number) = $1 { $0[keyPath: path] = Int(number) } })
    }

    static func map(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, [String: String]> & Sendable,
        _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .textMap, read: { .textMap($0[keyPath: path]) },
            write: { if case .textMap(let map) = $1 { $0[keyPath: path] = map } })
    }
}
