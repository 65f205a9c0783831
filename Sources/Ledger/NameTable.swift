import Domain
import GRDB

/// The numbers that stand for names within the ledger, given out in the order in which names are first met.
///
/// Lives within one transaction: a number given out in a transaction that is rolled back never existed.
final class NameTable {
    private let lookup: RawStatement
    private let insert: RawStatement
    private let numberOfNew: RawStatement
    private var known: [Known] = []
    /// Places in `known`, found by hash, probed one after another; -1 for none. A power of two, at most half full.
    private var places: [Int32] = Array(repeating: -1, count: 64)

    private struct Known {
        var name: String
        var hash: UInt64
        var number: Int64
        var isPlain: Bool

        init(name: String, hash: UInt64, number: Int64) {
            self.name = name
            self.hash = hash
            self.number = number
            isPlain = name.utf8.allSatisfy { $0 < 0x80 }
        }

        /// Swift calls texts equal that differ in their bytes (composed and decomposed accents); the ledger does not.
        /// Of plain letters, and as long, there is one spelling only.
        func isNamed(_ other: String) -> Bool {
            name.utf8.count == other.utf8.count && name == other
                && (isPlain || name.utf8.elementsEqual(other.utf8))
        }
    }

    init(_ database: Database, table: String) throws {
        lookup = try RawStatement(database, "SELECT id FROM \(table) WHERE name = ?1")
        insert = try RawStatement(database, "INSERT INTO \(table) (name) VALUES (?1)")
        numberOfNew = try RawStatement(database, "SELECT last_insert_rowid()")
    }

    /// Three names a fact, millions of facts: the language's own dictionary, whose hash withstands an adversary and
    /// whose texts are compared as Unicode does, would cost more than the rest of our part in storing a fact.
    func number(of name: String) throws -> Int64 {
        // Taken once: every touch of a class's list is checked for exclusive access.
        let (known, places) = (known, places)
        let hash = NameTable.hash(name)
        var slot = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[slot] >= 0 {
            let place = Int(places[slot])
            // Hashes first: they tell nearly all names apart, and texts are compared once.
            if known[place].hash == hash && known[place].isNamed(name) { return known[place].number }
            slot = (slot + 1) & (places.count - 1)
        }
        return try remember(name, hash: hash, in: slot)
    }

    private func remember(_ name: String, hash: UInt64, in slot: Int) throws -> Int64 {
        let number = try storedNumber(of: name)
        places[slot] = Int32(known.count)
        known.append(Known(name: name, hash: hash, number: number))
        if known.count * 2 > places.count { grow() }
        return number
    }

    private func grow() {
        places = Array(repeating: -1, count: places.count * 2)
        for (place, entry) in known.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (places.count - 1)
            while places[slot] >= 0 { slot = (slot + 1) & (places.count - 1) }
            places[slot] = Int32(place)
        }
    }

    /// Eight bytes at a time, multiplied and folded; only ever used within this table.
    private static func hash(_ name: String) -> UInt64 {
        var name = name
        return name.withUTF8 { bytes in
            var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
            var index = 0
            while index < bytes.count {
                var word: UInt64 = 0
                if index + 8 <= bytes.count {
                    word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self)
                } else {
                    for place in index..<bytes.count { word = word << 8 | UInt64(bytes[place]) }
                }
                hash = (hash ^ word) &* 0xBF58_476D_1CE4_E5B9
                hash ^= hash >> 32
                index += 8
            }
            return hash
        }
    }

    private func storedNumber(of name: String) throws -> Int64 {
        lookup.bind(name, at: 1)
        if let number = try lookup.first({ $0.integer(0) }) { return number }
        insert.bind(name, at: 1)
        try insert.run()
        return try numberOfNew.first { $0.integer(0) } ?? 0
    }

    /// All names, at the places of their numbers; numbers start at 1.
    static func names<Name>(
        _ database: Database, table: String, _ name: (String) throws -> Name
    ) throws -> [Name?] {
        let statement = try RawStatement(database, "SELECT id, name FROM \(table) ORDER BY id")
        var names: [Name?] = []
        while try statement.next() {
            let number = Int(statement.integer(0))
            while names.count < number - 1 { names.append(nil) }
            names.append(try name(statement.text(1)))
        }
        return names
    }
}
