internal import Domain
internal import JSONText
internal import Operation

/// The body of a generic webhook in the user's own words: JSON in which `{title}` and the like stand for JSON strings,
/// quotes included: `{"summary": {title}, "labels": {"kind": {kind}}}`.
///
/// Between quotes they would be text: braces inside a JSON string are left as they are, but for a name of ours, which
/// is a mistake that is refused.
struct MessageTemplate: Sendable {
    enum Placeholder: String, CaseIterable, Sendable {
        case title
        case text
        case kind
        case subject
        case state
        case at
        case identity

        func value(in message: AlertMessage) -> String {
            switch self {
            case .title: message.title
            case .text: message.text
            case .kind: message.kind?.rawValue ?? "digest"
            case .subject: message.subject
            case .state: message.isResolved ? "resolved" : "raised"
            case .at: message.at.description
            case .identity: message.identity
            }
        }
    }

    private enum Piece: Sendable {
        case literal([UInt8])
        case placeholder(Placeholder)
    }

    private let pieces: [Piece]

    /// Finds what is wrong now, and not when the first alert is due.
    init(_ template: String) throws(ChannelError) {
        pieces = try MessageTemplate.pieces(of: Array(template.utf8))
        let sample = pieces.flatMap { piece in
            switch piece {
            case .literal(let bytes): bytes
            case .placeholder(let placeholder): Array("\"\(placeholder.rawValue)\"".utf8)
            }
        }
        do {
            _ = try JSONValue.parse(sample)
        } catch {
            throw ChannelError(
                "alerts.template is no JSON once its placeholders are filled in: \(error); a placeholder stands for a"
                    + " whole string, quotes included: {\"message\": {title}}")
        }
    }

    func body(_ message: AlertMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .literal(let literal): bytes += literal
            case .placeholder(let placeholder):
                var writer = JSONWriter()
                writer.string(placeholder.value(in: message))
                bytes += writer.bytes
            }
        }
        return bytes
    }

    /// A brace that is followed by letters and a closing brace is a placeholder; JSON never writes that itself.
    private static func pieces(of template: [UInt8]) throws(ChannelError) -> [Piece] {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var isInString = false
        var index = 0
        while index < template.count {
            let byte = template[index]
            if byte == UInt8(ascii: "\\"), isInString, index + 1 < template.count {
                literal += [byte, template[index + 1]]
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isInString.toggle() }
            guard byte == UInt8(ascii: "{"), let name = name(in: template, after: index) else {
                literal.append(byte)
                index += 1
                continue
            }
            let placeholder = Placeholder(rawValue: name)
            if isInString, placeholder == nil {
                literal.append(byte)
                index += 1
                continue
            }
            guard let placeholder else {
                let known = Placeholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw ChannelError("alerts.template: unknown placeholder {\(name)}; there are \(known)")
            }
            guard !isInString else {
                throw ChannelError(
                    "alerts.template: {\(name)} stands between quotes; it brings its own: {\"message\": {\(name)}}")
            }
            pieces += [.literal(literal), .placeholder(placeholder)]
            literal = []
            index += name.utf8.count + 2
        }
        return pieces + [.literal(literal)]
    }

    private static func name(in template: [UInt8], after brace: Int) -> String? {
        let letters = template[(brace + 1)...].prefix {
            ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z")) || $0 == UInt8(ascii: "_")
        }
        guard !letters.isEmpty, letters.endIndex < template.count, template[letters.endIndex] == UInt8(ascii: "}")
        else { return nil }
        return String(decoding: letters, as: UTF8.self)
    }
}
