import Foundation
import Testing

/// The Swift files of the project, as text.
struct SourceTree: Sendable {
    struct File: Sendable, CustomTestStringConvertible {
        /// Relative to the project's folder.
        let path: String
        let lines: [String]

        /// `Sources/Domain/Policy/Policy.swift` belongs to `Domain`.
        var module: String { String(path.split(separator: "/")[1]) }
        var isTest: Bool { path.hasPrefix("Tests/") }
        var testDescription: String { path }

        /// The code without what stands in comments; texts stay. Block comments are not used in this project.
        var code: [String] {
            lines.map { line in
                guard let comment = SourceTree.startOfComment(in: line) else { return line }
                return String(line[..<comment])
            }
        }
    }

    let files: [File]

    static let shared = SourceTree()

    static let projectFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private init() {
        var files: [File] = []
        for folder in ["Sources", "Tests"] {
            let root = SourceTree.projectFolder.appending(path: folder)
            let found = FileManager.default.enumerator(atPath: root.path)
            while let name = found?.nextObject() as? String {
                guard name.hasSuffix(".swift") else { continue }
                // A file that cannot be read counts as empty, which `SourceTreeTests` reports.
                let text = (try? String(contentsOf: root.appending(path: name), encoding: .utf8)) ?? ""
                var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                if lines.last == "" { lines.removeLast() }
                files.append(File(path: folder + "/" + name, lines: lines))
            }
        }
        self.files = files.sorted { $0.path < $1.path }
    }

    var sources: [File] { files.filter { !$0.isTest } }

    /// Where `//` begins a comment: outside of texts.
    static func startOfComment(in line: String) -> String.Index? {
        var isInText = false
        var isEscaped = false
        var index = line.startIndex
        while index < line.endIndex {
            let letter = line[index]
            if isEscaped {
                isEscaped = false
            } else if letter == "\\" {
                isEscaped = isInText
            } else if letter == "\"" {
                isInText.toggle()
            } else if letter == "/", !isInText, line[index...].hasPrefix("//") {
                return index
            }
            index = line.index(after: index)
        }
        return nil
    }
}

/// Whether `word` stands in `line` as a word of its own.
func contains(_ line: String, word: String) -> Bool {
    var rest = line[...]
    while let range = rest.range(of: word) {
        let before = range.lowerBound == line.startIndex ? " " : line[line.index(before: range.lowerBound)]
        let after = range.upperBound == line.endIndex ? " " : line[range.upperBound]
        let isLetter: (Character) -> Bool = { $0.isLetter || $0.isNumber || $0 == "_" }
        let isOpenStart = !isLetter(word.first ?? " ")
        let isOpenEnd = !isLetter(word.last ?? " ")
        if (isOpenStart || !isLetter(before)) && (isOpenEnd || !isLetter(after)) { return true }
        rest = line[range.upperBound...]
    }
    return false
}
