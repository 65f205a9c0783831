import CoreMetrics
import Synchronization

/// The labels of a series, as they are written: told apart byte by byte, where `String` holds two spellings of one
/// letter to be equal.
struct SeriesKey: Hashable, Comparable, Sendable {
    let bytes: [UInt8]

    init(_ pairs: [(String, String)]) { bytes = PrometheusText.labels(pairs) }

    static func < (left: SeriesKey, right: SeriesKey) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// Where label sets beyond the bound are counted.
    static let overflow = SeriesKey([("overflow", "true")])
}

/// One line of numbers, or a histogram's several.
protocol PrometheusSeries: AnyObject, Sendable {
    var family: String { get }
    var key: SeriesKey { get }
    func write(to text: inout ExpositionText)
}

/// Grows, and begins again with the process. Whole and fractional counters are one thing to Prometheus.
final class CounterSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    let family: String
    let key: SeriesKey
    private let refusals: RefusalCounts
    private let value = Mutex(0.0)

    init(family: String, key: SeriesKey, refusals: RefusalCounts) {
        self.family = family
        self.key = key
        self.refusals = refusals
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount.isFinite else { return refusals.add(.notFinite, family) }
        guard amount >= 0 else { return refusals.add(.negative, family) }
        value.withLock { $0 = min($0 + amount, .greatestFiniteMagnitude) }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(to text: inout ExpositionText) { text.sample(family, key, value.withLock { $0 }) }
}

/// Goes up and down. A value that is no number takes the series out of sight: an old one would pass for the present.
final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    let family: String
    let key: SeriesKey
    private let refusals: RefusalCounts
    private let value: Mutex<Double?>

    init(family: String, key: SeriesKey, value: Double?, refusals: RefusalCounts) {
        self.family = family
        self.key = key
        self.refusals = refusals
        self.value = Mutex(value)
    }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        if !value.isFinite { refusals.add(.notFinite, family) }
        self.value.withLock { $0 = value.isFinite ? value : nil }
    }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        guard amount.isFinite else { return refusals.add(.notFinite, family) }
        value.withLock {
            let sum = ($0 ?? 0) + amount
            if sum.isFinite { $0 = sum }
        }
    }

    func write(to text: inout ExpositionText) {
        if let value = value.withLock({ $0 }) { text.sample(family, key, value) }
    }
}

/// How often values fell below each bound.
final class HistogramSeries: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct Counts {
        /// By bucket, the last being that without a bound; not cumulative.
        var buckets: [Int64]
        var sum = 0.0
    }

    let family: String
    let key: SeriesKey
    private let bounds: [Double]
    private let refusals: RefusalCounts
    private let counts: Mutex<Counts>

    init(family: String, key: SeriesKey, bounds: [Double], refusals: RefusalCounts) {
        self.family = family
        self.key = key
        self.bounds = bounds
        self.refusals = refusals
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return refusals.add(.notFinite, family) }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock {
            $0.buckets[index] += 1
            let sum = $0.sum + value
            if sum.isFinite { $0.sum = sum }
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(to text: inout ExpositionText) {
        let counts = counts.withLock { $0 }
        var cumulative: Int64 = 0
        for (index, count) in counts.buckets.enumerated() {
            cumulative += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            text.sample(family + "_bucket", key, bound: bound, Double(cumulative))
        }
        text.sample(family + "_sum", key, counts.sum)
        text.sample(family + "_count", key, Double(cumulative))
    }
}
