package import Domain
internal import Reporting
package import Supervision

/// The check that no decision knew the future: at moments over the range everything known later is deleted and the
/// fold run from the first fact on. Every report must come out to the last byte as it did with the future at hand.
package struct ReplayFutureCut: Sendable {
    package var runner: ReplayRunner
    /// Each holds the state of a fleet and what was known of the facts.
    package var foldsAtOnceMax = 2

    package init(runner: ReplayRunner) { self.runner = runner }

    /// One moment at which the two were compared.
    package struct Checkpoint: Equatable, Sendable {
        package var at: Timestamp
        package var policyName: String
        /// Facts known by then, and facts that were deleted.
        package var keptCount: Int
        package var deletedCount: Int
        package var byteCount: Int
        package var difference: Difference?
    }

    /// Where two reports part.
    package struct Difference: Equatable, Sendable {
        /// The decision at which they first differ; that of the checkpoint or one before it.
        package var at: Timestamp
        package var lineNumber: Int
        package var withFuture: String
        package var withoutFuture: String

        package init(at: Timestamp, lineNumber: Int, withFuture: String, withoutFuture: String) {
            self.at = at
            self.lineNumber = lineNumber
            self.withFuture = withFuture
            self.withoutFuture = withoutFuture
        }
    }

    /// - Parameters:
    ///   - checkpointCount: how many moments, spread evenly over the range, the last at its end. Each costs a fold of
    ///     all that came before it.
    ///   - report: how a fold speaks; the real one unless a test wants one that cheats.
    package func run(
        _ policies: [Policy], from start: Timestamp, through end: Timestamp, checkpointCount: Int,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in },
        report: (Fold, Timestamp) -> [UInt8] = { fold, time in JSONReport.bytes(fold.report(asOf: time)) }
    ) throws -> [Checkpoint] {
        var everything: [FactBatch] = []
        try runner.log.read(nil, end) { everything.append($0) }
        let factCount = everything.reduce(0) { $0 + $1.factCount }
        let moments = ReplayFutureCut.moments(from: start, through: end, count: checkpointCount)
        var checkpoints: [Checkpoint] = []
        for policy in policies {
            // All of the future lies in the queue while the past is decided on.
            var informed = ReplayFold(policy: policy, from: start, through: end)
            for batch in everything { informed.apply(batch) }
            for first in stride(from: 0, to: moments.count, by: foldsAtOnceMax) {
                let group = moments[first..<min(first + foldsAtOnceMax, moments.count)]
                let known = group.map { moment in everything.map { $0.facts(knownBy: moment) } }
                var blind = zip(group, known).map { moment, batches in
                    var fold = ReplayFold(policy: policy, from: start, through: moment)
                    for batch in batches { fold.apply(batch) }
                    return fold
                }
                runner.onEach(&blind) { $0.advance(to: $0.record.end) }
                for (index, moment) in group.enumerated() {
                    informed.advance(to: moment)
                    let (one, two) = (report(informed.fold, moment), report(blind[index].fold, moment))
                    let difference =
                        ReplayFutureCut.difference(one, two, at: moment)
                        ?? ReplayFutureCut.difference(informed.record, blind[index].record, at: moment)
                    let keptCount = known[index].reduce(0) { $0 + $1.factCount }
                    checkpoints.append(
                        Checkpoint(
                            at: moment, policyName: policy.name, keptCount: keptCount,
                            deletedCount: factCount - keptCount, byteCount: two.count, difference: difference))
                    progress(checkpoints.count, policies.count * moments.count)
                }
            }
        }
        return checkpoints
    }

    /// Evenly over the range, none at its start; not on the grid but for the last, so that facts wait in the queue.
    package static func moments(from start: Timestamp, through end: Timestamp, count: Int) -> [Timestamp] {
        let length = (end - start).milliseconds
        return (1...max(1, count)).map { number in
            number >= count ? end : start + Span(milliseconds: length / Int64(count) * Int64(number))
        }
    }

    /// Of the decisions on the way: the same reports at the end cannot come from other decisions, but it costs nothing
    /// to look.
    private static func difference(_ one: ReplayRecord, _ two: ReplayRecord, at time: Timestamp) -> Difference? {
        let days = zip(one.days, two.days).first { $0 != $1 }
        let changes = zip(one.stageChanges, two.stageChanges).first { $0 != $1 }
        if let days {
            return Difference(
                at: days.0.start, lineNumber: 0, withFuture: "the day earned \(days.0.netReturn)",
                withoutFuture: "the day earned \(days.1.netReturn)")
        }
        if let changes {
            return Difference(
                at: min(changes.0.at, changes.1.at), lineNumber: 0, withFuture: changes.0.reason,
                withoutFuture: changes.1.reason)
        }
        guard one.days.count == two.days.count, one.stageChanges.count == two.stageChanges.count else {
            return Difference(
                at: time, lineNumber: 0,
                withFuture: "\(one.days.count) days, \(one.stageChanges.count) changes of stage",
                withoutFuture: "\(two.days.count) days, \(two.stageChanges.count) changes of stage")
        }
        return nil
    }

    static func difference(_ one: [UInt8], _ two: [UInt8], at time: Timestamp) -> Difference? {
        guard one != two else { return nil }
        let first = one.split(separator: 0x0A, omittingEmptySubsequences: false)
        let second = two.split(separator: 0x0A, omittingEmptySubsequences: false)
        let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(first.count, second.count)
        func line(_ lines: [ArraySlice<UInt8>]) -> String {
            place < lines.count ? String(decoding: lines[place], as: UTF8.self) : "(the end)"
        }
        return Difference(
            at: time, lineNumber: place + 1, withFuture: line(first), withoutFuture: line(second))
    }
}
