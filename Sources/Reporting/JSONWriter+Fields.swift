import Domain
import JSONText

// One call a field; an absent value is `null`, so that every record of a kind has the same fields.
extension JSONWriter {
    mutating func field(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    mutating func field(_ name: String, _ value: Double?) {
        key(name)
        // A negative zero is a zero: readers compare texts.
        if let value { double(value == 0 ? 0 : value) } else { null() }
    }

    mutating func field(_ name: String, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    mutating func field(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    mutating func field(_ name: String, _ value: Timestamp?) { field(name, value?.description) }

    mutating func field(_ name: String, _ evidence: Evidence<Double>) {
        field(name, evidence) { writer, value in writer.field("value", value) }
    }

    mutating func field(_ name: String, _ evidence: Evidence<Estimate>) {
        field(name, evidence) { writer, estimate in
            writer.field("value", estimate.value)
            writer.field("standard_error", estimate.standardError)
            writer.field("count", estimate.count)
        }
    }

    private mutating func field<Value: Sendable>(
        _ name: String, _ evidence: Evidence<Value>, known: (inout JSONWriter, Value) -> Void
    ) {
        object(name) { writer in
            switch evidence {
            case .known(let value): known(&writer, value)
            case .insufficient(let count, let needed):
                writer.object("insufficient") { writer in
                    writer.field("count", count)
                    writer.field("needed", needed)
                }
            }
        }
    }

    /// In the order of the reasons, those that occur.
    mutating func field(_ name: String, _ rejections: [RejectionReason: Int]) {
        object(name) { writer in
            for reason in RejectionReason.allCases {
                guard let count = rejections[reason], count > 0 else { continue }
                writer.field(reason.rawValue.replacingSpaces, count)
            }
        }
    }

    mutating func field(_ name: String, _ values: [Double]) {
        key(name)
        beginArray()
        for value in values { double(value == 0 ? 0 : value) }
        endArray()
    }

    mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    mutating func array<Element>(_ name: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
        key(name)
        beginArray()
        for element in elements { body(&self, element) }
        endArray()
    }

    /// What every document of ours begins with.
    mutating func header(_ schema: String, _ header: DocumentHeader) {
        field("schema", "meta-supervisor/" + schema)
        field("as_of", header.asOf)
        field("generated_at", header.asOf)
        field("decided_at", header.decidedAt)
        field("policy", header.policyName)
        field("policy_fingerprint", header.policyFingerprint)
        field("method_version", header.methodVersion)
        field("facts_digest", header.facts.description)
    }
}

/// Of which moment a document is, and what it was made of.
struct DocumentHeader {
    var asOf: Timestamp
    var decidedAt: Timestamp?
    var policyName: String
    var policyFingerprint: String
    var methodVersion: Int
    var facts: FactsDigest

    init(_ report: Report) {
        asOf = report.asOf
        decidedAt = report.decidedAt
        policyName = report.policyName
        policyFingerprint = report.policyFingerprint
        methodVersion = report.methodVersion
        facts = report.facts
    }

    init(_ explanation: Explanation) {
        asOf = explanation.asOf
        decidedAt = explanation.decidedAt
        policyName = explanation.policyName
        policyFingerprint = explanation.policyFingerprint
        methodVersion = explanation.methodVersion
        facts = explanation.facts
    }
}

extension String {
    /// Names of fields hold no spaces: `missing_entry`.
    var replacingSpaces: String { String(map { $0 == " " || $0 == "-" ? "_" : $0 }) }
}

extension JSONWriter {
    /// A whole pretty document: one object and a line end.
    static func document(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.object(body)
        writer.newline()
        return writer.bytes
    }
}
