import Foundation
import Glibc

/// Rows 1 and 2: multipliers from one large file of outcomes.
extension Bench {
    private static let statePath = "/meta_supervisor/state/confidence_multipliers.json"

    private var confidenceRows: MadeRows {
        MadeRows(rowCount: count(2_000_000), agentCount: 40, years: 4)
    }

    func seedContender(_ root: String) -> Contender {
        let process = process([
            "confidence", "--policy", "seed", "--root", root, "--limit-rows", "100000000", "--quiet",
        ])
        // A state that is there is charged again: every run begins without one.
        return Contender("ours", process, prepare: { try cache.remove(root + Bench.statePath) })
    }

    func seedConfidence() throws -> SpeedResult {
        let rows = confidenceRows
        let root = try cache.reconciled(rows)
        let file = root + "/alpha/reconciled.jsonl"
        let work = "`confidence --policy seed` on \(Markdown.grouped(rows.rowCount)) rows "
            + "(\(Markdown.text(Double(DataFile.size(file)) / 1e6, 0)) MB)"
        var result = SpeedResult()

        var contenders = [seedContender(root)]
        var answers: [String: MultiplierAnswer] = [:]
        for (name, module) in [("DuckDB", "duckdb"), ("Polars", "polars")] {
            switch peers.script(module + "_confidence.py", module: module, [file]) {
            case .ready(let process):
                contenders.append(
                    Contender(name) {
                        let (text, cost) = try process.output()
                        let answer = try MultiplierAnswer(printed: text)
                        answers[name] = answer
                        // Without the start of the interpreter, which is not the engine's doing.
                        return ProcessCost(
                            wallSeconds: answer.seconds, processorSeconds: cost.processorSeconds,
                            peakMegabytes: cost.peakMegabytes)
                    })
            case .missing(let reason, let remedy):
                result.lines.append(.skipped(work, asked: "0.30 of \(name)", measured: "-", reason: reason))
                result.notes.append(remedy)
            }
        }
        let samples = try Contender.race(contenders, rounds: rounds)
        let ours = samples[0]
        let written = try WrittenMultipliers(path: root + Bench.statePath)
        if contenders.count > 1 {
            let fastest = (1..<contenders.count).min { samples[$0].medianSeconds < samples[$1].medianSeconds } ?? 1
            let ratio = ours.medianSeconds / samples[fastest].medianSeconds
            let peer = (1..<contenders.count).map { "\(contenders[$0].name) \(samples[$0].text)" }
            var verdict: SpeedLine.Verdict = ratio <= 0.30 ? .met : .missed
            if let difference = MultiplierAnswer.difference(answers, written) {
                verdict = .wrong
                result.notes.append("Row 1. " + difference)
            } else {
                result.notes.append(Bench.agreement(answers, written))
            }
            result.lines.append(
                SpeedLine(
                    work, asked: "at most 0.30 of the faster of DuckDB and Polars", measured: ours.text,
                    peer: peer.joined(separator: "; "), ratio: ours.ratioText(to: samples[fastest]), verdict: verdict))
        }
        result.lines.append(try againstOracle(work, root, ours, written, &result.notes))
        result.lines.append(
            SpeedLine(
                "peak memory of it", asked: "at most 64 MB", measured: Markdown.text(ours.peakMegabytes, 0) + " MB",
                verdict: ours.peakMegabytes <= 64 ? .met : .missed))
        return result
    }

    private static func agreement(_ answers: [String: MultiplierAnswer], _ written: WrittenMultipliers) -> String {
        let inside = written.values.values.count { $0 > 0.5 && $0 < 1.1 }
        return "Row 1. \(answers.keys.sorted().joined(separator: " and ")) and the state file agree: "
            + "\(written.values.count) multipliers, \(inside) of them away from both bounds, equal at the four digits "
            + "that the file has; the engines' own, unrounded and uncapped, within 1e-9 of one another."
    }

    private func againstOracle(
        _ work: String, _ root: String, _ ours: Samples, _ written: WrittenMultipliers, _ notes: inout [String]
    ) throws -> SpeedLine {
        let asked = "at most 1/30 of the seed's own program"
        switch peers.oraclePeer(root: root) {
        case .missing(let reason, let remedy):
            notes.append(remedy)
            return .skipped(work, asked: asked, measured: ours.text, reason: reason)
        case .ready(let process):
            let state = root + Bench.statePath
            let contender = Contender("the seed", process, prepare: { try cache.remove(state) })
            // It takes 15 seconds and four gigabytes; the file is in memory already.
            let samples = try Contender.race([contender], rounds: 1, warmUp: false)[0]
            let theirs = try WrittenMultipliers(path: state)
            let ratio = ours.medianSeconds / samples.medianSeconds
            let isEqual = theirs.values == written.values
            if !isEqual { notes.append("Row 1. The seed's own program wrote other multipliers.") }
            return SpeedLine(
                work, asked: asked, measured: ours.text, peer: "the seed's own program " + samples.text,
                ratio: "1/" + Markdown.text(1 / ratio, 0),
                verdict: isEqual ? (ratio * 30 <= 1 ? .met : .missed) : .wrong)
        }
    }

    func standardConfidence() throws -> SpeedResult {
        let rows = confidenceRows
        let root = try cache.reconciled(rows)
        let standard = Contender(
            "standard",
            process([
                "confidence", "--policy", "standard", "--reconciled", root + "/alpha/reconciled.jsonl", "--quiet",
            ]))
        let samples = try Contender.race([standard, seedContender(root)], rounds: rounds)
        let ratio = samples[0].medianSeconds / samples[1].medianSeconds
        return SpeedResult(lines: [
            SpeedLine(
                "`confidence --policy standard --reconciled` on the same", asked: "at most 1.5 times the above",
                measured: samples[0].text, peer: "`--policy seed` " + samples[1].text,
                ratio: samples[0].ratioText(to: samples[1]), verdict: ratio <= 1.5 ? .met : .missed)
        ])
    }
}

/// What a peer printed: its own seconds, then agent, multiplier and the product before it was capped, all unrounded.
struct MultiplierAnswer {
    var seconds: Double
    var multipliers: [String: Double] = [:]
    var products: [String: Double] = [:]

    init(printed: String) throws {
        let lines = printed.split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("seconds "), let seconds = Double(first.dropFirst(8)) else {
            throw BenchmarkFailure("a peer printed no `seconds N` in its first line: \(printed.prefix(100))")
        }
        self.seconds = seconds
        for line in lines.dropFirst() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let multiplier = Double(words[1]), let product = Double(words[2]) else {
                throw BenchmarkFailure("a peer printed \(line)")
            }
            multipliers[words[0]] = multiplier
            products[words[0]] = product
        }
    }

    /// The first disagreement, in words; `nil` where all agree.
    static func difference(_ answers: [String: MultiplierAnswer], _ written: WrittenMultipliers) -> String? {
        for (name, answer) in answers.sorted(by: { $0.key < $1.key }) {
            if answer.multipliers.count != written.values.count {
                return "\(name) knows \(answer.multipliers.count) agents, the file \(written.values.count)."
            }
            for (agent, value) in written.values.sorted(by: { $0.key < $1.key }) {
                guard let theirs = answer.multipliers[agent] else { return "\(name) does not know \(agent)." }
                // Half a unit of the fourth digit, and what two engines may differ by.
                if abs(theirs - value) > 0.00005 + 1e-9 {
                    return "\(agent): the file says \(value), \(name) \(theirs)."
                }
            }
        }
        let ordered = answers.sorted { $0.key < $1.key }
        for (left, right) in zip(ordered, ordered.dropFirst()) {
            for (agent, product) in left.value.products.sorted(by: { $0.key < $1.key }) {
                let other = right.value.products[agent] ?? .nan
                if !(abs(product - other) <= 1e-9) {
                    return "\(agent): \(left.key) says \(product), \(right.key) \(other)."
                }
            }
        }
        return nil
    }
}

/// The multipliers of a state file.
struct WrittenMultipliers {
    var values: [String: Double]

    init(path: String) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        guard let object = parsed as? [String: Any], let members = object["multipliers"] as? [String: Double] else {
            throw BenchmarkFailure("\(path) holds no multipliers")
        }
        values = members
    }
}
