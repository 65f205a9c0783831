import Glibc

/// Small log-log plots side by side, as an SVG without a script or a font of its own.
struct LogLogPlot {
    struct Panel {
        var title: String
        var xLabel: String
        var points: [(x: Double, y: Double)]

        /// How many decades the cost grows a decade: least squares through the logarithms of the three largest sizes,
        /// where what a process costs in any case no longer counts.
        var slope: Double {
            let last = points.suffix(3).map { (log10($0.x), log10($0.y)) }
            guard last.count > 1 else { return .nan }
            let n = Double(last.count)
            let (meanX, meanY) = (last.map(\.0).reduce(0, +) / n, last.map(\.1).reduce(0, +) / n)
            var (products, squares) = (0.0, 0.0)
            for (x, y) in last {
                products += (x - meanX) * (y - meanY)
                squares += (x - meanX) * (x - meanX)
            }
            return products / squares
        }
    }

    var panels: [Panel]

    private static let (width, height) = (300.0, 250.0)
    private static let (left, right, top, bottom) = (52.0, 16.0, 40.0, 40.0)
    private static let columnCount = 3

    var svg: String {
        let rowCount = (panels.count + LogLogPlot.columnCount - 1) / LogLogPlot.columnCount
        let (w, h) = (LogLogPlot.width * Double(LogLogPlot.columnCount), LogLogPlot.height * Double(max(1, rowCount)))
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(w)) \(number(h))" \
            font-family="sans-serif" font-size="11">
            <rect width="\(number(w))" height="\(number(h))" fill="white"/>

            """
        for (index, panel) in panels.enumerated() {
            let x = Double(index % LogLogPlot.columnCount) * LogLogPlot.width
            let y = Double(index / LogLogPlot.columnCount) * LogLogPlot.height
            text += "<g transform=\"translate(\(number(x)) \(number(y)))\">\n" + drawn(panel) + "</g>\n"
        }
        return text + "</svg>\n"
    }

    private func drawn(_ panel: Panel) -> String {
        let scaleX = Scale(panel.points.map(\.x), from: LogLogPlot.left, to: LogLogPlot.width - LogLogPlot.right)
        let scaleY = Scale(panel.points.map(\.y), from: LogLogPlot.height - LogLogPlot.bottom, to: LogLogPlot.top)
        var text = label(panel.title, LogLogPlot.left, 18, anchor: "start", style: " font-weight=\"bold\"")
        text += label(
            "slope \(Markdown.text(panel.slope, 2)); dashed: 1", LogLogPlot.left, 32, anchor: "start",
            style: " fill=\"#555\"")
        for power in scaleX.powers {
            let x = scaleX.place(pow(10, Double(power)))
            text += line(x, scaleY.from, x, scaleY.to, "#ddd")
            text += label(LogLogPlot.name(power), x, scaleY.from + 14, anchor: "middle")
        }
        for power in scaleY.powers {
            let y = scaleY.place(pow(10, Double(power)))
            text += line(scaleX.from, y, scaleX.to, y, "#ddd")
            text += label(LogLogPlot.time(power), scaleX.from - 5, y + 4, anchor: "end")
        }
        text += label(panel.xLabel, (scaleX.from + scaleX.to) / 2, LogLogPlot.height - 8, anchor: "middle")
        guard let first = panel.points.first, let last = panel.points.last else { return text }
        // What the largest would have cost less, were cost in proportion.
        let cheapest = max(last.y * first.x / last.x, scaleY.low)
        let start = last.x * cheapest / last.y
        text += line(
            scaleX.place(start), scaleY.place(cheapest), scaleX.place(last.x), scaleY.place(last.y), "#c60",
            dashes: "4 3")
        let places = panel.points.map { (scaleX.place($0.x), scaleY.place($0.y)) }
        let path = places.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
        text += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"#05a\" stroke-width=\"1.5\"/>\n"
        for place in places {
            text += "<circle cx=\"\(number(place.0))\" cy=\"\(number(place.1))\" r=\"3\" fill=\"#05a\"/>\n"
        }
        return text
    }

    /// Whole decades around the values.
    private struct Scale {
        var from: Double
        var to: Double
        var powers: ClosedRange<Int>

        init(_ values: [Double], from: Double, to: Double) {
            self.from = from
            self.to = to
            let logarithms = values.filter { $0 > 0 }.map { log10($0) }
            let low = Int((logarithms.min() ?? 0).rounded(.down))
            let high = Int((logarithms.max() ?? 1).rounded(.up))
            powers = low...max(low + 1, high)
        }

        var low: Double { pow(10, Double(powers.lowerBound)) }

        func place(_ value: Double) -> Double {
            let share = (log10(value) - Double(powers.lowerBound)) / Double(powers.count - 1)
            return from + (to - from) * share
        }
    }

    private static func name(_ power: Int) -> String {
        switch power {
        case 0...2: ["1", "10", "100"][power]
        case 3...5: ["1", "10", "100"][power - 3] + " k"
        case 6...8: ["1", "10", "100"][power - 6] + " M"
        default: "1e\(power)"
        }
    }

    private static func time(_ power: Int) -> String {
        switch power {
        case -3 ... -1: ["1", "10", "100"][power + 3] + " ms"
        case 0...3: ["1", "10", "100", "1000"][power] + " s"
        default: "1e\(power) s"
        }
    }

    private func label(
        _ text: String, _ x: Double, _ y: Double, anchor: String, style: String = ""
    ) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\"\(style)>\(text)</text>\n"
    }

    private func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String, dashes: String? = nil
    ) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"\(color)\""
            + (dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "") + "/>\n"
    }

    private func number(_ value: Double) -> String { Markdown.text(value, 1) }
}
