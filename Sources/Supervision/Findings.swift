internal import Reconciliation
internal import StatisticsState
internal import Books
internal import Domain
internal import Statistics

// What a person should know, in sentences with the numbers in them.

extension Fold {
    func findings(for report: Report, factsSince: Int) -> [Finding] {
        guard position != nil, !report.agents.isEmpty else {
            let since = sinceFindings(report, factsSince)
            // Signals that wait for the next decision are known all the same.
            if report.factCounts[.signal] ?? 0 > 0 || report.factCounts[.outcome] ?? 0 > 0 { return since }
            return [
                Finding(
                    .warning, .signals,
                    "No signal is known by \(report.asOf): there is nobody to judge. Put signals into "
                        + "alpha/events.jsonl or import them with `ingest`.")
            ] + since
        }
        return evidenceFindings(report) + priceFindings() + signalFindings(report) + stageFindings(report)
            + forecasterFindings(report) + allocationFindings(report) + togetherFindings(report)
            + sinceFindings(report, factsSince)
    }

    private func evidenceFindings(_ report: Report) -> [Finding] {
        var found: [Finding] = []
        let without = report.agents.filter { $0.scorecard.outcomeCount == 0 }
        if !without.isEmpty {
            let waitingCount = without.filter { $0.scorecard.pendingCount > 0 }.count
            let waiting =
                switch waitingCount {
                case 0: "none waits"
                case 1: "1 still waits for the market"
                default: "\(waitingCount) still wait for the market"
                }
            let have = without.count == 1 ? "has" : "have"
            let reasons = dominantReasons(without)
            found.append(
                Finding(
                    without.count == report.agents.count ? .problem : .warning, .evidence,
                    "\(without.count) of \(report.agents.count) agents \(have) no outcome: \(waiting)\(reasons)."))
        }
        let promoted = report.agents.count { $0.verdict.stage == .promoted || $0.verdict.stage == .probation }
        if promoted == 0 {
            found.append(
                Finding(
                    .notice, .evidence,
                    "No agent has shown an edge that the policy accepts as evidence: none of "
                        + "\(report.agents.count) is promoted."))
        }
        let share = report.fleet.signalCount > 0
            ? Double(report.fleet.unattestedCount) / Double(report.fleet.signalCount) : 0
        if report.fleet.unattestedCount > 0 {
            found.append(
                Finding(
                    .notice, .history,
                    "\(percent(share)) of the signals are history that nobody saw being written: they count in this "
                        + "report and for no automatic promotion."))
        }
        return found
    }

    private func dominantReasons(_ agents: [AgentReport]) -> String {
        var counts: [RejectionReason: Int] = [:]
        for agent in agents { counts.merge(agent.scorecard.rejections, uniquingKeysWith: +) }
        let ordered = counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.prefix(3)
        guard !ordered.isEmpty else { return "" }
        return "; rejected: " + ordered.map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
    }

    private func priceFindings() -> [Finding] {
        guard let position else { return [] }
        var found: [Finding] = []
        for index in symbolOrder {
            let open = agents.reduce(0) { sum, agent in
                sum + agent.openSignals.count { $0.signal.symbol == symbols[index] }
            }
            let missing = missingPriceCounts[index]
            guard let newest = histories[index].newestClose else {
                guard missing + open > 0 else { continue }
                found.append(
                    Finding(
                        .problem, .prices,
                        "No price of \(symbols[index]) is known: \(missing) signals have no outcome, \(open) wait."))
                continue
            }
            let age = position - newest
            if missing > 0 || (open > 0 && age > policy.pricing.maximalStaleness) {
                let ends = age > policy.pricing.maximalStaleness
                found.append(
                    Finding(
                        ends ? .problem : .warning, .prices,
                        ends
                            ? "No price for \(symbols[index]) after \(newest): \(missing) signals have no outcome, "
                                + "\(open) wait."
                            : "\(missing) signals on \(symbols[index]) found no bar in time: its prices have gaps."))
            }
        }
        if correctedBarCount > 0 {
            found.append(
                Finding(
                    .notice, .prices,
                    "\(DecimalText.grouped(correctedBarCount)) bars came again with other prices: the first known "
                        + "counts, nothing was reopened."))
        }
        if withdrawnBarCount > 0, let newest = newestWithdrawal {
            let what = withdrawnBarCount == 1
                ? "1 bar was withdrawn: venues do not agree on it"
                : "\(DecimalText.grouped(withdrawnBarCount)) bars were withdrawn: venues do not agree on them"
            let which = "\(newest.symbol) \(newest.openAt) to \(newest.closeAt)"
            found.append(
                Finding(
                    .warning, .prices,
                    "\(what), and no decision since takes a price from there. The newest is \(which)"
                        + (newest.reason.isEmpty ? "." : " (\(newest.reason)).")))
        }
        return found
    }

    var symbolOrder: [Int] { symbols.indices.sorted { symbols[$0] < symbols[$1] } }

    private func signalFindings(_ report: Report) -> [Finding] {
        var found: [Finding] = []
        for agent in report.agents {
            let card = agent.scorecard
            if let late = card.rejections[.late], late > 0 {
                found.append(
                    Finding(
                        .warning, .signals,
                        "\(agent.agent): \(late) of \(card.signalCount) signals were written later than their own time "
                            + "allows; a forecast written afterwards is not scored."))
            }
            if let conflicts = card.rejections[.conflict], conflicts > 0 {
                found.append(
                    Finding(
                        .warning, .signals,
                        "\(agent.agent): \(conflicts) signals contradict another with the same key and time."))
            }
        }
        let silent = agentOrder.compactMap { index -> (AgentID, Double)? in
            guard let position, let days = agents[index].silentDays(at: position),
                days > (policy.allocation.silentAfterDays ?? 3)
            else { return nil }
            return (agents[index].agent, days)
        }
        if !silent.isEmpty {
            let names = silent.prefix(5).map { "\($0.0) (\(DecimalText.fixed($0.1, 0)) days)" }
            let more = silent.count > 5 ? " and \(silent.count - 5) more" : ""
            found.append(
                Finding(.notice, .signals, "Silent: " + names.joined(separator: ", ") + more + "; asleep, not bad."))
        }
        return found
    }

    private func stageFindings(_ report: Report) -> [Finding] {
        var found: [Finding] = []
        for agent in report.agents {
            switch agent.verdict.stage {
            case .killed:
                found.append(Finding(.warning, .risk, "\(agent.agent) is \(stated(agent.verdict.reason, "killed"))"))
            case .probation:
                found.append(
                    Finding(.warning, .risk, "\(agent.agent) is \(stated(agent.verdict.reason, "on probation"))"))
            case .candidate, .promoted:
                if agent.verdict.isInWarningBand {
                    found.append(Finding(.warning, .risk, "\(agent.agent) is in the warning band of its drawdown."))
                }
            }
            if agent.verdict.kind == .awaitApproval {
                found.append(
                    Finding(
                        .notice, .promotion,
                        "\(agent.agent) passed every gate and waits for `agents promote \(agent.agent) --reason …`."))
            }
        }
        return found
    }

    /// The reason, which mostly begins with the state itself.
    private func stated(_ reason: String, _ state: String) -> String {
        reason.hasPrefix(state) ? reason : state + ": " + reason
    }

    private func forecasterFindings(_ report: Report) -> [Finding] {
        [Finding(.notice, .forecaster, report.forecaster.reason)]
    }

    private func allocationFindings(_ report: Report) -> [Finding] {
        var found: [Finding] = []
        let look = report.allocation.lookThrough
        if let concentration = look.concentration, concentration > 0.5, look.positions.count > 0,
            let largest = look.positions.max(by: { $0.net.magnitude < $1.net.magnitude })
        {
            found.append(
                Finding(
                    .warning, .allocation,
                    "Through the weights, \(largest.symbol) is \(percent(largest.net)) of the capital: the fleet is "
                        + "close to one bet (concentration \(DecimalText.fixed(concentration, 2)))."))
        }
        let idle = report.allocation.passThroughSteps.map(\.title)
        if !idle.isEmpty {
            found.append(
                Finding(
                    .notice, .allocation,
                    "Steps that pass through, changing nothing yet: \(idle.joined(separator: ", "))."))
        }
        return found
    }

    /// Agents that move as one are one bet, however many names it has.
    private func togetherFindings(_ report: Report) -> [Finding] {
        var named: Set<AgentID> = []
        var groups: [[AgentID]] = []
        for agent in report.agents where !agent.movesWith.isEmpty && !named.contains(agent.agent) {
            let group = ([agent.agent] + agent.movesWith).sorted()
            named.formUnion(group)
            groups.append(group)
        }
        guard !groups.isEmpty else { return [] }
        let shown = groups.prefix(5).map { group in
            let names = group.prefix(4).map(\.name).joined(separator: ", ")
            return group.count > 4 ? "\(names) and \(group.count - 4) more" : names
        }.joined(separator: "; ")
        let more = groups.count > 5 ? "; and \(groups.count - 5) more groups" : ""
        return [
            Finding(
                .warning, .risk,
                "Agents whose residual returns move as one, each group with one share and one cap: \(shown)\(more).")
        ]
    }

    private func sinceFindings(_ report: Report, _ factsSince: Int) -> [Finding] {
        guard factsSince > 0, let next = nextGridPoint else { return [] }
        return [
            Finding(
                .notice, .history,
                factsSince == 1
                    ? "1 fact came since the last decision and counts from \(next) on."
                    : "\(DecimalText.grouped(factsSince)) facts came since the last decision and count from "
                        + "\(next) on.")
        ]
    }

    private func percent(_ share: Double) -> String { DecimalText.fixed(share * 100, 1) + " %" }
}
