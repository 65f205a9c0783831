import Glibc
import Statistics
import Swarm

/// Makes rows of `alpha/reconciled.jsonl`, 250 bytes each on average, from a seed: the same bytes on every machine.
///
/// Half of the agents forecast within a few bps, half are as far off as the market moves: with the latter alone every
/// multiplier of the seed's rule ends at its floor, and a comparison of results would compare 0.5 with 0.5. Times are
/// in order, one row a time, so that no two rows have one natural key.
struct MadeRows {
    var rowCount: Int
    var agentCount: Int
    var years: Int
    var seed: UInt64 = 7

    static let symbols = ["BTC", "ETH", "SOL", "XRP", "BNB", "DOGE"]
    static let strategies = ["momentum", "carry", "reversion", "llm"]
    /// 2022-01-01T00:00:00Z.
    static let startSeconds = 1_640_995_200
    static let daySeconds = 86_400
    static let dayRowCount = 1_000

    init(rowCount: Int, agentCount: Int, years: Int, seed: UInt64 = 7) {
        self.rowCount = rowCount
        self.agentCount = agentCount
        self.years = years
        self.seed = seed
    }

    /// Behind the close of the last outcome, at six in the morning.
    var endSeconds: Int { MadeRows.startSeconds + (years * 365 + 2) * MadeRows.daySeconds + 6 * 3_600 }

    /// Writes all rows to a file descriptor, a few megabytes at a time.
    func write(to descriptor: Int32) throws {
        var random = Xoshiro256(seed: seed, stream: "rows")
        let agents = Agents(count: agentCount, seed: seed)
        let step = Double(years * 365 * MadeRows.daySeconds) / Double(max(1, rowCount))
        precondition(step >= 1, "Invariant: one row a second at most, so that no two share a key")
        var clock = DayText()
        var text = RowText()
        for index in 0..<rowCount {
            let seconds = MadeRows.startSeconds + Int(Double(index) * step)
            let agent = Int(random.next() % UInt64(agentCount))
            text.append(seconds: seconds, &clock, agent: agent, agents, &random)
            if text.bytes.count > 1 << 20 { try text.flush(to: descriptor) }
        }
        try text.flush(to: descriptor)
    }

    /// A thousand outcomes, the agents taking turns, generated within `16` hours from `seconds` on: what a day adds.
    func writeDay(from seconds: Int, day: Int, to descriptor: Int32) throws {
        var random = Xoshiro256(seed: seed, stream: "day \(day)")
        let agents = Agents(count: agentCount, seed: seed)
        var clock = DayText()
        var text = RowText()
        for index in 0..<MadeRows.dayRowCount {
            text.append(
                seconds: seconds + index * 57_600 / MadeRows.dayRowCount, &clock, agent: index % agentCount, agents,
                &random)
        }
        try text.flush(to: descriptor)
    }

    /// What an agent is like.
    struct Agents {
        var names: [[UInt8]] = []
        /// In bps; below zero: as far off as the row's own volatility.
        var errorScales: [Double] = []

        init(count: Int, seed: UInt64) {
            var random = Xoshiro256(seed: seed, stream: "agents")
            for index in 0..<count {
                let digits = String(index)
                let padding = String(repeating: "0", count: max(0, 4 - digits.count))
                names.append(Array("agent-\(padding)\(digits)".utf8))
                // From 0.25 to 16 bps, evenly in powers of two.
                let power = random.uniform() * 6 - 2
                errorScales.append(index % 2 == 0 ? -1 : exp2(power))
            }
        }
    }
}

/// The text of a moment; the day's part is kept while the day lasts.
private struct DayText {
    private var day = Int.min
    private var text: [UInt8] = []

    mutating func append(_ seconds: Int, to bytes: inout [UInt8]) {
        let today = seconds / MadeRows.daySeconds
        if today != day {
            day = today
            var moment = time_t(seconds)
            var parts = tm()
            gmtime_r(&moment, &parts)
            text = [UInt8](repeating: 0, count: 11)
            DayText.put(Int(parts.tm_year) + 1_900, 4, at: 0, &text)
            DayText.put(Int(parts.tm_mon) + 1, 2, at: 5, &text)
            DayText.put(Int(parts.tm_mday), 2, at: 8, &text)
            text[4] = UInt8(ascii: "-")
            text[7] = UInt8(ascii: "-")
            text[10] = UInt8(ascii: "T")
        }
        bytes += text
        let second = seconds % MadeRows.daySeconds
        for (value, end) in [(second / 3_600, ":"), (second / 60 % 60, ":"), (second % 60, "Z")] {
            bytes.append(UInt8(ascii: "0") + UInt8(value / 10))
            bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
            bytes.append(end.utf8.first ?? 0)
        }
    }

    private static func put(_ value: Int, _ count: Int, at start: Int, _ text: inout [UInt8]) {
        var rest = value
        for place in stride(from: start + count - 1, through: start, by: -1) {
            text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

/// Lines waiting to be written.
private struct RowText {
    var bytes: [UInt8] = []

    private static let symbols = MadeRows.symbols.map { Array($0.utf8) }
    private static let strategies = MadeRows.strategies.map { Array($0.utf8) }

    mutating func append(
        seconds: Int, _ clock: inout DayText, agent: Int, _ agents: MadeRows.Agents, _ random: inout Xoshiro256
    ) {
        let sigma = 60 + 240 * random.uniform()
        let expected = RowText.units(random.portableNormal() * sigma * 0.2)
        let scale = agents.errorScales[agent] > 0 ? agents.errorScales[agent] : sigma
        let error = RowText.units(random.portableNormal() * scale)
        let draw = random.next()
        text("{\"ts\":\"")
        clock.append(seconds, to: &bytes)
        text("\",\"agent\":\"")
        bytes += agents.names[agent]
        text("\",\"symbol\":\"")
        bytes += RowText.symbols[Int(draw % 6)]
        text(draw >> 32 & 1 == 0 ? "\",\"direction\":\"LONG" : "\",\"direction\":\"SHORT")
        text("\",\"horizon_hours\":24,\"realized_pnl_bps\":")
        number(expected + error, decimals: 2)
        text(",\"expected_pnl_bps\":")
        number(expected, decimals: 2)
        text(",\"expected_sigma_bps\":")
        number(Int((sigma * 10).rounded()), decimals: 1)
        text(",\"pnl_error_bps\":")
        number(error, decimals: 2)
        text(",\"abs_error_bps\":")
        number(Int(error.magnitude), decimals: 2)
        text(",\"strategy_class\":\"")
        bytes += RowText.strategies[agent % 4]
        text("\"}\n")
    }

    /// In hundredths of a bps, so that the difference of two printed numbers is the third.
    private static func units(_ bps: Double) -> Int { Int((bps * 100).rounded()) }

    private mutating func text(_ part: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount))
    }

    /// `units` with its last `decimals` digits behind the point, at least one before it.
    private mutating func number(_ units: Int, decimals: Int) {
        if units < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = units.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
            var first = 24
            while rest > 0 || 24 - first < decimals + 2 {
                first -= 1
                if 23 - first == decimals {
                    digits[first] = UInt8(ascii: ".")
                } else {
                    digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }

    mutating func flush(to descriptor: Int32) throws {
        try DataFile.write(bytes, to: descriptor)
        bytes.removeAll(keepingCapacity: true)
    }
}
