/// A 128-bit digest of bytes that is the same in every process, on every machine, in every release.
///
/// Two FNV-1a lanes (Fowler, Noll, Vo; offset bases apart) finished with the SplitMix64 mixer (Steele, Lea, Flood
/// 2014). It tells accidental differences apart; it is not cryptographic, and nothing here needs that: whoever can
/// write to the ledger can write anything.
package struct StableHash: Hashable, Sendable, CustomStringConvertible {
    package var high: UInt64
    package var low: UInt64

    package init() {
        high = 0xCBF2_9CE4_8422_2325
        low = 0x6C62_272E_07BB_0142
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(_ bytes: some Sequence<UInt8>) {
        self.init()
        combine(bytes)
        finish()
    }

    /// The same for bytes in a list. Of a generic function another module calls the general form, a call a byte.
    package init(_ bytes: [UInt8]) {
        self.init()
        combine(bytes)
        finish()
    }

    package init(_ text: String) { self.init(text.utf8) }

    /// Takes further bytes; call `finish` after the last.
    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { step(byte) }
    }

    /// The same for bytes in memory, from another module without a call a byte.
    package mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { step(byte) }
    }

    package mutating func combine(_ number: UInt64) {
        var rest = number
        for _ in 0..<8 {
            step(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    package mutating func combine(_ text: String) {
        combine(UInt64(text.utf8.count))
        combine(text.utf8)
    }

    /// Both lanes wait for their last byte only, not for one another.
    @inline(__always)
    mutating func step(_ byte: UInt8) {
        high = (high ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        let mixed = (low ^ UInt64(byte) ^ 0x5A) &* 0x9E37_79B9_7F4A_7C15 | 1
        low = (mixed << 13) | (mixed >> 51)
    }

    package mutating func finish() {
        let first = StableHash.mixed(high ^ (low << 32 | low >> 32))
        low = StableHash.mixed(low ^ first)
        high = StableHash.mixed(first ^ low)
    }

    package static func mixed(_ value: UInt64) -> UInt64 {
        var word = value &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// 32 hexadecimal digits.
    package var description: String { StableHash.hexadecimal(high) + StableHash.hexadecimal(low) }

    package static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The digest of a set of facts: the sum of their digests, lane by lane, modulo 2^64, and their count.
///
/// A sum does not depend on order, so that it can be kept up to date fact by fact and is the same however they came in.
package struct FactsDigest: Hashable, Sendable, CustomStringConvertible {
    package var count: Int
    package var sum: StableHash

    package init(count: Int = 0, sum: StableHash = StableHash(high: 0, low: 0)) {
        self.count = count
        self.sum = sum
    }

    package mutating func insert(_ fact: StableHash) {
        count += 1
        sum.high &+= fact.high
        sum.low &+= fact.low
    }

    package mutating func insert(_ facts: FactsDigest) {
        count += facts.count
        sum.high &+= facts.sum.high
        sum.low &+= facts.sum.low
    }

    package var description: String { sum.description }
}
