import ArgumentParser
import Foundation
import Statistics
import Synchronization

/// Row 7: the only piece of work that is no process of its own.
extension Bench {
    func ridge() throws -> SpeedResult {
        let (rowCount, featureCount) = (count(2_000_000), 32)
        let work = "ridge, \(Markdown.grouped(rowCount)) rows x \(featureCount) features, moments and a grid of 20 "
            + "penalties"
        let asked = "at most 1.2 times one OpenBLAS dsyrk"
        // In a process of its own: half a gigabyte held here would be counted to every process started later.
        let own = { (threads: Int) in
            ChildProcess(
                CommandLine.arguments[0],
                [
                    "ridge-kernel", "--rows", "\(rowCount)", "--features", "\(featureCount)", "--threads",
                    "\(threads)",
                ])
        }
        var processes = [own(1), own(2)]
        var result = SpeedResult()
        let dimensions = ["\(rowCount)", "\(featureCount)", "6"]
        switch peers.compiled("dsyrk", libraries: ["openblas"], needs: "libopenblas-dev", dimensions) {
        case .ready(let dsyrk): processes.append(dsyrk)
        case .missing(let reason, let remedy):
            result.notes.append(remedy)
            result.lines = [.skipped(work, asked: asked, measured: "-", reason: reason)]
        }
        var seconds = [[Double]](repeating: [], count: processes.count)
        for _ in 0..<2 { for index in processes.indices { seconds[index] += try times(processes[index]) } }
        for threads in 1...2 {
            let ours = seconds[threads - 1]
            var line = SpeedLine(
                work + (threads == 1 ? ", one thread" : ", two threads"), asked: asked, measured: Bench.text(ours))
            if processes.count > 2 {
                let ratio = Samples.median(ours) / Samples.median(seconds[2])
                line.peer = "dsyrk " + Bench.text(seconds[2])
                line.ratio = Markdown.text(ratio, 2)
                line.verdict = ratio <= 1.2 ? .met : .missed
            }
            result.lines.append(line)
        }
        return result
    }

    /// A process that prints seconds, one a line; the first is not counted.
    private func times(_ process: ChildProcess) throws -> [Double] {
        let printed = try process.output().text.split(separator: "\n").compactMap { Double($0) }
        guard printed.count > 1 else { throw BenchmarkFailure("`\(process.command)` printed no seconds") }
        return Array(printed.dropFirst())
    }

    private static func text(_ seconds: [Double]) -> String {
        "\(Samples.time(Samples.median(seconds))) (\(Markdown.text((seconds.min() ?? 0) * 1_000, 0))-"
            + "\(Markdown.text((seconds.max() ?? 0) * 1_000, 0)))"
    }
}

/// Fits in this process and prints the seconds of each fit.
struct RidgeKernel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ridge-kernel", abstract: "Prints the seconds of ridge fits over made rows.", shouldDisplay: false)

    @Option(name: .long) var rows = 2_000_000
    @Option(name: .long) var features = 32
    @Option(name: .long) var fits = 6
    @Option(name: .long) var threads = 1

    func run() throws {
        var random = Xoshiro256(seed: 3)
        var matrix = [Double](repeating: 0, count: rows * features)
        for index in matrix.indices { matrix[index] = random.uniform() - 0.5 }
        var targets = [Double](repeating: 0, count: rows)
        for row in targets.indices {
            targets[row] = matrix[row * features] * 0.3 - matrix[row * features + 1] * 0.2 + random.uniform()
        }
        let penalties = (0..<20).map { step in (0..<step).reduce(1e-3) { penalty, _ in penalty * 2.5 } }
        for _ in 0..<fits {
            let begin = ContinuousClock.now
            let moments =
                threads == 1
                ? RegressionMoments(featureCount: features, rows: matrix.span, targets: targets.span)
                : RidgeKernel.moments(matrix, targets, features, threads)
            let fits = ridgeFits(moments, penalties: penalties)
            let sum = fits.reduce(0.0) { $0 + ($1?.coefficients[0] ?? .nan) }
            let seconds = (ContinuousClock.now - begin).seconds
            guard sum.isFinite else { throw BenchmarkFailure("a coefficient is no number") }
            FileHandle.standardOutput.write(Data("\(seconds)\n".utf8))
        }
    }

    /// Whole runs on each thread, merged in order: the bits of one thread.
    private static func moments(
        _ matrix: [Double], _ targets: [Double], _ features: Int, _ threads: Int
    ) -> RegressionMoments {
        let length = RegressionMoments.rowsInRun
        let runCount = (targets.count + length - 1) / length
        let parts = Mutex([RegressionMoments?](repeating: nil, count: runCount))
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for run in stride(from: thread, to: runCount, by: threads) {
                let rows = run * length..<min((run + 1) * length, targets.count)
                let part = RegressionMoments(
                    featureCount: features,
                    run: matrix.span.extracting(rows.lowerBound * features..<rows.upperBound * features),
                    targets: targets.span.extracting(rows))
                parts.withLock { $0[run] = part }
            }
        }
        var whole = RegressionMoments(featureCount: features)
        parts.withLock { for case let part? in $0 { whole.merge(part) } }
        return whole
    }
}
