/// Every agent once: rows carry a number in place of a name.
struct SeedAgents {
    typealias ID = Int32

    /// `"unknown"`, whom the seed makes responsible for rows without an agent.
    static let unknown: ID = 0
    /// A list or a dictionary, which cannot be a key; it only matters in a row that counts.
    static let unhashable: ID = -1

    private enum Other: Hashable {
        case `true`
        case integer([UInt8])
        case float(UInt64)
    }

    private var values: [PythonValue] = []
    private var others: [Other: ID] = [:]
    /// Open addressing over `values`: an ID plus one, or zero. A power of two, at most half full.
    private var slots = [ID](repeating: 0, count: 64)
    /// The text and the hash of each value that is one.
    private var texts: [(bytes: [UInt8], hash: UInt64)] = []

    init() {
        _ = Array("unknown".utf8).withUnsafeBytes { id(of: $0) }
    }

    subscript(id: ID) -> PythonValue { values[Int(id)] }

    /// The number of a name; of the empty one the number of `unknown`.
    mutating func id(of text: UnsafeRawBufferPointer) -> ID {
        if text.isEmpty { return SeedAgents.unknown }
        let hash = SeedAgents.hash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let id = slots[slot] - 1
            if texts[Int(id)].hash == hash, texts[Int(id)].bytes.elementsEqual(text) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
        let bytes = Array(text)
        let id = append(.text(bytes))
        texts[Int(id)] = (bytes, hash)
        slots[slot] = id + 1
        if values.count * 2 > slots.count { grow() }
        return id
    }

    /// The number of a truthy agent that is neither text nor container.
    mutating func id(of value: PythonValue) -> ID {
        let other: Other
        switch value {
        case .integer(let text): other = .integer(text)
        case .float(let number): other = .float(number.bitPattern)
        case .bool, .none, .text, .list, .dictionary: other = .true
        }
        if let id = others[other] { return id }
        let id = append(value)
        others[other] = id
        return id
    }

    private mutating func append(_ value: PythonValue) -> ID {
        let id = ID(values.count)
        values.append(value)
        texts.append(([], 0))
        return id
    }

    private mutating func grow() {
        slots = [ID](repeating: 0, count: slots.count * 2)
        for (index, text) in texts.enumerated() where !text.bytes.isEmpty {
            var slot = Int(truncatingIfNeeded: text.hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = ID(index) + 1
        }
    }

    @inline(__always)
    private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: text.count)
        var position = 0
        while position + 8 <= text.count {
            hash = (hash ^ text.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            position += 8
        }
        while position < text.count {
            hash = (hash ^ UInt64(text[position])) &* 0x9E37_79B9_7F4A_7C15
            position += 1
        }
        return hash ^ hash >> 29
    }
}
