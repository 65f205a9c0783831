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
        for text in [outcome.agent.name, outcome.symbol.name, outcome.forecasterVersion, outcome.strategyClass] {
            link.combine(text)
        }
        for text in [outcome.regime, outcome.runID, outcome.signalID] { link.combine(text ?? "\u{0}") }
        link.combine(UInt64(bitPattern: Int64(outcome.direction.rawValue)))
        for time in [outcome.generatedAt, outcome.entryAt, outcome.exitAt] {
            link.combine(UInt64(bitPattern: time.milliseconds))
        }
        link.combine(UInt64(bitPattern: outcome.horizon.span.milliseconds))
        for number in [outcome.grossReturnBps, outcome.costBps, outcome.expectedReturnBps] {
            link.combine(number.bitPattern)
        }
        let optional = [outcome.entryPrice, outcome.exitPrice, outcome.sigmaBps, outcome.score, outcome.confidence]
        for number in optional { link.combine(number?.bitPattern ?? 1) }
        link.finish()
        hash = link
        count += 1
    }
}
