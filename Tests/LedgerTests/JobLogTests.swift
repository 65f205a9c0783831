import Domain
import Glibc
import Ledger
import Operation
import Synchronization
import Testing

struct JobLogTests {
    private func run(_ job: JobName, due count: Int, attempt: Int = 1, outcome: JobOutcome = .running) -> JobRun {
        JobRun(
            job: job, dueAt: hour(count), coversFrom: hour(count - 2), attempt: attempt, startedAt: hour(count + 1),
            outcome: outcome, detail: "é")
    }

    @Test func `A run comes back as it began and as it ended, the newest first`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.jobLog
        var first = try log.begin(run(.prices, due: 3), nil)
        var requested = run(.prices, due: 4, attempt: 2)
        requested.isRequested = true
        let second = try log.begin(requested, nil)
        let other = try log.begin(run(.report, due: 4), nil)
        #expect(first.id > 0 && second.id > first.id && other.id > second.id)
        #expect(try log.running() == [first, second, other])
        first.endedAt = hour(9)
        first.outcome = .timedOut
        first.detail = "cancelled after 60 s"
        try log.finish(first)
        #expect(try log.recent(.prices, 5) == [second, first] && log.recent(.prices, 1) == [second])
        #expect(try log.recent(.train, 5) == [] && log.running() == [second, other])
        var missed = run(.backup, due: 1, outcome: .missed)
        missed.endedAt = missed.startedAt
        missed = try log.begin(missed, nil)
        #expect(try log.recent(.backup, 1) == [missed] && log.running().count == 2)
    }

    @Test func `The end of a run that never began is an error`() throws {
        let ledger = try opened(try TemporaryFolder())
        #expect(throws: LedgerError.self) { try ledger.jobLog.finish(run(.prices, due: 3)) }
    }

    @Test func `A request is taken once, by one of two who would, and the other has begun nothing`() throws {
        let folder = try TemporaryFolder()
        let one = try opened(folder)
        let two = try opened(folder)
        for round in 0..<20 {
            let request = try two.jobLog.request(
                JobRequest(job: .report, requestedAt: hour(round), author: "ada"))
            #expect(try one.jobLog.requests() == [request])
            let takenCount = Mutex(0)
            let refusedCount = Mutex(0)
            DispatchPair.run { place in
                do {
                    var run = run(.report, due: round)
                    run.isRequested = true
                    _ = try (place == 0 ? one : two).jobLog.begin(run, request)
                    takenCount.withLock { $0 += 1 }
                } catch LedgerError.requestTaken(_, request.id) {
                    refusedCount.withLock { $0 += 1 }
                } catch { Issue.record("\(error)") }
            }
            #expect(takenCount.withLock { $0 } == 1 && refusedCount.withLock { $0 } == 1)
            #expect(try one.jobLog.requests() == [] && one.jobLog.running().count == round + 1)
        }
        // A number is never given out twice: an old one must not take a new request.
        let late = try one.jobLog.request(JobRequest(job: .report, requestedAt: hour(1), author: "ada"))
        #expect(late.id == 21)
    }

    @Test func `Requests wait in the order in which they came`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.jobLog
        let list = try [JobName.train, .prices, .train].enumerated().map { index, job in
            try log.request(JobRequest(job: job, requestedAt: hour(9 - index), author: "ada"))
        }
        #expect(try log.requests() == list)
        _ = try log.begin(run(.prices, due: 9), list[1])
        #expect(try log.requests() == [list[0], list[2]])
    }

    @Test func `Old runs are deleted but for the newest of each job and those still running`() throws {
        let ledger = try opened(try TemporaryFolder())
        let log = ledger.jobLog
        var kept: [JobRun] = []
        for count in 1...6 {
            for job in [JobName.prices, .report] {
                var begun = try log.begin(run(job, due: count), nil)
                if job == .report, count == 2 {
                    kept.append(begun)
                    continue
                }
                begun.endedAt = hour(count + 2)
                begun.outcome = .succeeded
                try log.finish(begun)
                if count >= 5 || (job == .report && count == 4) { kept.append(begun) }
            }
        }
        // Ended before hour 7: due 1 to 4; the newest three of each job stay.
        try log.prune(hour(7), 3)
        let left = try log.recent(.prices, 99) + log.recent(.report, 99)
        let prices = try log.recent(.prices, 99).map(\.dueAt)
        #expect(prices == [6, 5, 4].map(hour))
        #expect(Set(left.map(\.id)).isSuperset(of: kept.map(\.id)) && left.count == 7)
        try log.prune(hour(99), 0)
        #expect(try log.recent(.prices, 99) == [] && log.recent(.report, 99).map(\.dueAt) == [hour(2)])
    }
}

/// Two threads at once: SQLite blocks, which tasks must not.
enum DispatchPair {
    private final class Work: Sendable {
        let place: Int
        let body: @Sendable (Int) -> Void

        init(_ place: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.place = place
            self.body = body
        }
    }

    static func run(_ body: @escaping @Sendable (Int) -> Void) {
        let threads = [0, 1].map { place in
            var thread = pthread_t()
            let work = Unmanaged.passRetained(Work(place, body))
            let code = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                    work.body(work.place)
                    return nil
                }, work.toOpaque())
            precondition(code == 0, "Invariant: a thread can be started")
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
    }
}
