/// What makes two facts the same fact, and what makes two versions of it differ.
///
/// The *natural key* names the fact (the ledger's unique key); the *canonical content* is everything it says. Both are
/// texts of length-prefixed fields, so that no two different facts share one. The same key with the same content is a
/// duplicate; with other content, a revision.
package struct FactIdentity: Equatable, Sendable {
    package var kind: FactKind
    package var key: StableHash
    package var content: StableHash

    package init(kind: FactKind, key: StableHash, content: StableHash) {
        self.kind = kind
        self.key = key
        self.content = content
    }

    /// The digest of the dated fact: what enters the digest of the facts known at a time.
    package func digest(knownAt: Timestamp, attestation: Attestation) -> StableHash {
        var hash = WordHash()
        hash.combine(UInt64(kind.rawValue))
        hash.combine(key.high)
        hash.combine(key.low)
        hash.combine(content.high)
        hash.combine(content.low)
        hash.combine(UInt64(bitPattern: knownAt.milliseconds))
        hash.combine(UInt64(attestation.rawValue))
        return hash.finished()
    }
}

extension Signal {
    /// (agent, signal_id) where the signal brings one, else (agent, symbol, generatedAt, horizon).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(agent.name)
        if let signalID {
            key.add(signalID)
        } else {
            key.add(symbol.name)
            key.add(generatedAt)
            key.add(horizon.span.milliseconds)
        }
        var content = WordHash()
        content.add(symbol.name)
        content.add(Int64(direction.rawValue))
        content.add(score)
        content.add(confidence)
        content.add(probabilityUp)
        content.add(horizon.span.milliseconds)
        content.add(generatedAt)
        for text in [signalID, runID, strategyClass, regime, agentVersion] { content.add(text) }
        content.add(unknownFields)
        return FactIdentity(kind: .signal, key: key.finished(), content: content.finished())
    }
}

extension Bar {
    /// (symbol, openAt, length).
    package func identity(of symbol: Symbol) -> FactIdentity {
        var key = WordHash()
        key.add(symbol.name)
        key.add(openAt)
        key.add(closeAt)
        var content = WordHash()
        for price in [open, high, low, close] { content.add(price) }
        content.add(volume)
        return FactIdentity(kind: .bar, key: key.finished(), content: content.finished())
    }
}

extension BarWithdrawal {
    /// (symbol, openAt, closeAt), as the bar's own.
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(symbol.name)
        key.add(openAt)
        key.add(closeAt)
        var content = WordHash()
        content.add(reason)
        return FactIdentity(kind: .barWithdrawal, key: key.finished(), content: content.finished())
    }
}

extension TelemetryRecord {
    /// (agent, run_id, ts).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(agent.name)
        key.add(runID)
        key.add(at)
        var content = WordHash()
        content.add(errors)
        content.add(latencyMilliseconds)
        content.add(costUSD)
        content.add(tokensIn)
        content.add(tokensOut)
        return FactIdentity(kind: .telemetry, key: key.finished(), content: content.finished())
    }
}

extension ImportedOutcome {
    /// (agent, run_id, symbol, generatedAt, horizon, direction).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(agent.name)
        key.add(runID)
        key.add(symbol.name)
        key.add(generatedAt)
        key.add(horizon.span.milliseconds)
        key.add(Int64(direction.rawValue))
        var content = WordHash()
        for number in [realizedReturnBps, expectedReturnBps] { content.add(number) }
        for number in [expectedSigmaBps, entryPrice, exitPrice, score, confidence] { content.add(number) }
        for text in [strategyClass, regime, forecasterVersion] { content.add(text) }
        return FactIdentity(kind: .outcome, key: key.finished(), content: content.finished())
    }
}

extension HumanDecision {
    /// (kind, scope, at).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(kind.rawValue)
        switch scope {
        case .agent(let agent): key.add("agent:" + agent.name)
        case .strategy(let name): key.add("strategy:" + name)
        }
        key.add(at)
        var content = WordHash()
        for text in [reason, author, evidence] { content.add(text) }
        return FactIdentity(kind: .decision, key: key.finished(), content: content.finished())
    }
}

extension AgentRename {
    /// (old, at).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(old.name)
        key.add(at)
        var content = WordHash()
        content.add(new.name)
        return FactIdentity(kind: .rename, key: key.finished(), content: content.finished())
    }
}

extension PolicyChange {
    /// (at).
    package var identity: FactIdentity {
        var key = WordHash()
        key.add(at)
        var content = WordHash()
        content.add(policyText)
        content.add(reason)
        return FactIdentity(kind: .policyChange, key: key.finished(), content: content.finished())
    }
}
