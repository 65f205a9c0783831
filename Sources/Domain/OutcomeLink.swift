extension Outcome {
    /// The hash of everything published of the outcome and of the hash before it.
    package func link(after previous: StableHash) -> StableHash {
        var link = WordHash()
        link.combine(previous.high)
        link.combine(previous.low)
        link.combine(agent.name)
        link.combine(symbol.name)
        link.combine(forecasterVersion)
        link.combine(strategyClass)
        link.add(regime)
        link.add(runID)
        link.add(signalID)
        link.combine(UInt64(bitPattern: Int64(direction.rawValue)))
        link.combine(UInt64(bitPattern: generatedAt.milliseconds))
        link.combine(UInt64(bitPattern: entryAt.milliseconds))
        link.combine(UInt64(bitPattern: exitAt.milliseconds))
        link.combine(UInt64(bitPattern: horizon.span.milliseconds))
        link.combine(grossReturnBps.bitPattern)
        link.combine(costBps.bitPattern)
        link.combine(expectedReturnBps.bitPattern)
        // 1 is the pattern of the smallest number there is, which is no price and no volatility.
        link.combine(entryPrice?.bitPattern ?? 1)
        link.combine(exitPrice?.bitPattern ?? 1)
        link.combine(sigmaBps?.bitPattern ?? 1)
        link.combine(score?.bitPattern ?? 1)
        link.combine(confidence?.bitPattern ?? 1)
        return link.finished()
    }
}
