import Synchronization

/// What the registry did not take, counted and said: a number left out silently is the worst of them.
final class RefusalCounts: Sendable {
    enum Reason: String, Sendable, CaseIterable {
        /// The family has its bound of series.
        case seriesLimit = "series-limit"
        /// There are too many families.
        case familyLimit = "family-limit"
        /// Another family has the name, or one of a histogram's.
        case nameConflict = "name-conflict"
        /// The same labels twice in one reading.
        case duplicate
        case notFinite = "not-finite"
        /// A counter was to go down.
        case negative

        fileprivate var sentence: String {
            switch self {
            case .seriesLimit:
                "has its bound of series: further labels are summed under overflow=\"true\", those of a gauge not shown"
            case .familyLimit: "is not shown: there are too many metrics"
            case .nameConflict: "is not shown: another metric of another type has its name"
            case .duplicate: "was given two values for the same labels; the first is shown"
            case .notFinite: "was given a value that is no finite number; it is left out"
            case .negative: "counts up only and was to go down; it stays"
            }
        }
    }

    struct Refusal: Hashable, Sendable {
        var family: String
        var reason: Reason
    }

    private let counts = Mutex<[Refusal: Int64]>([:])
    private let report: @Sendable (String) -> Void

    /// - Parameter report: Is told once of each family and reason.
    init(report: @escaping @Sendable (String) -> Void) { self.report = report }

    /// - Parameters:
    ///   - family: Of those the registry holds, so that there is a bound; `other` for what it does not hold.
    ///   - name: What was asked for, where that is not the family.
    func add(_ reason: Reason, _ family: String, asked name: String? = nil) {
        let isFirst = counts.withLock { counts in
            let refusal = Refusal(family: family, reason: reason)
            counts[refusal, default: 0] += 1
            return counts[refusal] == 1
        }
        if isFirst { report("the metric \(name ?? family) \(reason.sentence)") }
    }

    func write(to text: inout ExpositionText) {
        let counts = counts.withLock { $0 }
        let samples = counts.map { refusal, count in
            (SeriesKey([("family", refusal.family), ("reason", refusal.reason.rawValue)]), Double(count))
        }
        guard !samples.isEmpty else { return }
        text.family(PrometheusRegistry.refused)
        for (key, count) in samples.sorted(by: { $0.0 < $1.0 }) {
            text.sample(PrometheusRegistry.refused.name, key, count)
        }
    }
}
