package import Domain

/// Compares a signal with what the market did: an outcome, or the reason why there is none.
///
/// Entry is the open of the first bar at or after the moment the signal became known, exit the open of the first bar at
/// or after its close: prices that somebody who knew the signal could have had. Nothing later is looked at, and a price
/// that is missing is an answer, never another price.
package struct Reconciler: Sendable {
    package var pricing: PricingPolicy
    package var costs: CostPolicy

    package init(pricing: PricingPolicy, costs: CostPolicy) {
        self.pricing = pricing
        self.costs = costs
    }

    package enum Answer: Equatable, Sendable {
        case outcome(Outcome)
        case rejected(RejectionReason)
    }

    /// Where a signal stands after it was asked about.
    package enum Standing: Equatable, Sendable {
        case waiting
        /// Its primary horizon has its outcome, the last one added.
        case answered
        case rejected(RejectionReason)
    }

    /// Adds the outcomes that have become final by `asOf`, diagnostic horizons first. What concerns the primary horizon
    /// closes the signal: from then on it waits for nothing.
    package func answer(
        _ open: inout OpenSignal, history: PriceHistory, asOf: Timestamp, outcomes: inout [Outcome]
    ) -> Standing {
        let (generatedAt, signalHorizon) = (open.signal.generatedAt, open.signal.horizon)
        let closesAt = generatedAt + signalHorizon.span
        let entry: (price: Double, at: Timestamp)
        if let price = open.entryPrice, let at = open.entryAt {
            entry = (price, at)
        } else {
            switch fill(at: open.knownAt, history, asOf: asOf) {
            case .pending: return .waiting
            case .missing: return .rejected(.missingEntry)
            case .filled(let price, let at):
                guard at < closesAt else { return .rejected(.expired) }
                entry = (price, at)
                (open.entryPrice, open.entryAt) = (price, at)
            }
        }
        while open.diagnosticsAnswered < Horizon.diagnostic.count {
            let horizon = Horizon.diagnostic[open.diagnosticsAnswered]
            let end = generatedAt + horizon.span
            // A horizon as long as the signal's own, or over before the entry, has no diagnostic outcome.
            if horizon >= signalHorizon || end <= entry.at {
                open.diagnosticsAnswered += 1
                continue
            }
            let exit = fill(at: end, history, asOf: asOf)
            if exit == .pending { break }
            open.diagnosticsAnswered += 1
            if case .filled(let price, let at) = exit {
                outcomes.append(outcome(open, horizon: horizon, entry: entry, exit: (price, at)))
            }
        }
        switch fill(at: closesAt, history, asOf: asOf) {
        case .pending: return .waiting
        case .missing: return .rejected(.missingExit)
        case .filled(let price, let at):
            outcomes.append(outcome(open, horizon: signalHorizon, entry: entry, exit: (price, at)))
            return .answered
        }
    }

    /// The same as a list; the last one, if it concerns the primary horizon, closes the signal (`isFinal`).
    package func answers(
        to open: inout OpenSignal, history: PriceHistory, asOf: Timestamp
    ) -> (answers: [Answer], isFinal: Bool) {
        var outcomes: [Outcome] = []
        let standing = answer(&open, history: history, asOf: asOf, outcomes: &outcomes)
        let answers = outcomes.map(Answer.outcome)
        switch standing {
        case .waiting: return (answers, false)
        case .answered: return (answers, true)
        case .rejected(let reason): return (answers + [.rejected(reason)], true)
        }
    }

    private enum Fill: Equatable {
        case pending
        case missing
        case filled(Double, Timestamp)
    }

    /// A price that did not come within the time after which a position counts as abandoned is missing for good.
    private func fill(at time: Timestamp, _ history: PriceHistory, asOf: Timestamp) -> Fill {
        switch history.fill(atOrAfter: time, maximalDelay: pricing.fillDelay) {
        case .filled(let price, let at): .filled(price, at)
        case .missing: .missing
        case .pending: asOf - time > pricing.abandonedAfter ? .missing : .pending
        }
    }

    private func outcome(
        _ open: OpenSignal, horizon: Horizon, entry: (price: Double, at: Timestamp),
        exit: (price: Double, at: Timestamp)
    ) -> Outcome {
        let signal = open.signal
        // Under returns without memory the expectation grows with time and the volatility with its root.
        let share = Double(horizon.span.milliseconds) / Double(signal.horizon.span.milliseconds)
        return Outcome(
            agent: signal.agent, trackNumber: open.trackNumber, symbol: signal.symbol, direction: signal.direction,
            horizon: horizon, isPrimary: horizon == signal.horizon, attestation: open.attestation, isImported: false,
            generatedAt: signal.generatedAt, closesAt: signal.generatedAt + horizon.span, entryAt: entry.at,
            exitAt: exit.at, entryPrice: entry.price, exitPrice: exit.price,
            grossReturnBps: signal.direction.sign * (exit.price / entry.price - 1) * 10_000,
            costBps: costs.roundTripBps(of: signal.symbol), expectedReturnBps: open.expectedReturnBps * share,
            forecasterVersion: open.forecasterVersion, sigmaBps: open.sigmaBps.map { $0 * share.squareRoot() },
            overlapCount: open.overlapCount, score: signal.score, confidence: signal.confidence,
            probabilityUp: signal.probabilityUp, regime: signal.regime, strategyClass: open.strategyClass,
            runID: signal.runID, signalID: signal.signalID)
    }
}

extension Outcome {
    /// The forecaster of a row that names none.
    package static let importedVersion = "imported"

    /// An outcome that another system reconciled: its return is net already, and stands as it is.
    package init(imported: ImportedOutcome, attestation: Attestation, trackNumber: Int, strategyClass: String,
        overlapCount: Int
    ) {
        self.init(
            agent: imported.agent, trackNumber: trackNumber, symbol: imported.symbol, direction: imported.direction,
            horizon: imported.horizon, isPrimary: true, attestation: attestation, isImported: true,
            generatedAt: imported.generatedAt, closesAt: imported.closesAt, entryAt: imported.generatedAt,
            exitAt: imported.closesAt, entryPrice: imported.entryPrice, exitPrice: imported.exitPrice,
            grossReturnBps: imported.realizedReturnBps, costBps: 0, expectedReturnBps: imported.expectedReturnBps,
            forecasterVersion: imported.forecasterVersion ?? Outcome.importedVersion,
            sigmaBps: imported.expectedSigmaBps, overlapCount: overlapCount, score: imported.score,
            confidence: imported.confidence, probabilityUp: nil, regime: imported.regime, strategyClass: strategyClass,
            runID: imported.runID, signalID: nil)
    }
}
