/// What a family of series is, said once.
package struct MetricDescription: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case counter
        case gauge
        case histogram
    }

    package var name: String
    package var kind: Kind
    package var help: String
    package var labels: [String]
    /// Upper bounds of a histogram's buckets, ascending, without the infinite one.
    package var buckets: [Double]

    /// Seconds, from a look into memory to half an hour's work.
    package static let durationBuckets: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800,
    ]
    /// For what has no known unit.
    package static let sizeBuckets: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]

    package init(_ kind: Kind, _ name: String, labels: [String] = [], buckets: [Double] = [], help: String) {
        precondition(PrometheusText.metricName(name) == name, "Invariant: \(name) is a name as the format wants it")
        precondition(
            buckets.allSatisfy(\.isFinite) && zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 }
                && buckets.isEmpty == (kind != .histogram), "Invariant: \(name) has buckets if it is a histogram")
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = buckets
    }

    /// The names of its samples: no other family may have one of them.
    package var sampleNames: [String] {
        switch kind {
        case .counter, .gauge: [name]
        case .histogram: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
