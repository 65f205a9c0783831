import Domain
import Operation
import Testing

/// The laws of due times, over random histories of a machine that nobody would want to own.
struct JobPlanHistoryTests {
    @Test("A clock that only goes forward: each due time is settled exactly once", arguments: 1...24)
    func forwardOnly(seed: UInt64) throws {
        var machine = try UnluckyMachine(seed: seed, isClockSetBack: false)
        machine.live(steps: 60)
        machine.recover()
        machine.expectCommonLaws()

        // Settled ranges lie end to end: no due time twice, none lost, from the first one run to the last one passed.
        let settling = machine.runs.filter(machine.plan.isSettling).sorted { $0.dueAt < $1.dueAt }
        let schedule = machine.plan.schedule
        for (earlier, later) in zip(settling, settling.dropFirst()) {
            #expect(schedule.next(after: earlier.dueAt) == later.coversFrom, "seed \(seed): \(earlier) then \(later)")
        }
        #expect(settling.last?.dueAt == schedule.latest(atOrBefore: machine.clock), "seed \(seed)")
        if machine.plan.policy.misfireGrace == .zero {
            #expect(!machine.runs.contains { $0.outcome == .missed }, "seed \(seed)")
        }
    }

    @Test("A clock that leaps both ways: no due time succeeds twice, none that came while awake is lost",
        arguments: 1...30)
    func leaping(seed: UInt64) throws {
        var machine = try UnluckyMachine(seed: seed, isClockSetBack: true)
        machine.live(steps: 60)
        machine.recover()
        machine.expectCommonLaws()
    }

    @Test("The histories are as bad as they claim to be")
    func isBad() throws {
        var outcomes: [JobOutcome: Int] = [:]
        var leaps = 0
        var coalesced = 0
        for seed: UInt64 in 1...20 {
            var machine = try UnluckyMachine(seed: seed, isClockSetBack: true)
            machine.live(steps: 60)
            machine.recover()
            leaps += machine.leapCount
            for run in machine.runs {
                outcomes[run.outcome, default: 0] += 1
                if run.coversFrom < run.dueAt { coalesced += 1 }
            }
        }
        #expect(leaps > 50)
        #expect(coalesced > 50)
        for outcome in JobOutcome.allCases where outcome != .running {
            #expect(outcomes[outcome, default: 0] > 10, "\(outcome)")
        }
    }
}

/// One job on a machine that sleeps, is killed, and whose clock somebody keeps setting.
private struct UnluckyMachine {
    let seed: UInt64
    let plan: JobPlan
    private let isClockSetBack: Bool
    private var random: SeededDraws
    private(set) var runs: [JobRun] = []
    private(set) var leapCount = 0
    /// The wall clock, and the time that really passed.
    private(set) var clock: Timestamp
    private var elapsed = Span.zero
    private var runningUntil: Span?
    private var held: Timestamp?
    /// Due times that came while the process was awake.
    private var arrivals: [Timestamp] = []

    init(seed: UInt64, isClockSetBack: Bool) throws {
        self.seed = seed
        self.isClockSetBack = isClockSetBack
        random = SeededDraws(seed: seed &* 7_919 &+ (isClockSetBack ? 1 : 0))
        let text = random.element(of: ["every 1m", "every 5m", "1-56/5 * * * *", "@hourly", "*/15 * * * *"])
        plan = JobPlan(
            schedule: try JobSchedule(text),
            policy: JobPolicy(
                misfireGrace: random.element(of: [.zero, .zero, .minutes(2), .minutes(20)]),
                attempts: 1 + random.below(5), retryBackoff: Span(milliseconds: 20_000),
                retryBackoffLimit: .minutes(4)))
        clock = try CivilTime.timestamp("2025-10-24T02:07:30Z") + Span(milliseconds: Int64(random.below(3_600_000)))
    }

    mutating func live(steps: Int) {
        for _ in 0..<steps {
            switch random.below(14) {
            case 0: sleep(Span(milliseconds: Int64(random.below(5 * 3_600_000))))
            case 1: die()
            case 2: leap()
            default: stayAwake(ticks: 1 + random.below(25), failsOneIn: 3)
            }
        }
    }

    /// An hour of peace, and then until nothing is owed.
    mutating func recover() {
        stayAwake(ticks: 200, failsOneIn: nil)
        for _ in 0..<1_000 {
            if case .waits = plan.decide(now: clock, recent: runs) { return }
            stayAwake(ticks: 1, failsOneIn: nil)
        }
    }

    private mutating func stayAwake(ticks: Int, failsOneIn: Int?) {
        for _ in 0..<ticks {
            let before = clock
            pass(Span(milliseconds: failsOneIn == nil ? 20_000 : Int64(1_000 + random.below(20_000))))
            noteArrivals(after: before)
            endRun(failsOneIn: failsOneIn)
            decide()
        }
    }

    private mutating func pass(_ span: Span) {
        clock = clock + span
        elapsed = elapsed + span
    }

    private mutating func noteArrivals(after before: Timestamp) {
        var next = plan.schedule.next(after: before)
        while let dueAt = next, dueAt <= clock {
            // What was never run is not lost before the first start.
            if !runs.isEmpty { arrivals.append(dueAt) }
            next = plan.schedule.next(after: dueAt)
        }
    }

    /// Time passes, for the clock and in truth, and nobody looks.
    private mutating func sleep(_ span: Span) { pass(span) }

    /// The process is killed wherever it is, and comes back after a while.
    private mutating func die() {
        held = nil
        runningUntil = nil
        if random.happens(oneIn: 2) { sleep(Span(milliseconds: Int64(random.below(7_200_000)))) }
        if isClockSetBack, random.happens(oneIn: 4) { leap() }
        for index in runs.indices where runs[index].outcome == .running {
            runs[index].outcome = .interrupted
            runs[index].endedAt = max(clock, runs[index].startedAt)
        }
    }

    private mutating func leap() {
        leapCount += 1
        let lengths: [Span] = [Span(milliseconds: 3), Span(milliseconds: 4_000), .minutes(7), .hours(3), .days(40)]
        let length = random.element(of: lengths)
        // As often back as forth, so that the clock stays around the truth.
        let isBack = isClockSetBack && random.happens(oneIn: 2)
        clock = isBack ? clock - length : clock + length
    }

    private mutating func endRun(failsOneIn: Int?) {
        guard let until = runningUntil, elapsed >= until, let last = runs.indices.last else { return }
        runningUntil = nil
        runs[last].endedAt = max(clock, runs[last].startedAt)
        let fails = failsOneIn.map { random.happens(oneIn: $0) } ?? false
        runs[last].outcome = fails ? (random.happens(oneIn: 4) ? .timedOut : .failed) : .succeeded
    }

    private mutating func decide() {
        let decision = plan.decide(now: clock, recent: runs, held: held)
        switch decision {
        case .isRunning:
            #expect(runningUntil != nil, "seed \(seed): nothing runs")
            // The scheduler remembers what comes while its predecessor runs.
            let waiting = plan.decide(now: clock, recent: runs.filter { $0.outcome != .running }, held: held)
            if case .run(let due) = waiting { held = due.dueAt }
        case .waits(let next):
            if let next { #expect(next > clock, "seed \(seed): waits for the past") }
            expectNothingOwed()
        case .retries(let at, _): #expect(at > clock, "seed \(seed): waits for the past")
        case .run(let due): begin(due, .running)
        case .misses(let due): begin(due, .missed)
        }
    }

    private mutating func begin(_ due: JobDue, _ outcome: JobOutcome) {
        #expect(runningUntil == nil, "seed \(seed): two at once")
        #expect(due.coversFrom <= due.dueAt && due.dueAt <= clock, "seed \(seed): \(due)")
        let id = Int64(runs.count + 1)
        runs.append(
            JobRun(
                id: id, job: .ingest, dueAt: due.dueAt, coversFrom: due.coversFrom, attempt: due.attempt,
                startedAt: clock, endedAt: outcome == .missed ? clock : nil, outcome: outcome))
        if outcome == .running { runningUntil = elapsed + Span(milliseconds: Int64(random.below(90_000))) }
        held = nil
    }

    /// It may wait only if the latest due time, or one after it, is settled: by a run that was due by now, or by one
    /// that a correction of the clock by seconds put into the future. A range that reaches back from a far future does
    /// not excuse standing still.
    private func expectNothingOwed() {
        guard let latest = plan.schedule.latest(atOrBefore: clock) else { return }
        let isSettled = runs.contains { run in
            plan.isSettling(run) && run.dueAt >= latest && (run.dueAt <= clock || run.startedAt <= clock + .minutes(1))
        }
        #expect(isSettled, "seed \(seed): stands still at \(clock)")
    }

    func expectCommonLaws() {
        let succeeded = runs.filter { $0.outcome == .succeeded }.map(\.dueAt)
        #expect(Set(succeeded).count == succeeded.count, "seed \(seed): a due time succeeded twice")
        let settling = runs.filter(plan.isSettling)
        #expect(!settling.isEmpty, "seed \(seed)")
        let settledDueTimes = Set(settling.map(\.dueAt))
        // What lies in the future again will come again. What lies before the first start is of a clock set back to
        // where no job had ever been, and forth again.
        let first = runs.first?.coversFrom ?? clock
        for dueAt in arrivals where dueAt >= first && dueAt <= clock && !settledDueTimes.contains(dueAt) {
            let isSettled = settling.contains { $0.coversFrom <= dueAt && dueAt <= $0.dueAt }
            #expect(isSettled, "seed \(seed): lost \(dueAt)")
        }
        let attempts = Dictionary(grouping: runs, by: \.dueAt)
        for (dueAt, runs) in attempts {
            #expect(runs.map(\.attempt) == Array(1...runs.count), "seed \(seed): attempts at \(dueAt)")
        }
    }
}
