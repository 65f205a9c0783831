package import Domain

/// Decides when a fact became known, and how sure we are of it.
package struct Stamping: Sendable {
    /// When the transaction that stores the facts begins; never earlier than the ledger's last.
    package var recordedAt: Timestamp
    /// The file's time of last modification: no line of it was appended later.
    package var modifiedAt: Timestamp?
    /// When we last looked: no new line was there then. `nil` at the first meeting.
    package var lookedAt: Timestamp?
    /// Told to be history by the user.
    package var isHistory: Bool
    package var grace: Span
    /// A pipe: nobody looked at it before, and what comes out of it was never there to be looked at.
    package var isStream: Bool

    package init(
        recordedAt: Timestamp, modifiedAt: Timestamp?, lookedAt: Timestamp?, isHistory: Bool, grace: Span,
        isStream: Bool = false
    ) {
        self.recordedAt = recordedAt
        self.modifiedAt = modifiedAt
        self.lookedAt = lookedAt
        self.isHistory = isHistory
        self.grace = grace
        self.isStream = isStream
    }

    /// Longer without a look than this, and prices that came meanwhile are history like everything else.
    package static let longestLive = Span.hours(26)

    package enum Stamp: Equatable, Sendable {
        case known(at: Timestamp, Attestation)
        case refused(reason: String)
    }

    /// Whether what happens at `eventAt` cannot be known yet.
    func isTooEarly(_ eventAt: Timestamp) -> Bool { eventAt > recordedAt + grace }

    package func stamp(_ fact: IncomingFact) -> Stamp {
        let eventAt = fact.eventAt
        if isTooEarly(eventAt) { return .refused(reason: Stamping.futureReason(fact, now: recordedAt)) }
        switch fact {
        case .signal:
            let attestation = attestation(of: eventAt)
            switch attestation {
            case .attested, .late: return .known(at: max(eventAt, recordedAt), attestation)
            case .unattested: return .known(at: eventAt, attestation)
            }
        case .bar:
            if eventAt > recordedAt { return .refused(reason: Stamping.futureReason(fact, now: recordedAt)) }
            return isLive ? .known(at: recordedAt, .attested) : .known(at: eventAt, .unattested)
        case .telemetry:
            return isLive ? .known(at: max(eventAt, recordedAt), .attested) : .known(at: eventAt, .unattested)
        case .outcome: return .known(at: eventAt, .unattested)
        case .decision, .rename, .policyChange, .barWithdrawal: return .known(at: max(eventAt, recordedAt), .attested)
        }
    }

    /// We have been watching, and not long ago.
    private var isLive: Bool {
        guard !isHistory, let lookedAt else { return false }
        return recordedAt - lookedAt <= Stamping.longestLive
    }

    /// Attested if it can only have been written by `eventAt + grace`, late if it can only have been written after;
    /// unattested if we cannot tell.
    private func attestation(of eventAt: Timestamp) -> Attestation {
        if isStream, !isHistory, recordedAt <= eventAt + grace { return .attested }
        guard !isHistory, let lookedAt else { return .unattested }
        // A modification time before our last look was set back by somebody: it proves nothing.
        let writtenBy = min(recordedAt, modifiedAt.map { $0 >= lookedAt ? $0 : recordedAt } ?? recordedAt)
        if writtenBy <= eventAt + grace { return .attested }
        if lookedAt > eventAt + grace { return .late }
        return .unattested
    }

    private static func futureReason(_ fact: IncomingFact, now: Timestamp) -> String {
        switch fact {
        case .bar: "the bar closes at \(fact.eventAt), after now (\(now)): unfinished bars are not taken"
        case .outcome: "the outcome closes at \(fact.eventAt), after now (\(now))"
        default: "its time \(fact.eventAt) lies in the future (now is \(now)); is its zone right?"
        }
    }
}
