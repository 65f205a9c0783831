/// One line of the table: what was asked, what was measured.
struct Line: Sendable {
    enum Verdict: String, Sendable {
        case pass
        case miss
        /// Reported, nothing is asked of it.
        case reported = "-"
    }

    var regime: String
    var asked: String
    var measured: String
    var verdict: Verdict
    var seeds: String

    init(_ regime: String, asked: String = "-", measured: String, passes: Bool? = nil, seeds: String) {
        self.regime = regime
        self.asked = asked
        self.measured = measured
        self.seeds = seeds
        verdict = passes.map { $0 ? .pass : .miss } ?? .reported
    }
}

/// What one row of the table came to.
struct RowResult: Sendable {
    var lines: [Line]
    /// Printed below the table: how to read it, frontiers.
    var notes: [String] = []
}

enum Markdown {
    static let head = """
        | row | regime | asked | measured | | seeds | seconds |
        |---|---|---|---|---|---|---|
        """

    static func lines(_ number: Int, _ result: RowResult, seconds: Double) -> String {
        result.lines.enumerated().map { index, line in
            let time = index == 0 ? text(seconds, 0) : ""
            return "| \(number) | \(line.regime) | \(line.asked) | \(line.measured) | \(line.verdict.rawValue) "
                + "| \(line.seeds) | \(time) |"
        }.joined(separator: "\n")
    }

    /// With a fixed number of decimals, half away from zero.
    static func text(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "n/a" : value > 0 ? "never" : "-never" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard let units = Int(exactly: (value.magnitude * scale).rounded()) else { return String(value) }
        let digits = String(units)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && units > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    static func text(_ measured: Measured, _ decimals: Int) -> String {
        text(measured.value, decimals) + (measured.standardError.map { " ± " + text($0, decimals) } ?? "")
    }

    static func percent(_ measured: Measured, _ decimals: Int = 1) -> String {
        text(
            Measured(value: measured.value * 100, standardError: measured.standardError.map { $0 * 100 }), decimals)
            + " %"
    }
}
