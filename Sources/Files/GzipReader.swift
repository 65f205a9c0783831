import CZlib

/// Inflates a gzip stream of one or more members (RFC 1952), each checked against its checksum and length.
///
/// Zeros behind the last member are padding; anything else there is an error, as is a stream that ends early.
final class GzipReader {
    private let source: RawBytes
    private let input: UnsafeMutableRawBufferPointer
    private var stream = z_stream()
    /// Whether a member was begun and is not complete.
    private var isInMember = true
    private var isAtEnd = false

    private static let inputLength = 256 << 10
    /// The largest window, and the gzip header only.
    private static let windowBits: Int32 = 15 + 16

    init(_ source: RawBytes) throws {
        self.source = source
        input = .allocate(byteCount: GzipReader.inputLength, alignment: 16)
        let version = ZLIB_VERSION
        let code = inflateInit2_(
            &stream, GzipReader.windowBits, version, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw FileFailure(path: source.path, message: "zlib cannot be started (\(code))") }
    }

    deinit {
        inflateEnd(&stream)
        input.deallocate()
    }

    /// Fills as much of the buffer as the stream gives; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isAtEnd, !buffer.isEmpty else { return 0 }
        let length = min(buffer.count, Int(Int32.max))
        stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(length)
        while stream.avail_out > 0 && !isAtEnd {
            if stream.avail_in == 0, try !fill() { break }
            if isInMember {
                try inflateSome()
            } else {
                try beginMember()
            }
        }
        return length - Int(stream.avail_out)
    }

    /// Takes more compressed bytes; false at a proper end.
    private func fill() throws -> Bool {
        let count = try source.read(into: input)
        stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = UInt32(count)
        if count > 0 { return true }
        guard !isInMember else {
            throw FileFailure(
                path: source.path,
                message: "the gzip data end too early, after \(source.position) bytes: copy or download the file again")
        }
        isAtEnd = true
        return false
    }

    private func inflateSome() throws {
        let code = inflate(&stream, Z_NO_FLUSH)
        switch code {
        case Z_OK, Z_BUF_ERROR: return
        case Z_STREAM_END: isInMember = false
        default:
            let reason = stream.msg.map { String(cString: $0) } ?? "code \(code)"
            let place = source.position - Int64(stream.avail_in)
            throw FileFailure(
                path: source.path,
                message: "the gzip data are corrupt near byte \(place) (\(reason)): copy or download the file again")
        }
    }

    /// Behind a member: zeros are skipped, the next member is begun, anything else is refused.
    private func beginMember() throws {
        while stream.avail_in > 0, let next = stream.next_in, next.pointee == 0 {
            stream.next_in = next + 1
            stream.avail_in -= 1
        }
        guard stream.avail_in > 0, let next = stream.next_in else { return }
        guard next.pointee == 0x1F else {
            let place = source.position - Int64(stream.avail_in)
            throw FileFailure(
                path: source.path, message: "bytes that are not gzip follow the gzip data at byte \(place)")
        }
        let code = inflateReset(&stream)
        guard code == Z_OK else { throw FileFailure(path: source.path, message: "zlib cannot go on (\(code))") }
        isInMember = true
    }
}
