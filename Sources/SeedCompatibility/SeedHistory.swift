/// The pieces of `alpha/reconciled.jsonl` put together in the order of the file, whoever read them: what the
/// multipliers need of the rows that count, and the first failure of each of the seed's passes.
struct SeedHistory {
    private(set) var rows: SeedRows
    private var agents = SeedAgents()
    /// By worker, the number here of each agent that it knows.
    private var agentsOfWorkers: [[SeedAgents.ID]] = []
    private var lineCount = 0
    private var parsingFailure: SeedFailure?
    private var horizonFailure: SeedFailure?
    private(set) var isUTF8 = true

    /// - Parameters:
    ///   - limitRows: as the seed slices its list, `rows[-limitRows:]`: 0 keeps all, -3 leaves out the first 3.
    ///   - windowMax: see `SeedRows`.
    init(limitRows: Int, windowMax: Int) {
        rows = SeedRows(limitRows: limitRows, windowMax: windowMax)
    }

    /// Adds the next piece of the file.
    mutating func append(_ piece: SeedPiece, worker: Int) {
        if !piece.isUTF8 { isUTF8 = false }
        while agentsOfWorkers.count <= worker {
            agentsOfWorkers.append((0..<SeedAgents.predefinedCount).map { SeedAgents.ID($0) })
        }
        for value in piece.newAgents { agentsOfWorkers[worker].append(agents.id(ofNew: value)) }
        guard parsingFailure == nil else { return }
        parsingFailure = piece.parsingFailure.map(atLineOfFile)
        if horizonFailure == nil {
            appendRows(piece.rows, agentsOfWorkers[worker])
            horizonFailure = piece.horizonFailure.map(atLineOfFile)
        }
        lineCount += piece.lineCount
    }

    private mutating func appendRows(_ pieceRows: [SeedRow], _ ids: [SeedAgents.ID]) {
        for row in pieceRows {
            let agent = row.agent < 0 ? row.agent : ids[Int(row.agent)]
            rows.append(SeedRow(row, agent: agent, line: lineCount + row.line), agents)
        }
    }

    private func atLineOfFile(_ failure: SeedFailure) -> SeedFailure {
        SeedFailure(
            file: failure.file, line: failure.line.map { lineCount + $0 }, reason: failure.reason)
    }

    /// The failure of the earliest pass, once the whole file was read.
    func check() throws(SeedFailure) {
        guard isUTF8 else {
            throw SeedFailure(file: .reconciled, line: nil, reason: "the file is not valid UTF-8")
        }
        if let failure = parsingFailure ?? horizonFailure { throw failure }
    }

    /// The rows that count, by agent, once the whole file was read and checked.
    func rowsByAgent() throws(SeedFailure) -> SeedTails {
        let tails = rows.byAgent(agents)
        if let line = tails.unhashableLine {
            throw SeedFailure(
                file: .reconciled, line: line, reason: "agent must be a name, not an array or an object")
        }
        return tails
    }
}
