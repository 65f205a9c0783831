import CZlib
import Domain
import Files
import Glibc
import Operation

/// A folder of one test, removed with it.
final class Scratch {
    let root: String

    init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/files-tests-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("no temporary folder under \(base)") }
        root = String(cString: made)
    }

    deinit { Scratch.remove(root) }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            var names: [String] = []
            while let entry = readdir(folder) {
                names.append(
                    withUnsafePointer(to: &entry.pointee.d_name) {
                        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
                    })
            }
            closedir(folder)
            for name in names where name != "." && name != ".." { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ bytes: [UInt8], appends: Bool = false) {
        if let slash = name.lastIndex(of: "/") { mkdir(path(String(name[..<slash])), 0o755) }
        guard let file = fopen(path(name), appends ? "a" : "w") else { fatalError("cannot write \(name)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    func write(_ name: String, _ text: String, appends: Bool = false) {
        write(name, Array(text.utf8), appends: appends)
    }

    func append(_ name: String, _ text: String) { write(name, text, appends: true) }

    func names(_ folder: String = "") -> [String] {
        guard let open = opendir(root + "/" + folder) else { return [] }
        defer { closedir(open) }
        var names: [String] = []
        while let entry = readdir(open) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// What a read gave, whole.
struct Reading {
    var lines: [SourceLine] = []
    var position: SourcePosition?
    var remarks: [String] = []
    var chunkCount = 0

    var facts: [String] {
        lines.compactMap { line in
            guard case .fact(let fact) = line.content else { return nil }
            return "\(fact)"
        }
    }

    var reasons: [String] {
        lines.compactMap { line in
            guard case .rejected(let reason, _) = line.content else { return nil }
            return reason
        }
    }

    /// One letter a line: Blank, Header, Ignored, Fact, Rejected.
    var kinds: String {
        String(
            lines.map { line -> Character in
                switch line.content {
                case .blank: "B"
                case .header: "H"
                case .ignored: "I"
                case .fact: "F"
                case .rejected: "R"
                }
            })
    }
}

extension SourceChunk {
    /// All lines in their order, in whichever of the two forms they came.
    var everyLine: [SourceLine] {
        let outcomes = (0..<outcomes.count).map { index in
            let fact = self.outcomes.fact(index)
            return SourceLine(number: fact.lineNumber, content: .fact(fact.fact))
        }
        return (lines + outcomes).sorted { $0.number < $1.number }
    }
}

extension Scratch {
    func source(
        _ name: String, _ kind: SourceKind, isWatched: Bool = false, mapping: String? = nil
    ) -> SourceDescription {
        SourceDescription(
            name: name, path: path(name), kind: kind, mappingPath: mapping, isWatched: isWatched)
    }

    func read(
        _ source: SourceDescription, from position: SourcePosition? = nil, limits: FileLimits = FileLimits(),
        during: (Int) -> Void = { _ in }
    ) throws -> Reading {
        var reading = Reading()
        try InputFiles.live(root: root, limits: limits).read(source, position) { chunk in
            reading.lines += chunk.everyLine
            reading.position = chunk.position
            reading.remarks += chunk.remarks
            reading.chunkCount += 1
            during(reading.chunkCount)
        }
        return reading
    }

    /// Parses one line alone, as the source would.
    func parse(_ line: String, _ kind: SourceKind, name: String = "x.jsonl", mapping: String? = nil) -> ParsedLine {
        InputFiles.live(root: root).parse(Array(line.utf8), source(name, kind, mapping: mapping))
    }
}

extension ParsedLine {
    var reason: String? {
        guard case .rejected(let reason, _) = self else { return nil }
        return reason
    }

    var signal: Signal? {
        guard case .fact(.signal(let signal)) = self else { return nil }
        return signal
    }

    var bar: Bar? {
        guard case .fact(.bar(_, let bar)) = self else { return nil }
        return bar
    }

    var outcome: ImportedOutcome? {
        guard case .fact(.outcome(let outcome)) = self else { return nil }
        return outcome
    }

    var telemetry: TelemetryRecord? {
        guard case .fact(.telemetry(let record)) = self else { return nil }
        return record
    }
}

/// One gzip member.
func gzip(_ text: String) -> [UInt8] {
    var input = Array(text.utf8)
    var output = [UInt8](repeating: 0, count: input.count + 1_024)
    var stream = z_stream()
    deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    let count = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return target.count - Int(stream.avail_out)
        }
    }
    deflateEnd(&stream)
    return Array(output[..<count])
}

func signalLine(_ index: Int, _ more: String = "") -> String {
    #"{"ts":"2025-10-24T02:00:0\#(index % 10)Z","agent":"a\#(index)","symbol":"BTC","direction":"LONG"\#(more)}"#
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same garbage on every machine.
struct Garbage: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
