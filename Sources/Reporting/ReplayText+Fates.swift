import Domain

extension ReplayText {
    static func fates(_ policies: [ReplayPolicy], _ options: TextOptions, on page: inout TextPage) {
        for policy in policies where !policy.fates.isEmpty {
            let promoted = policy.fates.filter(\.isPromotion)
            let killed = policy.fates.filter { !$0.isPromotion }
            page.heading(
                DisplayText.cut(policy.name, to: 40) + ": \(NumberText.counted(promoted.count, "promotion")) and "
                    + "\(NumberText.counted(killed.count, "kill")), and what came after")
            let limit = options.isFull ? policy.fates.count : options.topCount
            var table = Table([
                .text("on", atLeast: 10), .text("agent", atMost: 24), .text("was", atLeast: 8),
                .number("30 d net %"), .number("own %"), .number("90 d net %"), .number("own % "),
                .number("end net %"), .number("own %  "), .number("days"),
            ])
            for fate in policy.fates.prefix(limit) {
                table.add(
                    [fate.at.day, fate.agent.name, fate.isPromotion ? "promoted" : "killed"]
                        + cells(fate.after30) + cells(fate.after90) + cells(fate.untilEnd)
                        + ["\(fate.untilEnd?.dayCount ?? 0)"])
            }
            page.table(table)
            if policy.fates.count > limit {
                page.paragraph("and \(policy.fates.count - limit) more: --full or --json", indent: 2)
            }
            page.paragraph(
                summary("after a promotion", promoted) + " " + summary("after a kill", killed)
                    + " Own: what the market does not explain. One wants it above 0 after a promotion and below after a"
                    + " kill; one agent alone proves nothing.", indent: 2)
        }
    }

    private static func cells(_ stretch: ReplayPolicy.Fate.Stretch?) -> [String] {
        guard let stretch else { return ["-", "-"] }
        return [NumberText.signedPercent(stretch.netReturn), NumberText.signedPercent(stretch.residual)]
    }

    /// Of the own returns over the 90 days after, how many were above 0.
    private static func summary(_ when: String, _ fates: [ReplayPolicy.Fate]) -> String {
        let known = fates.compactMap(\.after90)
        guard !known.isEmpty else { return "" }
        let above = known.count { $0.residual > 0 }
        let mean = known.reduce(0) { $0 + $1.residual } / Double(known.count)
        return "90 days \(when) the own return was above 0 in \(above) of \(known.count), "
            + "\(NumberText.signedPercent(mean)) % in the mean."
    }
}
