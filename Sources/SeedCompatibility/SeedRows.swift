/// What the multipliers need of one row.
struct SeedRow {
    let agent: SeedAgents.ID
    /// False when one of the two numbers cannot be read: the row then only ages those before it.
    let isReadable: Bool
    let error: Double
    let realized: Double
    let line: Int
}

/// The rows `rows[-limitRows:]` of a list that is never held as a whole.
struct SeedRows {
    private let limit: Int
    private var skipsLeft: Int
    private var ring: [SeedRow] = []
    private var oldest = 0
    /// Whether any row had the right horizon, also one that the slice leaves out.
    private(set) var hasAny = false

    init(limitRows: Int) {
        limit = limitRows > 0 ? limitRows : .max
        skipsLeft = limitRows < 0 ? Int(clamping: limitRows.magnitude) : 0
    }

    @inline(__always)
    mutating func append(_ row: SeedRow) {
        hasAny = true
        if skipsLeft > 0 {
            skipsLeft -= 1
        } else if ring.count < limit {
            ring.append(row)
        } else {
            ring[oldest] = row
            oldest = oldest + 1 == limit ? 0 : oldest + 1
        }
    }

    /// The rows kept, in the order of the file.
    var inOrder: [SeedRow] { Array(ring[oldest...] + ring[..<oldest]) }
}

/// The rows that count, each agent's in the order of the file, agents in the order in which they first appear.
struct SeedRowsByAgent {
    let hasAny: Bool
    private(set) var agents: [(name: PythonValue, rows: [SeedRow])] = []

    init(_ rows: SeedRows, _ known: SeedAgents) throws(SeedFailure) {
        hasAny = rows.hasAny
        // Different forms of one key, such as 1 and 1.0, are one agent, under the form that came first.
        var places: [PythonKey: Int] = [:]
        var placeOfID: [SeedAgents.ID: Int] = [:]
        for row in rows.inOrder {
            if let place = placeOfID[row.agent] {
                agents[place].rows.append(row)
                continue
            }
            guard row.agent != SeedAgents.unhashable, let key = PythonKey(known[row.agent]) else {
                throw SeedFailure(
                    file: .reconciled, line: row.line, reason: "agent must be a name, not an array or an object")
            }
            let place = places[key, default: agents.count]
            if place == agents.count { agents.append((known[row.agent], [])) }
            places[key] = place
            placeOfID[row.agent] = place
            agents[place].rows.append(row)
        }
    }
}
