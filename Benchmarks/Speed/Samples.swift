/// Repeated measurements of one thing.
struct Samples: Sendable {
    private(set) var costs: [ProcessCost] = []

    mutating func add(_ cost: ProcessCost) { costs.append(cost) }

    var isEmpty: Bool { costs.isEmpty }
    /// Of the time that a user waits.
    var medianSeconds: Double { Samples.median(costs.map(\.wallSeconds)) }
    var leastSeconds: Double { costs.map(\.wallSeconds).min() ?? 0 }
    var mostSeconds: Double { costs.map(\.wallSeconds).max() ?? 0 }
    var medianProcessorSeconds: Double { Samples.median(costs.map(\.processorSeconds)) }
    var leastProcessorSeconds: Double { costs.map(\.processorSeconds).min() ?? 0 }
    /// The worst of all runs: a bound is a bound.
    var peakMegabytes: Double { costs.map(\.peakMegabytes).max() ?? 0 }

    /// The middle one, or the mean of the two in the middle.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// `0.412 s (0.405-0.430), CPU 0.71 s, 21 MB`.
    var text: String {
        guard !costs.isEmpty else { return "-" }
        let spread = costs.count > 1 ? " (\(Samples.span(leastSeconds, mostSeconds)))" : ""
        return "\(Samples.time(medianSeconds))\(spread), CPU \(Samples.time(medianProcessorSeconds)), "
            + "\(Markdown.text(peakMegabytes, 0)) MB"
    }

    /// How long these take beside others: by the clock, and by the time of the processor, which a busy machine changes
    /// less.
    func ratioText(to other: Samples) -> String {
        "\(Markdown.text(medianSeconds / other.medianSeconds, 2)) "
            + "(CPU \(Markdown.text(medianProcessorSeconds / other.medianProcessorSeconds, 2)))"
    }

    /// In the unit that leaves three digits.
    static func time(_ seconds: Double) -> String {
        if seconds < 0.1 { return Markdown.text(seconds * 1_000, 1) + " ms" }
        if seconds < 1 { return Markdown.text(seconds * 1_000, 0) + " ms" }
        return Markdown.text(seconds, seconds < 10 ? 2 : 1) + " s"
    }

    private static func span(_ least: Double, _ most: Double) -> String {
        if most < 1 { return Markdown.text(least * 1_000, 0) + "-" + Markdown.text(most * 1_000, 0) }
        return Markdown.text(least, 2) + "-" + Markdown.text(most, 2)
    }
}

/// One side of a comparison.
struct Contender {
    var name: String
    /// Undoes what a run left behind; outside the measured time.
    var prepare: () throws -> Void = {}
    var run: () throws -> ProcessCost

    init(_ name: String, prepare: @escaping () throws -> Void = {}, run: @escaping () throws -> ProcessCost) {
        self.name = name
        self.prepare = prepare
        self.run = run
    }

    init(_ name: String, _ process: ChildProcess, prepare: @escaping () throws -> Void = {}) {
        self.init(name, prepare: prepare) { try process.run() }
    }

    /// Takes turns: what disturbs the machine meanwhile disturbs everybody. One round is not counted; it brings the
    /// files into memory.
    static func race(_ contenders: [Contender], rounds: Int, warmUp: Bool = true) throws -> [Samples] {
        var samples = [Samples](repeating: Samples(), count: contenders.count)
        for round in (warmUp ? -1 : 0)..<rounds {
            for (index, contender) in contenders.enumerated() {
                try contender.prepare()
                let cost = try contender.run()
                if round >= 0 { samples[index].add(cost) }
            }
        }
        return samples
    }
}
