package import Domain

/// What becomes of openings that no venue had a bar for.
///
/// A gap is remembered so that it is not asked for at every turn, and asked for again with back-off, since venues lag,
/// repair their history, and list late. It is never filled by anything but a venue's own bar.
///
/// After the n-th look at it a gap waits `gapRetry * 2^(n - 1)`, at most `gapRetryMaximal`; but never longer than its
/// newest bar has been missing already (at least a minute). A bar that a venue was a few seconds late with is thereby
/// asked for again within minutes, a year-old hole after an hour, two, four. A look that not every venue answered
/// counts as no attempt.
package struct PriceGapKeeping: Sendable {
    private let rules: PriceRules
    private let now: Timestamp

    package init(rules: PriceRules, now: Timestamp) {
        self.rules = rules
        self.now = now
    }

    /// No gap is asked for again sooner.
    package static let shortestWait = Span.minutes(1)

    package func wait(attempts: Int, missingSince closeAt: Timestamp) -> Span {
        let doublings = min(max(attempts - 1, 0), 20)
        let backOff = min(rules.gapRetry * (Int64(1) << Int64(doublings)), rules.gapRetryMaximal)
        return max(PriceGapKeeping.shortestWait, min(backOff, now - closeAt))
    }

    /// The gaps that take the place of those in `window`, after venues were asked.
    ///
    /// - Parameters:
    ///   - absent: Openings that some venue answered for and none had, ascending.
    ///   - filled: Openings that have a bar now.
    ///   - isConclusive: Whether every venue that may have had them answered.
    package func gaps(
        of symbol: Symbol, in window: OpeningRange, before: [PriceGap], absent: [Timestamp], filled: [Timestamp],
        isConclusive: Bool, reason: String
    ) -> [PriceGap] {
        let known = before.filter { $0.range.barLength == rules.barLength && $0.range.overlaps(window) }
        let absentRuns = OpeningRange.runs(of: absent, barLength: rules.barLength)
        var gaps: [PriceGap] = []
        // What was not asked for, or not answered, stays as it was.
        for gap in known {
            for rest in gap.range.subtracting(absentRuns).flatMap({ $0.subtracting(openings: filled) }) {
                gaps.append(gap.over(rest))
            }
        }
        gaps += asked(absentRuns, known: known, symbol: symbol, isConclusive: isConclusive, reason: reason)
        return gaps.sorted { $0.range.from < $1.range.from }
    }

    private func asked(
        _ runs: [OpeningRange], known: [PriceGap], symbol: Symbol, isConclusive: Bool, reason: String
    ) -> [PriceGap] {
        var pieces: [PriceGap] = []
        for run in runs {
            for gap in known {
                guard let part = run.clamped(to: gap.range) else { continue }
                var again = gap.over(part)
                again.attempts += isConclusive ? 1 : 0
                pieces.append(again)
            }
            for part in run.subtracting(known.map(\.range)) {
                pieces.append(
                    PriceGap(
                        symbol: symbol, range: part, attempts: 1, firstAskedAt: now, lastAskedAt: now, nextAskAt: now,
                        reason: reason))
            }
        }
        let parts = pieces.flatMap(splitByLateness).sorted { $0.range.from < $1.range.from }
        return merged(parts).map { piece in
            var gap = piece
            gap.lastAskedAt = now
            gap.nextAskAt = now + wait(attempts: gap.attempts, missingSince: gap.range.through)
            gap.reason = reason
            return gap
        }
    }

    /// Neighbors are one gap, but for those that may be only late: an old gap is not asked for with every late bar.
    private func merged(_ pieces: [PriceGap]) -> [PriceGap] {
        var merged: [PriceGap] = []
        for piece in pieces {
            if let last = merged.last, last.range.through == piece.range.from, isLate(last) == isLate(piece) {
                merged[merged.count - 1].range.through = piece.range.through
                merged[merged.count - 1].attempts = max(last.attempts, piece.attempts)
                merged[merged.count - 1].firstAskedAt = min(last.firstAskedAt, piece.firstAskedAt)
            } else {
                merged.append(piece)
            }
        }
        return merged
    }

    /// Closed so recently that the venues may not have got round to it.
    private func isLate(_ gap: PriceGap) -> Bool { now - gap.range.through < rules.gapRetry }

    private func splitByLateness(_ gap: PriceGap) -> [PriceGap] {
        let boundary = (now - rules.gapRetry).floored(to: rules.barLength)
        guard gap.range.from < boundary, boundary < gap.range.through else { return [gap] }
        var (old, late) = (gap, gap)
        old.range.through = boundary
        late.range.from = boundary
        return [old, late]
    }
}

extension PriceGap {
    /// The same gap over another range.
    func over(_ range: OpeningRange) -> PriceGap {
        var gap = self
        gap.range = range
        return gap
    }
}
