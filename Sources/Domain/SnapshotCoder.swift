/// Writes or reads the state of a fold, field by field, in one and the same description.
///
/// A type describes itself once, in `visit`; the coder writes its fields when it writes and replaces them when it
/// reads, so that the two cannot disagree. Numbers are little-endian bit patterns: what is read back is what was
/// written, to the last bit. The format carries no field names; a format version and a checksum stand outside, and
/// anything unexpected means that the snapshot is dropped and the state folded anew.
package struct SnapshotCoder {
    package enum Failure: Error, Equatable {
        case truncated
        case malformed
    }

    private enum Mode { case writing, reading }

    private let mode: Mode
    package private(set) var bytes: [UInt8]
    private var offset = 0

    private init(mode: Mode, bytes: [UInt8]) {
        self.mode = mode
        self.bytes = bytes
    }

    package static func writer() -> SnapshotCoder { SnapshotCoder(mode: .writing, bytes: []) }
    package static func reader(_ bytes: [UInt8]) -> SnapshotCoder { SnapshotCoder(mode: .reading, bytes: bytes) }

    package var isReading: Bool { mode == .reading }
    package var isAtEnd: Bool { offset == bytes.count }

    package mutating func visit(_ word: inout UInt64) throws(Failure) {
        switch mode {
        case .writing:
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        case .reading:
            guard offset + 8 <= bytes.count else { throw .truncated }
            var value: UInt64 = 0
            for index in 0..<8 { value |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
            word = value
            offset += 8
        }
    }

    package mutating func visit(_ byte: inout UInt8) throws(Failure) {
        switch mode {
        case .writing: bytes.append(byte)
        case .reading:
            guard offset < bytes.count else { throw .truncated }
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
            guard count >= 0, count <= bytes.count - offset else { throw .truncated }
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
            guard count >= 0, count <= bytes.count - offset else { throw .truncated }
            list = []
            list.reserveCapacity(min(count, 4_096))
            for _ in 0..<count {
                var value = blank()
                try body(&self, &value)
                list.append(value)
            }
        }
    }

    package mutating func visit(_ numbers: inout [Double]) throws(Failure) {
        try visit(&numbers, blank: 0) { coder, value throws(Failure) in try coder.visit(&value) }
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
