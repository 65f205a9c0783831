/// One value of a line: what it is and where its text stands.
struct Cell {
    enum Kind: UInt8 {
        /// Missing, `null`, or an empty CSV cell.
        case absent
        case text
        case integer
        case number
        case boolean
        /// An object or an array.
        case container
    }

    var kind = Kind.absent
    /// Whether the text still holds escapes (JSON) or doubled quotes (CSV).
    var hasEscapes = false
    /// Whether the range lies in the mapping's constants, not in the line.
    var isConstant = false
    /// Without quotes.
    var start = 0
    var end = 0

    static let absent = Cell()
}
