/// A digest of many bytes, thirty-two at a time: tells a damaged snapshot from a good one, and one report from another.
///
/// `StableHash` goes byte by byte, each waiting for the last; a snapshot is tens of megabytes. Four lanes of words that
/// do not wait for one another, each a multiplication and a rotation (as in xxHash, Collet 2012), joined by the
/// SplitMix64 finish of `StableHash`. Not cryptographic.
package enum WordDigest {
    package static func of(_ bytes: ArraySlice<UInt8>) -> StableHash {
        bytes.withUnsafeBytes { of($0) }
    }

    private static func of(_ bytes: UnsafeRawBufferPointer) -> StableHash {
        var (first, second): (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F)
        var (third, fourth): (UInt64, UInt64) = (0x1656_67B1_9E37_79F9, UInt64(bytes.count))
        var offset = 0
        // Every word read lies within the bytes.
        func word(_ place: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8 * place, as: UInt64.self))
        }
        while offset + 32 <= bytes.count {
            first = mixed(first, word(0))
            second = mixed(second, word(1))
            third = mixed(third, word(2))
            fourth = mixed(fourth, word(3))
            offset += 32
        }
        for place in offset..<bytes.count { first = mixed(first, UInt64(bytes[place])) }
        var digest = StableHash(high: first, low: second)
        for word in [third, fourth, first, second] {
            digest.high = mixed(digest.high, word)
            digest.low = mixed(digest.low, digest.high)
            digest.finish()
        }
        return digest
    }

    @inline(__always)
    private static func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        let product = (lane ^ word) &* 0xBF58_476D_1CE4_E5B9
        return (product << 31) | (product >> 33)
    }
}
