package import Domain

/// One day of the whole fleet: the final mark of every book that has one.
///
/// A round is handed on once no further mark of its day can come, in the order of the days and without a gap: what
/// learns from rounds never sees half a day.
package struct MarkRound: Equatable, Sendable {
    package struct Mark: Equatable, Sendable {
        /// The member's place, in the order of joining.
        package var member: Int
        /// Simple return of the book over the day, after its own costs.
        package var netReturn: Double
        /// What the market does not explain of it.
        package var residual: Double
        /// Whether a position was held; without one the member was asleep, and its return is 0.
        package var isExposed: Bool

        package init(member: Int, netReturn: Double, residual: Double, isExposed: Bool) {
            precondition(netReturn.isFinite && residual.isFinite, "Invariant: a return is finite")
            self.member = member
            self.netReturn = netReturn
            self.residual = residual
            self.isExposed = isExposed
        }
    }

    /// 00:00 UTC at which the day begins; its marks are of the next.
    package var start: Timestamp
    /// In the order of the members' places, at most one each.
    package var marks: [Mark]

    package init(start: Timestamp, marks: [Mark]) {
        self.start = start
        self.marks = marks
    }

    package var end: Timestamp { start + .day }
}

/// Final marks waiting for the others of their day.
package struct MarkRounds: Sendable {
    private var waiting: [MarkRound] = []
    private var next: Timestamp?

    package init() {}

    /// Takes a final mark; one of a day that was handed on already is left out, like a member that slept.
    package mutating func take(_ mark: MarkRound.Mark, at end: Timestamp) {
        let start = end - .day
        if let next, start < next { return }
        let place = waiting.firstIndex { $0.start >= start } ?? waiting.count
        if place == waiting.count || waiting[place].start != start {
            waiting.insert(MarkRound(start: start, marks: []), at: place)
        }
        waiting[place].marks.append(mark)
    }

    /// The days that ended by `time`, up to which every book is marked; days on which nobody had a book are empty.
    package mutating func close(through time: Timestamp) -> [MarkRound] {
        guard var day = next ?? waiting.first?.start else { return [] }
        var closed: [MarkRound] = []
        while day + .day <= time {
            if waiting.first?.start == day {
                var round = waiting.removeFirst()
                round.marks.sort { $0.member < $1.member }
                closed.append(round)
            } else {
                closed.append(MarkRound(start: day, marks: []))
            }
            day = day + .day
        }
        if !closed.isEmpty { next = day }
        return closed
    }
}

extension MarkRound.Mark: SnapshotVisitable {
    package init() { self.init(member: 0, netReturn: 0, residual: 0, isExposed: false) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&member)
        try coder.visit(&netReturn)
        try coder.visit(&residual)
        try coder.visit(&isExposed)
    }
}

extension MarkRound: SnapshotVisitable {
    package init() { self.init(start: Timestamp(milliseconds: 0), marks: []) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&start)
        try coder.visit(&marks)
    }
}

extension MarkRounds: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&waiting)
        try coder.visit(&next)
    }
}
