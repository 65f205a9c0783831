import Benchmark
import Domain
import Foundation
import JSONText
import Ledger
import Operation
import Statistics
import Supervision

// The inner loops by themselves: for comparing two versions of one, not for the table of docs/PERFORMANCE.md.
//
// One iteration is what the name says, and times are those of one; `throughput` counts iterations a second.

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuUser, .throughput, .peakMemoryResident], warmupIterations: 3,
        maxDuration: .seconds(3), maxIterations: 10_000)
    readingBenchmarks()
    arithmeticBenchmarks()
    foldBenchmarks()
    ledgerBenchmark()
}

/// Times iterations of `scale` things each; the name says how many.
@discardableResult
func kernel(_ name: String, of scale: Int = 1, _ body: @escaping (Benchmark) -> Void) -> Benchmark? {
    var configuration = Benchmark.defaultConfiguration
    configuration.scalingFactor = .one
    return Benchmark(
        scale == 1 ? name : "\(name) (\(scale) an iteration)", configuration: configuration) { benchmark in
            body(benchmark)
        }
}

private func readingBenchmarks() {
    let lines = MadeFacts.reconciledLines(10_000)
    let byteCount = lines.reduce(0) { $0 + $1.count }
    kernel("JSON rows scanned, \(byteCount / 1_000) kB", of: lines.count) { _ in
        var scanner = JSONRecordScanner(dialect: .strict)
        var fields: [JSONField] = []
        var count = 0
        for line in lines {
            line.withUnsafeBytes { bytes in
                do { try scanner.scan(bytes, into: &fields) } catch { preconditionFailure("Invariant: a row is JSON") }
            }
            count += fields.count
        }
        blackHole(count)
    }
    let numbers = MadeFacts.numberTexts(10_000)
    kernel("decimal numbers parsed", of: numbers.count) { _ in
        var sum = 0.0
        for number in numbers {
            sum += number.withUnsafeBytes { JSONDecoding.nearestDouble($0, 0..<$0.count) }
        }
        blackHole(sum)
    }
}

private func arithmeticBenchmarks() {
    let rowCount = RegressionMoments.rowsInRun
    var random = Xoshiro256(seed: 1)
    let rows = (0..<rowCount * 32).map { _ in random.uniform() - 0.5 }
    let targets = (0..<rowCount).map { _ in random.uniform() }
    kernel("ridge moments by blocks, 32 features", of: rowCount) { _ in
        blackHole(RegressionMoments(featureCount: 32, rows: rows.span, targets: targets.span))
    }
    let moments = RegressionMoments(featureCount: 32, rows: rows.span, targets: targets.span)
    let penalties = (0..<20).map { Double($0 + 1) }
    kernel("ridge fits from moments, 32 features", of: penalties.count) { _ in
        blackHole(ridgeFits(moments, penalties: penalties))
    }
}

private func foldBenchmarks() {
    let (agentCount, dayCount) = (100, 60)
    let facts = MadeFacts.fleet(agentCount: agentCount, dayCount: dayCount)
    let mode = Fold.PolicyMode.constant(.standard)
    let end = MadeFacts.start + .days(Int64(dayCount))
    kernel("fold of a fleet's days: intake, marks of books, verdicts, weights", of: agentCount * dayCount) { _ in
        var fold = Fold(mode: mode)
        fold.apply(facts)
        fold.advance(to: end)
        blackHole(fold.position)
    }
    var fold = Fold(mode: mode)
    fold.apply(facts)
    fold.advance(to: end)
    let state = fold.snapshot()
    kernel("snapshot of \(agentCount) agents written, \(state.count / 1_000) kB") { _ in blackHole(fold.snapshot()) }
    kernel("snapshot of \(agentCount) agents read") { _ in
        guard let restored = Fold(snapshot: state, mode: mode) else {
            preconditionFailure("Invariant: a snapshot can be read")
        }
        blackHole(restored.position)
    }
    let policy = Policy.standard
    kernel("weights and verdicts of a day", of: agentCount) { benchmark in
        let order = Array(0..<agentCount)
        var state = DecisionState()
        state.add(count: agentCount)
        state.register(order, at: MadeFacts.start)
        let standings = order.map {
            DecisionState.Standing(agent: MadeFacts.agent($0), strategyClass: "class-\($0 % 4)")
        }
        benchmark.startMeasurement()
        state.decide(at: MadeFacts.start, standings: standings, order: order, news: [], policy: policy)
        benchmark.stopMeasurement()
        blackHole(state.capital)
    }
}

private func ledgerBenchmark() {
    let facts = MadeFacts.stampedOutcomes(20_000)
    kernel("outcomes stored in a new ledger, durable", of: facts.count) { benchmark in
        let folder = NSTemporaryDirectory() + "/kernel-benchmark-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let ledger = try LedgerFile.open(at: folder + "/ledger.sqlite", mode: .readWrite)
            benchmark.startMeasurement()
            blackHole(
                try ledger.factLog.append(
                    IngestBatch(source: nil, facts: facts, recordedAt: MadeFacts.start + .days(4_000))))
            benchmark.stopMeasurement()
            try ledger.close()
        } catch {
            benchmark.error("the ledger: \(error)")
        }
    }
}
