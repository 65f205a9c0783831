package import CoreMetrics
import Synchronization

/// A backend of swift-metrics that answers Prometheus: what is recorded, as text.
///
/// Families are sorted by name and series by their labels, so that two looks at the same state are the same bytes.
/// Everything is bounded: a label whose values come from outside can fill neither the memory nor the page.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    package struct Limits: Equatable, Sendable {
        package var families: Int
        package var seriesPerFamily: Int

        package init(families: Int = 500, seriesPerFamily: Int = 1_000) {
            self.families = families
            self.seriesPerFamily = seriesPerFamily
        }
    }

    /// One value of a gauge whose series are replaced as a whole.
    package struct Reading: Sendable {
        package var name: String
        package var labels: [(String, String)]
        package var value: Double

        package init(_ name: String, _ labels: [(String, String)], _ value: Double) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    static let refused = MetricDescription(
        .counter, "meta_supervisor_metrics_refused_total", labels: ["family", "reason"],
        help: "Values and label sets that are not shown, by metric and reason.")

    private struct Family {
        var description: MetricDescription
        var series: [SeriesKey: any PrometheusSeries] = [:]
        /// Takes what has no series of its own any more.
        var overflow: (any PrometheusSeries)?
    }

    private struct State {
        /// By name: letters of ASCII alone.
        var families: [String: Family] = [:]
        /// Family by the name of a sample.
        var owners: [String: String] = [:]
    }

    private let limits: Limits
    private let refusals: RefusalCounts
    private let state = Mutex(State())

    /// - Parameter report: Is told, once of each metric and reason, what is not shown.
    package init(limits: Limits = Limits(), report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.limits = limits
        refusals = RefusalCounts(report: report)
        state.withLock { state in
            for name in PrometheusRegistry.refused.sampleNames { state.owners[name] = PrometheusRegistry.refused.name }
        }
    }

    /// Says what a family is before anything is recorded in it. The first description of a name stands.
    package func describe(_ descriptions: [MetricDescription]) {
        for description in descriptions where description != PrometheusRegistry.refused {
            let refusal = state.withLock { declare(description, in: &$0) }
            if let refusal { refusals.add(refusal, "other", asked: description.name) }
        }
    }

    /// Puts `readings` in the place of everything that the gauges `names` showed, at once: no page holds a half of one
    /// report and a half of another, and what is not read any more is not shown any more.
    package func replace(_ names: [String], with readings: [Reading]) {
        var refused: [(reason: RefusalCounts.Reason, family: String, asked: String)] = []
        state.withLock { state in
            for name in names where state.families[name]?.description.kind == .gauge {
                state.families[name]?.series = [:]
            }
            for reading in readings {
                precondition(names.contains(reading.name), "Invariant: \(reading.name) is replaced as a whole")
                guard let family = state.families[reading.name], family.description.kind == .gauge else {
                    refused.append((.nameConflict, "other", reading.name))
                    continue
                }
                let key = SeriesKey(reading.labels)
                if let reason = refusal(of: reading.value, under: key, in: family) {
                    refused.append((reason, reading.name, reading.name))
                } else {
                    state.families[reading.name]?.series[key] = GaugeSeries(
                        family: reading.name, key: key, value: reading.value, refusals: refusals)
                }
            }
        }
        for refusal in refused { refusals.add(refusal.reason, refusal.family, asked: refusal.asked) }
    }

    private func refusal(of value: Double, under key: SeriesKey, in family: Family) -> RefusalCounts.Reason? {
        if !value.isFinite { return .notFinite }
        if family.series[key] != nil { return .duplicate }
        return family.series.count >= limits.seriesPerFamily ? .seriesLimit : nil
    }

    /// Everything, as text. Families without a value are left out: absent is not zero.
    package func render() -> [UInt8] {
        let families = state.withLock { $0.families }
        var text = ExpositionText()
        var isRefusedWritten = false
        for family in families.values.sorted(by: { $0.description.name < $1.description.name }) {
            if !isRefusedWritten, family.description.name > PrometheusRegistry.refused.name {
                refusals.write(to: &text)
                isRefusedWritten = true
            }
            var lines = ExpositionText()
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(to: &lines) }
            family.overflow?.write(to: &lines)
            guard !lines.bytes.isEmpty else { continue }
            text.family(family.description)
            text.append(lines)
        }
        if !isRefusedWritten { refusals.write(to: &text) }
        return text.bytes
    }
}

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// A recorder that does not aggregate is what swift-metrics calls a gauge.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return histogram(PrometheusText.metricName(label), dimensions, MetricDescription.sizeBuckets)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(name(label, ending: "_seconds"), dimensions, MetricDescription.durationBuckets)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let name = name(label, ending: "_total")
        let key = SeriesKey(dimensions)
        let description = MetricDescription(.counter, name, help: PrometheusRegistry.help(label))
        return series(description, key) { _, key in CounterSeries(family: name, key: key, refusals: self.refusals) }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        let name = PrometheusText.metricName(label)
        let key = SeriesKey(dimensions)
        let description = MetricDescription(.gauge, name, help: PrometheusRegistry.help(label))
        return series(description, key) { _, key in
            GaugeSeries(family: name, key: key, value: nil, refusals: self.refusals)
        }
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)], _ buckets: [Double]) -> HistogramSeries {
        let description = MetricDescription(
            .histogram, name, buckets: buckets, help: PrometheusRegistry.help(name))
        return series(description, SeriesKey(dimensions)) { description, key in
            HistogramSeries(family: name, key: key, bounds: description.buckets, refusals: self.refusals)
        }
    }

    private func name(_ label: String, ending: String) -> String {
        let name = PrometheusText.metricName(label)
        return name.hasSuffix(ending) ? name : name.prefix(PrometheusText.nameBytesMax - ending.count) + ending
    }

    private static func help(_ label: String) -> String { "Recorded by a library as \(PrometheusText.shown(label))." }

    /// The series of that name and these labels; one that is shown nowhere where it cannot be had.
    private func series<Series: PrometheusSeries>(
        _ proposed: MetricDescription, _ key: SeriesKey, make: (MetricDescription, SeriesKey) -> Series
    ) -> Series {
        let name = proposed.name
        var refusal: RefusalCounts.Reason?
        let series: Series = state.withLock { state in
            refusal = state.families[name] == nil ? declare(proposed, in: &state) : nil
            guard refusal == nil, let description = state.families[name]?.description, description.kind == proposed.kind
            else {
                if refusal == nil { refusal = .nameConflict }
                return make(proposed, key)
            }
            if let known = state.families[name]?.series[key] as? Series { return known }
            let isFull = state.families[name]?.series.count ?? 0 >= limits.seriesPerFamily
            guard !isFull, key != .overflow else {
                if isFull { refusal = .seriesLimit }
                // A sum of gauges that came too late would mean nothing.
                guard description.kind != .gauge else { return make(description, key) }
                if let overflow = state.families[name]?.overflow as? Series { return overflow }
                let overflow = make(description, .overflow)
                state.families[name]?.overflow = overflow
                return overflow
            }
            let fresh = make(description, key)
            state.families[name]?.series[key] = fresh
            return fresh
        }
        if let refusal { refusals.add(refusal, refusal == .seriesLimit ? name : "other", asked: name) }
        return series
    }

    private func declare(_ description: MetricDescription, in state: inout State) -> RefusalCounts.Reason? {
        guard state.families[description.name] == nil else { return nil }
        guard state.families.count < limits.families else { return .familyLimit }
        guard description.sampleNames.allSatisfy({ state.owners[$0] == nil }) else { return .nameConflict }
        for name in description.sampleNames { state.owners[name] = description.name }
        state.families[description.name] = Family(description: description)
        return nil
    }

    /// Only if it is the one that is shown: a series made anew under the same labels stays.
    private func remove(_ handler: AnyObject) {
        guard let series = handler as? any PrometheusSeries else { return }
        state.withLock { state in
            guard let shown = state.families[series.family]?.series[series.key], shown === series else { return }
            state.families[series.family]?.series[series.key] = nil
        }
    }
}
