package import Domain

/// The digest of a sequence of outcomes, each linked to those before: equal chains mean equal sequences.
package struct OutcomeChain: Equatable, Sendable {
    package internal(set) var count = 0
    package internal(set) var hash = StableHash(high: 0, low: 0)

    package init() {}

    package mutating func append(_ outcome: Outcome) {
        var link = StableHash()
        link.combine(hash.high)
        link.combine(hash.low)
        link.combine(outcome.agent.name)
        link.combine(outcome.symbol.name)
        link.combine(outcome.forecasterVersion)
        link.combine(outcome.strategyClass)
        link.combine(outcome.regime ?? "\u{0}")
        link.combine(outcome.runID ?? "\u{0}")
        link.combine(outcome.signalID ?? "\u{0}")
        link.combine(UInt64(bitPattern: Int64(outcome.direction.rawValue)))
        link.combine(outcome.generatedAt)
        link.combine(outcome.entryAt)
        link.combine(outcome.exitAt)
        link.combine(UInt64(bitPattern: outcome.horizon.span.milliseconds))
        link.combine(outcome.grossReturnBps.bitPattern)
        link.combine(outcome.costBps.bitPattern)
        link.combine(outcome.expectedReturnBps.bitPattern)
        // 1 is the pattern of the smallest number there is, which is no price and no volatility.
        link.combine(outcome.entryPrice?.bitPattern ?? 1)
        link.combine(outcome.exitPrice?.bitPattern ?? 1)
        link.combine(outcome.sigmaBps?.bitPattern ?? 1)
        link.combine(outcome.score?.bitPattern ?? 1)
        link.combine(outcome.confidence?.bitPattern ?? 1)
        link.finish()
        hash = link
        count += 1
    }
}

extension StableHash {
    fileprivate mutating func combine(_ time: Timestamp) { combine(UInt64(bitPattern: time.milliseconds)) }
}
