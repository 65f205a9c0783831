import Domain
import JSONText
import Operation

/// How to read a foreign log: the content of a mapping file, checked.
struct Mapping: Equatable, Sendable {
    /// What the lines are; `nil` where the file leaves it to the source.
    var kind: SourceKind?
    /// Which of their fields is which of ours, in the order of the file.
    var fields: [FieldRule] = []
    var constants: [ConstantRule] = []
    /// What the words of the direction mean, by the word in small letters. Looked up, never listed.
    var actions: [String: Action] = [:]
    var timeOffset = Span.zero
    var scales: [ScaleRule] = []
    /// How the agent's name is put together; empty where a field or a constant says it.
    var agentTemplate: [TemplatePart] = []
    var keepsUnknownFields = true

    struct FieldRule: Equatable, Sendable {
        var field: Field
        /// A key, or a path of keys separated by points.
        var path: String
    }

    struct ConstantRule: Equatable, Sendable {
        var field: Field
        var value: JSONValue
    }

    struct ScaleRule: Equatable, Sendable {
        var field: Field
        var factor: Double
    }
}

/// What the word of a direction asks for.
enum Action: String, Sendable, CaseIterable {
    case long, short, flat
    /// The line carries no fact.
    case ignore
}

enum TemplatePart: Equatable, Sendable {
    case literal(String)
    case field(String)
}

extension Mapping {
    /// Reads a mapping file for lines of a kind.
    static func read(_ path: String, kind: SourceKind) throws(FileFailure) -> Mapping {
        let text: [UInt8]
        do {
            guard let file = try Descriptor.reading(path) else {
                throw FileFailure(path: path, message: "there is no such mapping file")
            }
            let size = try file.status().size
            guard size <= 1 << 20 else {
                throw FileFailure(path: path, message: "has \(size) bytes, which is no mapping file")
            }
            text = try file.bytes(Int(size))
        } catch {
            throw (error as? FileFailure) ?? FileFailure(path: path, message: "cannot be read: \(error)")
        }
        do {
            return try parse(text, kind: kind)
        } catch {
            throw FileFailure(path: path, message: error.reason)
        }
    }

    static func parse(_ text: [UInt8], kind: SourceKind) throws(Refusal) -> Mapping {
        let document: JSONValue
        do {
            document = try JSONValue.parse(text)
        } catch {
            throw Refusal(reason: "is not JSON: \(error)")
        }
        guard let members = document.object else { throw Refusal(reason: "must be one JSON object") }
        var reader = MappingReader(kind: kind)
        for member in members { try reader.take(member) }
        return try reader.finished()
    }
}

private struct MappingReader {
    let kind: SourceKind
    var mapping = Mapping()

    static let keys = [
        "agentTemplate", "constants", "fields", "kind", "scale", "timeOffsetHours", "unknownFields", "values",
    ]

    init(kind: SourceKind) { self.kind = kind }

    mutating func take(_ member: JSONMember) throws(Refusal) {
        switch member.key {
        case "kind": try takeKind(member.value)
        case "fields":
            for rule in try object(member) {
                let field = try field(rule.key, in: "fields")
                guard let path = rule.value.string, !path.isEmpty else {
                    throw Refusal(reason: "fields.\(rule.key) must be the name of a field, such as \"asset\"")
                }
                mapping.fields.append(Mapping.FieldRule(field: field, path: path))
            }
        case "constants":
            for rule in try object(member) { try takeConstant(rule) }
        case "scale":
            for rule in try object(member) { try takeScale(rule) }
        case "values": try takeValues(try object(member))
        case "timeOffsetHours":
            guard let hours = member.value.double, hours.magnitude <= 8_784 else {
                throw Refusal(reason: "timeOffsetHours must be a number of hours within a year")
            }
            mapping.timeOffset = Span(milliseconds: Int64((hours * 3_600_000).rounded()))
        case "agentTemplate":
            guard let text = member.value.string, !text.isEmpty else {
                throw Refusal(reason: "agentTemplate must be a text such as \"{family}-{temperature}\"")
            }
            mapping.agentTemplate = try MappingReader.template(text)
        case "unknownFields":
            switch member.value.string {
            case "keep": mapping.keepsUnknownFields = true
            case "drop": mapping.keepsUnknownFields = false
            default: throw Refusal(reason: "unknownFields must be \"keep\" or \"drop\"")
            }
        default: throw unknown(member.key, among: MappingReader.keys, in: "")
        }
    }

    private func unknown(_ key: String, among valid: [String], in part: String) -> Refusal {
        // A name that was cut short or drawn out is nearer than one with as many other letters.
        let related = key.isEmpty ? nil : valid.sorted().first { $0.hasPrefix(key) || key.hasPrefix($0) }
        let candidate = related ?? EditDistance.nearest(to: key, among: valid)
        let nearest = candidate.map { "; did you mean \"\($0)\"?" } ?? ""
        let place = part.isEmpty ? "" : " in \(part)"
        return Refusal(reason: "unknown key \"\(key)\"\(place)\(nearest)")
    }

    private func object(_ member: JSONMember) throws(Refusal) -> [JSONMember] {
        guard let members = member.value.object else { throw Refusal(reason: "\(member.key) must be an object") }
        return members
    }

    private func field(_ name: String, in part: String) throws(Refusal) -> Field {
        let fields = Field.all(of: kind)
        guard let field = fields.first(where: { $0.name == name }) else {
            throw unknown(name, among: fields.map(\.name), in: part)
        }
        return field
    }

    private mutating func takeKind(_ value: JSONValue) throws(Refusal) {
        let words = SourceKind.allCases.map(\.rawValue)
        guard let word = value.string, let named = SourceKind(rawValue: word) else {
            throw Refusal(reason: "kind must be one of \(words.joined(separator: ", "))")
        }
        guard named == kind else {
            throw Refusal(reason: "is for \(named.rawValue), but the source holds \(kind.rawValue)")
        }
        mapping.kind = named
    }

    private mutating func takeConstant(_ rule: JSONMember) throws(Refusal) {
        let field = try field(rule.key, in: "constants")
        guard field != .time && field != .closeTime else {
            throw Refusal(reason: "constants.\(rule.key): a time must come from the line")
        }
        let isRight = field.isNumber ? rule.value.double != nil : rule.value.string?.trimmingSpaces().isEmpty == false
        guard isRight else {
            throw Refusal(reason: "constants.\(rule.key) must be \(field.isNumber ? "a number" : "a text")")
        }
        mapping.constants.append(Mapping.ConstantRule(field: field, value: rule.value))
    }

    private mutating func takeScale(_ rule: JSONMember) throws(Refusal) {
        let field = try field(rule.key, in: "scale")
        guard field.isNumber else { throw Refusal(reason: "scale.\(rule.key): only numbers can be scaled") }
        guard let factor = rule.value.double, factor != 0 else {
            throw Refusal(reason: "scale.\(rule.key) must be a number other than 0")
        }
        mapping.scales.append(Mapping.ScaleRule(field: field, factor: factor))
    }

    private mutating func takeValues(_ members: [JSONMember]) throws(Refusal) {
        for member in members {
            guard member.key == Field.direction.name, Field.all(of: kind).contains(.direction) else {
                throw unknown(member.key, among: [Field.direction.name], in: "values")
            }
            let words = try object(member)
            guard !words.isEmpty else { throw Refusal(reason: "values.direction names no word") }
            for word in words {
                let actions = Action.allCases.map(\.rawValue)
                guard let text = word.value.string, let action = Action(rawValue: text.lowercased()) else {
                    throw Refusal(
                        reason: "values.direction.\(word.key) must be one of \(actions.joined(separator: ", "))")
                }
                guard mapping.actions.updateValue(action, forKey: word.key.trimmingSpaces().lowercased()) == nil else {
                    throw Refusal(reason: "values.direction names \(word.key) twice; capitals make no difference")
                }
            }
        }
    }

    static func template(_ text: String) throws(Refusal) -> [TemplatePart] {
        var parts: [TemplatePart] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            let literal = rest[..<open]
            let inside = rest[rest.index(after: open)...]
            guard let close = inside.firstIndex(of: "}"), close > inside.startIndex,
                !inside[..<close].contains("{"), !literal.contains("}")
            else { throw Refusal(reason: "agentTemplate: each { needs a field's name and a }") }
            if !literal.isEmpty { parts.append(.literal(String(literal))) }
            parts.append(.field(String(inside[..<close])))
            rest = inside[inside.index(after: close)...]
        }
        guard !rest.contains("}") else { throw Refusal(reason: "agentTemplate: a } without its {") }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        guard parts.contains(where: { if case .field = $0 { true } else { false } }) else {
            throw Refusal(reason: "agentTemplate names no field; for one name use constants.agent")
        }
        // With every field a path, the keys to look for stay below the selector's 64.
        guard parts.count <= 12 else { throw Refusal(reason: "agentTemplate has more than 12 parts") }
        return parts
    }

    func finished() throws(Refusal) -> Mapping {
        let named = mapping.fields.map(\.field)
        let constant = mapping.constants.map(\.field)
        for field in constant where named.contains(field) {
            throw Refusal(reason: "\(field.name) is both a field and a constant")
        }
        if !mapping.agentTemplate.isEmpty, named.contains(.agent) || constant.contains(.agent) {
            throw Refusal(reason: "agent is both a template and a field or constant")
        }
        if !mapping.agentTemplate.isEmpty, !Field.all(of: kind).contains(.agent) {
            throw Refusal(reason: "agentTemplate: \(kind.rawValue) have no agent")
        }
        for scale in mapping.scales where !named.contains(scale.field) {
            throw Refusal(reason: "scale.\(scale.field.name) scales a field that fields does not name")
        }
        for field in Field.required(of: kind) where !named.contains(field) && !constant.contains(field) {
            if field == .agent && !mapping.agentTemplate.isEmpty { continue }
            throw Refusal(reason: "fields must say which field is \(field.name)")
        }
        return mapping
    }
}
