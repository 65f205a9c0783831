package import Domain

/// Since when a bar counts as known.
///
/// History, known when it closed and unattested: what closed before the first look at the symbol, and what closed after
/// the last look where that is longer ago than `Stamping.longestLive` and nothing was decided since (nobody watched).
/// Everything else is known when it is recorded: a gap in a stretch we watched, filled a week later, is news of today,
/// and so is what closed while the venues could not be reached and the fleet was decided on without it: nothing decided
/// in between may have seen it.
package struct PriceStamping: Sendable {
    private let watch: PriceWatch?
    private let now: Timestamp
    private let lastDecisionAt: Timestamp?

    /// - Parameters:
    ///   - watch: As it was when the look began.
    ///   - now: When the look began.
    ///   - lastDecisionAt: As it was when the look began.
    package init(watch: PriceWatch?, now: Timestamp, lastDecisionAt: Timestamp?) {
        self.watch = watch
        self.now = now
        self.lastDecisionAt = lastDecisionAt
    }

    package func stamp(
        _ closeAt: Timestamp, recordedAt: Timestamp
    ) -> (knownAt: Timestamp, attestation: Attestation) {
        isHistory(closeAt) ? (closeAt, .unattested) : (max(closeAt, recordedAt), .attested)
    }

    private func isHistory(_ closeAt: Timestamp) -> Bool {
        guard let watch else { return true }
        if closeAt <= watch.firstLookedAt { return true }
        let wasDecided = lastDecisionAt.map { $0 > watch.lookedAt } ?? false
        return closeAt > watch.lookedAt && now - watch.lookedAt > Stamping.longestLive && !wasDecided
    }
}
