/// A page of plain text under construction, 100 columns wide.
package struct TextPage: Sendable {
    package static let width = 100

    package let style: TextStyle
    private var lines: [String] = []

    package init(style: TextStyle = .plain) { self.style = style }

    package var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n" }

    /// A section's title, with an empty line in front.
    package mutating func heading(_ title: String) {
        blank()
        lines.append(style.bold(title))
    }

    /// Wrapped; the first line after `indent` spaces, the others after `hanging` more.
    package mutating func paragraph(_ text: String, indent: Int = 0, hanging: Int = 0) {
        let columns = TextPage.width - indent - hanging
        for (index, line) in DisplayText.wrapped(DisplayText.printable(text), to: columns).enumerated() {
            lines.append(String(repeating: " ", count: indent + (index == 0 ? 0 : hanging)) + line)
        }
    }

    package mutating func table(_ table: Table, indent: Int = 2) {
        lines += table.lines(width: TextPage.width, indent: indent, style: style)
    }

    /// Left and right on one line, where they fit.
    package mutating func line(_ left: String, right: String = "") {
        let left = DisplayText.printable(left)
        let gap = TextPage.width - DisplayText.width(left) - DisplayText.width(right)
        if right.isEmpty {
            lines.append(left)
        } else if gap >= 2 {
            lines.append(left + String(repeating: " ", count: gap) + right)
        } else {
            lines += [left, right]
        }
    }

    /// A line whose styling is already in it.
    package mutating func raw(_ line: String) { lines.append(line) }

    /// One empty line, never two and never the first.
    package mutating func blank() {
        if let last = lines.last, !last.isEmpty { lines.append("") }
    }
}
