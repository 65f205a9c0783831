/// The bytes of a file or a pipe as they are stored, front to back.
final class RawBytes {
    let path: String
    private let descriptor: Descriptor
    /// Where to stop in a regular file; `nil` for a pipe, which is read to its end.
    private let limit: Int64?
    /// Bytes taken so far, in a file counted from its beginning.
    private(set) var position: Int64
    /// Whether a regular file ended before its limit: somebody cut it meanwhile.
    private(set) var wasCut = false
    /// The first bytes of a pipe, looked at before they were taken.
    private var peeked: [UInt8] = []

    init(_ descriptor: Descriptor, from start: Int64, to limit: Int64?) {
        path = descriptor.path
        self.descriptor = descriptor
        self.limit = limit
        position = start
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if !peeked.isEmpty {
            let count = min(peeked.count, buffer.count)
            buffer.copyBytes(from: peeked[..<count])
            peeked.removeFirst(count)
            position += Int64(count)
            return count
        }
        guard let limit else {
            let count = try descriptor.readNext(into: buffer)
            position += Int64(count)
            return count
        }
        let wanted = Int(min(Int64(buffer.count), max(0, limit - position)))
        let count = try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: position)
        if count < wanted { wasCut = true }
        position += Int64(count)
        return count
    }

    /// The first bytes, left in place.
    func peek(_ count: Int) throws -> [UInt8] {
        guard limit == nil else { return try descriptor.bytes(count, at: position) }
        while peeked.count < count {
            var more = [UInt8](repeating: 0, count: count - peeked.count)
            let read = try more.withUnsafeMutableBytes { try descriptor.readNext(into: $0) }
            if read == 0 { break }
            peeked.append(contentsOf: more[..<read])
        }
        return peeked
    }
}
