import Domain
import Operation
import Testing

/// What is owed, one situation at a time. The job is due at every full hour.
struct JobPlanTests {
    private let start: Timestamp
    private let plan: JobPlan

    init() throws {
        start = try CivilTime.timestamp("2025-10-24T00:00:00Z")
        plan = JobPlan(
            schedule: try JobSchedule("@hourly"),
            policy: JobPolicy(attempts: 4, retryBackoff: Span(milliseconds: 30_000), retryBackoffLimit: .minutes(5)))
    }

    private func at(_ hour: Int64, _ minute: Int64 = 0, seconds: Int64 = 0) -> Timestamp {
        start + .minutes(hour * 60 + minute) + Span(milliseconds: seconds * 1_000)
    }

    private func due(_ hour: Int64, from first: Int64? = nil, attempt: Int = 1) -> JobDue {
        JobDue(dueAt: at(hour), coversFrom: at(first ?? hour), attempt: attempt)
    }

    private func run(
        _ hour: Int64, from first: Int64? = nil, attempt: Int = 1, started: Timestamp? = nil, ended: Timestamp? = nil,
        _ outcome: JobOutcome, isRequested: Bool = false, id: Int64 = 1
    ) -> JobRun {
        let startedAt = started ?? at(hour)
        return JobRun(
            id: id, job: .supervise, dueAt: at(hour), coversFrom: at(first ?? hour), isRequested: isRequested,
            attempt: attempt, startedAt: startedAt, endedAt: outcome == .running ? nil : ended ?? startedAt,
            outcome: outcome)
    }

    @Test("A job that never ran is owed its latest due time, and no earlier one")
    func firstStart() {
        #expect(plan.decide(now: at(10, 59), recent: []) == .run(due(10)))
        var strict = plan
        strict.policy.misfireGrace = .minutes(1)
        #expect(strict.decide(now: at(10, 59), recent: []) == .run(due(10)))
    }

    @Test("A settled due time is not owed; the next is named")
    func settled() {
        #expect(plan.decide(now: at(10, 5), recent: [run(10, .succeeded)]) == .waits(next: at(11)))
        #expect(plan.decide(now: at(10, 5), recent: [run(10, .missed)]) == .waits(next: at(11)))
        #expect(plan.decide(now: at(11), recent: [run(10, .succeeded)]) == .run(due(11)))
    }

    @Test("A schedule that is off owes nothing, whatever was recorded")
    func off() {
        let plan = JobPlan(schedule: .off, policy: JobPolicy())
        #expect(plan.decide(now: at(10), recent: [run(9, .interrupted)]) == .waits(next: nil))
    }

    @Test("Missed due times are made up by one run for the latest")
    func coalesced() {
        #expect(plan.decide(now: at(16, 30), recent: [run(10, .succeeded)]) == .run(due(16, from: 11)))
    }

    @Test("What is older than the misfire grace is recorded as missed; in time means in time")
    func misfire() {
        var plan = plan
        plan.policy.misfireGrace = .minutes(10)
        let recent = [run(10, .succeeded)]
        #expect(plan.decide(now: at(16, 10), recent: recent) == .run(due(16, from: 11)))
        #expect(plan.decide(now: at(16, 10, seconds: 1), recent: recent) == .misses(due(16, from: 11)))
        // It was there in time and had to wait for its turn.
        #expect(plan.decide(now: at(16, 20), recent: recent, held: at(16)) == .run(due(16, from: 11)))
    }

    @Test("A run that has not ended keeps the next from starting, also one by request")
    func running() {
        let recent = [run(10, started: at(10, 1), .running)]
        #expect(plan.decide(now: at(12), recent: recent) == .isRunning(since: at(10, 1)))
        let requested = [run(10, started: at(10, 1), .running, isRequested: true)]
        #expect(plan.decide(now: at(12), recent: requested) == .isRunning(since: at(10, 1)))
    }

    @Test("An interrupted run is owed again at once, with the next attempt")
    func interrupted() {
        let recent = [run(10, from: 8, .interrupted), run(7, .succeeded)]
        #expect(plan.decide(now: at(10, 1), recent: recent) == .run(due(10, from: 8, attempt: 2)))
    }

    @Test("Interrupted twice in a row, it waits like a failure, and is not given up")
    func interruptedAgain() {
        var recent = [run(10, .interrupted), run(10, attempt: 2, ended: at(10, 1), .interrupted), run(9, .succeeded)]
        let third = JobDecision.retries(at: at(10, 1, seconds: 30), due(10, attempt: 3))
        #expect(plan.decide(now: at(10, 1), recent: recent) == third)
        recent += (3...9).map { run(10, attempt: $0, ended: at(10, 1), .interrupted) }
        #expect(plan.decide(now: at(10, 5), recent: recent) == .retries(at: at(10, 6), due(10, attempt: 10)))
        #expect(plan.decide(now: at(10, 6), recent: recent) == .run(due(10, attempt: 10)))
    }

    @Test("A failure waits, twice as long each time, and the last one is final",
        arguments: [JobOutcome.failed, .timedOut])
    func retries(outcome: JobOutcome) {
        var recent = [run(10, outcome), run(9, .succeeded)]
        #expect(plan.decide(now: at(10), recent: recent) == .retries(at: at(10, 0, seconds: 30), due(10, attempt: 2)))
        #expect(plan.decide(now: at(10, 0, seconds: 30), recent: recent) == .run(due(10, attempt: 2)))
        recent.append(run(10, attempt: 2, ended: at(10, 1), outcome))
        #expect(plan.decide(now: at(10, 1), recent: recent) == .retries(at: at(10, 2), due(10, attempt: 3)))
        recent.append(run(10, attempt: 3, ended: at(10, 3), outcome))
        #expect(plan.decide(now: at(10, 3), recent: recent) == .retries(at: at(10, 5), due(10, attempt: 4)))
        recent.append(run(10, attempt: 4, ended: at(10, 6), outcome))
        #expect(plan.decide(now: at(10, 6), recent: recent) == .waits(next: at(11)))
        #expect(plan.decide(now: at(11), recent: recent) == .run(due(11)))
    }

    @Test("A retry that has waited is no misfire")
    func retryBeyondGrace() {
        var plan = plan
        plan.policy.misfireGrace = .minutes(1)
        let recent = [run(10, ended: at(10, 2), .failed), run(9, .succeeded)]
        #expect(plan.decide(now: at(10, 4), recent: recent) == .run(due(10, attempt: 2)))
        // But nobody was there to run the interrupted one in time.
        let dead = [run(10, ended: at(10, 4), .interrupted), run(9, .succeeded)]
        #expect(plan.decide(now: at(10, 4), recent: dead) == .misses(due(10, attempt: 2)))
    }

    @Test("A new due time takes over what a failed one owes, without its wait")
    func takenOver() {
        let recent = [run(10, ended: at(10, 59, seconds: 50), .failed), run(9, .succeeded)]
        #expect(plan.decide(now: at(11), recent: recent) == .run(due(11, from: 10)))
        // Where nothing was ever settled, the attempts tell what they stood for.
        #expect(plan.decide(now: at(11), recent: [run(10, from: 8, .failed)]) == .run(due(11, from: 8)))
    }

    @Test("When the clock goes back, what ran does not run again")
    func clockBack() {
        let recent = (8...12).map { run(Int64($0), .succeeded, id: Int64($0)) }
        for minute in stride(from: Int64(0), through: 59, by: 7) {
            for hour: Int64 in 8...11 {
                #expect(plan.decide(now: at(hour, minute), recent: recent) == .waits(next: at(13)))
            }
        }
        #expect(plan.decide(now: at(13), recent: recent) == .run(due(13)))
    }

    @Test("After a leap to 2030 and back, jobs go on, and 2030 does not run twice")
    func clockLeap() throws {
        let far = try CivilTime.timestamp("2030-01-01T00:00:00Z")
        let leaped = JobRun(
            id: 9, job: .supervise, dueAt: far, coversFrom: at(11), attempt: 1, startedAt: far, endedAt: far,
            outcome: .succeeded)
        let recent = [leaped, run(10, .succeeded)]
        #expect(plan.decide(now: at(10, 30), recent: recent) == .waits(next: at(11)))
        #expect(plan.decide(now: at(11), recent: recent) == .run(due(11)))
        #expect(plan.decide(now: at(13), recent: recent + [run(11, .succeeded)]) == .run(due(13, from: 12)))
        #expect(plan.decide(now: far - .minutes(30), recent: [leaped, run(20, .succeeded)])
            == .run(JobDue(dueAt: far - .hours(1), coversFrom: at(21), attempt: 1)))
        #expect(plan.decide(now: far + .minutes(1), recent: recent) == .waits(next: far + .hours(1)))
        // The wait of a failure in that future is not waited for.
        let failed = run(11, started: far, ended: far, .failed)
        #expect(plan.decide(now: at(11), recent: [failed, run(10, .succeeded)]) == .run(due(11, attempt: 2)))
    }

    @Test("A correction of seconds reopens nothing, not even what was made up for")
    func clockCorrection() {
        let recent = [run(16, from: 11, started: at(16, 0, seconds: 5), .succeeded), run(10, .succeeded)]
        #expect(plan.decide(now: at(15, 59, seconds: 58), recent: recent) == .waits(next: at(17)))
    }

    @Test("An owed run survives a change of the schedule")
    func otherSchedule() throws {
        let daily = JobPlan(schedule: try JobSchedule("45 2 * * *"), policy: JobPolicy())
        let recent = [run(10, .interrupted), run(9, .succeeded)]
        #expect(daily.decide(now: at(10, 1), recent: recent) == .run(due(10, attempt: 2)))
    }

    @Test("Runs by request settle nothing; an interrupted one is made again, a failed one is not")
    func requests() {
        #expect(plan.decide(now: at(10, 5), recent: [run(10, .succeeded, isRequested: true)]) == .run(due(10)))
        #expect(plan.owedRequest(recent: [run(10, .interrupted, isRequested: true)]) == due(10, attempt: 2))
        #expect(plan.owedRequest(recent: [run(10, attempt: 4, .interrupted, isRequested: true)]) == nil)
        #expect(plan.owedRequest(recent: [run(10, .failed, isRequested: true)]) == nil)
        #expect(plan.owedRequest(recent: [run(10, .interrupted)]) == nil)
        let madeAgain = [
            run(10, .interrupted, isRequested: true), run(10, attempt: 2, .failed, isRequested: true, id: 2),
        ]
        #expect(plan.owedRequest(recent: madeAgain) == nil)
    }
}
