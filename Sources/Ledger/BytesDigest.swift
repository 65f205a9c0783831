import Domain

/// A digest of bytes, eight at a time: tells a repeated line in quarantine from a new one.
///
/// Two multiply-rotate lanes over the little-endian words, the length and the SplitMix64 finish of `StableHash`. Not
/// cryptographic. Every ledger holds such digests: they are never made in another way.
enum BytesDigest {
    static func of(_ bytes: [UInt8]) -> StableHash {
        var first: UInt64 = 0x9E37_79B9_7F4A_7C15
        var second = UInt64(bytes.count) ^ 0xC2B2_AE3D_27D4_EB4F
        bytes.withUnsafeBytes { buffer in
            var index = 0
            while index < buffer.count {
                var word: UInt64 = 0
                if index + 8 <= buffer.count {
                    word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                } else {
                    for place in index..<buffer.count { word |= UInt64(buffer[place]) << UInt64(8 * (place - index)) }
                }
                first = (first ^ word) &* 0xBF58_476D_1CE4_E5B9
                first = (first << 31) | (first >> 33)
                second = (second &+ word) &* 0x94D0_49BB_1331_11EB
                second = (second << 27) | (second >> 37)
                index += 8
            }
        }
        var digest = StableHash(high: first, low: second)
        digest.finish()
        return digest
    }
}
