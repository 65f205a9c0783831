package import Domain
internal import Statistics

/// What a placebo must know of the whole history before it can spoil any part of it: how long the bars of each symbol
/// are, and what every agent said in which order. Facts are taken batch by batch, in any order.
package struct ReplaySurvey: Equatable, Sendable {
    private var barCounts: [Symbol: [Span: Int]] = [:]
    fileprivate var calls: [AgentID: [StableHash: Call]] = [:]
    /// Outcomes that another system reconciled: there is no signal to spoil behind them.
    package private(set) var importedCount = 0
    package private(set) var signalCount = 0
    private let looksAtSignals: Bool

    /// What an agent said under one key, the first version of it.
    fileprivate struct Call: Equatable, Sendable {
        var generatedAt: Timestamp
        var knownAt: Timestamp
        var content: StableHash
        var direction: Direction
    }

    /// - Parameter looksAtSignals: false where only the lengths of bars are wanted; signals take memory.
    package init(looksAtSignals: Bool) { self.looksAtSignals = looksAtSignals }

    package mutating func take(_ batch: FactBatch) {
        importedCount += batch.outcomes.count
        signalCount += batch.signals.count
        for series in batch.bars {
            for bar in series.bars { barCounts[series.symbol, default: [:]][bar.value.length, default: 0] += 1 }
        }
        guard looksAtSignals else { return }
        for signal in batch.signals where signal.value.direction != .flat {
            let identity = signal.value.identity
            let call = Call(
                generatedAt: signal.value.generatedAt, knownAt: signal.knownAt, content: identity.content,
                direction: signal.value.direction)
            if let present = calls[signal.value.agent]?[identity.key], !call.precedes(present) { continue }
            calls[signal.value.agent, default: [:]][identity.key] = call
        }
    }

    /// The most frequent length of a symbol's bars, the shorter of two that are equally frequent; for a symbol without
    /// any, whose signals nobody can fill, an hour.
    package func barLength(of symbol: Symbol) -> Span {
        let counts = barCounts[symbol] ?? [:]
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? .hours(1)
    }
}

extension ReplaySurvey.Call {
    /// Of two versions of one call the first known counts, of two of one moment the smaller content.
    fileprivate func precedes(_ other: ReplaySurvey.Call) -> Bool {
        (knownAt.milliseconds, content.high, content.low)
            < (other.knownAt.milliseconds, other.content.high, other.content.low)
    }
}

/// A history with something taken out of it that an honest result needs.
package enum ReplayPlacebo: Equatable, Sendable {
    /// Every signal is generated, and becomes known, one bar of its symbol later.
    case shifted(ReplaySurvey)
    /// The directions of each agent are dealt anew among its signals.
    case shuffled(ReplayShuffle)

    /// The same facts, spoiled.
    package func spoiled(_ batch: FactBatch) -> FactBatch {
        var spoiled = batch
        for index in spoiled.signals.indices {
            switch self {
            case .shifted(let survey):
                let length = survey.barLength(of: batch.signals[index].value.symbol)
                spoiled.signals[index].value.generatedAt = batch.signals[index].value.generatedAt + length
                spoiled.signals[index].knownAt = batch.signals[index].knownAt + length
            case .shuffled(let shuffle): shuffle.spoil(&spoiled.signals[index].value)
            }
        }
        return spoiled
    }
}

/// One drawing: for every call of every agent the direction that it is dealt.
///
/// A permutation within the agent, so that each keeps its number of long and of short calls, its symbols and its
/// times: what is lost is which call went which way. All versions of a call turn together, and the probability of a
/// rise with them.
package struct ReplayShuffle: Equatable, Sendable {
    /// The keys of the calls that go the other way; an agent's name is part of a key.
    private var turned: Set<StableHash> = []

    /// - Parameters:
    ///   - seed: with `draw`, names the permutation; the same numbers give the same one on every machine.
    ///   - draw: counted from 0.
    package init(_ survey: ReplaySurvey, seed: UInt64, draw: Int) {
        for agent in survey.calls.keys.sorted() {
            guard let calls = survey.calls[agent] else { continue }
            let ordered = calls.sorted { left, right in
                (left.value.generatedAt.milliseconds, left.key.high, left.key.low)
                    < (right.value.generatedAt.milliseconds, right.key.high, right.key.low)
            }
            var hash = StableHash()
            hash.combine(seed)
            hash.combine(UInt64(bitPattern: Int64(draw)))
            hash.combine(agent.name)
            hash.finish()
            var random = Xoshiro256(seed: hash.high)
            var dealt = ordered.map(\.value.direction)
            // Durstenfeld 1964.
            for index in stride(from: dealt.count - 1, to: 0, by: -1) {
                dealt.swapAt(index, Int(random.next() % UInt64(index + 1)))
            }
            for (call, direction) in zip(ordered, dealt) where direction != call.value.direction {
                turned.insert(call.key)
            }
        }
    }

    func spoil(_ signal: inout Signal) {
        guard signal.direction != .flat, turned.contains(signal.identity.key) else { return }
        signal.direction = signal.direction == .long ? .short : .long
        signal.probabilityUp = signal.probabilityUp.map { 1 - $0 }
    }
}
