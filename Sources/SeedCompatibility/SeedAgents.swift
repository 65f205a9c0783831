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

    /// How many numbers are given before the first row.
    static let predefinedCount = 1

    /// A name's length and its first and last eight bytes, which is all of it up to sixteen bytes.
    private struct Fingerprint: Equatable {
        var first: UInt64
        var last: UInt64
        var count: Int

        static let wholeCountMax = 16
    }

    private struct Slot {
        var fingerprint: Fingerprint
        /// An ID plus one, or zero.
        var mark: ID
    }

    private var values: [PythonValue] = []
    /// The bytes of each value that is a text.
    private var texts: [[UInt8]] = []
    private var others: [Other: ID] = [:]
    /// Open addressing over the texts. A power of two, at most half full.
    private var slots = SeedAgents.emptySlots(64)

    private static func emptySlots(_ count: Int) -> [Slot] {
        Array(repeating: Slot(fingerprint: Fingerprint(first: 0, last: 0, count: 0), mark: 0), count: count)
    }

    init() {
        _ = Array("unknown".utf8).withUnsafeBytes { id(of: $0) }
    }

    subscript(id: ID) -> PythonValue { values[Int(id)] }

    /// The values whose numbers are `first` and above.
    func values(from first: Int) -> [PythonValue] { Array(values[first...]) }

    /// The number of a name; of the empty one the number of `unknown`.
    @inline(__always)
    mutating func id(of text: UnsafeRawBufferPointer) -> ID {
        if text.isEmpty { return SeedAgents.unknown }
        let fingerprint = SeedAgents.fingerprint(text)
        var slot = SeedAgents.place(fingerprint, slots.count)
        while slots[slot].mark != 0 {
            let id = slots[slot].mark - 1
            if slots[slot].fingerprint == fingerprint,
                fingerprint.count <= Fingerprint.wholeCountMax || texts[Int(id)].elementsEqual(text)
            {
                return id
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(text, fingerprint, slot)
    }

    @inline(never)
    private mutating func insert(_ text: UnsafeRawBufferPointer, _ fingerprint: Fingerprint, _ slot: Int) -> ID {
        let bytes = Array(text)
        let id = append(.text(bytes), bytes)
        slots[slot] = Slot(fingerprint: fingerprint, mark: id + 1)
        if values.count * 2 > slots.count { grow() }
        return id
    }

    /// The number of a value that `values(from:)` gave.
    mutating func id(ofNew value: PythonValue) -> ID {
        if case .text(let bytes) = value { return bytes.withUnsafeBytes { id(of: $0) } }
        return id(of: value)
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
        let id = append(value, [])
        others[other] = id
        return id
    }

    private mutating func append(_ value: PythonValue, _ text: [UInt8]) -> ID {
        let id = ID(values.count)
        values.append(value)
        texts.append(text)
        return id
    }

    private mutating func grow() {
        let full = slots
        slots = SeedAgents.emptySlots(full.count * 2)
        for entry in full where entry.mark != 0 {
            var slot = SeedAgents.place(entry.fingerprint, slots.count)
            while slots[slot].mark != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = entry
        }
    }

    @inline(__always)
    private static func place(_ fingerprint: Fingerprint, _ slotCount: Int) -> Int {
        // All bits of both words reach all bits of the product's halves: names often differ in their last digits only.
        let product = (fingerprint.first ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
            by: fingerprint.last &+ UInt64(truncatingIfNeeded: fingerprint.count) ^ 0xC2B2_AE3D_27D4_EB4F)
        return Int(truncatingIfNeeded: product.high ^ product.low) & (slotCount - 1)
    }

    @inline(__always)
    private static func fingerprint(_ text: UnsafeRawBufferPointer) -> Fingerprint {
        let count = text.count
        if count >= 8 {
            return Fingerprint(
                first: text.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                last: text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), count: count)
        }
        // The bytes one after the other, which is all of them.
        return Fingerprint(first: text.reduce(0) { $0 << 8 | UInt64($1) }, last: 0, count: count)
    }
}
