import Domain

/// A replay for people: what each policy earned, whether the difference is more than luck, what was best in hindsight,
/// and what became of everybody who was promoted or killed.
package enum ReplayText {
    package static func text(_ replay: ReplayDocument, options: TextOptions = TextOptions()) -> String {
        var page = TextPage(style: options.style)
        head(replay, on: &page)
        records(replay.policies, on: &page)
        differences(replay.policies, on: &page)
        regrets(replay, on: &page)
        fates(replay.policies, options, on: &page)
        if let placebo = replay.placebo { ReplayPlaceboText.add(placebo, to: &page) }
        remarks(replay, on: &page)
        return page.text
    }

    private static func head(_ replay: ReplayDocument, on page: inout TextPage) {
        let title = "REPLAY"
        let range = "\(replay.start.day) to \(replay.end.description)"
        let gap = String(repeating: " ", count: max(1, TextPage.width - title.count - range.count))
        page.raw(page.style.bold(title) + gap + range)
        let counts = FactKind.allCases.compactMap { kind -> String? in
            guard let count = replay.factCounts[kind], count > 0 else { return nil }
            return NumberText.counted(count, kind.noun)
        }
        page.paragraph(
            NumberText.counted(replay.agentCount, "agent") + "; facts: "
                + (counts.isEmpty ? "none" : counts.joined(separator: ", ")), hanging: 7)
        page.paragraph(
            "Every decision was made with what was known then. Facts from before the first day taught the policies and"
                + " are in no figure.")
    }

    private static func records(_ policies: [ReplayPolicy], on page: inout TextPage) {
        page.heading("The fleet's own record, after all costs")
        var table = Table([
            .text("policy", atLeast: 14, atMost: 24), .number("net %"), .number("vol %"), .number("Sharpe"),
            .number("fall %"), .number("moved %"), .number("cash %"), .number("in %"), .number("won %"),
            .number("steps"),
        ])
        for policy in policies {
            table.add([
                .text(policy.name), .text(NumberText.signedPercent(policy.netReturn)),
                .text(NumberText.evidence(policy.annualVolatility) { NumberText.percent($0) }),
                risked(policy.sharpeRatio), .text(NumberText.percent(policy.maximalDrawdown)),
                .text(NumberText.percent(policy.averageTurnover)), .text(NumberText.percent(policy.averageCash)),
                .text(NumberText.percent(policy.investedShare, 0)),
                .text(NumberText.evidence(policy.winningShare) { NumberText.percent($0, 0) }),
                .text(DecimalText.grouped(policy.decisionCount)),
            ])
        }
        page.table(table)
        let days = policies.map(\.days.count)
        page.paragraph(
            "\(NumberText.counted(days.max() ?? 0, "day")) settled"
                + (policies.first?.days.first.map { ", the first \($0.start.day)" } ?? "")
                + (policies.first?.days.last.map { ", the last \($0.start.day)" } ?? "")
                + ". Volatility and Sharpe ratio: a year of 365 marks, +- one standard error. Fall: the greatest from a"
                + " peak. Moved: capital a day; from one agent all to another is 200. In: days with any capital out of"
                + " cash; won: of those. Steps: decisions.",
            indent: 2)
    }

    /// The ratio of a record that never moved is no number.
    private static func risked(_ ratio: Evidence<Estimate>) -> Table.Cell {
        if case .insufficient(let count, let needed) = ratio, count >= needed { return .text("no risk") }
        return NumberText.cell(ratio, decimals: 2, isSigned: true)
    }

    private static func differences(_ policies: [ReplayPolicy], on page: inout TextPage) {
        guard policies.contains(where: { !$0.differences.isEmpty }) else { return }
        page.heading("Better than the others? The same days, one against the other")
        var table = Table([
            .text("policy", atLeast: 14, atMost: 24), .text("against", atLeast: 14, atMost: 24), .number("bps a day"),
            .number("t"), .number("Sharpe"), .number("t "),
        ])
        for policy in policies {
            for difference in policy.differences {
                table.add([
                    .text(policy.name), .text(difference.other),
                    NumberText.cell(difference.dailyBps, decimals: 2, isSigned: true),
                    .text(ratio(difference.dailyBps)),
                    risked(difference.sharpe), .text(ratio(difference.sharpe)),
                ])
            }
        }
        page.table(table)
        page.paragraph(
            "t is the difference in its standard errors: beyond 2 either way it is hard to call luck, below 1 it says"
                + " nothing. The best of several policies looks better than it is. Policies that hold more cash earn"
                + " and lose less: compare the Sharpe ratios too.", indent: 2)
    }

    private static func ratio(_ evidence: Evidence<Estimate>) -> String {
        guard let estimate = evidence.value, let error = estimate.standardError, error > 0 else { return "-" }
        return NumberText.signed(estimate.value / error)
    }

    private static func regrets(_ replay: ReplayDocument, on page: inout TextPage) {
        guard let first = replay.policies.first(where: { !$0.regrets.isEmpty }) else { return }
        page.heading("Regret: what hindsight would have earned more, bps of log wealth")
        var columns = [Table.Column.text("policy", atLeast: 14, atMost: 24)]
        for oracle in ReplayPolicy.Regret.Oracle.allCases {
            columns += [.number(title(oracle, replay.switchLimit)), .number("a day")]
        }
        var table = Table(columns)
        for policy in replay.policies where !policy.regrets.isEmpty {
            table.add(
                [policy.name]
                    + policy.regrets.flatMap { [NumberText.signedWhole($0.totalBps), NumberText.signed($0.dailyBps)] })
        }
        page.table(table)
        let best = first.regrets.map { regret in
            let gap =
                regret.gapBps >= 0.5
                ? " (the optimum is at most \(NumberText.signed(regret.gapBps, 0)) above)" : ""
            return "\(title(regret.oracle, replay.switchLimit)): \(regret.note), "
                + "\(NumberText.signedWhole(regret.oracleLogWealthBps)) in all\(gap)"
        }
        page.paragraph(
            "In hindsight - " + best.joined(separator: "; ") + ". Cash counts as an agent. A change of agents pays a"
                + " round trip; constant shares are rebalanced daily for nothing. Nobody could have known: small is"
                + " good, below 0 the policy did better.", indent: 2)
    }

    private static func title(_ oracle: ReplayPolicy.Regret.Oracle, _ switchLimit: Int) -> String {
        switch oracle {
        case .bestAgent: "best agent"
        case .bestSuccession: "best, <= \(switchLimit) changes"
        case .bestRebalanced: "best shares"
        }
    }

    private static func remarks(_ replay: ReplayDocument, on page: inout TextPage) {
        let judging = replay.policies.filter { !$0.promotesOnHistory }
        guard replay.unattestedCount > 0, replay.signalCount > 0, !judging.isEmpty else { return }
        let share = Double(replay.unattestedCount) / Double(replay.signalCount)
        let promotions = judging.flatMap(\.fates).count(where: \.isPromotion)
        page.blank()
        page.paragraph(
            "\(NumberText.percent(share, 0)) % of the signals are history: nobody saw them being written, and a "
                + "backdated forecast is always right. \(NumberText.list(judging.map(\.name))) "
                + (promotions == 0 ? "promoted nobody" : "promotes nobody")
                + " on their evidence, whatever they earned."
                + " To see what would have been decided if all had been seen in time: "
                + "--set gates.requiresAttestation=false. Believe that only as far as you believe the files.")
    }
}
