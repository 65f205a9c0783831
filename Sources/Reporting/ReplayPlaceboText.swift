import Domain

/// The result of a placebo, and what it means.
package enum ReplayPlaceboText {
    static func add(_ placebo: ReplayPlaceboResult, to page: inout TextPage) {
        switch placebo.kind {
        case .shift: shift(placebo, on: &page)
        case .shuffle(let draws, let seed): shuffle(placebo, draws: draws, seed: seed, on: &page)
        }
        if placebo.importedCount > 0 {
            page.paragraph(
                "\(NumberText.counted(placebo.importedCount, "reconciled outcome")) came from another system without a"
                    + " signal to spoil and are as they were: of what they earned this says nothing.", indent: 2)
        }
    }

    private static func shift(_ placebo: ReplayPlaceboResult, on page: inout TextPage) {
        page.heading("Placebo: every signal one bar of its symbol later")
        var table = Table([
            .text("policy", atLeast: 14, atMost: 24), .number("real Sharpe"), .number("one bar later"),
            .number("real net %"), .number("one bar later "), .number("lost, bps a day"),
        ])
        for row in placebo.rows {
            table.add([
                .text(row.policy), NumberText.cell(row.realSharpe, decimals: 2, isSigned: true),
                .text(row.sharpeRatios.first.map { NumberText.signed($0, 2) } ?? "-"),
                .text(NumberText.signedPercent(row.realNetReturn)),
                .text(row.netReturns.first.map { NumberText.signedPercent($0) } ?? "-"),
                row.difference.map { NumberText.cell($0.dailyBps, decimals: 2, isSigned: true) } ?? .text("-"),
            ])
        }
        page.table(table)
        page.paragraph(
            "An edge over many bars loses little by one bar of delay. One that is gone lives within a single bar:"
                + " either it is faster than your bars can show, or the signals knew a price that nobody could trade at"
                + " any more, and that is look-ahead. A delay that helps is luck, or signals that come too early.",
            indent: 2)
    }

    private static func shuffle(_ placebo: ReplayPlaceboResult, draws: Int, seed: UInt64, on page: inout TextPage) {
        page.heading(
            "Placebo: directions dealt anew within each agent, \(NumberText.counted(draws, "drawing")), seed \(seed)")
        var table = Table([
            .text("policy", atLeast: 14, atMost: 24), .number("real Sharpe"), .number("shuffled: mean"),
            .number("lowest"), .number("highest"), .number("as good or better"), .number("p"),
        ])
        for row in placebo.rows {
            let sorted = row.sharpeRatios.sorted()
            let mean = sorted.isEmpty ? nil : sorted.reduce(0, +) / Double(sorted.count)
            let better = row.realSharpe.value.map { real in sorted.count { $0 >= real.value } }
            table.add([
                .text(row.policy), NumberText.cell(row.realSharpe, decimals: 2, isSigned: true),
                .text(mean.map { NumberText.signed($0, 2) } ?? "-"),
                .text(sorted.first.map { NumberText.signed($0, 2) } ?? "-"),
                .text(sorted.last.map { NumberText.signed($0, 2) } ?? "-"),
                .text(better.map { "\($0) of \(sorted.count)" } ?? "-"),
                .text(row.chance.map { DecimalText.fixed($0, 3) } ?? "-"),
            ])
        }
        page.table(table)
        page.paragraph(
            "Shuffled signals keep every agent's symbols, times and number of longs and shorts; which call went which"
                + " way is lost. If the real result stands clearly above all drawings, the calls themselves are worth"
                + " something, or know the future: shift and future-cut tell. If it lies among them, there is no sign"
                + " of an edge beyond exposure. An edge that survives the shuffling does not come from the calls: it is"
                + " look-ahead in the prices, a market that rose, or luck of the drawing. p is (1 + as good or better)"
                + " / (1 + drawings), the least it can be with so few being"
                + " \(DecimalText.fixed(1 / Double(draws + 1), 3)).", indent: 2)
    }
}

extension ReplayPlaceboResult.Row {
    /// Of how many shuffled histories, the real one included, the Sharpe ratio is at least the real one: the p-value of
    /// a permutation test (Davison & Hinkley 1997, section 4.2.5). `nil` without a real ratio or a drawing.
    package var chance: Double? {
        guard let real = realSharpe.value?.value, !sharpeRatios.isEmpty else { return nil }
        return Double(1 + sharpeRatios.count { $0 >= real }) / Double(1 + sharpeRatios.count)
    }
}
