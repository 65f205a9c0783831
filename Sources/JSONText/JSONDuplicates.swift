/// Finds keys that occur twice in one object.
enum JSONDuplicates {
    /// Above this many fields keys are put in a set instead of being compared in pairs.
    private static let pairsMax = 48

    /// The first field whose key an earlier field has, in the order of the line.
    ///
    /// - Complexity: O(fields) for ordinary rows: 64 bits of key prints tell most keys apart at once.
    static func firstRepeatedField(_ fields: [JSONField], line: UnsafeRawBufferPointer) -> Int? {
        guard fields.count > 1 else { return nil }
        if fields.count > pairsMax || fields.contains(where: \.keyHasEscapes) {
            return firstRepeatedText(fields, line: line)
        }
        var seen: UInt64 = 0
        for index in fields.indices {
            let field = fields[index]
            let print = JSONKeyPrint(line, field.keyStart, field.keyEnd)
            let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: print.hash & 63)
            if seen & bit != 0 {
                for earlier in 0..<index where hasSameKey(fields[earlier], field, line) { return index }
            }
            seen |= bit
        }
        return nil
    }

    private static func hasSameKey(_ one: JSONField, _ other: JSONField, _ line: UnsafeRawBufferPointer) -> Bool {
        let count = one.keyEnd - one.keyStart
        guard count == other.keyEnd - other.keyStart else { return false }
        for index in 0..<count where line[one.keyStart + index] != line[other.keyStart + index] { return false }
        return true
    }

    private static func firstRepeatedText(_ fields: [JSONField], line: UnsafeRawBufferPointer) -> Int? {
        var keys = Set<[UInt8]>(minimumCapacity: fields.count)
        for index in fields.indices {
            var key: [UInt8] = []
            _ = JSONEscape.decode(line, fields[index].keyStart..<fields[index].keyEnd, into: &key)
            if !keys.insert(key).inserted { return index }
        }
        return nil
    }
}
