import JSONText

/// A JSON document that tests change in one place.
struct SampleJSON {
    /// From the root: the index of an element or a member.
    typealias Path = [Int]

    var value: JSONValue

    init(_ text: String) throws { value = try JSONValue.parse(text) }
    init(value: JSONValue) { self.value = value }

    var text: String {
        var text = ""
        SampleJSON.append(value, to: &text)
        return text
    }

    /// Every value of the document but the root, containers before what they hold.
    var paths: [Path] {
        var paths: [Path] = []
        SampleJSON.collect(value, [], &paths)
        return paths
    }

    subscript(path: Path) -> JSONValue {
        path.reduce(value) { value, index in SampleJSON.children(of: value)[index] }
    }

    /// The name of the nearest object field on the way to a value.
    func fieldName(_ path: Path) -> String? {
        for depth in path.indices.reversed() {
            if case .object(let members) = self[Array(path[..<depth])] { return members[path[depth]].key }
        }
        return nil
    }

    func elementCount(_ path: Path) -> Int? { self[path].array?.count }

    func replacing(_ path: Path, by new: JSONValue?) -> SampleJSON {
        SampleJSON(value: SampleJSON.changed(value, path[...]) { _ in new } ?? .null)
    }

    /// Puts an element of an array to its end once more, changed.
    func appendingElement(
        _ index: Int, to path: Path, _ change: (SampleJSON) -> SampleJSON = { $0 }
    ) -> SampleJSON {
        let array = self[path].array ?? []
        return replacing(path, by: .array(array + [change(SampleJSON(value: array[index])).value]))
    }

    /// With one number, quoted or not, replaced wherever it stands.
    func replacingNumber(_ old: String, by new: String) -> SampleJSON {
        var result = self
        for path in paths {
            switch self[path] {
            case .string(let text) where Double(text) == Double(old): result = result.replacing(path, by: .string(new))
            case .integer(let text) where Double(text) == Double(old),
                .number(let text) where Double(text) == Double(old):
                result = result.replacing(path, by: .number(new))
            case .null, .bool, .integer, .number, .string, .array, .object: break
            }
        }
        return result
    }

    func replacingText(_ old: String, by new: String) -> SampleJSON { replacingNumber(old, by: new) }

    private static func children(of value: JSONValue) -> [JSONValue] {
        value.array ?? value.object?.map(\.value) ?? []
    }

    private static func collect(_ value: JSONValue, _ path: Path, _ paths: inout [Path]) {
        for (index, child) in children(of: value).enumerated() {
            paths.append(path + [index])
            collect(child, path + [index], &paths)
        }
    }

    private static func changed(
        _ value: JSONValue, _ path: ArraySlice<Int>, _ change: (JSONValue) -> JSONValue?
    ) -> JSONValue? {
        guard let index = path.first else { return change(value) }
        switch value {
        case .array(var values):
            let new = changed(values[index], path.dropFirst(), change)
            if let new { values[index] = new } else { values.remove(at: index) }
            return .array(values)
        case .object(var members):
            let new = changed(members[index].value, path.dropFirst(), change)
            if let new { members[index].value = new } else { members.remove(at: index) }
            return .object(members)
        case .null, .bool, .integer, .number, .string: return value
        }
    }

    /// As written, numbers and order included: the canonical form would round and sort.
    private static func append(_ value: JSONValue, to text: inout String) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let digits), .number(let digits): text += digits
        // The samples need no escapes.
        case .string(let plain): text += "\"" + plain + "\""
        case .array(let values):
            text += "["
            for (index, element) in values.enumerated() {
                if index > 0 { text += "," }
                append(element, to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? ",\"" : "\"") + member.key + "\":"
                append(member.value, to: &text)
            }
            text += "}"
        }
    }
}
