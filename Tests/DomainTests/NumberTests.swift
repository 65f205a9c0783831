import Domain
import Foundation
import Testing

@Suite("Numbers")
struct NumberTests {
    @Test(
        "fixed decimals round the exact binary value, halves away from zero",
        arguments: [
            (0, 2, "0.00"), (-0.0, 2, "0.00"), (-0.004, 2, "0.00"), (-0.006, 2, "-0.01"), (0.125, 2, "0.13"),
            (-0.125, 2, "-0.13"), (1.005, 2, "1.00"), (1.115, 2, "1.11"), (2.675, 2, "2.67"), (0.285, 2, "0.28"),
            (2.5, 0, "3"), (0.5, 0, "1"), (0.499_999_999_999_999_94, 0, "0"), (1234.5678, 3, "1234.568"),
            (0.05, 3, "0.050"), (9.995, 2, "9.99"), (99.999, 1, "100.0"), (1e14, 0, "100000000000000"),
            (1e22, 2, "1e+22"), (1.7e308, 6, "1.7e+308"),
        ] as [(Double, Int, String)])
    func fixes(value: Double, decimals: Int, text: String) { #expect(DecimalText.fixed(value, decimals) == text) }

    @Test("fixed decimals agree with the C library, but for halves", arguments: [UInt64(21)])
    func agreesWithC(seed: UInt64) {
        var draws = Draws(seed: seed)
        for _ in 0..<20_000 {
            let value = (draws.uniform() - 0.5) * [1, 100, 1e4, 1e8][draws.below(4)]
            let decimals = draws.below(7)
            var expected = String(format: "%.\(decimals)f", value)
            let isZero = !expected.contains { ("1"..."9").contains($0) }
            if isZero, expected.hasPrefix("-") { expected.removeFirst() }
            #expect(DecimalText.fixed(value, decimals) == expected, "seed \(seed): \(value)")
        }
    }

    @Test(
        "significant digits are kept, others dropped, and nothing becomes no number",
        arguments: [
            (123_456.789, 123_457), (0.000_123_456_789, 0.000_123_457), (-1.0, -1), (0, 0), (999_999.9, 1e6),
            (1.7e308, 1.7e308), (1e-300, 1e-300),
            (.leastNonzeroMagnitude, .leastNonzeroMagnitude), (-.leastNormalMagnitude / 3, -.leastNormalMagnitude / 3),
        ] as [(Double, Double)])
    func keepsDigits(value: Double, expected: Double) {
        #expect(abs(DecimalText.significant(value) - expected) <= 2 * expected.ulp)
    }

    @Test(
        "a number is decimal and finite",
        arguments: [
            ("1", 1), ("-12.5", -12.5), ("+7", 7), ("1e-3", 0.001), ("1E3", 1_000), (".5", 0.5), ("0.1", 0.1),
            ("", nil), (".", nil), ("e5", nil), ("1e", nil), ("nan", nil), ("inf", nil), ("0x10", nil), ("1e400", nil),
            ("1,5", nil), ("1 ", nil), ("--1", nil), ("1_000", nil), ("٣", nil),
        ] as [(String, Double?)])
    func reads(text: String, value: Double?) { #expect(DecimalText.number(text) == value) }

    @Test(
        "counts are grouped by thousands",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ])
    func groups(count: Int, text: String) { #expect(DecimalText.grouped(count) == text) }

    @Test("the power of a half is that of the C library to twelve digits up to two halvings, and sound beyond")
    func halves() {
        for step in 0...20_000 {
            let exponent = Double(step) / 10_000
            #expect(abs(PowerOfHalf.value(exponent) / exp2(-exponent) - 1) < 1e-12, "\(exponent)")
        }
        for exponent in [2.5, 3, 10, 50.25, 100, 900] {
            #expect(abs(PowerOfHalf.value(exponent) / exp2(-exponent) - 1) < 1e-12 * exponent, "\(exponent)")
        }
        #expect(PowerOfHalf.value(0) == 1)
        #expect(PowerOfHalf.value(1_000) == 0 && PowerOfHalf.value(.infinity) == 0)
        var previous = 1.0
        for step in 1...5_000 {
            let value = PowerOfHalf.value(Double(step) / 100)
            #expect(value < previous && value > 0)
            previous = value
        }
    }
}

@Suite("Snapshot coder")
struct SnapshotCoderTests {
    private struct State: Equatable, SnapshotVisitable {
        var word: UInt64 = 0
        var number = 0.0
        var maybe: Double?
        var text = ""
        var flag = false
        var time = Timestamp(milliseconds: 0)
        var list: [Double] = []
        var map: [String: Int] = [:]
        var attestation = Attestation.attested

        mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
            try coder.visit(&word)
            try coder.visit(&number)
            try coder.visit(&maybe)
            try coder.visit(&text)
            try coder.visit(&flag)
            try coder.visit(&time)
            try coder.visit(&list)
            try coder.visit(&map, blank: 0) { coder, value throws(SnapshotCoder.Failure) in try coder.visit(&value) }
            try coder.visit(&attestation)
        }
    }

    private func random(_ draws: inout Draws) -> State {
        var state = State()
        state.word = draws.word()
        state.number = draws.choice([0, -0.0, .leastNonzeroMagnitude, -1.7e308, draws.uniform(), .pi])
        state.maybe = draws.below(2) == 0 ? nil : draws.uniform()
        state.text = String(repeating: draws.choice(["", "a", "é", "🧮", "\u{0}"]), count: draws.below(5))
        state.flag = draws.below(2) == 0
        state.time = Timestamp(milliseconds: Int64(bitPattern: draws.word()))
        state.list = (0..<draws.below(6)).map { _ in draws.uniform() }
        for _ in 0..<draws.below(5) { state.map["k\(draws.below(20))"] = Int(Int64(bitPattern: draws.word())) }
        state.attestation = draws.choice([.attested, .unattested, .late])
        return state
    }

    private func bytes(_ state: State) throws -> [UInt8] {
        var copy = state
        var writer = SnapshotCoder.writer()
        try copy.visit(&writer)
        return writer.bytes
    }

    @Test("what is read is what was written, to the last bit", arguments: [UInt64(31)])
    func roundTrips(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        for _ in 0..<500 {
            let state = random(&draws)
            let written = try bytes(state)
            var reader = SnapshotCoder.reader(written)
            var read = State()
            try read.visit(&reader)
            #expect(read == state && read.number.sign == state.number.sign && reader.isAtEnd, "seed \(seed)")
            #expect(try bytes(read) == written, "seed \(seed)")
        }
    }

    @Test("cut anywhere it is an error, never a crash and never a state", arguments: [UInt64(32)])
    func refusesTruncation(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        for _ in 0..<50 {
            let written = try bytes(random(&draws))
            for count in written.indices {
                var reader = SnapshotCoder.reader(Array(written[..<count]))
                var read = State()
                #expect(throws: SnapshotCoder.Failure.self, "seed \(seed)") { try read.visit(&reader) }
            }
        }
    }

    @Test("with any byte changed it reads or is an error, never a crash", arguments: [UInt64(33)])
    func survivesDamage(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        var failureCount = 0
        for _ in 0..<40 {
            let written = try bytes(random(&draws))
            for index in written.indices {
                var damaged = written
                damaged[index] = UInt8(truncatingIfNeeded: draws.word())
                var reader = SnapshotCoder.reader(damaged)
                var read = State()
                do { try read.visit(&reader) } catch { failureCount += 1 }
            }
        }
        #expect(failureCount > 100, "seed \(seed)")
    }

    @Test("a damaged count is an error", arguments: [Int64.max, -1, 1 << 40, 9])
    func refusesCounts(count: Int64) throws {
        var writer = SnapshotCoder.writer()
        var copy = count
        try writer.visit(&copy)
        var zero = 0.0
        try writer.visit(&zero)
        var reader = SnapshotCoder.reader(writer.bytes)
        var list: [Double] = []
        #expect(throws: SnapshotCoder.Failure.truncated) { try reader.visit(&list) }
        reader = SnapshotCoder.reader(writer.bytes)
        var text = ""
        #expect(throws: SnapshotCoder.Failure.truncated) { try reader.visit(&text) }
    }

    @Test("what is not finite neither goes in nor comes out")
    func refusesNaN() {
        for number in [Double.nan, .infinity] {
            var writer = SnapshotCoder.writer()
            var copy = number
            #expect(throws: SnapshotCoder.Failure.malformed) { try writer.visit(&copy) }
        }
    }
}
