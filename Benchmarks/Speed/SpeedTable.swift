import Foundation

/// One line of the table.
struct SpeedLine: Sendable {
    enum Verdict: String, Sendable {
        case met, missed
        /// Nothing is asked of it, or there is nothing to compare with.
        case reported = "-"
        /// The numbers themselves differ: worse than slow.
        case wrong = "WRONG"
        /// It did not run to its end.
        case failed = "FAILED"
    }

    var work: String
    var asked = "-"
    var measured: String
    var peer = "-"
    var ratio = "-"
    var verdict = Verdict.reported

    init(
        _ work: String, asked: String = "-", measured: String, peer: String = "-", ratio: String = "-",
        verdict: Verdict = .reported
    ) {
        self.work = work
        self.asked = asked
        self.measured = measured
        self.peer = peer
        self.ratio = ratio
        self.verdict = verdict
    }

    /// A peer that is not there; how to get it belongs below the table.
    static func skipped(_ work: String, asked: String, measured: String, reason: String) -> SpeedLine {
        SpeedLine(work, asked: asked, measured: measured, peer: "skipped: " + reason)
    }
}

/// What one row of the table came to.
struct SpeedResult: Sendable {
    var lines: [SpeedLine] = []
    var notes: [String] = []

    static func failed(_ row: Int, _ error: any Error) -> SpeedResult {
        let reason = "\(error)".replacingOccurrences(of: "\n", with: " ")
        return SpeedResult(
            lines: [SpeedLine("not measured: see below", measured: "-", verdict: .failed)],
            notes: ["Row \(row). \(reason)"])
    }
}

enum Markdown {
    static let head = """
        | row | work | asked | measured | peer | ratio | |
        |---|---|---|---|---|---|---|
        """

    static func lines(_ number: Int, _ result: SpeedResult) -> String {
        result.lines.map { line in
            "| \(number) | \(line.work) | \(line.asked) | \(line.measured) | \(line.peer) | \(line.ratio) "
                + "| \(line.verdict.rawValue) |"
        }.joined(separator: "\n")
    }

    /// With a fixed number of decimals, half away from zero.
    static func text(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "n/a" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard let units = Int(exactly: (value.magnitude * scale).rounded()) else { return String(value) }
        let digits = String(units)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && units > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// 12 345 678 as `12,345,678`.
    static func grouped(_ value: Int) -> String {
        var text = String(value.magnitude)
        var parts: [String] = []
        while text.count > 3 {
            parts.insert(String(text.suffix(3)), at: 0)
            text.removeLast(3)
        }
        parts.insert(text, at: 0)
        return (value < 0 ? "-" : "") + parts.joined(separator: ",")
    }
}
