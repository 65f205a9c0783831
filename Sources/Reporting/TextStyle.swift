/// Color on a terminal, or none: plain unless asked for, so that what is piped or kept holds no escapes.
package struct TextStyle: Sendable {
    package var isColored: Bool

    package init(isColored: Bool = false) { self.isColored = isColored }

    package static let plain = TextStyle()

    package func bold(_ text: String) -> String { styled(text, "1") }
    package func dim(_ text: String) -> String { styled(text, "2") }
    package func red(_ text: String) -> String { styled(text, "31") }
    package func yellow(_ text: String) -> String { styled(text, "33") }
    package func green(_ text: String) -> String { styled(text, "32") }

    private func styled(_ text: String, _ code: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
