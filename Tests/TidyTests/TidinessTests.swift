import Foundation
import Testing

/// What keeps every file readable.
struct TidinessTests {
    @Test("The sources were found")
    func found() {
        #expect(SourceTree.shared.sources.count > 100)
        for file in SourceTree.shared.files { #expect(!file.lines.isEmpty, "\(file.path) is empty or unreadable") }
    }

    @Test("A file has at most 400 lines, a file of tests 600")
    func fileLength() {
        for file in SourceTree.shared.files {
            let limit = file.isTest ? 600 : 400
            #expect(file.lines.count <= limit, "\(file.path):\(file.lines.count): more than \(limit) lines")
        }
    }

    @Test("A line has at most 120 columns")
    func width() {
        for file in SourceTree.shared.files {
            for (index, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file.path):\(index + 1): \(line.count) columns")
            }
        }
    }

    @Test("A function has at most 70 lines")
    func functionLength() {
        for file in SourceTree.shared.files {
            for function in functions(of: file.code) where function.lineCount > 70 {
                Issue.record("\(file.path):\(function.line): \(function.lineCount) lines: \(function.title)")
            }
        }
    }

    @Test("The measure of functions measures")
    func measure() {
        let code = [
            "struct A {", "    func short() {}", "    func long(", "        _ text: String = \"{\"", "    ) -> Int {",
            "        if true {", "            return 1", "        }", "        return 2", "    }", "",
            "    init(a: Int) {", "        self.a = a", "    }", "}",
        ]
        let found = functions(of: code)
        #expect(found.map(\.line) == [2, 3, 12])
        #expect(found.map(\.lineCount) == [1, 8, 3])
    }

    private struct Function {
        var line: Int
        var lineCount: Int
        var title: String
    }

    /// Functions and initializers, by the indentation of the line that begins them and of the brace that ends them.
    private func functions(of code: [String]) -> [Function] {
        var found: [Function] = []
        for (index, line) in code.enumerated() {
            let trimmed = line.drop { $0 == " " }
            guard beginsFunction(trimmed) else { continue }
            let indentation = String(repeating: " ", count: line.count - trimmed.count)
            // `func f() {}` and requirements of protocols end on their own line.
            if line.hasSuffix("}") || (!line.hasSuffix("{") && !line.hasSuffix("(") && !line.hasSuffix("where")) {
                found.append(Function(line: index + 1, lineCount: 1, title: String(trimmed)))
                continue
            }
            let end = code[index...].firstIndex { $0 == indentation + "}" } ?? index
            found.append(Function(line: index + 1, lineCount: end - index + 1, title: String(trimmed)))
        }
        return found
    }

    private func beginsFunction(_ line: Substring) -> Bool {
        let words = line.split(separator: " ", maxSplits: 6)
        for word in words {
            if word == "func" || word.hasPrefix("init(") || word.hasPrefix("init?(") || word.hasPrefix("init<") {
                return true
            }
            let modifiers = [
                "package", "private", "fileprivate", "internal", "static", "mutating", "override", "final",
                "required", "convenience", "borrowing", "consuming", "nonisolated", "@discardableResult",
                "@inline(__always)", "@Sendable", "@Test",
            ]
            guard modifiers.contains(String(word)) else { return false }
        }
        return false
    }

    @Test("Nothing is left for later, and nothing speaks of where it was made")
    func words() {
        // Put together, so that this file does not find itself.
        let banned = [
            "TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/",
            "arti" + "factory", "pypi" + ".org", "npm" + "js",
        ]
        for file in SourceTree.shared.files {
            for (index, line) in file.lines.enumerated() {
                for word in banned where contains(line, word: word) {
                    Issue.record("\(file.path):\(index + 1): \(word): \(line)")
                }
            }
        }
    }

    @Test("Lines end where their text ends, with no tabs")
    func whitespace() {
        for file in SourceTree.shared.files {
            for (index, line) in file.lines.enumerated() {
                #expect(!line.hasSuffix(" "), "\(file.path):\(index + 1): a space at the end")
                #expect(!line.contains("\t"), "\(file.path):\(index + 1): a tab")
            }
        }
    }
}
