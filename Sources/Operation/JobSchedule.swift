package import Domain

/// When a job is due: a set of instants in UTC, known for all time, with no state and no clock.
///
/// `every 5m` (seconds, minutes, hours or days), five fields of cron in UTC, one of cron's names (`@hourly`), or `off`.
/// UTC has no summer time, so that no due time is skipped or doubled twice a year.
package struct JobSchedule: Equatable, Sendable, CustomStringConvertible {
    enum Rule: Equatable, Sendable {
        /// Every multiple of a span since 1970-01-01T00:00:00Z, hence on the clock's own grid: `every 5m` is due at
        /// :00, :05 ... and not five minutes after somebody started a process. Days are anchored at 00:00 UTC.
        case every(Span)
        case cron(CronTable)
        case off
    }

    let rule: Rule
    /// As it was written, without spaces at its ends.
    package let description: String

    init(rule: Rule, description: String) {
        self.rule = rule
        self.description = description
    }

    package static let off = JobSchedule(rule: .off, description: "off")

    package var isOff: Bool { rule == .off }

    /// The first due time after `time`; `nil` when off.
    ///
    /// - Complexity: O(1) for an interval; for cron at most the days of the matching months of 48 years, never a walk
    ///   over minutes: 29 February waits at most eight years (1896 to 1904, 2096 to 2104), 29 February on one weekday
    ///   at most forty.
    package func next(after time: Timestamp) -> Timestamp? {
        switch rule {
        case .off: nil
        case .every(let span): time.floored(to: span) + span
        case .cron(let table): table.next(after: time)
        }
    }

    /// The last due time at or before `time`; `nil` when off.
    package func latest(atOrBefore time: Timestamp) -> Timestamp? {
        switch rule {
        case .off: nil
        case .every(let span): time.floored(to: span)
        case .cron(let table): table.latest(atOrBefore: time)
        }
    }
}

/// Why a text is no schedule: a sentence that says where it goes wrong and what would fit there.
package struct JobScheduleError: Error, Equatable, CustomStringConvertible {
    package var text: String
    /// From 1.
    package var column: Int
    package var reason: String

    package init(text: String, column: Int, reason: String) {
        self.text = text
        self.column = column
        self.reason = reason
    }

    package var description: String { "the schedule \"\(text)\" cannot be read at column \(column): \(reason)" }
}
