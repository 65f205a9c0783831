import Domain

/// HTML under construction. Every text passes through `escaped`; there is no way to write markup from outside.
struct HTMLText {
    private(set) var text = ""
    private var indentation = 0

    /// Names and reasons come from other people's files: what they hold is shown, never interpreted.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in DisplayText.printable(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Trusted markup of our own.
    mutating func raw(_ markup: StaticString) { line("\(markup)") }

    /// `<name class="...">text</name>`, the text escaped.
    mutating func element(_ name: StaticString, _ text: String, class style: StaticString = "") {
        line(HTMLText.tag(name, style) + HTMLText.escaped(text) + "</\(name)>")
    }

    mutating func container(_ name: StaticString, class style: StaticString = "", _ body: (inout HTMLText) -> Void) {
        line(HTMLText.tag(name, style))
        indentation += 1
        body(&self)
        indentation -= 1
        line("</\(name)>")
    }

    /// A bar of a share of the full width, as inline SVG.
    mutating func barCell(share: Double, text: String) {
        let width = DecimalText.fixed(max(0, min(1, share)) * 100, 2)
        line(
            "<td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                + "<rect width=\"\(width)\" height=\"10\"/></svg><span>" + HTMLText.escaped(text) + "</span></td>")
    }

    private static func tag(_ name: StaticString, _ style: StaticString) -> String {
        style.utf8CodeUnitCount == 0 ? "<\(name)>" : "<\(name) class=\"\(style)\">"
    }

    private mutating func line(_ line: String) {
        text += String(repeating: " ", count: indentation) + line + "\n"
    }
}
