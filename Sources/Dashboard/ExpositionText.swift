/// The page as it grows.
struct ExpositionText {
    private(set) var bytes: [UInt8] = []

    mutating func family(_ description: MetricDescription) {
        bytes.append(contentsOf: "# HELP \(description.name) ".utf8)
        PrometheusText.appendEscaped(description.help, escapesQuotes: false, to: &bytes)
        bytes.append(contentsOf: "\n# TYPE \(description.name) \(description.kind.rawValue)\n".utf8)
    }

    mutating func append(_ lines: ExpositionText) { bytes.append(contentsOf: lines.bytes) }

    mutating func sample(_ name: String, _ key: SeriesKey, bound: String? = nil, _ value: Double) {
        bytes.append(contentsOf: name.utf8)
        if !key.bytes.isEmpty || bound != nil {
            bytes.append(UInt8(ascii: "{"))
            bytes.append(contentsOf: key.bytes)
            if let bound {
                if !key.bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: "le=\"\(bound)\"".utf8)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: PrometheusText.number(value).utf8)
        bytes.append(UInt8(ascii: "\n"))
    }
}
