/// What the multipliers need of one row.
struct SeedRow {
    let error: Double
    /// The number of its line, counted from the start of its piece or of the file.
    let line: Int
    let agent: SeedAgents.ID
    let flags: Flags

    /// Of the realized return only the side of zero counts, which zero and NaN do not have.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let isGain = Flags(rawValue: 1)
        static let isLoss = Flags(rawValue: 2)
        /// Both numbers can be read; otherwise the row only ages those before it.
        static let isReadable = Flags(rawValue: 4)
    }

    init(agent: SeedAgents.ID, isReadable: Bool, error: Double, realized: Double, line: Int) {
        self.error = error
        self.line = line
        self.agent = agent
        // Every second row gains: as sums of bits there is no branch to guess wrong.
        let sides = UInt8(realized > 0 ? 1 : 0) &+ UInt8(realized < 0 ? 2 : 0)
        flags = Flags(rawValue: sides &+ UInt8(isReadable ? 4 : 0))
    }

    /// The same row, as the whole file counts agents and lines.
    init(_ row: SeedRow, agent: SeedAgents.ID, line: Int) {
        error = row.error
        self.line = line
        self.agent = agent
        flags = row.flags
    }
}

/// The newest rows of one agent: the seed's formula looks at no others, and not at how many there were before them.
struct SeedTail {
    /// The key that stands for the agent: the form in which it came first.
    let name: PythonValue
    private var errors: [Double] = []
    private var flags: [SeedRow.Flags] = []
    private var oldest = 0

    static let capacity = 250

    init(name: PythonValue) { self.name = name }

    @inline(__always)
    mutating func append(_ row: SeedRow) {
        if errors.count < SeedTail.capacity {
            errors.append(row.error)
            flags.append(row.flags)
        } else {
            errors[oldest] = row.error
            flags[oldest] = row.flags
            oldest = oldest + 1 == SeedTail.capacity ? 0 : oldest + 1
        }
    }

    var count: Int { errors.count }

    /// The row that is `index` rows behind the oldest one.
    subscript(index: Int) -> (error: Double, flags: SeedRow.Flags) {
        let place = (oldest + index) % errors.count
        return (errors[place], flags[place])
    }
}

/// The newest rows of every agent, agents in the order in which they first appear.
struct SeedTails {
    private(set) var agents: [SeedTail] = []
    /// The line of the first row whose agent cannot be a key; what follows it does not matter.
    private(set) var unhashableLine: Int?
    /// Different forms of one key, such as 1 and 1.0, are one agent.
    private var places: [PythonKey: Int] = [:]
    /// By ID, the place among `agents`, or -1.
    private var placeOfID: [Int] = []

    @inline(__always)
    mutating func append(_ row: SeedRow, _ known: SeedAgents) {
        let id = Int(row.agent)
        if id >= 0, id < placeOfID.count, placeOfID[id] >= 0 {
            agents[placeOfID[id]].append(row)
        } else {
            appendFirst(row, known)
        }
    }

    @inline(never)
    private mutating func appendFirst(_ row: SeedRow, _ known: SeedAgents) {
        guard unhashableLine == nil else { return }
        guard row.agent != SeedAgents.unhashable, let key = PythonKey(known[row.agent]) else {
            unhashableLine = row.line
            return
        }
        let place = places[key, default: agents.count]
        if place == agents.count { agents.append(SeedTail(name: known[row.agent])) }
        places[key] = place
        let id = Int(row.agent)
        while placeOfID.count <= id { placeOfID.append(-1) }
        placeOfID[id] = place
        agents[place].append(row)
    }
}

/// The rows `rows[-limitRows:]` of a list that is never held as a whole.
///
/// A few of the newest rows are held as they are. To hold many would take memory without bound: then every agent keeps
/// its tail, as if all rows counted, and when the list turns out to be longer than the limit, the file is read a second
/// time with the first rows left out, whose number is known by then.
struct SeedRows {
    private enum Kept {
        /// At most so many of the newest rows.
        case window(limit: Int)
        /// All rows but the first.
        case tails
    }

    private let kept: Kept
    private let limit: Int
    private var skipsLeft: Int
    private var ring: [SeedRow] = []
    private var oldest = 0
    private var tails = SeedTails()
    /// How many rows had the right horizon, also those that the slice leaves out.
    private(set) var count = 0

    /// - Parameter windowMax: how many rows are held as they are at most.
    init(limitRows: Int, windowMax: Int) {
        limit = limitRows > 0 ? limitRows : .max
        skipsLeft = limitRows < 0 ? Int(clamping: limitRows.magnitude) : 0
        kept = limitRows > 0 && limitRows <= windowMax ? .window(limit: limitRows) : .tails
    }

    /// How many rows must be left out when the file is read a second time; nil when once is enough.
    var rowsToLeaveOut: Int? {
        switch kept {
        case .window: nil
        case .tails: count > limit ? count - limit : nil
        }
    }

    @inline(__always)
    mutating func append(_ row: SeedRow, _ known: SeedAgents) {
        count += 1
        if skipsLeft > 0 {
            skipsLeft -= 1
            return
        }
        switch kept {
        case .tails:
            tails.append(row, known)
        case .window(let limit):
            if ring.count < limit {
                ring.append(row)
            } else {
                ring[oldest] = row
                oldest = oldest + 1 == limit ? 0 : oldest + 1
            }
        }
    }

    /// The rows that count, by agent.
    func byAgent(_ known: SeedAgents) -> SeedTails {
        var tails = self.tails
        for row in ring[oldest...] { tails.append(row, known) }
        for row in ring[..<oldest] { tails.append(row, known) }
        return tails
    }
}
