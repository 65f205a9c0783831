internal import Domain

/// What a report has to tell.
struct ReportAlerts {
    let report: Report
    let previous: Report?
    let rules: AlertRules

    var conditions: [AlertCondition] {
        report.agents.flatMap(conditions) + report.strategies.compactMap(tailRisk) + [modelRefused, fleetDrawdown]
            .compactMap { $0 }
    }

    private func conditions(_ agent: AgentReport) -> [AlertCondition] {
        // Of a killed agent there is nothing more to tell: it has no capital, and only a person changes that.
        if let kill = kill(agent) { return [kill] }
        return [promotion(agent), warningBand(agent), silence(agent)].compactMap { $0 }
    }

    private func kill(_ agent: AgentReport) -> AlertCondition? {
        let verdict = agent.verdict
        guard verdict.stage == .killed else { return nil }
        let who = verdict.standingDecision == .kill ? "by a person" : "by the policy"
        var text = "\(agent.agent) was killed \(who)"
        if let since = verdict.stageSince { text += " at \(since)" }
        text += ". " + sentence(verdict.reason)
        if let weight = previousWeight(of: agent.agent), weight > 0 {
            text += " It held \(percent(weight)) of the capital in the report before; now it holds none."
        }
        text += " The e-value that it loses is \(words(verdict.lossEValue))"
        text += verdict.lossThreshold.map { ", told from \(number($0)) on." } ?? "."
        text += " If it must trade: \(command("agents revive", agent.agent, takesReason: true))."
        return AlertCondition(.kill, agent.agent.name, title: "\(agent.agent) is killed", text: text)
    }

    private func promotion(_ agent: AgentReport) -> AlertCondition? {
        guard agent.verdict.kind == .awaitApproval else { return nil }
        let gates = agent.verdict.gates.filter(\.isRequired).map(words).joined(separator: "; ")
        let text = sentence(agent.verdict.reason) + (gates.isEmpty ? "" : " Compared: \(gates).")
            + " Decide: \(command("agents promote", agent.agent, takesReason: true)), or `agents veto`."
        return AlertCondition(
            .promotionAwaitingApproval, agent.agent.name, title: "\(agent.agent) waits for your approval", text: text)
    }

    private func warningBand(_ agent: AgentReport) -> AlertCondition? {
        let verdict = agent.verdict
        guard verdict.isInWarningBand || verdict.stage == .probation else { return nil }
        let text = "Its book is \(words(verdict.drawdownSigmas)) daily standard deviations below its best point. "
            + sentence(verdict.reason)
            + " At the policy's limit (risk.killDrawdownSigmas) it is killed; \(command("explain", agent.agent)) shows"
            + " the record, `agents kill` does not wait."
        return AlertCondition(
            .warningBand, agent.agent.name, title: "\(agent.agent) is in the warning band", text: text,
            value: verdict.drawdownSigmas.value)
    }

    /// Silent is who has no open signal and has written none for longer than the policy waits, and for longer than
    /// twice its own mean interval between signals: an agent that speaks once a week is not silent on the seventh day.
    /// The second part is ours.
    private func silence(_ agent: AgentReport) -> AlertCondition? {
        let card = agent.scorecard
        guard let limit = rules.silentAfterDays, agent.isAsleep, card.openSignalCount == 0,
            let last = card.lastSignalAt, let first = card.firstSignalAt
        else { return nil }
        let days = (report.asOf - last).inDays
        let interval = card.signalCount > 1 ? (last - first).inDays / Double(card.signalCount - 1) : 0
        let patience = max(limit, 2 * interval)
        guard days > patience else { return nil }
        let text = "It wrote its last signal at \(last), \(DecimalText.fixed(days, 1)) days ago, and has none open;"
            + " told after \(DecimalText.fixed(patience, 1)) days. It is asleep, not bad: its share decays to cash."
            + " Does the agent run, and does its file arrive?"
        return AlertCondition(
            .silentAgent, agent.agent.name, title: "\(agent.agent) is silent", text: text, value: days)
    }

    private func tailRisk(_ strategy: StrategyReport) -> AlertCondition? {
        // Too few outcomes are no breach.
        guard let sigmas = strategy.shortfallCVaR95Sigmas.value, sigmas >= rules.tailRiskClearSigmas
        else { return nil }
        let bps = strategy.shortfallCVaR95.value.map { " (\(number($0)) bps)" } ?? ""
        let text = "The worst 5 % of its \(DecimalText.grouped(strategy.outcomeCount)) outcomes fell short of what was"
            + " expected by \(number(sigmas)) standard deviations\(bps) on average; told from"
            + " \(number(rules.tailRiskSigmas)) on, over below \(number(rules.tailRiskClearSigmas))."
            + " \(strategy.agentCount) agents hold \(percent(strategy.weight)) of the capital in it. Its haircut"
            + " follows by policy; `meta-supervisor report` shows who is behind it."
        return AlertCondition(
            .tailRiskBreach, strategy.strategyClass, title: "CVaR breach: strategy \(strategy.strategyClass)",
            text: text, value: sigmas, raisesAt: rules.tailRiskSigmas, clearsBelow: rules.tailRiskClearSigmas)
    }

    /// How the training says that a ridge model was fitted, tried out of sample and lost. Too few outcomes or days, or
    /// a policy without ridge, read otherwise and are no refusal.
    static let refusal = "score-linear stays in force"

    private var modelRefused: AlertCondition? {
        let forecaster = report.forecaster
        guard forecaster.inForce.ridge == nil, !forecaster.candidates.isEmpty,
            forecaster.reason.hasPrefix(ReportAlerts.refusal)
        else { return nil }
        var text = sentence(forecaster.reason)
        if previous?.forecaster.inForce.ridge != nil { text += " A ridge model had been in force until now." }
        text += " Nothing to do: no better than zero is common. It is tried again every week."
        return AlertCondition(
            .modelRefused, "", title: "The expected-return model was refused", text: text)
    }

    private var fleetDrawdown: AlertCondition? {
        guard let sigmas = report.fleet.condition.drawdownSigmas.value, sigmas >= rules.fleetDrawdownClearSigmas
        else { return nil }
        let record = report.fleet.record
        let text = "The fleet's paper record is \(number(sigmas)) daily standard deviations below its best point; told"
            + " from \(number(rules.fleetDrawdownSigmas)) on, over below \(number(rules.fleetDrawdownClearSigmas))."
            + " Over \(DecimalText.grouped(record.markCount)) days it made \(percent(record.totalReturnNet)) net, its"
            + " deepest fall was \(percent(record.maximalDrawdown)); cash is now \(percent(report.allocation.cash))."
            + " The brake (allocation.brakeFromSigmas) acts by itself; `meta-supervisor report` shows who lost."
        return AlertCondition(
            .fleetDrawdown, "", title: "The fleet is in drawdown", text: text, value: sigmas,
            raisesAt: rules.fleetDrawdownSigmas, clearsBelow: rules.fleetDrawdownClearSigmas)
    }

    private func previousWeight(of agent: AgentID) -> Double? {
        previous?.allocation.agents.first { $0.agent == agent }?.weight
    }
}

extension ReportAlerts {
    private func sentence(_ text: String) -> String {
        guard let first = text.first else { return "" }
        return first.uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    /// As a shell takes it: an agent chooses its own name, and a person copies the command.
    private func argument(_ agent: AgentID) -> String {
        let isPlain = agent.name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if isPlain { return agent.name }
        let quoted = agent.name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        return "'" + quoted + "'"
    }

    /// What a person types. A name that begins with a dash would be an option anywhere but behind `--`.
    private func command(_ words: String, _ agent: AgentID, takesReason: Bool = false) -> String {
        let reason = takesReason ? " --reason ..." : ""
        let name = argument(agent)
        let rest = agent.name.hasPrefix("-") ? "\(reason) -- \(name)" : " \(name)\(reason)"
        return "`meta-supervisor \(words)\(rest)`"
    }

    private func number(_ value: Double) -> String {
        let text = String(DecimalText.significant(value, 4))
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private func percent(_ share: Double) -> String { DecimalText.fixed(share * 100, 1) + " %" }

    private func words(_ evidence: Evidence<Double>) -> String {
        switch evidence {
        case .known(let value): number(value)
        case .insufficient(let count, let needed): "not known (\(count) of \(needed) observations)"
        }
    }

    private func words(_ gate: Gate) -> String {
        let bound = gate.threshold.map { " \(gate.comparison.rawValue) \(number($0))" } ?? ""
        return "\(gate.name) \(words(gate.value))\(bound)" + (gate.isWaived ? " (waived)" : "")
    }
}
