import Glibc

/// Remembers what a text was turned into: the same few agents, symbols and words come line after line.
///
/// A fixed number of places; a text that meets another in its place takes it over, so memory stays bounded.
struct TextCache<Value> {
    private var entries: [Entry?]

    private struct Entry {
        var text: [UInt8]
        var value: Value
    }

    /// Longer texts are not kept.
    private static var lengthMax: Int { 256 }
    private static var placesCount: Int { 512 }

    init() { entries = Array(repeating: nil, count: TextCache.placesCount) }

    @inline(__always)
    mutating func value(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, make: (String) -> Value
    ) -> Value {
        let place = TextCache.place(bytes, start, end)
        if let entry = entries[place], entry.text.count == end - start, TextCache.isEqual(entry.text, bytes, start) {
            return entry.value
        }
        return makeValue(bytes, start, end, place, make)
    }

    @inline(never)
    private mutating func makeValue(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ place: Int, _ make: (String) -> Value
    ) -> Value {
        let value = make(String(decoding: bytes[start..<end], as: UTF8.self))
        if end - start <= TextCache.lengthMax { entries[place] = Entry(text: Array(bytes[start..<end]), value: value) }
        return value
    }

    @inline(__always)
    private static func isEqual(_ text: [UInt8], _ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard let base = bytes.baseAddress else { return text.isEmpty }
        return text.withUnsafeBytes { kept in
            guard let keptBase = kept.baseAddress else { return true }
            return memcmp(keptBase, base + start, kept.count) == 0
        }
    }

    /// Fowler, Noll and Vo's hash over at most the last 32 bytes, where names differ.
    @inline(__always)
    private static func place(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var hash = 0x811C_9DC5 ^ UInt32(truncatingIfNeeded: end - start)
        var index = max(start, end - 32)
        while index < end {
            hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193
            index += 1
        }
        return Int((hash ^ hash >> 15) & UInt32(placesCount - 1))
    }
}
