package import Domain

/// Which prices are wanted, and what is done where venues disagree or have none: the settings, resolved.
package struct PriceRules: Equatable, Sendable {
    package var barLength: Span
    /// How far before a symbol's first signal its prices are fetched.
    package var history: Span
    /// Fetched beside those that agents signal on.
    package var symbols: [Symbol]
    /// For symbols that name none, the preferred one first. It also says in which currency those symbols are priced:
    /// bars in another one are never mixed in.
    package var quotes: [String]
    package var isCrossChecked: Bool
    /// In standard deviations of a bar's return.
    package var disagreementSigmas: Double
    package var disagreementFloorBps: Double
    package var gapRetry: Span
    package var gapRetryMaximal: Span

    package init(
        barLength: Span, history: Span, symbols: [Symbol] = [], quotes: [String] = ["USDT"],
        isCrossChecked: Bool = true, disagreementSigmas: Double = 1, disagreementFloorBps: Double = 30,
        gapRetry: Span = .hours(1), gapRetryMaximal: Span = .hours(168)
    ) {
        precondition(barLength > .zero && gapRetry > .zero, "Invariant: bars and waits last")
        self.barLength = barLength
        self.history = history
        self.symbols = symbols
        self.quotes = quotes
        self.isCrossChecked = isCrossChecked
        self.disagreementSigmas = disagreementSigmas
        self.disagreementFloorBps = disagreementFloorBps
        self.gapRetry = gapRetry
        self.gapRetryMaximal = max(gapRetry, gapRetryMaximal)
    }
}

/// Which openings to ask for: a pure function of what is needed, what the ledger holds, its gaps, and the moment.
///
/// Asked for is what should be there and is not: the grid of openings over the symbol's stretch, minus those the ledger
/// holds, minus those that no venue had when last asked and that are not to be asked again yet. Hence a second plan at
/// the same moment, once the first is stored, is empty; and a process that died has lost nothing but time.
package enum PricePlan {
    /// So long after its last signal has closed, a symbol is still followed: positions whose price was missing wait for
    /// it, and the next signal finds a history. Ours.
    package static let tail = Span.days(30)

    /// Every symbol that signals or settings name, once, by name.
    package static func needs(_ needs: [PriceNeed], rules: PriceRules) -> [PriceNeed] {
        var bySymbol: [Symbol: PriceNeed] = [:]
        for need in needs { bySymbol[need.symbol] = need }
        for symbol in rules.symbols {
            // Named by the settings: followed through now, whatever became of its signals.
            let first = bySymbol[symbol]?.firstSignalAt
            bySymbol[symbol] = PriceNeed(symbol: symbol, firstSignalAt: first, lastCloseAt: nil)
        }
        return bySymbol.values.sorted { $0.symbol < $1.symbol }
    }

    /// The openings that a symbol should have bars for: from `history` before its first signal (before now without
    /// one), through the last bar that has closed; `nil` for none.
    ///
    /// A symbol whose signals have all closed is followed for `tail` beyond them, and no further.
    package static func stretch(of need: PriceNeed, rules: PriceRules, now: Timestamp) -> OpeningRange? {
        let length = rules.barLength
        let earliest = max(Timestamp.plausible.lowerBound, (need.firstSignalAt ?? now) - rules.history)
        let from = earliest.floored(to: length)
        var through = now.floored(to: length)
        if let last = need.lastCloseAt { through = min(through, (last + tail).floored(to: length)) }
        return from < through ? OpeningRange(from: from, through: through, barLength: length) : nil
    }

    /// The openings of a stretch to ask for now, in ranges as long as they get.
    ///
    /// - Parameters:
    ///   - held: Openings the ledger has a bar for, ascending.
    ///   - gaps: Of this symbol; those of other bar lengths, those that are due again, and those that were asked for by
    ///     a clock that was ahead, keep nothing away.
    package static func missing(
        in stretch: OpeningRange, held: [Timestamp], gaps: [PriceGap], now: Timestamp
    ) -> [OpeningRange] {
        let waiting = gaps.filter { gap in
            gap.lastAskedAt <= now && gap.nextAskAt > now && gap.range.barLength == stretch.barLength
        }.map(\.range)
        return stretch.subtracting(waiting).flatMap { $0.subtracting(openings: held) }
    }
}

extension OpeningRange {
    package func contains(_ opening: Timestamp) -> Bool { from <= opening && opening < through }

    package func overlaps(_ other: OpeningRange) -> Bool { from < other.through && other.from < through }

    /// Every opening, ascending.
    package var openings: [Timestamp] {
        stride(from: from.milliseconds, to: through.milliseconds, by: Int64.Stride(barLength.milliseconds))
            .map { Timestamp(milliseconds: $0) }
    }

    /// `nil` where nothing is left.
    package func clamped(to other: OpeningRange) -> OpeningRange? {
        let first = max(from, other.from)
        let end = min(through, other.through)
        return first < end ? OpeningRange(from: first, through: end, barLength: barLength) : nil
    }

    /// What lies in none of the others (of the same bar length, in any order), ascending.
    package func subtracting(_ others: [OpeningRange]) -> [OpeningRange] {
        var rest: [OpeningRange] = []
        var position = from
        for other in others.filter(overlaps).sorted(by: { $0.from < $1.from }) {
            if other.from > position { rest.append(with(from: position, through: other.from)) }
            position = max(position, other.through)
        }
        if position < through { rest.append(with(from: position, through: through)) }
        return rest
    }

    /// What is left without some openings, given ascending; those that are not on the grid take nothing away.
    package func subtracting(openings: [Timestamp]) -> [OpeningRange] {
        var rest: [OpeningRange] = []
        var position = from
        var index = OpeningRange.lowerBound(of: from, in: openings)
        while index < openings.count, openings[index] < through {
            let opening = openings[index]
            index += 1
            guard opening >= position, opening == opening.floored(to: barLength) else { continue }
            if opening > position { rest.append(with(from: position, through: opening)) }
            position = opening + barLength
        }
        if position < through { rest.append(with(from: position, through: through)) }
        return rest
    }

    /// Openings on the grid, ascending, as ranges of neighbors.
    package static func runs(of openings: [Timestamp], barLength: Span) -> [OpeningRange] {
        var runs: [OpeningRange] = []
        for opening in openings {
            if let last = runs.last, last.through == opening {
                runs[runs.count - 1].through = opening + barLength
            } else {
                runs.append(OpeningRange(from: opening, through: opening + barLength, barLength: barLength))
            }
        }
        return runs
    }

    private func with(from: Timestamp, through: Timestamp) -> OpeningRange {
        OpeningRange(from: from, through: through, barLength: barLength)
    }

    private static func lowerBound(of time: Timestamp, in times: [Timestamp]) -> Int {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Some missing openings that are asked for together and stored together.
package struct PriceWindow: Equatable, Sendable {
    /// What is asked for, ascending and disjoint.
    package var ranges: [OpeningRange]

    /// A window spans at most so many openings: what dies with a process is no more than that.
    package static let longest: Int64 = 1_000
    /// Ranges with at most so many openings between them are asked for at once; the bars between are thrown away. Every
    /// second bar missing would otherwise be five hundred requests.
    package static let joinedHole: Int64 = 50

    /// From the first to the last opening asked for.
    package var hull: OpeningRange {
        OpeningRange(
            from: ranges[0].from, through: ranges[ranges.count - 1].through, barLength: ranges[0].barLength)
    }

    package var openingCount: Int64 { ranges.reduce(0) { $0 + $1.count } }

    /// Cuts missing ranges (ascending, disjoint) into windows, the oldest first.
    package static func windows(of missing: [OpeningRange]) -> [PriceWindow] {
        var windows: [PriceWindow] = []
        for range in missing {
            var rest = range
            while !rest.isEmpty {
                let length = rest.barLength
                let last = windows.last?.ranges.last
                let isNear = last.map { rest.from - $0.through <= length * joinedHole } ?? false
                let room = windows.last.map { $0.hull.from + length * longest } ?? rest.from
                let joins = isNear && rest.from < room
                let end = min(rest.through, joins ? room : rest.from + length * longest)
                let piece = OpeningRange(from: rest.from, through: end, barLength: length)
                if joins {
                    windows[windows.count - 1].ranges.append(piece)
                } else {
                    windows.append(PriceWindow(ranges: [piece]))
                }
                rest = OpeningRange(from: end, through: rest.through, barLength: length)
            }
        }
        return windows
    }
}
