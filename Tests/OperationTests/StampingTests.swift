import Domain
import Operation
import Testing

/// Noon of 2025-01-01: the time of the ledger in most of these tests.
private let noon = Timestamp(seconds: 1_735_732_800)

private func stamping(
    at recordedAt: Timestamp = noon, modifiedAt: Timestamp? = nil, lookedAt: Timestamp?, isHistory: Bool = false
) -> Stamping {
    Stamping(
        recordedAt: recordedAt, modifiedAt: modifiedAt, lookedAt: lookedAt, isHistory: isHistory, grace: .minutes(5))
}

private func signal(at time: Timestamp) -> IncomingFact { .signal(Samples.signal("ann", "BTC", at: time)) }

private func bar(closing time: Timestamp) -> IncomingFact {
    .bar(Samples.symbol("BTC"), Samples.bar(opening: time - .hours(1)))
}

struct StampingTests {
    @Test("A signal that was not there a minute ago and is no older than the grace is attested, known when recorded")
    func attested() {
        let stamp = stamping(lookedAt: noon - .minutes(1)).stamp(signal(at: noon - .minutes(2)))
        #expect(stamp == .known(at: noon, .attested))
    }

    @Test("A signal a little ahead of our clock is attested, known at its own time")
    func slightlyAhead() {
        let stamp = stamping(lookedAt: noon - .minutes(1)).stamp(signal(at: noon + .minutes(2)))
        #expect(stamp == .known(at: noon + .minutes(2), .attested))
    }

    @Test("A signal that we saw long after its time was late if it was not there when we looked after its grace")
    func late() {
        let stamp = stamping(lookedAt: noon - .minutes(1)).stamp(signal(at: noon - .minutes(30)))
        #expect(stamp == .known(at: noon, .late))
    }

    @Test("At the first meeting everything is history")
    func firstMeeting() {
        for age in [0, 2, 30, 100_000] {
            let time = noon - .minutes(Int64(age))
            #expect(stamping(lookedAt: nil).stamp(signal(at: time)) == .known(at: time, .unattested))
        }
    }

    @Test("What the user says is history is history, even if it is fresh")
    func history() {
        let time = noon - .minutes(1)
        let stamp = stamping(lookedAt: noon - .minutes(2), isHistory: true).stamp(signal(at: time))
        #expect(stamp == .known(at: time, .unattested))
    }

    @Test("We were down: the file's time shows that the line was written in time")
    func downtimeProven() {
        let stamp = stamping(modifiedAt: noon - .hours(2), lookedAt: noon - .hours(5))
            .stamp(signal(at: noon - .hours(2) - .minutes(3)))
        #expect(stamp == .known(at: noon, .attested))
    }

    @Test("We were down, and nothing shows when the line was written: neither attested nor late")
    func downtimeUnknown() {
        let time = noon - .hours(3)
        let stamp = stamping(modifiedAt: noon - .hours(1), lookedAt: noon - .hours(5)).stamp(signal(at: time))
        #expect(stamp == .known(at: time, .unattested))
    }

    @Test("A modification time before our last look was set back: it proves nothing")
    func setBack() {
        // It claims to have been written at its own time, but was not there an hour later.
        let stamp = stamping(modifiedAt: noon - .hours(2), lookedAt: noon - .hours(1))
            .stamp(signal(at: noon - .hours(2)))
        #expect(stamp == .known(at: noon, .late))
    }

    @Test("Just at the grace is in time, a millisecond later is not")
    func boundary() {
        let edge = noon - .minutes(5)
        #expect(stamping(lookedAt: noon - .minutes(1)).stamp(signal(at: edge)) == .known(at: noon, .attested))
        let older = edge - Span(milliseconds: 1)
        // Not provably late: at the last look its grace had not yet run out.
        #expect(stamping(lookedAt: noon - .minutes(1)).stamp(signal(at: older)) == .known(at: older, .unattested))
        #expect(stamping(lookedAt: noon).stamp(signal(at: older)) == .known(at: noon, .late))
    }

    @Test("A time beyond the grace in the future is refused, and the reason names both times")
    func future() throws {
        let stamp = stamping(lookedAt: noon).stamp(signal(at: noon + .minutes(6)))
        guard case .refused(let reason) = stamp else {
            Issue.record("taken: \(stamp)")
            return
        }
        #expect(reason.contains("2025-01-01T12:06:00Z"))
        #expect(reason.contains("2025-01-01T12:00:00Z"))
    }

    @Test("A bar that has not closed yet is refused, even by a second")
    func unfinishedBar() {
        guard case .refused(let reason) = stamping(lookedAt: noon).stamp(bar(closing: noon + Span(milliseconds: 1_000)))
        else {
            Issue.record("an unfinished bar was taken")
            return
        }
        #expect(reason.contains("unfinished"))
    }

    @Test("A bar of a watched file is known when we saw it, one from before we watched when it closed")
    func bars() {
        let closed = noon - .minutes(10)
        #expect(stamping(lookedAt: noon - .hours(1)).stamp(bar(closing: closed)) == .known(at: noon, .attested))
        #expect(stamping(lookedAt: nil).stamp(bar(closing: closed)) == .known(at: closed, .unattested))
        #expect(
            stamping(lookedAt: noon - .hours(1), isHistory: true).stamp(bar(closing: closed))
                == .known(at: closed, .unattested))
    }

    @Test("After days without a look, bars are history: the market knew them, we were away")
    func barsAfterDowntime() {
        let closed = noon - .days(2)
        #expect(stamping(lookedAt: noon - .days(3)).stamp(bar(closing: closed)) == .known(at: closed, .unattested))
    }

    @Test("Outcomes of another system are never attested")
    func outcomes() {
        let outcome = IncomingFact.outcome(Samples.outcome("ann", "BTC", at: noon - .days(2)))
        #expect(stamping(lookedAt: noon - .minutes(1)).stamp(outcome) == .known(at: noon - .days(1), .unattested))
    }

    @Test("A withdrawal of a bar counts from when it was recorded, also among history")
    func barWithdrawals() {
        let withdrawal = IncomingFact.barWithdrawal(
            BarWithdrawal(
                symbol: Samples.symbol("BTC"), openAt: noon - .days(9), closeAt: noon - .days(9) + .hours(1),
                at: noon - .hours(1), reason: "r"))
        for isHistory in [false, true] {
            #expect(stamping(lookedAt: nil, isHistory: isHistory).stamp(withdrawal) == .known(at: noon, .attested))
        }
    }

    @Test("A decision counts from when it was recorded, whatever time it claims")
    func decisions() {
        let decision = IncomingFact.decision(
            HumanDecision(
                kind: .kill, scope: .agent(Samples.agent("ann")), at: noon - .days(9), reason: "r", author: "a",
                evidence: ""))
        #expect(stamping(lookedAt: nil, isHistory: true).stamp(decision) == .known(at: noon, .attested))
    }
}
