import JSONText
import Testing

struct JSONNumberTests {
    private func double(_ text: String) throws -> Double? {
        let line = Array("{\"a\":\(text)}".utf8)
        let fields = try scan(line).get()
        return line.withUnsafeBytes { fields[0].double(in: $0) }
    }

    private func integer(_ text: String) throws -> Int64? {
        let line = Array("{\"a\":\(text)}".utf8)
        let fields = try scan(line).get()
        return line.withUnsafeBytes { fields[0].integer(in: $0) }
    }

    @Test("A number beyond every Double is nil, and one below is zero")
    func range() throws {
        #expect(try double("1e400") == nil)
        #expect(try double("-1e400") == nil)
        #expect(try double("1e99999999999999999999") == nil)
        #expect(try double("1.7976931348623159e308") == nil)
        #expect(try double("1.7976931348623157e308") == Double.greatestFiniteMagnitude)
        #expect(try double("1e-400") == 0)
        #expect(try double("0e400") == 0)
        #expect(try double("0e99999999999999999999") == 0)
        #expect(try double("-0")?.bitPattern == (-0.0).bitPattern)
        #expect(try double("-0.0e3")?.bitPattern == (-0.0).bitPattern)
    }

    @Test("Integers are exact or nil")
    func integers() throws {
        #expect(try integer("24") == 24)
        #expect(try integer("-0") == 0)
        #expect(try integer("24.0") == 24)
        #expect(try integer("2.4e1") == 24)
        #expect(try integer("24.5") == nil)
        #expect(try integer("\"24\"") == nil)
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("9223372036854775808") == nil)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("-9223372036854775809") == nil)
        #expect(try integer("1e300") == nil)
        #expect(try integer("9007199254740994.0") == nil)
    }

    @Test("Halfway cases round to even, as strtod does")
    func halfway() throws {
        for text in [
            "9007199254740993", "9007199254740995", "9007199254740993.00000000000000000001",
            "1.00000000000000011102230246251565",
            "0.1e-18", "18446744073709551615", "18446744073709551616", "9223372036854775807e19",
            "9999999999999999999e-19",
            "1e23", "8.5e-19", "123456789012345678e-19", "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
            "0.000000000000000000000000000000000000000000001234567890123456789", "4503599627370496.5",
            "4503599627370497.5",
            "9007199254740991.5", "9007199254740992.5",
        ] {
            #expect(try double(text)?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test("Random numbers of every length give the bits of strtod", arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) throws {
        var source = SeededSource(seed: seed)
        for _ in 0..<10_000 {
            var text = source.chance(2) ? "-" : ""
            let whole = source.below(20)
            text += whole == 0 ? "0" : "\(source.below(9) + 1)" + source.digits(whole - 1)
            if source.chance(2) { text += "." + source.digits(source.below(22) + 1) }
            if source.chance(3) { text += "e" + ["", "-", "+"][source.below(3)] + source.digits(source.below(3) + 1) }
            let expected = Double(text).flatMap { $0.isFinite ? $0 : nil }
            #expect(try double(text)?.bitPattern == expected?.bitPattern, "seed \(seed): \(text)")
        }
        for _ in 0..<10_000 {
            // Halfway between two neighbors, written in full: the hardest texts there are.
            let base = Double(bitPattern: source.next() & 0x000F_FFFF_FFFF_FFFF | UInt64(1023 + source.below(50)) << 52)
            let text = "\(base)"
            #expect(try double(text)?.bitPattern == base.bitPattern, "seed \(seed): \(text)")
        }
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededSource: RandomNumberGenerator {
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

    /// True once in `times` on average.
    mutating func chance(_ times: Int) -> Bool { below(times) == 0 }

    mutating func digits(_ count: Int) -> String { (0..<count).map { _ in "\(below(10))" }.joined() }
}
