/// Writes or reads the state of a fold, field by field, in one and the same description.
///
/// A type describes itself once, in `visit`; the coder writes its fields when it writes and replaces them when it
/// reads, so that the two cannot disagree. Numbers are bit patterns in the machine's own order of bytes: what is read
/// back is what was written, to the last bit, and where the order is another nothing begins as a snapshot does. The
/// format carries no field names; a format version and a checksum stand outside, and anything unexpected means that the
/// snapshot is dropped and the state folded anew.
package struct SnapshotCoder {
    package enum Failure: Error, Equatable {
        case truncated
        case malformed
    }

    private enum Mode { case writing, reading }

    private let mode: Mode
    package private(set) var bytes: [UInt8]
    private var offset = 0
    /// Where reading ends.
    private let end: Int

    private init(mode: Mode, bytes: [UInt8], within range: Range<Int>) {
        self.mode = mode
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// - Parameter expectedLength: Room made beforehand: tens of megabytes are not to be moved as they grow.
    package static func writer(expectedLength: Int = 0) -> SnapshotCoder {
        var coder = SnapshotCoder(mode: .writing, bytes: [], within: 0..<0)
        coder.bytes.reserveCapacity(expectedLength)
        return coder
    }

    package static func reader(_ bytes: [UInt8]) -> SnapshotCoder { reader(bytes, within: bytes.indices) }

    /// Reads a part of the bytes.
    package static func reader(_ bytes: [UInt8], within range: Range<Int>) -> SnapshotCoder {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "Invariant: a part of what is there")
        return SnapshotCoder(mode: .reading, bytes: bytes, within: range)
    }

    package var isReading: Bool { mode == .reading }
    package var isAtEnd: Bool { offset == end }

    package mutating func visit(_ word: inout UInt64) throws(Failure) {
        switch mode {
        case .writing: withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        case .reading:
            guard offset + 8 <= end else { throw .truncated }
            // Eight bytes from `offset` on are there, wherever they begin.
            word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
            offset += 8
        }
    }

    /// Passes over bytes that nobody asks for.
    package mutating func skip(_ count: Int) throws(Failure) {
        guard count >= 0, count <= end - offset else { throw .truncated }
        offset += count
    }

    /// What another coder wrote.
    package mutating func append(_ other: [UInt8]) { bytes += other }

    package mutating func visit(_ byte: inout UInt8) throws(Failure) {
        switch mode {
        case .writing: bytes.append(byte)
        case .reading:
            guard offset < end else { throw .truncated }
            byte = bytes[offset]
            offset += 1
        }
    }

    package mutating func visit(_ number: inout Double) throws(Failure) {
        var word = number.bitPattern
        try visit(&word)
        number = Double(bitPattern: word)
        guard number.isFinite else { throw .malformed }
    }

    package mutating func visit(_ number: inout Int) throws(Failure) {
        var word = UInt64(bitPattern: Int64(number))
        try visit(&word)
        number = Int(Int64(bitPattern: word))
    }

    package mutating func visit(_ number: inout Int64) throws(Failure) {
        var word = UInt64(bitPattern: number)
        try visit(&word)
        number = Int64(bitPattern: word)
    }

    package mutating func visit(_ flag: inout Bool) throws(Failure) {
        var byte: UInt8 = flag ? 1 : 0
        try visit(&byte)
        guard byte <= 1 else { throw .malformed }
        flag = byte == 1
    }

    package mutating func visit(_ text: inout String) throws(Failure) {
        var count = text.utf8.count
        try visit(&count)
        switch mode {
        case .writing: bytes.append(contentsOf: text.utf8)
        case .reading:
            guard count >= 0, count <= end - offset else { throw .truncated }
            guard let read = String(validating: bytes[offset..<offset + count], as: UTF8.self) else { throw .malformed }
            text = read
            offset += count
        }
    }

    package mutating func visit(_ time: inout Timestamp) throws(Failure) { try visit(&time.milliseconds) }

    package mutating func visit(_ span: inout Span) throws(Failure) { try visit(&span.milliseconds) }

    /// A value that may be absent. `blank` is what reading fills in.
    package mutating func visit<Value>(
        _ optional: inout Value?, blank: @autoclosure () -> Value,
        _ body: (inout SnapshotCoder, inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        var isPresent = optional != nil
        try visit(&isPresent)
        guard isPresent else {
            optional = nil
            return
        }
        var value = optional ?? blank()
        try body(&self, &value)
        optional = value
    }

    package mutating func visit(_ number: inout Double?) throws(Failure) {
        try visit(&number, blank: 0) { coder, value throws(Failure) in try coder.visit(&value) }
    }

    package mutating func visit(_ text: inout String?) throws(Failure) {
        try visit(&text, blank: "") { coder, value throws(Failure) in try coder.visit(&value) }
    }

    package mutating func visit(_ time: inout Timestamp?) throws(Failure) {
        try visit(&time, blank: Timestamp(milliseconds: 0)) { coder, value throws(Failure) in try coder.visit(&value) }
    }

    package mutating func visit<Value>(
        _ list: inout [Value], blank: @autoclosure () -> Value,
        _ body: (inout SnapshotCoder, inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        var count = list.count
        try visit(&count)
        switch mode {
        case .writing:
            for index in list.indices { try body(&self, &list[index]) }
        case .reading:
            // Every element takes at least a byte, so that a damaged count ends soon; and an element may take far more
            // in memory than in the file, so that it must not be believed before there are elements.
            guard count >= 0, count <= end - offset else { throw .truncated }
            list = []
            list.reserveCapacity(min(count, 4_096))
            for _ in 0..<count {
                var value = blank()
                try body(&self, &value)
                list.append(value)
            }
        }
    }

    /// Lists of numbers are most of a state: they are copied whole.
    package mutating func visit(_ numbers: inout [Double]) throws(Failure) {
        switch mode {
        case .writing: write(numbers[...], [])
        case .reading: numbers = try readNumbers()
        }
    }

    /// Writes the numbers of both parts as the one list that `visit` reads.
    package mutating func write(_ first: ArraySlice<Double>, _ second: ArraySlice<Double>) {
        var count = UInt64(first.count + second.count)
        withUnsafeBytes(of: &count) { bytes.append(contentsOf: $0) }
        for part in [first, second] {
            part.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
    }

    private mutating func readNumbers() throws(Failure) -> [Double] {
        var count = 0
        try visit(&count)
        guard count >= 0, count <= (end - offset) / 8 else { throw .truncated }
        let start = offset
        offset += 8 * count
        let numbers = bytes.withUnsafeBytes { source in
            // The bytes of all `count` numbers from `start` on are there; they need not be aligned where they are.
            [Double](unsafeUninitializedCapacity: count) { target, filled in
                UnsafeMutableRawBufferPointer(target).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[start..<start + 8 * count]))
                filled = count
            }
        }
        guard numbers.allSatisfy(\.isFinite) else { throw .malformed }
        return numbers
    }

    package mutating func visit<Value: SnapshotVisitable>(_ list: inout [Value]) throws(Failure) {
        try visit(&list, blank: Value()) { coder, value throws(Failure) in try value.visit(&coder) }
    }

    /// In the order of the keys.
    package mutating func visit<Value>(
        _ map: inout [String: Value], blank: @autoclosure () -> Value,
        _ body: (inout SnapshotCoder, inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        var pairs = map.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
        try visit(&pairs, blank: (key: "", value: blank())) { coder, pair throws(Failure) in
            try coder.visit(&pair.key)
            try body(&coder, &pair.value)
        }
        if isReading { map = Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
    }

    package mutating func visit<Value: RawRepresentable<UInt8>>(_ value: inout Value) throws(Failure) {
        var byte = value.rawValue
        try visit(&byte)
        guard let read = Value(rawValue: byte) else { throw .malformed }
        value = read
    }
}

/// State that can be written to a snapshot and read back to the last bit.
package protocol SnapshotVisitable {
    init()
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure)
}
