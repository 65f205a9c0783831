/// Remembers what a text was turned into: the same few agents, symbols and words come line after line.
///
/// A bounded number of texts; when there are more, it begins anew.
struct TextCache<Value> {
    private var names = NameNumbers(namesMax: TextCache.textsMax)
    private var values: [Value] = []

    /// Longer texts are not kept.
    private static var lengthMax: Int { 256 }
    private static var textsMax: Int { 8_192 }

    init() {}

    @inline(__always)
    mutating func value(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, make: (String) -> Value
    ) -> Value {
        guard let base = bytes.baseAddress else { return make("") }
        if let number = names.number(base, start, end) { return values[Int(number)] }
        return makeValue(bytes, base, start, end, make)
    }

    @inline(never)
    private mutating func makeValue(
        _ bytes: UnsafeRawBufferPointer, _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ make: (String) -> Value
    ) -> Value {
        let value = make(String(decoding: bytes[start..<end], as: UTF8.self))
        guard end - start <= TextCache.lengthMax else { return value }
        if names.isFull {
            names = NameNumbers(namesMax: TextCache.textsMax)
            values = []
        }
        names.add(base, start, end, number: Int32(values.count))
        values.append(value)
        return value
    }
}
