package import Domain

/// One look at one symbol: what is missing as it begins.
package struct PriceLook: Equatable, Sendable {
    package var symbol: Symbol
    /// When it began: what closes later is for the next one.
    package var now: Timestamp
    /// What there should be.
    package var stretch: OpeningRange
    /// What is asked for.
    package var missing: [OpeningRange]
    /// As it was before: the bars of one look are stamped by one rule, however long it takes.
    package var watch: PriceWatch?
    /// Whether nothing that closed since the last look is left out.
    package var reachesNow: Bool
    /// The newest bar of the ledger, of any length.
    package var newest: Bar?
    /// When the fleet was last decided on.
    package var lastDecisionAt: Timestamp?
    package var state = InstrumentState.trading

    package init(
        symbol: Symbol, now: Timestamp, stretch: OpeningRange, missing: [OpeningRange], watch: PriceWatch?,
        reachesNow: Bool, newest: Bar?, lastDecisionAt: Timestamp? = nil
    ) {
        self.lastDecisionAt = lastDecisionAt
        self.symbol = symbol
        self.now = now
        self.stretch = stretch
        self.missing = missing
        self.watch = watch
        self.reachesNow = reachesNow
        self.newest = newest
    }

    package var openingCount: Int64 { missing.reduce(0) { $0 + $1.count } }

    /// Takes the instrument's state in. One that was gone at an earlier look is not asked beyond its end.
    package mutating func take(_ state: InstrumentState) {
        self.state = state
        guard state == .delisted, watch?.state == .delisted else { return }
        let end = (newest?.closeAt ?? stretch.from).floored(to: stretch.barLength)
        missing = missing.compactMap { range in
            guard range.from < end else { return nil }
            return OpeningRange(from: range.from, through: min(range.through, end), barLength: range.barLength)
        }
    }
}

/// Stores what venues answered: cross-checked, stamped, the gaps beside it; a window in one transaction for each venue
/// and check, so that a process that dies loses no more than one window's answers.
package struct PriceIntake: Sendable {
    package var clock: Clock
    package var facts: FactLog
    package var log: PriceLog
    package var rules: PriceRules
    /// When the fleet was last decided on; `nil` where it never was.
    package var lastDecisionAt: @Sendable () throws -> Timestamp?

    package init(
        clock: Clock, facts: FactLog, log: PriceLog, rules: PriceRules,
        lastDecisionAt: @escaping @Sendable () throws -> Timestamp? = { nil }
    ) {
        self.lastDecisionAt = lastDecisionAt
        self.clock = clock
        self.facts = facts
        self.log = log
        self.rules = rules
    }

    /// What a window gave.
    package struct Stored: Equatable, Sendable {
        package var counts = IngestCounts()
        /// By venue, in the order of names.
        package var bars: [Venue: Int] = [:]
        package var checkedCount = 0
        package var uncheckedCount = 0
        package var absentCount = 0
        /// Openings that no venue answered for: asked again at the next turn.
        package var unanswered: [Timestamp] = []
        package var disagreements: [PriceDisagreement] = []

        package var withdrawnCount: Int { disagreements.count { $0.counted == nil } }
    }

    // MARK: The look

    /// What is missing of a symbol; `nil` where nothing is to be there.
    ///
    /// - Parameters:
    ///   - from, through: In place of the plan's own ends, for a person who asks.
    package func look(
        at need: PriceNeed, from: Timestamp? = nil, through: Timestamp? = nil
    ) throws -> PriceLook? {
        let now = clock.now()
        let end = now.floored(to: rules.barLength)
        var stretch = PricePlan.stretch(of: need, rules: rules, now: now)
        if from != nil || through != nil {
            let first = (from ?? stretch?.from ?? end - rules.history).floored(to: rules.barLength)
            let last = min(end, (through ?? end).floored(to: rules.barLength))
            stretch =
                first < last ? OpeningRange(from: first, through: last, barLength: rules.barLength) : nil
        }
        guard let stretch else { return nil }
        let watch = try log.watch(need.symbol)
        let gaps = try log.gaps(need.symbol)
        try forgetFilled(gaps, of: need.symbol)
        let held = try log.openings(need.symbol, stretch)
        // A person who names a range asks for its gaps too, due or not.
        let isAsked = from != nil || through != nil
        return PriceLook(
            symbol: need.symbol, now: now, stretch: stretch,
            missing: PricePlan.missing(in: stretch, held: held, gaps: isAsked ? [] : gaps, now: now), watch: watch,
            reachesNow: stretch.through == end && (watch.map { stretch.from <= $0.lookedAt } ?? true),
            newest: try log.newestBar(need.symbol, now), lastDecisionAt: try lastDecisionAt())
    }

    /// Bars that came another way (a file) end the gaps they lie in, and gaps in bars of a length that is no longer
    /// fetched are no gaps.
    private func forgetFilled(_ gaps: [PriceGap], of symbol: Symbol) throws {
        let current = gaps.filter { $0.range.barLength == rules.barLength }
        for gap in gaps where gap.range.barLength != rules.barLength {
            try replaceGaps(of: symbol, in: gap.range, by: [])
        }
        guard let from = current.map(\.range.from).min(), let through = current.map(\.range.through).max()
        else { return }
        let held = try log.openings(
            symbol, OpeningRange(from: from, through: through, barLength: rules.barLength))
        for gap in current {
            let rest = gap.range.subtracting(openings: held)
            if rest != [gap.range] { try replaceGaps(of: symbol, in: gap.range, by: rest.map { gap.over($0) }) }
        }
    }

    private func replaceGaps(of symbol: Symbol, in range: OpeningRange, by gaps: [PriceGap]) throws {
        // A batch is of one symbol: where no gap names it, its watch does.
        let watch = gaps.isEmpty ? try log.watch(symbol) : nil
        guard !gaps.isEmpty || watch != nil else { return }
        let nothing = IngestBatch(source: nil, facts: [], recordedAt: try facts.recordingTime(clock))
        _ = try log.store(PriceBatch(facts: nothing, watch: watch, range: range, gaps: gaps))
    }

    /// What to compare quotes for a window with.
    package func crossCheck(_ look: PriceLook, _ window: PriceWindow) throws -> PriceCrossCheck {
        PriceCrossCheck(
            rules: rules,
            earlier: try log.newestBars(look.symbol, window.hull.from, PriceCrossCheck.barsBefore + 1))
    }

    /// What the other windows of a look gave, for the last one.
    package struct LookEnd: Equatable, Sendable {
        /// The venue that answered last, if any did.
        package var venue: Venue?
        package var unanswered: [Timestamp]

        package init(venue: Venue?, unanswered: [Timestamp]) {
            self.venue = venue
            self.unanswered = unanswered
        }
    }

    /// Puts on record a look that had nothing to store: the symbol is gone.
    package func finish(_ look: PriceLook, venue: Venue) throws {
        if look.state == .delisted { try endGaps(of: look) }
        guard let watch = try watch(after: look, venue: venue, unanswered: []) else { return }
        try store(watch)
    }

    /// That everything there was has been seen; `nil` where nothing changes.
    ///
    /// It is stored with the last bars of the look, not before: were it recorded with the first window, the next
    /// process would take bars that were there while nobody watched for bars it saw come. A look that left openings
    /// unanswered since the last one reaches to the first of them: where the newest bar is always too young to be
    /// answered, it would else never be on record, and a day later live bars would be taken for history.
    private func watch(after look: PriceLook, venue: Venue?, unanswered: [Timestamp]) throws -> PriceWatch? {
        var watch = look.watch
        watch?.state = look.state
        let leftOut = unanswered.map { $0 + rules.barLength }
            .filter { closeAt in look.watch.map { closeAt > $0.lookedAt } ?? false }.min()
        if look.reachesNow, let venue {
            // A clock that was ahead at the first look and was set right: that look was no later than this one.
            let first = min(look.watch?.firstLookedAt ?? look.now, look.now)
            watch = PriceWatch(
                symbol: look.symbol, firstLookedAt: first,
                lookedAt: leftOut.map { $0 - Span(milliseconds: 1) } ?? look.now, state: look.state, venue: venue)
        }
        return watch == look.watch ? nil : try watch.map(besideOthers)
    }

    /// With what another process put on record while the look went on: a long back-fill that ends after a shorter look
    /// began and ended must not make it undone. A look from the future is one of a clock that was ahead, and goes.
    private func besideOthers(_ watch: PriceWatch) throws -> PriceWatch {
        guard let stored = try log.watch(watch.symbol) else { return watch }
        var watch = watch
        watch.firstLookedAt = min(watch.firstLookedAt, stored.firstLookedAt)
        if stored.lookedAt > watch.lookedAt, stored.lookedAt <= clock.now() {
            watch.lookedAt = stored.lookedAt
            watch.state = stored.state
            watch.venue = stored.venue
        }
        return watch
    }

    /// After the last bar of a delisted instrument nothing is missing.
    private func endGaps(of look: PriceLook) throws {
        let newest = try log.newestBar(look.symbol, look.now)
        let end = max(look.stretch.from, (newest?.closeAt ?? look.stretch.from).floored(to: rules.barLength))
        guard end < look.stretch.through else { return }
        let after = OpeningRange(from: end, through: look.stretch.through, barLength: rules.barLength)
        let cut = try log.gaps(look.symbol).filter { $0.range.barLength == rules.barLength && $0.range.overlaps(after) }
        guard !cut.isEmpty else { return }
        let rest = cut.flatMap { gap in gap.range.subtracting([after]).map { gap.over($0) } }
        try replaceGaps(of: look.symbol, in: after, by: rest)
    }

    /// How often a look that finds nothing missing is recorded.
    package static let quietLook = Span.hours(1)

    /// A look that had nothing to ask: whatever has closed is there, or known to be missing.
    package func finishQuiet(_ look: PriceLook) throws {
        guard var watch = look.watch, look.reachesNow, look.now - watch.lookedAt >= PriceIntake.quietLook
        else { return }
        watch.lookedAt = look.now
        try store(besideOthers(watch))
    }

    private func store(_ watch: PriceWatch) throws {
        let nothing = IngestBatch(source: nil, facts: [], recordedAt: try facts.recordingTime(clock))
        _ = try log.store(PriceBatch(facts: nothing, watch: watch, range: nil, gaps: []))
    }
}

// MARK: The window

extension PriceIntake {
    /// Stores a window's answers.
    ///
    /// - Parameters:
    ///   - quotes: In the order in which venues are preferred.
    ///   - isConclusive: Whether every venue that may list the symbol could be asked.
    ///   - end: For the last window of the look, which is on record with it.
    package func store(
        _ window: PriceWindow, of look: PriceLook, quotes: [VenueQuotes], isConclusive: Bool, remarks: [String] = [],
        end: LookEnd? = nil
    ) throws -> Stored {
        let hull = window.hull
        // Another process may have stored some of them since the look began.
        let held = try log.openings(look.symbol, hull)
        let openings = window.ranges.flatMap { $0.subtracting(openings: held) }.flatMap(\.openings)
        let verdicts = try crossCheck(look, window).verdicts(look.symbol, openings, quotes)
        let recordedAt = try facts.recordingTime(clock)
        var sorted = SortedBars(look: look, recordedAt: recordedAt)
        for (opening, verdict) in zip(openings, verdicts) { sorted.take(opening, verdict) }

        let before = try log.gaps(look.symbol)
        let gaps = PriceGapKeeping(rules: rules, now: look.now).gaps(
            of: look.symbol, in: hull, before: before, absent: sorted.absent,
            filled: (held + sorted.stored).sorted(), isConclusive: isConclusive,
            reason: PriceIntake.reason(quotes, remarks))
        var stored = sorted.tally
        stored.absentCount = sorted.absent.count
        var batches = sorted.batches(barLength: rules.barLength, range: hull, gaps: gaps)
        if let end {
            batches[batches.count - 1].watch = try watch(
                after: look, venue: PriceIntake.answering(quotes) ?? end.venue,
                unanswered: end.unanswered + stored.unanswered)
        }
        for batch in batches {
            guard !batch.facts.facts.isEmpty || !batch.gaps.isEmpty || batch.watch != nil else {
                if before.contains(where: { $0.range.overlaps(hull) }) {
                    try replaceGaps(of: look.symbol, in: hull, by: [])
                }
                continue
            }
            let counts = try log.store(batch)
            precondition(counts.addsUp, "Invariant: every bar of \(look.symbol) is accounted for")
            stored.counts += counts
        }
        if end != nil, look.state == .delisted { try endGaps(of: look) }
        return stored
    }

    /// The preferred venue of those that answered.
    package static func answering(_ quotes: [VenueQuotes]) -> Venue? { quotes.first { !$0.answered.isEmpty }?.venue }

    private static func reason(_ quotes: [VenueQuotes], _ remarks: [String]) -> String {
        let without = quotes.filter { !$0.answered.isEmpty }.map(\.venue.rawValue)
        var parts = without.isEmpty ? [] : ["no bar at " + without.joined(separator: ", ")]
        let said = quotes.flatMap { $0.notes + $0.remarks } + remarks
        for remark in said where !parts.contains(remark) { parts.append(remark) }
        return String(parts.joined(separator: "; ").prefix(500))
    }
}

/// The bars of a window by what is known of them: a batch names one venue and one check.
private struct SortedBars {
    private struct Mark: Hashable {
        var venue: Venue
        var check: String
    }

    private let look: PriceLook
    private let recordedAt: Timestamp
    private var facts: [Mark: [StampedFact]] = [:]
    private(set) var tally = PriceIntake.Stored()
    private(set) var absent: [Timestamp] = []
    private(set) var stored: [Timestamp] = []

    init(look: PriceLook, recordedAt: Timestamp) {
        self.look = look
        self.recordedAt = recordedAt
    }

    mutating func take(_ opening: Timestamp, _ verdict: PriceCrossCheck.Verdict) {
        switch verdict {
        case .absent(let isAnswered):
            if isAnswered { absent.append(opening) } else { tally.unanswered.append(opening) }
        case .single(let quote):
            tally.uncheckedCount += 1
            add(quote, "unchecked")
        case .agreed(let quote, let other, let disagreement):
            tally.checkedCount += 1
            if let disagreement { tally.disagreements.append(disagreement) }
            add(quote, "checked by \(other)")
        case .disputed(let quote, let disagreement):
            tally.disagreements.append(disagreement)
            let others = disagreement.quotes.map(\.venue).filter { $0 != quote.venue }.map(\.rawValue)
            let check = "disputed by " + others.joined(separator: " and ")
            let stamp = add(quote, check)
            let withdrawal = BarWithdrawal(
                symbol: look.symbol, openAt: quote.bar.openAt, closeAt: quote.bar.closeAt, at: stamp.knownAt,
                reason: disagreement.sentence)
            // Known with the bar itself: there is no moment at which it is a price.
            facts[Mark(venue: quote.venue, check: check), default: []].append(
                StampedFact(
                    fact: .barWithdrawal(withdrawal), knownAt: stamp.knownAt, attestation: stamp.attestation,
                    lineNumber: 0))
        }
    }

    @discardableResult
    private mutating func add(_ quote: VenueBar, _ check: String) -> (knownAt: Timestamp, attestation: Attestation) {
        let stamp = PriceStamping(watch: look.watch, now: look.now, lastDecisionAt: look.lastDecisionAt)
            .stamp(quote.bar.closeAt, recordedAt: recordedAt)
        facts[Mark(venue: quote.venue, check: check), default: []].append(
            StampedFact(
                fact: .bar(look.symbol, quote.bar), knownAt: stamp.knownAt, attestation: stamp.attestation,
                lineNumber: 0))
        tally.bars[quote.venue, default: 0] += 1
        stored.append(quote.bar.openAt)
        return stamp
    }

    /// The gaps go with the first batch: where a process dies before the next, what that would have stored is missing
    /// and no gap, and is asked for again.
    func batches(barLength: Span, range: OpeningRange, gaps: [PriceGap]) -> [PriceBatch] {
        let marks = facts.keys.sorted { ($0.venue.rawValue, $0.check) < ($1.venue.rawValue, $1.check) }
        var batches = marks.map { mark in
            let source = SourceDescription(
                name: "\(mark.venue), \(mark.check)", path: nil, kind: .prices, barLength: barLength, isWatched: true)
            return PriceBatch(
                facts: IngestBatch(source: source, facts: facts[mark] ?? [], recordedAt: recordedAt), watch: nil,
                range: nil, gaps: [])
        }
        if batches.isEmpty {
            let nothing = IngestBatch(source: nil, facts: [], recordedAt: recordedAt)
            batches = [PriceBatch(facts: nothing, watch: nil, range: nil, gaps: [])]
        }
        batches[0].range = range
        batches[0].gaps = gaps
        return batches
    }
}
