/// A reader of the Prometheus text format 0.0.4 that forgives nothing, written from the format's description and not
/// from our writer.
struct Exposition {
    struct Failure: Error, CustomStringConvertible {
        var line: Int
        var reason: String
        var description: String { "line \(line): \(reason)" }
    }

    struct Label: Hashable {
        var name: String
        /// By bytes: `String` holds two spellings of one letter to be equal.
        var value: [UInt8]
    }

    struct Sample {
        var name: String
        var labels: [Label]
        var value: Double

        func label(_ name: String) -> String? {
            labels.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
    }

    struct Family {
        var name: String
        var help: String
        var type: String
        var samples: [Sample] = []
    }

    private(set) var families: [Family] = []

    init(_ bytes: [UInt8]) throws {
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else {
            throw Failure(line: 0, reason: "the last line has no end")
        }
        var pendingHelp: (name: String, text: String)?
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty, index == bytes.count(where: { $0 == UInt8(ascii: "\n") }) { break }
            var reader = Reader(Array(line), line: index + 1)
            if reader.take("# HELP ") {
                guard pendingHelp == nil else { throw reader.failure("two HELP in a row") }
                let name = try reader.name()
                try reader.expect(" ")
                pendingHelp = (name, try reader.help())
            } else if reader.take("# TYPE ") {
                let name = try reader.name()
                try reader.expect(" ")
                let type = reader.rest()
                guard let help = pendingHelp, help.name == name, !help.text.isEmpty else {
                    throw reader.failure("TYPE of \(name) without its HELP before it")
                }
                guard ["counter", "gauge", "histogram"].contains(type) else { throw reader.failure("type \(type)") }
                guard !families.contains(where: { $0.name == name }) else { throw reader.failure("\(name) twice") }
                families.append(Family(name: name, help: help.text, type: type))
                pendingHelp = nil
            } else {
                guard pendingHelp == nil else { throw reader.failure("a sample between HELP and TYPE") }
                let sample = try reader.sample()
                guard let family = families.last, Exposition.belongs(sample.name, to: family) else {
                    throw reader.failure("\(sample.name) stands in another family")
                }
                families[families.count - 1].samples.append(sample)
            }
        }
        guard pendingHelp == nil else { throw Failure(line: 0, reason: "HELP at the end") }
        try checkOrder()
        for family in families { try Exposition.check(family) }
    }

    func samples(_ name: String) -> [Sample] { families.flatMap(\.samples).filter { $0.name == name } }

    /// The value of the one sample with that name and these labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples(name).filter { sample in
            sample.labels.count == labels.count && labels.allSatisfy { sample.label($0.key) == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    private static func belongs(_ name: String, to family: Family) -> Bool {
        guard family.type == "histogram" else { return name == family.name }
        return ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
    }

    private func checkOrder() throws {
        let names = families.map { Array($0.name.utf8) }
        guard zip(names, names.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }) else {
            throw Failure(line: 0, reason: "families are not sorted")
        }
    }

    private static func check(_ family: Family) throws {
        let wrong: (String) -> Failure = { Failure(line: 0, reason: "\(family.name): \($0)") }
        guard !family.samples.isEmpty else { throw wrong("no sample") }
        var seen: Set<[Label]> = []
        for sample in family.samples {
            guard seen.insert([Label(name: "__name__", value: Array(sample.name.utf8))] + sample.labels).inserted else {
                throw wrong("the same series twice")
            }
            guard sample.labels.allSatisfy({ !$0.value.isEmpty }) else { throw wrong("a label that says nothing") }
        }
        let isNegative = family.samples.contains { $0.value < 0 }
        if family.type == "counter", isNegative { throw wrong("a negative counter") }
        if family.type == "histogram" { try checkHistogram(family, wrong) }
    }

    private static func checkHistogram(_ family: Family, _ wrong: (String) -> Failure) throws {
        var rest = family.samples[...]
        while let first = rest.first {
            let labels = first.labels.filter { $0.name != "le" }
            var bounds: [Double] = []
            var counts: [Double] = []
            while let sample = rest.first, sample.name.hasSuffix("_bucket") {
                guard sample.labels.filter({ $0.name != "le" }) == labels, let text = sample.label("le"),
                    let bound = text == "+Inf" ? Double.infinity : Double(text)
                else { break }
                bounds.append(bound)
                counts.append(sample.value)
                rest = rest.dropFirst()
            }
            guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw wrong("buckets do not ascend to +Inf")
            }
            guard zip(counts, counts.dropFirst()).allSatisfy({ $0 <= $1 }),
                counts.allSatisfy({ $0 == $0.rounded() && $0 >= 0 })
            else { throw wrong("buckets are not cumulative counts") }
            let tail = Array(rest.prefix(2))
            guard tail.map(\.name) == [family.name + "_sum", family.name + "_count"],
                tail.allSatisfy({ $0.labels == labels }), tail[1].value == counts.last
            else { throw wrong("_sum and _count do not follow, or the count is not that of +Inf") }
            rest = rest.dropFirst(2)
        }
    }
}

extension Exposition {
    private struct Reader {
        private let bytes: [UInt8]
        private let line: Int
        private var place = 0

        init(_ bytes: [UInt8], line: Int) {
            self.bytes = bytes
            self.line = line
        }

        func failure(_ reason: String) -> Failure {
            Failure(line: line, reason: "\(reason) in \(String(decoding: bytes, as: UTF8.self))")
        }

        mutating func take(_ text: String) -> Bool {
            guard bytes[place...].starts(with: text.utf8) else { return false }
            place += text.utf8.count
            return true
        }

        mutating func expect(_ text: String) throws { if !take(text) { throw failure("expected \(text)") } }

        mutating func rest() -> String {
            defer { place = bytes.count }
            return String(decoding: bytes[place...], as: UTF8.self)
        }

        mutating func name() throws -> String {
            let start = place
            while place < bytes.count, isWord(bytes[place], isFirst: place == start) { place += 1 }
            guard place > start else { throw failure("no name") }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }

        private func isWord(_ byte: UInt8, isFirst: Bool) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
            default: false
            }
        }

        mutating func help() throws -> String {
            String(decoding: try unescaped(until: nil), as: UTF8.self)
        }

        /// In HELP a quote stands for itself.
        private mutating func unescaped(until end: UInt8?) throws -> [UInt8] {
            var text: [UInt8] = []
            while place < bytes.count, bytes[place] != end {
                guard bytes[place] != 0 else { throw failure("a NUL") }
                if bytes[place] == UInt8(ascii: "\\") {
                    place += 1
                    guard place < bytes.count else { throw failure("a backslash at the end") }
                    switch bytes[place] {
                    case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
                    case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
                    case UInt8(ascii: "\"") where end != nil: text.append(UInt8(ascii: "\""))
                    default: throw failure("an unknown escape")
                    }
                } else {
                    text.append(bytes[place])
                }
                place += 1
            }
            return text
        }

        mutating func sample() throws -> Sample {
            let name = try name()
            var labels: [Label] = []
            if take("{") {
                repeat {
                    let label = try self.name()
                    guard !label.hasPrefix("__"), !labels.contains(where: { $0.name == label }) else {
                        throw failure("the label \(label)")
                    }
                    try expect("=\"")
                    labels.append(Label(name: label, value: try unescaped(until: UInt8(ascii: "\""))))
                    try expect("\"")
                } while take(",")
                try expect("}")
            }
            let plain = labels.map(\.name).filter { $0 != "le" }
            guard plain == plain.sorted() else { throw failure("labels are not sorted") }
            try expect(" ")
            let text = rest()
            guard let value = Double(text), value.isFinite else { throw failure("the value \(text)") }
            return Sample(name: name, labels: labels, value: value)
        }
    }
}
