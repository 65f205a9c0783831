import JSONText

/// A JSON document that tests change in one place.
struct SampleJSON {
    /// From the root: the index of an element or a member.
    typealias Path = [Int]

    var value: JSONValue

    init(_ text: String) throws { value = try JSONValue.parse(text) }
    init(value: JSONValue) { self.value = value }

    var text: String { String(decoding: SampleJSON.bytes(of: value), as: UTF8.self) }

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
            case .integer(let text) where Double(text) == Double(old), .number(let text) where Double(text) == Double(old):
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
    private static func bytes(of value: JSONValue) -> [UInt8] {
        switch value {
        case .integer(let text), .number(let text): return Array(text.utf8)
        case .array(let values):
            return [UInt8(ascii: "[")] + values.map(bytes).joined(separator: [UInt8(ascii: ",")])
                + [UInt8(ascii: "]")]
        case .object(let members):
            let fields = members.map { JSONValue.string($0.key).canonicalBytes + [UInt8(ascii: ":")] + bytes(of: $0.value) }
            return [UInt8(ascii: "{")] + fields.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
        case .null, .bool, .string: return value.canonicalBytes
        }
    }
}
