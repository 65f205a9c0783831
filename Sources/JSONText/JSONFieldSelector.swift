/// Finds the wanted keys among the fields of a row: one call a row, not one for each key.
///
///     let selector = JSONFieldSelector(["agent", "symbol"])
///     selector.select(fields, line: line, into: &indexes)   // indexes[0]: field of "agent", or -1
///
/// Of a key that occurs twice the last field counts, as in CPython. Order of fields does not matter.
package struct JSONFieldSelector: Sendable {
    private let keys: [[UInt8]]
    private let prints: [JSONKeyPrint]
    /// Open addressing: an index into `keys` plus one, or zero. A power of two, at most a quarter full.
    private let slots: [UInt8]
    private let mask: Int

    /// - Parameter keys: at most 64 different keys.
    package init(_ keys: [String]) {
        let texts = keys.map { Array($0.utf8) }
        precondition(keys.count <= 64 && Set(texts).count == keys.count, "Invariant: at most 64 different keys")
        self.keys = texts
        prints = texts.map { key in key.withUnsafeBytes { JSONKeyPrint($0, 0, $0.count) } }
        var size = 16
        while size < keys.count * 4 { size *= 2 }
        mask = size - 1
        var slots = [UInt8](repeating: 0, count: size)
        for index in keys.indices {
            var slot = prints[index].hash & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt8(index + 1)
        }
        self.slots = slots
    }

    var count: Int { keys.count }

    /// Sets `indexes` to one entry for each wanted key: the index of its last field, or -1.
    package func select(_ fields: [JSONField], line: UnsafeRawBufferPointer, into indexes: inout [Int]) {
        if indexes.count != keys.count { indexes = Array(repeating: -1, count: keys.count) }
        indexes.withUnsafeMutableBufferPointer { indexes in
            for index in indexes.indices { indexes[index] = -1 }
            slots.withUnsafeBufferPointer { slots in
                prints.withUnsafeBufferPointer { prints in
                    for position in fields.indices {
                        let key = indexOfKey(fields[position], line, slots, prints)
                        if key >= 0 { indexes[key] = position }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func indexOfKey(
        _ field: JSONField, _ line: UnsafeRawBufferPointer,
        _ slots: UnsafeBufferPointer<UInt8>, _ prints: UnsafeBufferPointer<JSONKeyPrint>
    ) -> Int {
        if field.keyHasEscapes { return indexOfEscapedKey(field, line) }
        let print = JSONKeyPrint(line, field.keyStart, field.keyEnd)
        var slot = print.hash & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if prints[index] == print, print.isWhole || isEqual(keys[index], line, field.keyStart) { return index }
            slot = (slot + 1) & mask
        }
        return -1
    }

    @inline(never)
    private func indexOfEscapedKey(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> Int {
        let key = JSONDecoding.utf8(line, field.keyStart..<field.keyEnd, hasEscapes: true)
        return keys.firstIndex(of: key) ?? -1
    }

    @inline(never)
    private func isEqual(_ key: [UInt8], _ line: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        for index in key.indices where key[index] != line[start + index] { return false }
        return true
    }
}

/// The length of a key and its first and last eight bytes: up to sixteen bytes that is all of it.
struct JSONKeyPrint: Equatable, Sendable {
    let first: UInt64
    let last: UInt64
    let count: Int

    @inline(__always)
    init(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        count = end - start
        guard count > 0, let base = UnsafeRawPointer(line.baseAddress) else {
            first = 0
            last = 0
            return
        }
        if count >= 8 {
            first = base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            last = base.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(base.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            last = UInt64(base.loadUnaligned(fromByteOffset: end - 4, as: UInt32.self))
        } else {
            first = UInt64(base.load(fromByteOffset: start, as: UInt8.self))
            let middle = UInt64(base.load(fromByteOffset: start + count / 2, as: UInt8.self))
            last = UInt64(base.load(fromByteOffset: end - 1, as: UInt8.self)) << 8 | middle
        }
    }

    /// Whether equal prints mean equal keys.
    var isWhole: Bool { count <= 16 }

    var hash: Int {
        let mixed = (first ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15 ^ last &* 0xC2B2_AE3D_27D4_EB4F
        return Int(truncatingIfNeeded: mixed >> 40)
    }
}
