import Composition
import Domain
import JSONText
import MarketData
import Operation
import Reporting

/// What the commands about prices say, for people and for machines.
enum PricesText {
    // MARK: A back-fill

    static func text(_ summary: PriceFeed.Summary) -> String {
        var page = TextPage(style: Style.current)
        page.paragraph(summary.detail + ".")
        let halted = summary.standings.filter { $0.state != .trading }
        if !halted.isEmpty {
            var table = Table([.text("symbol"), .text("state"), .number("last price"), .text("closed at", atLeast: 20)])
            for standing in halted {
                table.add([
                    standing.symbol.name, standing.state.rawValue,
                    standing.lastPrice.map { NumberText.significant($0) } ?? "none",
                    standing.newestCloseAt.map(String.init(describing:)) ?? "",
                ])
            }
            page.table(table, indent: 0)
        }
        for trouble in summary.symbolTroubles { page.paragraph("\(trouble.symbol): \(trouble.text).") }
        for trouble in summary.venueTroubles {
            page.paragraph(trouble.text + (trouble.count > 1 ? " (\(trouble.count) times)" : ""))
        }
        for disagreement in summary.disagreements { page.paragraph(disagreement.sentence + ".") }
        return page.text
    }

    static func json(_ summary: PriceFeed.Summary) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/prices-backfill/1")
            writer.member("symbols", summary.symbolCount)
            writer.member("bars", summary.barCount)
            writer.key("bars_by_venue")
            writer.beginObject()
            for venue in summary.bars { writer.member(venue.venue.rawValue, venue.count) }
            writer.endObject()
            writer.member("checked", summary.checkedCount)
            writer.member("unchecked", summary.uncheckedCount)
            writer.member("disagreements", summary.disagreementCount)
            writer.member("withdrawn", summary.withdrawnCount)
            writer.member("unanswered", summary.unansweredCount)
            writer.member("gaps_open", summary.openGapCount)
            writer.member("bars_missing", Int(clamping: summary.missingBarCount))
            writer.key("standings")
            writer.beginArray()
            for standing in summary.standings { write(standing, into: &writer) }
            writer.endArray()
            writeTroubles(summary.venueTroubles, summary.symbolTroubles, into: &writer)
            writer.key("disagreed")
            writer.strings(summary.disagreements.map(\.sentence))
            writer.endObject()
        }
    }

    private static func write(_ standing: PriceFeed.Summary.Standing, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("symbol", standing.symbol.name)
        writer.member("state", standing.state.rawValue)
        writer.member("venue", standing.venue.rawValue)
        number("last_price", standing.lastPrice, into: &writer)
        writer.member("newest_close_at", standing.newestCloseAt.map(String.init(describing:)))
        writer.endObject()
    }

    private static func writeTroubles(
        _ venues: [PriceFeed.Summary.VenueTrouble], _ symbols: [PriceFeed.Summary.SymbolTrouble],
        into writer: inout JSONWriter
    ) {
        writer.key("venue_troubles")
        writer.beginArray()
        for trouble in venues {
            writer.beginObject()
            writer.member("venue", trouble.venue.rawValue)
            writer.member("text", trouble.text)
            writer.member("count", trouble.count)
            writer.endObject()
        }
        writer.endArray()
        writer.key("symbol_troubles")
        writer.beginArray()
        for trouble in symbols {
            writer.beginObject()
            writer.member("symbol", trouble.symbol.name)
            writer.member("text", trouble.text)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func number(_ name: String, _ value: Double?, into writer: inout JSONWriter) {
        writer.key(name)
        if let value { writer.double(value) } else { writer.null() }
    }

    // MARK: Gaps

    static func text(_ gaps: [PriceGap]) -> String {
        var page = TextPage(style: Style.current)
        guard !gaps.isEmpty else {
            page.paragraph("No gaps.")
            return page.text
        }
        var table = Table([
            .text("symbol", atMost: 20), .number("from"), .number("through"), .number("bars"), .number("asked"),
            .number("asked again"), .prose("reason"),
        ])
        for gap in gaps {
            table.add([
                gap.symbol.name, "\(gap.range.from)", "\(gap.range.through)",
                DecimalText.grouped(Int(clamping: gap.range.count)), "\(gap.attempts)",
                "\(gap.nextAskAt.floored(to: Span(milliseconds: 1_000)))", gap.reason,
            ])
        }
        // Wider than other tables: a time cut in the middle is none.
        for line in table.lines(width: 140, indent: 0, style: Style.current) { page.raw(line) }
        let missing = Int(clamping: gaps.reduce(0) { $0 + $1.range.count })
        page.paragraph("\(NumberText.counted(gaps.count, "gap")), \(NumberText.counted(missing, "bar")) missing.")
        return page.text
    }

    static func json(_ gaps: [PriceGap]) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/price-gaps/1")
            writer.key("gaps")
            writer.beginArray()
            for gap in gaps {
                writer.beginObject()
                writer.member("symbol", gap.symbol.name)
                writer.member("from", "\(gap.range.from)")
                writer.member("through", "\(gap.range.through)")
                writer.member("bar_minutes", Int(clamping: gap.range.barLength.milliseconds / 60_000))
                writer.member("bars_missing", Int(clamping: gap.range.count))
                writer.member("attempts", gap.attempts)
                writer.member("first_asked_at", "\(gap.firstAskedAt)")
                writer.member("last_asked_at", "\(gap.lastAskedAt)")
                writer.member("next_ask_at", "\(gap.nextAskAt)")
                writer.member("reason", gap.reason)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    // MARK: A comparison

    static func text(_ report: PriceFeed.ComparisonReport) -> String {
        var page = TextPage(style: Style.current)
        var table = Table([
            .text("symbol"), .text("venue"), .text("against"), .number("bars"), .number("median bps"),
            .number("largest bps"), .number("disagree"),
        ])
        for comparison in report.comparisons {
            table.add([
                comparison.symbol.name, comparison.first.rawValue, comparison.second.rawValue,
                DecimalText.grouped(comparison.barCount),
                comparison.medianBps.map { DecimalText.fixed($0, 1) } ?? "",
                comparison.maximalBps.map { DecimalText.fixed($0, 1) } ?? "", "\(comparison.disagreementCount)",
            ])
        }
        if !report.comparisons.isEmpty { page.table(table, indent: 0) }
        for disagreement in report.comparisons.compactMap(\.firstDisagreement) {
            page.paragraph(sentence(disagreement) + ".")
        }
        for trouble in report.symbolTroubles { page.paragraph("\(trouble.symbol): \(trouble.text).") }
        for trouble in report.venueTroubles {
            page.paragraph(trouble.text + (trouble.count > 1 ? " (\(trouble.count) times)" : ""))
        }
        return page.text
    }

    /// Nothing is withdrawn by a comparison.
    private static func sentence(_ disagreement: PriceDisagreement) -> String {
        let said = disagreement.quotes.map { "\($0.venue) opened at \($0.bar.open) and closed at \($0.bar.close)" }
        return "\(disagreement.symbol) \(disagreement.openAt): \(said.joined(separator: ", "))"
    }

    static func json(_ report: PriceFeed.ComparisonReport) {
        Console.json { writer in
            writer.beginObject()
            writer.member("schema", "meta-supervisor/prices-check/1")
            writer.key("pairs")
            writer.beginArray()
            for comparison in report.comparisons {
                writer.beginObject()
                writer.member("symbol", comparison.symbol.name)
                writer.member("venue", comparison.first.rawValue)
                writer.member("against", comparison.second.rawValue)
                writer.member("bars", comparison.barCount)
                number("median_bps", comparison.medianBps, into: &writer)
                number("largest_bps", comparison.maximalBps, into: &writer)
                writer.member("disagreements", comparison.disagreementCount)
                writer.member("first_disagreement", comparison.firstDisagreement.map(sentence))
                writer.endObject()
            }
            writer.endArray()
            writeTroubles(report.venueTroubles, report.symbolTroubles, into: &writer)
            writer.endObject()
        }
    }
}
