/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, UTC.
///
/// Text is ISO 8601 with a zone on the way in and `Z` on the way out; a time without a zone is refused, since the same
/// digits mean another hour elsewhere. Milliseconds are printed only where they are not zero.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(seconds: Int64) { self.milliseconds = seconds * 1_000 }

    /// The years a fact may speak of: 2000-01-01 to 2200-01-01. What lies outside is a unit mistaken for another.
    package static let plausible = Timestamp(milliseconds: 946_684_800_000)...Timestamp(milliseconds: 7_258_118_400_000)

    // All four, for the three that follow from `<` would be two calls each from another module, and one of them
    // through a table: a quarter of a rebuild by outcomes, measured.
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
    package static func <= (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds <= right.milliseconds }
    package static func > (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds > right.milliseconds }
    package static func >= (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds >= right.milliseconds }

    package static func + (time: Timestamp, span: Span) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + span.milliseconds)
    }

    package static func - (time: Timestamp, span: Span) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds - span.milliseconds)
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Span {
        Span(milliseconds: later.milliseconds - earlier.milliseconds)
    }

    /// The latest multiple of `span` (counted from the epoch, hence from 00:00 UTC) at or before this time.
    package func floored(to span: Span) -> Timestamp {
        let length = span.milliseconds
        let remainder = milliseconds % length
        return Timestamp(milliseconds: milliseconds - (remainder < 0 ? remainder + length : remainder))
    }
}

/// A length of time in whole milliseconds.
package struct Span: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static let zero = Span(milliseconds: 0)
    package static let day = Span.hours(24)
    package static func minutes(_ count: Int64) -> Span { Span(milliseconds: count * 60_000) }
    package static func hours(_ count: Int64) -> Span { Span(milliseconds: count * 3_600_000) }
    package static func days(_ count: Int64) -> Span { .hours(24 * count) }

    package static func < (left: Span, right: Span) -> Bool { left.milliseconds < right.milliseconds }
    package static func <= (left: Span, right: Span) -> Bool { left.milliseconds <= right.milliseconds }
    package static func > (left: Span, right: Span) -> Bool { left.milliseconds > right.milliseconds }
    package static func >= (left: Span, right: Span) -> Bool { left.milliseconds >= right.milliseconds }

    package static func + (left: Span, right: Span) -> Span {
        Span(milliseconds: left.milliseconds + right.milliseconds)
    }
    package static func * (span: Span, factor: Int64) -> Span { Span(milliseconds: span.milliseconds * factor) }

    package var inHours: Double { Double(milliseconds) / 3_600_000 }
    package var inDays: Double { Double(milliseconds) / 86_400_000 }
}

/// How long a forecast looks ahead. Positive; 24 hours where a signal names none.
package struct Horizon: Hashable, Comparable, Sendable {
    package let span: Span

    /// `nil` for a span that is not positive or is longer than ten years.
    package init?(_ span: Span) {
        guard span > .zero, span <= .days(3_653) else { return nil }
        self.span = span
    }

    /// `nil` for hours that are not finite, not positive, or not a whole number of milliseconds after rounding to one.
    package init?(hours: Double) {
        guard hours.isFinite, hours > 0, hours <= 87_672 else { return nil }
        self.init(Span(milliseconds: Int64((hours * 3_600_000).rounded())))
    }

    private init(trusted span: Span) { self.span = span }
    package static func hours(_ count: Int64) -> Horizon {
        precondition(count > 0, "Invariant: a horizon is positive")
        return Horizon(trusted: .hours(count))
    }

    package static let standard = Horizon.hours(24)
    /// The shorter horizons at which every signal is also looked at; they inform and decide nothing.
    package static let diagnostic: [Horizon] = [.hours(1), .hours(4)]

    package static func < (left: Horizon, right: Horizon) -> Bool { left.span < right.span }
    package var inHours: Double { span.inHours }
}
