import Foundation

/// A document with a part that is measured: what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
struct MeasuredDocument {
    var path: String

    func replace(_ name: String, by text: String) throws {
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        let (begin, end) = ("<!-- \(name) -->\n", "<!-- /\(name) -->")
        guard let first = whole.range(of: begin),
            let last = whole.range(of: end, range: first.upperBound..<whole.endIndex)
        else { throw BenchmarkFailure("\(path) has no part <!-- \(name) --> ... <!-- /\(name) -->") }
        let changed = whole[..<first.upperBound] + text + (text.hasSuffix("\n") ? "" : "\n") + whole[last.lowerBound...]
        try DataFile.make(path) { try DataFile.write(Array(changed.utf8), to: $0) }
    }
}

/// Standard output, and a copy for a document.
struct Page {
    private(set) var text = ""

    /// At once, so that a row can be read while the next is being measured.
    mutating func write(_ line: String) {
        text += line + "\n"
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
