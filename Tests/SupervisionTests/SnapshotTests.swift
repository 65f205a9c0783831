import Domain
import Statistics
import Supervision
import Testing

@Suite("Snapshots")
struct SnapshotTests {
    private static let mode = Fold.PolicyMode.constant(.standard)

    private static let snapshot: [UInt8] = {
        let evidence = HostileEvidence(seed: 3)
        return folded(evidence.facts, mode, to: day(18)).snapshot()
    }()

    @Test("an intact one is read; under another policy or mode it is not")
    func belongsToItsPolicy() {
        #expect(Fold(snapshot: Self.snapshot, mode: Self.mode)?.position == day(18))
        #expect(Fold(snapshot: Self.snapshot, mode: .constant(.seed)) == nil)
        #expect(Fold(snapshot: Self.snapshot, mode: .scheduled(first: .standard)) == nil)
    }

    @Test("one of a fold that has seen nothing holds nothing to go on from")
    func ofNothing() {
        #expect(Fold(snapshot: Fold(mode: Self.mode).snapshot(), mode: Self.mode) == nil)
    }

    @Test("cut off anywhere it is refused")
    func cutOff() {
        var random = Xoshiro256(seed: 5)
        let counts = Array(0..<40) + (0..<60).map { _ in random.below(Self.snapshot.count) } + [Self.snapshot.count - 1]
        for count in counts {
            let cut = Array(Self.snapshot.prefix(count))
            #expect(Fold(snapshot: cut, mode: Self.mode) == nil, "\(count) bytes, seed 5")
        }
        #expect(Fold(snapshot: Self.snapshot + [0], mode: Self.mode) == nil)
    }

    @Test("with one bit turned anywhere it is refused")
    func bitTurned() {
        var random = Xoshiro256(seed: 6)
        let places = Array(0..<24) + (0..<60).map { _ in random.below(Self.snapshot.count) }
            + (Self.snapshot.count - 16..<Self.snapshot.count)
        for place in places {
            var bytes = Self.snapshot
            bytes[place] ^= 1 << UInt8(random.below(8))
            #expect(Fold(snapshot: bytes, mode: Self.mode) == nil, "byte \(place), seed 6")
        }
    }

    @Test("blocks moved, doubled or zeroed are refused")
    func blocksMoved() {
        var random = Xoshiro256(seed: 7)
        for _ in 0..<30 {
            let length = 8 + random.below(512)
            let from = random.below(Self.snapshot.count - length)
            let to = random.below(Self.snapshot.count - length)
            var moved = Self.snapshot
            moved.replaceSubrange(to..<to + length, with: Self.snapshot[from..<from + length])
            if moved != Self.snapshot {
                #expect(Fold(snapshot: moved, mode: Self.mode) == nil, "\(length) bytes from \(from) to \(to)")
            }
            var doubled = Self.snapshot
            doubled.insert(contentsOf: Self.snapshot[from..<from + length], at: to)
            #expect(Fold(snapshot: doubled, mode: Self.mode) == nil, "\(length) bytes of \(from) at \(to)")
            var zeroed = Self.snapshot
            zeroed.replaceSubrange(to..<to + length, with: [UInt8](repeating: 0, count: length))
            if zeroed != Self.snapshot {
                #expect(Fold(snapshot: zeroed, mode: Self.mode) == nil, "\(length) zeros at \(to)")
            }
        }
    }

    /// A checksum over damage: what a program of another layout would write. Never a crash; refused wherever it shows.
    @Test("damage under a checksum that fits does not crash the reading")
    func checksumFits() {
        var random = Xoshiro256(seed: 8)
        let body = Array(Self.snapshot.dropLast(16))
        var refusedCount = 0
        for round in 0..<120 {
            var damaged = body
            switch round % 3 {
            case 0: damaged[random.below(body.count)] ^= 0xFF
            case 1: damaged.removeLast(1 + random.below(body.count - 1))
            default:
                let place = random.below(body.count - 8)
                damaged.replaceSubrange(place..<place + 8, with: [UInt8](repeating: 0xFF, count: 8))
            }
            let checksum = WordDigest.of(damaged[...])
            for word in [checksum.high, checksum.low] {
                withUnsafeBytes(of: word) { damaged.append(contentsOf: $0) }
            }
            if Fold(snapshot: damaged, mode: Self.mode) == nil { refusedCount += 1 }
        }
        #expect(refusedCount > 60, "seed 8")
    }

    @Test("an agent's state stays below 64 KiB and stops growing once the windows are full")
    func isBounded() {
        // Fits of the expected return are the fleet's, and take the time here.
        var policy = Policy.standard
        policy.forecasting.usesRidge = false
        /// What the second of two agents takes after so many years: the fleet with it less the fleet without.
        func size(years: Int64, window: Int) -> Int {
            policy.window = window
            let both = Self.daily(["one", "two"], days: years * 365)
            var one = both
            one.signals.removeAll { $0.value.agent.name == "two" }
            one.telemetry.removeAll { $0.value.agent.name == "two" }
            let sizes = [both, one].map { folded($0, .constant(policy), to: day(years * 365)).snapshot().count }
            return sizes[0] - sizes[1]
        }
        let (first, third) = (size(years: 1, window: 300), size(years: 3, window: 300))
        #expect(first > 1_000 && third <= first + 64, "\(first) bytes after a year, \(third) after three")
        let full = size(years: 3, window: Policy.standard.window)
        #expect(full > third && full < 64 * 1_024, "\(full) bytes after three years")
    }

    /// Agents that toss a coin every day and report their telemetry.
    private static func daily(_ names: [String], days: Int64) -> FactBatch {
        var random = Xoshiro256(seed: 11)
        var batch = FactBatch()
        var bars: [Dated<Bar>] = []
        var price = 100.0
        for number in 0..<days {
            let next = price * (1 + 0.04 * (random.uniform() - 0.5))
            let bar = Bar(
                openAt: day(number), closeAt: day(number + 1), open: price, high: max(price, next),
                low: min(price, next), close: next, volume: nil)
            bars.append(Dated(bar, knownAt: bar.closeAt, attestation: .attested))
            price = next
        }
        batch.bars.append(BarSeries(symbol: symbol("BTC"), bars: bars))
        for number in 20..<days {
            for name in names {
                let direction: Direction = random.happens(0.5) ? .long : .short
                let score = random.uniform()
                batch.signals.append(
                    signal(name, "BTC", direction, at: day(number, -1), score: score, strategyClass: "class"))
            }
        }
        batch.telemetry = batch.signals.map {
            let record = TelemetryRecord(
                agent: $0.value.agent, runID: "r", at: $0.knownAt, errors: 0, latencyMilliseconds: 10, costUSD: 0.01,
                tokensIn: nil, tokensOut: nil)
            return Dated(record, knownAt: $0.knownAt, attestation: .attested)
        }
        return batch
    }
}
