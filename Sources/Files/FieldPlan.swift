import Domain
import JSONText
import Operation

/// Where each field of a line is found, worked out once a source.
struct FieldPlan {
    /// One value to look for.
    struct Entry {
        /// The place of its value among the cells: a field's raw value, or behind those, a part of the agent's name.
        var cell: Int
        /// What it is called; the first that a line has counts.
        var names: [String]
        /// The same as indexes into `keys`.
        var keys: [Int]
        /// A path into nested objects, tried where no key is called like the whole path: the index of its first key in
        /// `keys`, and the rest.
        var outerKey: Int?
        var innerPath: [[UInt8]]
    }

    var entries: [Entry] = []
    /// All keys to find on a line.
    var keys: [String] = []
    /// Whether a key's whole value is used, so that it is not among the unknown ones.
    var isConsumed: [Bool] = []
    var constants: [Mapping.ConstantRule] = []
    /// Factors by field; 1 for most.
    var scales = [Double](repeating: 1, count: Field.allCases.count)
    var agentTemplate: [TemplatePart] = []
    var cellCount = Field.allCases.count
    var timeOffset = Span.zero
    /// `nil`: the words of the drop-in contract.
    var actions: [String: Action]?
    var keepsUnknownFields: Bool
    /// Whether numbers may be written as texts.
    var acceptsNumberText: Bool
    /// The fields that a CSV header must name.
    var requiredCells: [Int]

    init(kind: SourceKind, mapping: Mapping?) {
        keepsUnknownFields = kind == .signals && (mapping?.keepsUnknownFields ?? true)
        // Exchanges write prices as texts; our own files never do.
        acceptsNumberText = mapping != nil || kind == .prices
        requiredCells = []
        if let mapping {
            for rule in mapping.fields { addPath(rule.path, cell: rule.field.rawValue) }
            constants = mapping.constants
            for scale in mapping.scales { scales[scale.field.rawValue] = scale.factor }
            agentTemplate = mapping.agentTemplate
            for case .field(let path) in mapping.agentTemplate {
                addPath(path, cell: cellCount)
                requiredCells.append(cellCount)
                cellCount += 1
            }
            timeOffset = mapping.timeOffset
            actions = mapping.actions.isEmpty ? nil : mapping.actions
        } else {
            for field in Field.all(of: kind) {
                let names = kind == .prices ? field.names : [field.name]
                let keys = names.map { key($0, isConsumed: true) }
                entries.append(
                    Entry(cell: field.rawValue, names: names, keys: keys, outerKey: nil, innerPath: []))
            }
        }
        let constantFields = constants.map(\.field)
        for field in Field.required(of: kind) where !constantFields.contains(field) {
            if field == .agent && !agentTemplate.isEmpty { continue }
            requiredCells.append(field.rawValue)
        }
    }

    private mutating func addPath(_ path: String, cell: Int) {
        var entry = Entry(
            cell: cell, names: [path], keys: [key(path, isConsumed: true)], outerKey: nil, innerPath: [])
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 1, !parts.contains(where: \.isEmpty) {
            entry.outerKey = key(String(parts[0]), isConsumed: false)
            entry.innerPath = parts.dropFirst().map { Array($0.utf8) }
        }
        entries.append(entry)
    }

    private mutating func key(_ name: String, isConsumed isUsed: Bool) -> Int {
        if let index = keys.firstIndex(of: name) {
            isConsumed[index] = isConsumed[index] || isUsed
            return index
        }
        keys.append(name)
        isConsumed.append(isUsed)
        return keys.count - 1
    }
}
