package import Domain

extension Book {
    /// What a book needs of the world to be marked.
    package struct Market: Sendable {
        package var histories: [PriceHistory]
        package var pricing: PricingPolicy
        /// By symbol index: half of this is paid on every trade.
        package var roundTripBps: [Double]
        /// The close of the newest bar of any symbol. A symbol is abandoned while others go on; when all stop at once
        /// it is the feed that stopped, and nobody is punished for that. `nil`: the feed is taken to be up.
        package var feedThrough: Timestamp?

        /// What every symbol did on one day, by index: most books are marked at the same moment.
        private let commonDay: (start: Timestamp, end: Timestamp, moves: [Double?])?

        /// - Parameter commonMark: The mark that most books are asked for.
        package init(
            histories: [PriceHistory], pricing: PricingPolicy, roundTripBps: [Double], feedThrough: Timestamp? = nil,
            commonMark: Timestamp? = nil
        ) {
            self.histories = histories
            self.pricing = pricing
            self.roundTripBps = roundTripBps
            self.feedThrough = feedThrough
            commonDay = commonMark.map { end in
                (end - .day, end, histories.map { Market.move(in: $0, from: end - .day, to: end) })
            }
        }

        /// The return of a symbol between the last closes at two moments; `nil` where no close lies between them.
        func move(of symbol: Int, from start: Timestamp, to end: Timestamp) -> Double? {
            if let commonDay, commonDay.end == end, commonDay.start == start { return commonDay.moves[symbol] }
            return Market.move(in: histories[symbol], from: start, to: end)
        }

        private static func move(in history: PriceHistory, from start: Timestamp, to end: Timestamp) -> Double? {
            guard let last = history.lastClose(atOrBefore: end), let first = history.lastClose(atOrBefore: start),
                last.closeAt > first.closeAt
            else { return nil }
            return last.close / first.close - 1
        }
    }

    /// The time of the next mark, if it is final at `asOf`: every price it needs is known, or has been waited for long
    /// enough.
    package func nextFinalMark(asOf: Timestamp, market: Market) -> Timestamp? {
        guard let markedThrough else { return nil }
        let mark = markedThrough + .day
        guard mark <= asOf else { return nil }
        if asOf - mark >= market.pricing.maximalStaleness { return mark }
        func isPriced(_ symbol: Int) -> Bool { market.histories[symbol].newestClose.map { $0 >= mark } ?? false }
        for holding in holdings where !isPriced(holding.symbol) { return nil }
        for trade in pendingTrades where !isPriced(trade.symbol) { return nil }
        for interval in intervals where interval.from < mark && interval.entry != .missed {
            guard isPriced(interval.symbol) else { return nil }
        }
        return mark
    }

    /// The next mark that is final at `asOf`, made; `nil` where there is none. - Complexity: O(open signals log).
    package mutating func nextMark(asOf: Timestamp, market: Market) -> BookMark? {
        nextFinalMark(asOf: asOf, market: market).map { advance(to: $0, market: market) }
    }

    /// Symbols held, waiting to trade, or with a signal that opens before `mark`; in the order of their indexes.
    private func symbolsInUse(through mark: Timestamp) -> [Int] {
        var symbols = holdings.map(\.symbol) + pendingTrades.map(\.symbol)
        for interval in intervals where interval.from < mark && interval.entry != .missed {
            symbols.append(interval.symbol)
        }
        symbols.sortDroppingRepeats()
        return symbols
    }

    /// Trades and marks the book through `mark`, which `nextFinalMark` returned.
    package mutating func advance(to mark: Timestamp, market: Market) -> BookMark {
        let previous = markedThrough ?? mark - .day
        let startingEquity = equity
        var day = DayTotals()
        day.wasExposed = !holdings.isEmpty
        if !isRuined {
            resolveEntries(asOf: mark, market)
            let trades = trades(from: previous, to: mark, market: market)
            var start = 0
            while start < trades.count, !isRuined {
                var end = start + 1
                while end < trades.count, trades[end].time == trades[start].time { end += 1 }
                trade(trades[start..<end].map(\.symbol), at: trades[start].time, market, &day)
                start = end
            }
            abandon(at: mark, market, &day)
        }
        var value = cash
        for holding in holdings {
            guard let last = market.histories[holding.symbol].lastPrice(before: mark) else { continue }
            value += holding.units * last.price
            if mark - last.at > market.pricing.maximalStaleness { day.staleCount += 1 }
        }
        let recognized = importedReturns.isEmpty
            ? [] : importedReturns.filter { $0.closesAt <= mark }.sorted { precedes($0, $1) }
        if !isRuined {
            for imported in recognized {
                cash += imported.weightedReturn * startingEquity
                value += imported.weightedReturn * startingEquity
            }
        }
        importedReturns.removeAll { $0.closesAt <= mark }
        // Whatever closed before the last mark and is held no longer was forgotten there.
        let isAttested = recognized.isEmpty && !intervals.contains { !$0.isAttested && $0.from < mark }
        settle(value: value, at: mark)
        // Nothing earns nothing: with no equity left there is no return to speak of.
        let change: (Double) -> Double = { startingEquity > 0 ? $0 / startingEquity - 1 : 0 }
        return BookMark(
            at: mark, netReturn: change(equity), grossReturn: change(equity + day.costs),
            turnover: startingEquity > 0 ? day.traded / startingEquity : 0,
            isExposed: day.wasExposed || !holdings.isEmpty || !recognized.isEmpty, isAttested: isAttested,
            marketReturn: marketReturn(from: previous, to: mark, market), staleCount: day.staleCount,
            abandonedCount: day.abandonedCount, importedCount: recognized.count)
    }

    private func precedes(_ left: ImportedReturn, _ right: ImportedReturn) -> Bool {
        (left.closesAt, left.weightedReturn) < (right.closesAt, right.weightedReturn)
    }

    private struct DayTotals {
        var costs = 0.0
        var traded = 0.0
        var wasExposed = false
        var staleCount = 0
        var abandonedCount = 0
    }

    /// Finds out which signals got in: once known, it is kept, for the bars of the entry are soon forgotten.
    private mutating func resolveEntries(asOf mark: Timestamp, _ market: Market) {
        for index in intervals.indices where intervals[index].entry == .pending && intervals[index].from < mark {
            let interval = intervals[index]
            let fill = market.histories[interval.symbol].fill(
                atOrAfter: interval.from, maximalDelay: market.pricing.fillDelay)
            switch fill {
            case .filled(_, let at): intervals[index].entry = at < interval.to ? .filled : .missed
            case .missing: intervals[index].entry = .missed
            case .pending:
                if mark - interval.from > market.pricing.abandonedAfter { intervals[index].entry = .missed }
            }
        }
    }

    private struct Trade: Comparable {
        var time: Timestamp
        var symbol: Int

        static func < (left: Trade, right: Trade) -> Bool {
            left.time == right.time ? left.symbol < right.symbol : left.time < right.time
        }
    }

    /// When, until `mark`, which symbols trade: at the open of their first bar after each change of the open signals,
    /// in the order of time and of the symbols' indexes.
    private mutating func trades(from previous: Timestamp, to mark: Timestamp, market: Market) -> [Trade] {
        var changes: [Timestamp] = []
        for interval in intervals where interval.entry != .missed {
            if interval.from >= previous, interval.from < mark { changes.append(interval.from) }
            if interval.to >= previous, interval.to < mark { changes.append(interval.to) }
        }
        guard !changes.isEmpty || !pendingTrades.isEmpty else { return [] }
        changes.sortDroppingRepeats()
        var found: [Trade] = []
        var waiting: [PendingTrade] = []
        for symbol in symbolsInUse(through: mark) {
            let history = market.histories[symbol]
            /// Whether there is a bar to trade at; what comes later has none either.
            func take(_ time: Timestamp) -> Bool {
                let index = history.lowerBound(opening: time)
                if index < history.entries.count, history.entries[index].bar.openAt < mark {
                    found.append(Trade(time: history.entries[index].bar.openAt, symbol: symbol))
                    return true
                }
                let isHeld = holdings.contains { $0.symbol == symbol }
                if isHeld || mark - time <= market.pricing.abandonedAfter {
                    waiting.append(PendingTrade(symbol: symbol, since: time))
                }
                return false
            }
            if pendingTrades.allSatisfy({ $0.symbol != symbol || take($0.since) }) { _ = changes.allSatisfy(take) }
        }
        pendingTrades = waiting
        found.sortDroppingRepeats()
        return found
    }

    /// Trades symbols from their drifted positions to their targets at the opens of their bars at `time`.
    private mutating func trade(_ symbols: [Int], at time: Timestamp, _ market: Market, _ day: inout DayTotals) {
        let value = equityNow(at: time, market)
        guard value > Book.ruin else { return ruin(with: value) }
        let targets = targets(at: time)
        let share = shareOfTargets(targets, tradable: symbols, equity: value, at: time, market)
        for symbol in symbols {
            let history = market.histories[symbol]
            let price = history.entries[history.lowerBound(opening: time)].bar.open
            let index = holdings.firstIndex { $0.symbol == symbol }
            let held = index.map { holdings[$0].units } ?? 0
            let wanted = (targets.first { $0.symbol == symbol }?.weight ?? 0) * share * value / price
            let tradedValue = abs(wanted - held) * price
            let cost = tradedValue * market.roundTripBps[symbol] / 2 / 10_000
            cash -= (wanted - held) * price + cost
            day.costs += cost
            day.traded += tradedValue
            if let index { holdings.remove(at: index) }
            guard wanted != 0 else { continue }
            let place = holdings.firstIndex { $0.symbol > symbol } ?? holdings.count
            holdings.insert(Holding(symbol: symbol, units: wanted), at: place)
            day.wasExposed = true
        }
    }

    /// What part of their targets the symbols that trade at `time` may take: all of it, unless others are held that
    /// have no bar then (a gap, longer bars, a halt). What those hold cannot be used twice: gross exposure stays at
    /// most 1.
    private func shareOfTargets(
        _ targets: [(symbol: Int, weight: Double)], tradable symbols: [Int], equity: Double, at time: Timestamp,
        _ market: Market
    ) -> Double {
        var waiting = 0.0
        for holding in holdings where !symbols.contains(holding.symbol) {
            waiting += abs(holding.units) * (price(of: holding.symbol, at: time, market) ?? 0)
        }
        guard waiting > 0 else { return 1 }
        let wanted = targets.reduce(0) { $0 + (symbols.contains($1.symbol) ? abs($1.weight) : 0) }
        let room = max(0, 1 - waiting / equity)
        return wanted > room ? room / wanted : 1
    }

    /// The open of a bar that opens at `time`, else the last price before it.
    private func price(of symbol: Int, at time: Timestamp, _ market: Market) -> Double? {
        let history = market.histories[symbol]
        let index = history.lowerBound(opening: time)
        if index < history.entries.count, history.entries[index].bar.openAt == time {
            return history.entries[index].bar.open
        }
        return history.lastPrice(before: time)?.price
    }

    /// Cash and positions at `time`.
    private func equityNow(at time: Timestamp, _ market: Market) -> Double {
        holdings.reduce(cash) { $0 + $1.units * (price(of: $1.symbol, at: time, market) ?? 0) }
    }

    /// Sells what is left; a short may have cost more than there was, which the book's owner does not pay.
    private mutating func ruin(with value: Double) {
        isRuined = true
        cash = max(value, 0)
        holdings = []
        pendingTrades = []
    }

    /// Closes what has had no price for too long, at a price that hurts: disappearing must never pay.
    private mutating func abandon(at mark: Timestamp, _ market: Market, _ day: inout DayTotals) {
        for holding in holdings {
            guard let last = market.histories[holding.symbol].lastPrice(before: mark),
                min(mark, market.feedThrough ?? mark) - last.at >= market.pricing.abandonedAfter
            else { continue }
            let move = market.pricing.punitiveMovePercent / 100
            let price = last.price * (holding.units > 0 ? 1 - move : 1 + move)
            cash += holding.units * price
            day.abandonedCount += 1
            holdings.removeAll { $0.symbol == holding.symbol }
            pendingTrades.removeAll { $0.symbol == holding.symbol }
            intervals.removeAll { $0.symbol == holding.symbol && $0.from <= last.at }
        }
    }

    private mutating func settle(value: Double, at mark: Timestamp) {
        markedThrough = mark
        // A signal that closes at the very mark still has to trade after it; one that nobody saw being written is
        // remembered until its position is gone, for what that earns is no evidence either.
        intervals.removeAll { interval in
            interval.to < mark
                && (interval.isAttested || !pendingTrades.contains { $0.symbol == interval.symbol })
        }
        equity = max(value, 0)
        if equity <= Book.ruin { ruin(with: equity) }
    }

    private func marketReturn(from previous: Timestamp, to mark: Timestamp, _ market: Market) -> Double? {
        var sum = 0.0
        var count = 0.0
        for symbol in universe {
            guard let move = market.move(of: symbol, from: previous, to: mark) else { continue }
            sum += move
            count += 1
        }
        return count > 0 ? sum / count : nil
    }
}

extension Array where Element: Comparable {
    /// What a sorted set would hold, without one: the lists of a book are short, and there are many books.
    fileprivate mutating func sortDroppingRepeats() {
        guard count > 1 else { return }
        sort()
        var kept = 1
        for index in 1..<count where self[index] != self[kept - 1] {
            self[kept] = self[index]
            kept += 1
        }
        removeLast(count - kept)
    }
}
