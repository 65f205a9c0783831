/// Text as a terminal shows it: how many columns it takes, what of it may be shown, how it is cut and wrapped.
///
/// Names come from other people's files. A name with a control character could move the cursor or recolor a report, and
/// one with a direction override could make `killed` read as something else, so neither ever reaches a screen.
package enum DisplayText {
    /// Without line breaks, control characters and invisible format characters; each becomes `?`.
    package static func printable(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result.unicodeScalars.append(isHarmless(scalar) ? scalar : "?")
        }
        return result
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
        // The zero-width joiner only builds emoji.
        case .format: scalar == "\u{200D}"
        default: true
        }
    }

    /// Columns on a terminal: two for East Asian wide characters and emoji, none for combining marks, one otherwise.
    package static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { max($0, width($1)) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Unicode Standard Annex 11, classes W and F, in blocks.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    /// At most `limit` columns. A longer text loses its middle to `...`, because agents of one family differ at their
    /// ends (`momentum-...-v2`); the front keeps one column more than the end.
    package static func cut(_ text: String, to limit: Int) -> String {
        guard width(text) > limit else { return text }
        guard limit > 5 else { return String(repeating: ".", count: max(0, min(limit, 3))) }
        let kept = limit - 3
        let front = prefix(text, columns: (kept + 1) / 2)
        let end = String(prefix(String(text.reversed()), columns: kept / 2).reversed())
        return front + "..." + end
    }

    private static func prefix(_ text: some StringProtocol, columns: Int) -> String {
        var used = 0
        var result = ""
        for character in text {
            used += width(character)
            if used > columns { break }
            result.append(character)
        }
        return result
    }

    package static func padded(_ text: String, to columns: Int, isRight: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, columns - width(text)))
        return isRight ? space + text : text + space
    }

    /// The words, a number and its unit or error being one.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for word in text.split(separator: " ") {
            if let last = words.last, word.hasPrefix("%") || word == "+-" || last.hasSuffix(" +-") {
                words[words.count - 1] = last + " " + word
            } else {
                words.append(String(word))
            }
        }
        return words
    }

    /// Lines of at most `columns`, broken at spaces; a longer word is cut to pieces. Never empty.
    package static func wrapped(_ text: String, to columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words(of: text) {
            var rest = word
            if !line.isEmpty, width(line) + 1 + width(rest) > columns {
                lines.append(line)
                line = ""
            }
            while width(rest) > columns {
                let piece = prefix(rest, columns: max(2, columns))
                lines.append(piece)
                rest.removeFirst(piece.count)
            }
            line += (line.isEmpty ? "" : " ") + rest
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }
}
