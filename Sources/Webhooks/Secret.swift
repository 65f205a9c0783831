/// A value that may not be shown: an address that lets anybody post, a token.
///
/// It has no words of its own: interpolated, dumped, reflected or printed by a failed test it says `(secret)`. Whoever
/// needs the value asks for it by name, and that is only who makes a request.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // A closure, since whatever looks into a value finds what is stored in it.
    private let value: @Sendable () -> String

    package init(_ value: String) { self.value = { value } }

    /// The value itself: for a request, and for finding it in what came back.
    package func reveal() -> String { value() }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:] as KeyValuePairs<String, Any>) }
}

/// Takes secrets out of texts that others wrote: an answer, an error of the network library.
package struct SecretScrubber: Sendable {
    /// Longest first, so that no part is left of one that holds another.
    private let parts: @Sendable () -> [String]

    /// A piece of an address that is shorter than this is no secret: `bot`, `api`, `hooks`.
    private static let minimalPieceLength = 6

    package init(_ secrets: [Secret]) {
        parts = {
            var parts: Set<String> = []
            for secret in secrets {
                let value = secret.reveal()
                if !value.isEmpty { parts.insert(value) }
                for piece in SecretScrubber.pieces(of: value) { parts.insert(piece) }
            }
            return parts.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
        }
    }

    /// What an address is made of behind its host, and before: a service may quote a part of it in its answer.
    private static func pieces(of value: String) -> [String] {
        var rest = value[...]
        if let scheme = value.firstRange(of: "://") {
            rest = value[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            rest = rest[authority.endIndex...]
            let user = authority.split(separator: "@", omittingEmptySubsequences: false).dropLast()
            return ([String(rest)] + user.map(String.init) + split(rest) + user.flatMap { split($0) })
                .filter { $0.utf8.count >= minimalPieceLength }
        }
        return split(rest).filter { $0.utf8.count >= minimalPieceLength }
    }

    private static func split(_ text: Substring) -> [String] {
        text.split { "/?#&=:".contains($0) }.map(String.init)
    }

    package func scrubbed(_ text: String) -> String {
        parts().reduce(text) { text, part in text.replacing(part, with: "(secret)") }
    }
}
