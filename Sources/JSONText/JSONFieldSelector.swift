/// Finds the wanted keys among the fields of a row: one call a row, not one for each key.
///
///     let selector = JSONFieldSelector(["agent", "symbol"])
///     selector.select(fields, line: line, into: &indexes)   // indexes[0]: field of "agent", or -1
///
/// Of a key that occurs twice the last field counts, as in CPython. Order of fields does not matter.
package struct JSONFieldSelector: Sendable {
    private let keys: [[UInt8]]
    private let prints: [UInt64]
    /// Open addressing: an index into `keys` plus one, or zero. A power of two, at most a quarter full.
    private let slots: [UInt8]
    private let mask: Int

    /// - Parameter keys: at most 64 different keys.
    package init(_ keys: [String]) {
        precondition(keys.count <= 64 && Set(keys).count == keys.count, "Invariant: at most 64 different keys")
        self.keys = keys.map { Array($0.utf8) }
        prints = self.keys.map { key in key.withUnsafeBytes { JSONFieldSelector.print($0, 0, $0.count) } }
        var size = 16
        while size < keys.count * 4 { size *= 2 }
        mask = size - 1
        var slots = [UInt8](repeating: 0, count: size)
        for index in keys.indices {
            var slot = Int(truncatingIfNeeded: prints[index] >> 40) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt8(index + 1)
        }
        self.slots = slots
    }

    /// Sets `indexes` to one entry for each wanted key: the index of its last field, or -1.
    package func select(_ fields: [JSONField], line: UnsafeRawBufferPointer, into indexes: inout [Int]) {
        if indexes.count != keys.count { indexes = Array(repeating: -1, count: keys.count) }
        for index in indexes.indices { indexes[index] = -1 }
        for (position, field) in fields.enumerated() {
            let key =
                field.keyHasEscapes ? indexOfEscapedKey(field, line) : indexOfKey(line, field.keyStart, field.keyEnd)
            if key >= 0 { indexes[key] = position }
        }
    }

    @inline(__always)
    private func indexOfKey(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        let print = JSONFieldSelector.print(line, start, end)
        var slot = Int(truncatingIfNeeded: print >> 40) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if prints[index] == print, isEqual(keys[index], line, start, end) { return index }
            slot = (slot + 1) & mask
        }
        return -1
    }

    @inline(never)
    private func indexOfEscapedKey(_ field: JSONField, _ line: UnsafeRawBufferPointer) -> Int {
        var key: [UInt8] = []
        _ = JSONEscape.decode(line, field.keyStart..<field.keyEnd, into: &key)
        return key.withUnsafeBytes { indexOfKey($0, 0, $0.count) }
    }

    @inline(__always)
    private func isEqual(_ key: [UInt8], _ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        guard key.count == end - start else { return false }
        for index in 0..<key.count where key[index] != line[start + index] { return false }
        return true
    }

    /// A number that differs for most different keys: made of the length and the first and last eight bytes.
    @inline(__always)
    static func print(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt64 {
        let count = end - start
        guard count > 0, let base = UnsafeRawPointer(line.baseAddress) else { return 0 }
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            last = base.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(base.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            last = UInt64(base.loadUnaligned(fromByteOffset: end - 4, as: UInt32.self))
        } else {
            first = UInt64(line[start])
            last = UInt64(line[end - 1]) | UInt64(line[start + count / 2]) << 8
        }
        let mixed = (first ^ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15 ^ last &* 0xC2B2_AE3D_27D4_EB4F
        return mixed ^ mixed >> 29
    }
}
