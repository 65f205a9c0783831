import Domain
import GRDB

/// The numbers that stand for names within the ledger, given out in the order in which names are first met.
///
/// Lives within one transaction: a number given out in a transaction that is rolled back never existed.
final class NameTable {
    private let lookup: RawStatement
    private let insert: RawStatement
    private let numberOfNew: RawStatement
    private var numbers: [String: Int64] = [:]
    private var latestName = ""
    private var latestNumber: Int64 = 0

    init(_ database: Database, table: String) throws {
        lookup = try RawStatement(database, "SELECT id FROM \(table) WHERE name = ?1")
        insert = try RawStatement(database, "INSERT INTO \(table) (name) VALUES (?1)")
        numberOfNew = try RawStatement(database, "SELECT last_insert_rowid()")
    }

    func number(of name: String) throws -> Int64 {
        // Swift calls texts equal that differ in their bytes (composed and decomposed accents); the ledger does not.
        // Only texts of plain letters are remembered here, where the two agree.
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return try storedNumber(of: name) }
        // Files come agent by agent and symbol by symbol.
        if latestNumber > 0 && name == latestName { return latestNumber }
        let number: Int64
        if let known = numbers[name] {
            number = known
        } else {
            number = try storedNumber(of: name)
            numbers[name] = number
        }
        latestName = name
        latestNumber = number
        return number
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
