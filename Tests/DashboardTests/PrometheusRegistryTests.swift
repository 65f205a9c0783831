import CoreMetrics
import Domain
import Metrics
import Synchronization
import Testing

@testable import Dashboard

struct PrometheusRegistryTests {
    private static func page(_ registry: PrometheusRegistry) throws -> Exposition { try Exposition(registry.render()) }

    @Test("A registry in which nothing was recorded renders nothing")
    func empty() {
        let registry = PrometheusRegistry()
        registry.describe(FleetMetric.all)
        #expect(registry.render().isEmpty)
    }

    @Test("Counters of both sorts, meters, gauges, recorders and timers are shown as what they are")
    func kinds() throws {
        let registry = PrometheusRegistry()
        Counter(label: "web.requests", factory: registry).increment(by: 3)
        FloatingPointCounter(label: "web.cost", factory: registry).increment(by: 0.25)
        let meter = Meter(label: "queue.length", factory: registry)
        meter.set(7)
        meter.increment(by: 2.5)
        meter.decrement(by: 1)
        Gauge(label: "temperature", factory: registry).record(-3.5)
        Recorder(label: "rows", factory: registry).record(50)
        Timer(label: "web.wait", factory: registry).recordMilliseconds(250)
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.families.map(\.name) == [
            "queue_length", "rows", "temperature", "web_cost_total", "web_requests_total", "web_wait_seconds",
        ])
        #expect(page.families.map(\.type) == ["gauge", "histogram", "gauge", "counter", "counter", "histogram"])
        #expect(page.value("web_requests_total") == 3)
        #expect(page.value("web_cost_total") == 0.25)
        #expect(page.value("queue_length") == 8.5)
        #expect(page.value("temperature") == -3.5)
        #expect(page.value("rows_bucket", ["le": "10"]) == 0)
        #expect(page.value("rows_bucket", ["le": "100"]) == 1)
        #expect(page.value("web_wait_seconds_sum") == 0.25)
        #expect(page.value("web_wait_seconds_bucket", ["le": "0.1"]) == 0)
        #expect(page.value("web_wait_seconds_bucket", ["le": "0.25"]) == 1)
        #expect(page.value("web_wait_seconds_bucket", ["le": "+Inf"]) == 1)
    }

    @Test("The page is these bytes")
    func bytes() {
        let registry = PrometheusRegistry()
        registry.describe([
            MetricDescription(.counter, "a_total", labels: ["b"], help: "One \\ and\nanother line."),
            MetricDescription(.histogram, "c", buckets: [0.5, 2], help: "Said \"so\"."),
        ])
        Counter(label: "a_total", dimensions: [("z", "2"), ("b", "é")], factory: registry).increment()
        Counter(label: "a_total", dimensions: [("b", "a\"\\\n")], factory: registry).increment(by: 1_000_000)
        for value in [0.25, 0.5, 1, 7] { Recorder(label: "c", factory: registry).record(value) }
        #expect(
            String(decoding: registry.render(), as: UTF8.self) == """
                # HELP a_total One \\\\ and\\nanother line.
                # TYPE a_total counter
                a_total{b="a\\"\\\\\\n"} 1000000
                a_total{b="é",z="2"} 1
                # HELP c Said "so".
                # TYPE c histogram
                c_bucket{le="0.5"} 2
                c_bucket{le="2"} 3
                c_bucket{le="+Inf"} 4
                c_sum 8.75
                c_count 4

                """)
    }

    @Test("Hostile label values come back as they were, or are told apart by a hash")
    func hostileValues() throws {
        let long = String(repeating: "x", count: 5_000)
        let values = [
            "\"", "\\", "\\n", "\n", "\r\n", "}", "{a=\"b\"} 1\nevil 1", "# HELP x y", "é", "e\u{301}",
            "日本語", "👩‍👩‍👧",
            "\0", "a\u{1}", "a\u{2}", "\u{7F}", "\u{85}", "\u{2028}", " ", long + "1", long + "2", "\u{FFFD}",
        ]
        let registry = PrometheusRegistry()
        for (index, value) in values.enumerated() {
            Gauge(label: "g", dimensions: [("v", value)], factory: registry).record(index + 1)
        }
        let page = try PrometheusRegistryTests.page(registry)
        let samples = page.samples("g")
        #expect(samples.count == values.count)
        for (index, value) in values.enumerated() {
            let sample = try #require(samples.first { $0.value == Double(index + 1) })
            let shown = try #require(sample.label("v"))
            let hasControl = value.unicodeScalars.contains {
                $0 != "\n" && ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value))
            }
            if hasControl || value.utf8.count > 256 {
                #expect(shown.contains("~") && shown.utf8.count <= 256)
            } else {
                #expect(Array(shown.utf8) == Array(value.utf8))
            }
        }
    }

    @Test("Names that the format does not know are made to fit, and labels stay apart")
    func names() throws {
        let registry = PrometheusRegistry()
        let labels = [
            ("a-b", "1"), ("a.b", "2"), ("a_b", "3"), ("9", "4"), ("", "5"), ("__name__", "6"), ("le", "7"),
            ("ü", "8"), ("empty", ""),
        ]
        Gauge(label: "5 Übel: x{y}", dimensions: labels, factory: registry).record(1)
        let page = try PrometheusRegistryTests.page(registry)
        let sample = try #require(page.samples("_5__bel__x_y_").first)
        #expect(
            Set(sample.labels.map(\.name)) == ["a_b", "a_b_2", "a_b_3", "_9", "_", "_name__", "exported_le", "_2"])
        #expect(sample.label("a_b") == "1" && sample.label("a_b_2") == "2" && sample.label("a_b_3") == "3")
        #expect(sample.label("exported_le") == "7")
        #expect(sample.label("empty") == nil)
    }

    @Test("A name without end is cut, its ending kept")
    func longNames() throws {
        let registry = PrometheusRegistry()
        let long = String(repeating: "x", count: 5_000)
        Counter(label: long, dimensions: [(long, long)], factory: registry).increment()
        Timer(label: long, factory: registry).recordSeconds(1)
        Recorder(label: long, factory: registry).record(1)
        Counter(label: "c", dimensions: (0..<100).map { ("l\($0)", "1") }, factory: registry).increment()
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.families.allSatisfy { $0.name.utf8.count <= 200 })
        #expect(page.families.map(\.type) == ["counter", "histogram", "counter", "histogram"])
        #expect(page.samples("c_total").first?.labels.count == 16)
    }

    @Test("An empty value is no label: both name one series")
    func emptyValue() throws {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("a", "")], factory: registry).increment()
        Counter(label: "c", factory: registry).increment()
        #expect(try PrometheusRegistryTests.page(registry).value("c_total") == 2)
    }

    @Test("What is no finite number is never shown, and counted")
    func notFinite() throws {
        let said = Mutex<[String]>([])
        let registry = PrometheusRegistry { sentence in said.withLock { $0.append(sentence) } }
        let gauge = Gauge(label: "g", factory: registry)
        gauge.record(1)
        for value in [Double.nan, .infinity, -.infinity] {
            gauge.record(value)
            Recorder(label: "r", factory: registry).record(value)
            Meter(label: "m", factory: registry).increment(by: value)
            FloatingPointCounter(label: "f", factory: registry).increment(by: value)
        }
        FloatingPointCounter(label: "f", factory: registry).increment(by: -1)
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.samples("g").isEmpty, "the old value would pass for the present one")
        #expect(page.value("r_count") == 0)
        #expect(page.value("f_total") == 0)
        let refused = PrometheusRegistry.refused.name
        #expect(page.value(refused, ["family": "g", "reason": "not-finite"]) == 3)
        #expect(page.value(refused, ["family": "r", "reason": "not-finite"]) == 3)
        #expect(page.value(refused, ["family": "f_total", "reason": "negative"]) == 1)
        #expect(said.withLock { $0.count { $0.hasPrefix("the metric g ") } } == 1, "said once")
        gauge.record(2)
        #expect(try PrometheusRegistryTests.page(registry).value("g") == 2)
    }

    @Test("Sums do not leave the finite numbers")
    func overflow() throws {
        let registry = PrometheusRegistry()
        for _ in 0..<3 {
            FloatingPointCounter(label: "f", factory: registry).increment(by: Double.greatestFiniteMagnitude)
            Recorder(label: "r", factory: registry).record(Double.greatestFiniteMagnitude)
            Meter(label: "m", factory: registry).increment(by: Double.greatestFiniteMagnitude)
            Counter(label: "c", factory: registry).increment(by: Int64.max)
        }
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.value("f_total") == .greatestFiniteMagnitude)
        #expect(page.value("r_count") == 3)
    }

    @Test("A family holds its bound of series; the rest is one, summed where sums mean something, and said")
    func seriesLimit() throws {
        let said = Mutex<[String]>([])
        let registry = PrometheusRegistry(limits: .init(families: 10, seriesPerFamily: 5)) { sentence in
            said.withLock { $0.append(sentence) }
        }
        for number in 0..<100 {
            let labels = [("n", String(number))]
            Counter(label: "c", dimensions: labels, factory: registry).increment()
            Timer(label: "t", dimensions: labels, factory: registry).recordSeconds(1)
            Gauge(label: "g", dimensions: labels, factory: registry).record(1)
        }
        Counter(label: "c", dimensions: [("overflow", "true")], factory: registry).increment()
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.samples("c_total").count == 6)
        #expect(page.value("c_total", ["overflow": "true"]) == 96)
        #expect(page.samples("c_total").reduce(0) { $0 + $1.value } == 101, "nothing is lost from the sum")
        #expect(page.value("t_seconds_count", ["overflow": "true"]) == 95)
        #expect(page.samples("g").count == 5)
        #expect(page.value(PrometheusRegistry.refused.name, ["family": "g", "reason": "series-limit"]) == 95)
        #expect(said.withLock { $0.count } == 3)
    }

    @Test("There is a bound of families, and a name has one type")
    func families() throws {
        let registry = PrometheusRegistry(limits: .init(families: 3, seriesPerFamily: 5))
        Timer(label: "a", factory: registry).recordSeconds(1)
        Gauge(label: "a_seconds", factory: registry).record(99)
        Gauge(label: "a_seconds_count", factory: registry).record(99)
        Gauge(label: "b", factory: registry).record(1)
        Recorder(label: "b", factory: registry).record(99)
        Gauge(label: "c_sum", factory: registry).record(1)
        Recorder(label: "c", factory: registry).record(99)
        for number in 0..<10 { Counter(label: "more.\(number)", factory: registry).increment() }
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.families.map(\.name) == ["a_seconds", "b", "c_sum", PrometheusRegistry.refused.name])
        #expect(page.value("b") == 1)
        let refused = PrometheusRegistry.refused.name
        #expect(page.value(refused, ["family": "other", "reason": "name-conflict"]) == 3)
        #expect(page.value(refused, ["family": "other", "reason": "family-limit"]) == 11)
    }

    @Test("A series that is destroyed is gone; one made anew begins again")
    func destroyed() throws {
        let registry = PrometheusRegistry()
        let old = Counter(label: "c", factory: registry)
        old.increment(by: 5)
        old.destroy()
        #expect(registry.render().isEmpty)
        let new = Counter(label: "c", factory: registry)
        new.increment()
        old.destroy()
        #expect(try PrometheusRegistryTests.page(registry).value("c_total") == 1)
        new.reset()
        #expect(try PrometheusRegistryTests.page(registry).value("c_total") == 0)
        let timer = Timer(label: "t", factory: registry)
        timer.recordSeconds(1)
        timer.destroy()
        #expect(try PrometheusRegistryTests.page(registry).families.map(\.name) == ["c_total"])
    }

    @Test("Series that are replaced leave nothing of the old ones")
    func replaced() throws {
        let registry = PrometheusRegistry()
        registry.describe([MetricDescription(.gauge, "g", help: "x"), MetricDescription(.gauge, "h", help: "x")])
        registry.replace(["g", "h"], with: [.init("g", [("a", "1")], 1), .init("h", [], 2)])
        registry.replace(
            ["g", "h"],
            with: [.init("g", [("a", "2")], 3), .init("g", [("a", "2")], 4), .init("g", [("a", "3")], .nan)])
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.value("g", ["a": "2"]) == 3)
        #expect(page.samples("g").count == 1 && page.samples("h").isEmpty)
        #expect(page.value(PrometheusRegistry.refused.name, ["family": "g", "reason": "duplicate"]) == 1)
    }

    @Test("Many at once lose no count, and every page in between is whole")
    func concurrency() async throws {
        let registry = PrometheusRegistry(limits: .init(families: 100, seriesPerFamily: 3))
        registry.describe([MetricDescription(.gauge, "pair", labels: ["of"], help: "Two that belong together.")])
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for step in 0..<500 {
                        Counter(label: "c", dimensions: [("n", String(step % 7))], factory: registry).increment()
                        Timer(label: "t", factory: registry).recordNanoseconds(Int64(step) * 1_000_000)
                        let value = Double(worker * 1_000 + step)
                        registry.replace(
                            ["pair"], with: [.init("pair", [("of", "a")], value), .init("pair", [("of", "b")], -value)])
                    }
                }
            }
            group.addTask {
                for _ in 0..<100 {
                    do {
                        let page = try Exposition(registry.render())
                        let pair = page.samples("pair").map(\.value)
                        #expect(pair.isEmpty || (pair.count == 2 && pair[0] == -pair[1]), "two halves of two readings")
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let page = try PrometheusRegistryTests.page(registry)
        #expect(page.samples("c_total").reduce(0) { $0 + $1.value } == 4_000)
        #expect(page.value("t_seconds_count") == 4_000)
    }

    @Test("Whatever is recorded, under whatever names, the page can be read")
    func fuzz() throws {
        let seed: UInt64 = 20_251_025
        var state = seed
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let scalars: [Unicode.Scalar] = [
            "\"", "\\", "\n", "\r", "\0", "{", "}", ",", "=", "_", ":", "a", "1", " ", "é", "\u{301}", "#",
        ]
        func text() -> String {
            var text = ""
            for _ in 0..<next(6) { text.unicodeScalars.append(scalars[Int(next(UInt64(scalars.count)))]) }
            return text
        }
        let values: [Double] = [0, -0.0, 1, -1, 1e300, .leastNonzeroMagnitude, 0.1, .nan, .infinity, 1e15, 1e16]
        for round in 0..<100 {
            let registry = PrometheusRegistry(limits: .init(families: 20, seriesPerFamily: 10))
            for _ in 0..<60 {
                let labels = (0..<next(4)).map { _ in (text(), text()) }
                let value = values[Int(next(UInt64(values.count)))]
                switch next(5) {
                case 0: Counter(label: text(), dimensions: labels, factory: registry).increment(by: next(10))
                case 1: FloatingPointCounter(label: text(), dimensions: labels, factory: registry).increment(by: value)
                case 2: Gauge(label: text(), dimensions: labels, factory: registry).record(value)
                case 3: Recorder(label: text(), dimensions: labels, factory: registry).record(value)
                default:
                    let timer = Timer(label: text(), dimensions: labels, factory: registry)
                    timer.recordNanoseconds(Int64(next(1 << 30)))
                }
            }
            do { _ = try PrometheusRegistryTests.page(registry) } catch {
                Issue.record("seed \(seed), round \(round): \(error)")
            }
        }
    }
}
