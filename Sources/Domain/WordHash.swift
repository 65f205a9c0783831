/// A 128-bit digest of words and texts that is the same in every process, on every machine, in every release: what
/// facts and outcomes are told apart by.
///
/// `StableHash` takes a byte after the other, each step waiting for the last; a fact is some two hundred of them. Here
/// a step takes eight bytes: two lanes that do not wait for one another, each a multiplication and a rotation (as in
/// xxHash, Collet 2012) with constants of its own, finished with the SplitMix64 mixer of `StableHash`. A step maps
/// states to states one to one, so that no difference is lost before the end. Not cryptographic.
///
/// What is combined must tell by itself where it ends: texts bring their length, fields that may be absent their
/// presence.
package struct WordHash: Sendable {
    private var first: UInt64
    private var second: UInt64

    package init() {
        first = 0xCBF2_9CE4_8422_2325
        second = 0x6C62_272E_07BB_0142
    }

    @inline(__always)
    mutating func combine(_ word: UInt64) {
        let one = (first ^ word) &* 0x9E37_79B1_85EB_CA87
        let two = (second ^ word) &* 0xC2B2_AE3D_27D4_EB4F
        first = (one << 31) | (one >> 33)
        second = (two << 27) | (two >> 37)
    }

    /// The text's length in bytes, then its bytes, eight a word, the last word filled up with zeros.
    mutating func combine(_ text: String) {
        var text = text
        text.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
    }

    mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        combine(UInt64(bytes.count))
        var offset = 0
        // Every word read lies within the bytes.
        while offset + 8 <= bytes.count {
            combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        guard offset < bytes.count else { return }
        var last: UInt64 = 0
        for place in offset..<bytes.count { last |= UInt64(bytes[place]) << UInt64(8 * (place - offset)) }
        combine(last)
    }

    func finished() -> StableHash {
        var digest = StableHash(high: first, low: second)
        digest.finish()
        return digest
    }

    // MARK: Fields, each with its presence

    @inline(__always)
    mutating func add(_ number: Int64) {
        combine(1)
        combine(UInt64(bitPattern: number))
    }

    @inline(__always)
    mutating func add(_ number: Int64?) {
        if let number { add(number) } else { combine(0) }
    }

    @inline(__always)
    mutating func add(_ time: Timestamp) { add(time.milliseconds) }

    @inline(__always)
    mutating func add(_ number: Double) {
        combine(1)
        // -0 and 0 are one number.
        combine((number == 0 ? 0 : number).bitPattern)
    }

    @inline(__always)
    mutating func add(_ number: Double?) {
        if let number { add(number) } else { combine(0) }
    }

    mutating func add(_ text: String) {
        combine(1)
        combine(text)
    }

    mutating func add(_ text: String?) {
        if let text { add(text) } else { combine(0) }
    }
}
