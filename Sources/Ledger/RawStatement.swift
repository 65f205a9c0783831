import Domain
import GRDB
import GRDBSQLite

/// A prepared statement on the connection GRDB holds, bound and stepped without the detour through values and rows.
///
/// Ledgers take and give hundreds of thousands of facts a second, which neither Codable records nor GRDB's argument
/// arrays do. Transactions, connections and migrations stay GRDB's. Lives within one `read` or `write`; parameters and
/// columns are counted as SQLite counts them (parameters from 1, columns from 0).
final class RawStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    /// Parameters are counted from behind this one: a statement of many rows is bound like one of a single row.
    var offset: Int32 = 0
    /// Which parameters hold NULL, as all do at first. Facts leave many fields out, the same ones fact after fact.
    ///
    /// A pointer, since a list in a class is checked for exclusive access at every touch, which cost more than binding.
    /// It is allocated with a place for each parameter and one before the first, lives as long as the statement, and is
    /// touched only behind the check in `place(of:)`.
    private let holdsNull: UnsafeMutablePointer<Bool>
    let parameterCount: Int32

    init(_ database: Database, _ sql: String) throws {
        guard let connection = database.sqliteConnection else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the connection is closed", sql: sql)
        }
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw RawStatement.failure(connection, code) }
        self.handle = handle
        self.connection = connection
        parameterCount = sqlite3_bind_parameter_count(handle)
        holdsNull = .allocate(capacity: Int(parameterCount) + 1)
        holdsNull.initialize(repeating: true, count: Int(parameterCount) + 1)
    }

    deinit {
        sqlite3_finalize(handle)
        holdsNull.deallocate()
    }

    private static func failure(_ connection: OpaquePointer, _ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: String(cString: sqlite3_errmsg(connection)))
    }

    func bind(_ number: Int64, at index: Int32) { sqlite3_bind_int64(handle, taken(index), number) }

    func bind(_ number: Int64?, at index: Int32) {
        if let number { bind(number, at: index) } else { bindNull(at: index) }
    }

    func bind(_ time: Timestamp, at index: Int32) { bind(time.milliseconds, at: index) }

    /// SQLite stores NaN as NULL, which would turn a broken number into a missing one.
    @inline(__always)
    private static func demandFinite(_ number: Double) throws {
        guard number.isFinite else {
            throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "\(number) is not a finite number")
        }
    }

    func bind(_ number: Double, at index: Int32) throws {
        try RawStatement.demandFinite(number)
        sqlite3_bind_double(handle, taken(index), number)
    }

    func bind(_ number: Double?, at index: Int32) throws {
        if let number { try bind(number, at: index) } else { bindNull(at: index) }
    }

    func bind(_ text: String, at index: Int32) {
        let place = taken(index)
        var text = text
        text.withUTF8 { bytes in
            // A pointer that is nil would bind NULL where an empty text is meant.
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                sqlite3_bind_text(handle, place, "", 0, nil)
                return
            }
            _ = start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text64(
                    handle, place, $0, UInt64(bytes.count), RawStatement.copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    func bind(_ text: String?, at index: Int32) {
        if let text { bind(text, at: index) } else { bindNull(at: index) }
    }

    func bind(_ bytes: [UInt8], at index: Int32) {
        let place = taken(index)
        guard !bytes.isEmpty else {
            sqlite3_bind_zeroblob(handle, place, 0)
            return
        }
        sqlite3_bind_blob64(handle, place, bytes, UInt64(bytes.count), RawStatement.copied)
    }

    private func bindNull(at index: Int32) {
        let place = place(of: index)
        guard !holdsNull[Int(place)] else { return }
        holdsNull[Int(place)] = true
        sqlite3_bind_null(handle, place)
    }

    /// The place of a parameter that is about to hold a value.
    private func taken(_ index: Int32) -> Int32 {
        let place = place(of: index)
        holdsNull[Int(place)] = false
        return place
    }

    private func place(of index: Int32) -> Int32 {
        let place = offset &+ index
        precondition(place >= 1 && place <= parameterCount, "Invariant: a statement has the parameters bound to it")
        return place
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not import: SQLite copies what it is given.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    /// Runs a statement that gives no rows; returns how many rows it changed. Parameters stay bound.
    @discardableResult
    func run() throws -> Int {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else {
            let failure = RawStatement.failure(connection, code)
            sqlite3_reset(handle)
            throw failure
        }
        sqlite3_reset(handle)
        return Int(sqlite3_changes(connection))
    }

    /// Steps to the next row; at the end resets the statement and returns false.
    func next() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            let failure = RawStatement.failure(connection, code)
            sqlite3_reset(handle)
            throw failure
        }
    }

    func reset() { sqlite3_reset(handle) }

    /// The first row, if any.
    func first<Value>(_ value: (RawStatement) throws -> Value) throws -> Value? {
        defer { reset() }
        return try next() ? value(self) : nil
    }

    func all<Value>(_ value: (RawStatement) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try next() { values.append(try value(self)) }
        return values
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    func number(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }
    func optionalNumber(_ column: Int32) -> Double? { isNull(column) ? nil : number(column) }
    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// Binding one parameter behind the other, for statements all of whose parameters are bound for every row: nothing has
/// to be remembered of them, and SQLite itself refuses a place that a statement does not have.
extension RawStatement {
    @inline(__always)
    func put(_ number: Int64?, behind place: inout Int32) {
        place += 1
        if let number { sqlite3_bind_int64(handle, place, number) } else { sqlite3_bind_null(handle, place) }
    }

    @inline(__always)
    func put(_ number: Double?, behind place: inout Int32) throws {
        place += 1
        guard let number else {
            sqlite3_bind_null(handle, place)
            return
        }
        try RawStatement.demandFinite(number)
        sqlite3_bind_double(handle, place, number)
    }

    func put(_ text: String?, behind place: inout Int32) {
        place += 1
        if let text { bind(text, at: place) } else { sqlite3_bind_null(handle, place) }
    }
}
