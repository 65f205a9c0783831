import Foundation
import SeedCompatibility
import Testing

/// How a file is read must not show in anything: neither the number of workers nor where the pieces are cut, nor
/// whether rows are held as they are or the file is read twice.
struct SeedReadingTests {
    private enum Answer: Equatable {
        case result(SeedConfidence.Result)
        case failure(SeedFailure)
    }

    private func answer(
        _ bytes: [UInt8], _ state: [UInt8]?, _ limitRows: Int, _ reading: SeedReading
    ) -> Answer {
        do {
            return .result(
                try SeedConfidence.update(
                    reconciled: bytes, state: state, limitRows: limitRows, reading: reading,
                    now: { someInstant }))
        } catch {
            return .failure(error)
        }
    }

    /// One piece, one worker, all rows held.
    private let plain = SeedReading(workerCount: 1, pieceByteCount: 1 << 20, windowMax: 1 << 20)

    @Test("Pieces of any length give what the oracle gives", arguments: [1, 2, 3, 7, 64, 1_000])
    func pieces(length: Int) throws {
        let reading = SeedReading(workerCount: 2, pieceByteCount: length, windowMax: 2)
        for example in SeedCase.all where (example.reconciled?.count ?? 0) < min(3_000, 300 * length) {
            let ours = answer(example.reconciled ?? [], example.before, example.limit ?? 8_000, reading)
            switch ours {
            case .failure(let failure):
                #expect(example.raises != nil, "\(example.name): \(failure)")
                let whole = answer(example.reconciled ?? [], example.before, example.limit ?? 8_000, plain)
                #expect(whole == ours, "\(example.name)")
            case .result(let result):
                #expect(example.raises == nil, "\(example.name)")
                #expect(masked(result.printed + [0x0A]) == masked(example.printed), "\(example.name)")
            }
        }
    }

    @Test(
        "Rows, order and the first failure do not depend on workers, pieces and memory",
        arguments: Array(1...8) as [UInt64])
    func invariance(seed: UInt64) {
        var source = RandomRows(seed: seed)
        var failureCount = 0
        for round in 0..<50 {
            let bytes = source.file()
            let state: [UInt8]? =
                source.chance(3) ? Array(#"{"multipliers":{"b":0.75,"1":0.9}}"#.utf8) : nil
            let limit = [8_000, 1, 3, 10, 40, 0, -1, -7, -1_000, 1_000_000][source.below(10)]
            let expected = answer(bytes, state, limit, plain)
            if case .failure = expected { failureCount += 1 }
            for workerCount in 1...3 {
                let length = [1, 5, 40, 150, 700, 5_000][source.below(6)]
                let reading = SeedReading(
                    workerCount: workerCount, pieceByteCount: length, windowMax: source.below(2) * 5)
                #expect(
                    answer(bytes, state, limit, reading) == expected,
                    "seed \(seed) round \(round) limit \(limit) \(reading): \(String(decoding: bytes, as: UTF8.self))"
                )
            }
        }
        #expect(failureCount > 1 && failureCount < 45, "seed \(seed): \(failureCount) failures")
    }

    @Test(
        "Of an agent with more rows than count the newest ones do, whatever the limit",
        arguments: [0, 1])
    func tails(windowMax: Int) throws {
        var source = RandomRows(seed: 99)
        let rows = (0..<2_000).map { _ in source.row(names: ["a", "b"]) }
        let bytes = Array(rows.joined(separator: "\n").utf8)
        for limit in [1, 249, 250, 251, 400, 1_000, 1_999, 2_000, 2_001, 0, -1, -1_900] {
            let expected = answer(bytes, nil, limit, plain)
            let reading = SeedReading(workerCount: 2, pieceByteCount: 3_000, windowMax: windowMax)
            #expect(answer(bytes, nil, limit, reading) == expected, "limit \(limit)")
            // The slice itself, as a file of its own.
            let slice = limit > 0 ? rows.suffix(limit) : rows.dropFirst(-limit)
            #expect(
                answer(Array(slice.joined(separator: "\n").utf8), nil, 0, plain) == expected,
                "limit \(limit)")
        }
    }
}

/// Rows as programs write them, with everything that goes wrong now and then.
private struct RandomRows {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

    mutating func chance(_ times: Int) -> Bool { below(times) == 0 }

    mutating func pick(_ values: [String]) -> String { values[below(values.count)] }

    mutating func number() -> String {
        let digits = [1, 3, 7, 8, 17][below(5)]
        let sign = chance(2) ? "-" : ""
        let fraction = chance(4) ? "" : ".\((0..<digits).map { _ in "\(below(10))" }.joined())"
        return "\(sign)\(below(1_000))\(fraction)\(chance(12) ? "e-2" : "")"
    }

    mutating func row(names: [String]) -> String {
        let name = pick(names)
        return
            #"{"ts": "2024-01-01T00:00:00Z", "agent": "\#(name)", "horizon_hours": 24, "realized_pnl_bps": "#
            + #"\#(number()), "abs_error_bps": \#(number()), "note": null}"#
    }

    mutating func file() -> [UInt8] {
        let isWild = chance(2)
        let end = isWild ? pick(["\n", "\r\n", "\r", "\u{2028}", "\u{85}", "\u{0B}", "\u{1C}"]) : "\n"
        var text = ""
        for _ in 0..<below(60) {
            if isWild, chance(8) {
                text += pick([
                    "", " ", #"{"horizon_hours": 24.0, "agent": 1, "abs_error_bps": 3}"#,
                    #"{"horizon_hours": 24, "agent": 1.0, "abs_error_bps": 7}"#,
                    #"{"horizon_hours": 24, "agent": true, "abs_error_bps": "x"}"#, #"{"horizon_hours": 4}"#,
                    #"{"agent": "a\u0062", "horizon_hours": 24, "abs_error_bps": NaN}"#,
                    #"{"agent": "naïve agent with a long name", "horizon_hours": 24, "abs_error_bps": 1e1}"#,
                ])
            } else {
                text += row(names: ["a", "b", "agent-0001", "agent-0002", "an agent with a long name", ""])
            }
            if chance(1_000) { text += pick([#"{"horizon_hours": null}"#, "{", "[]", "\u{2028}"]) }
            if chance(1_500) { text += #"{"horizon_hours": 24, "agent": []}"# }
            text += isWild && chance(6) ? "\n" : end
        }
        if chance(2), !text.isEmpty { text.unicodeScalars.removeLast() }
        var bytes = Array(text.utf8)
        if chance(5), !bytes.isEmpty {
            for _ in 0...below(2) {
                let alphabet: [UInt8] = [
                    0x0A, 0x0D, 0x22, 0x2C, 0x30, 0x7D, 0x80, 0xC2, 0xE2, 0xFF, 0x5C, 0x20,
                ]
                bytes[below(bytes.count)] = alphabet[below(alphabet.count)]
            }
        }
        return bytes
    }
}
