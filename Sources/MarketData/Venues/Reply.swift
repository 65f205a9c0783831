import JSONText

/// The body of a venue's answer, scanned once and read where it lies: a list of all instruments has millions of bytes,
/// of which a few fields each are wanted.
struct Reply: Sendable {
    let bytes: [UInt8]
    fileprivate let tokens: [JSONToken]

    /// An answer is nested four deep at most; what is deeper is no answer.
    private static let depthMax = 32

    init(_ bytes: [UInt8]) throws(ReplyFailure) {
        guard let first = bytes.first(where: { $0 > 0x20 }) else { throw .malformed("the body is empty") }
        // A gateway's page where the venue's answer should be: that is worth saying instead of a position.
        guard first != UInt8(ascii: "<") else {
            throw .malformed("HTML or XML instead of JSON: \(Reply.excerpt(bytes[...]))")
        }
        var tokens: [JSONToken] = []
        var failure: JSONError?
        bytes.withUnsafeBytes { buffer in
            var scanner = JSONDocumentScanner(dialect: .strict, maximumDepth: Reply.depthMax)
            do throws(JSONError) { try scanner.scan(buffer, into: &tokens) } catch { failure = error }
        }
        if let failure { throw .malformed("no JSON: \(failure)") }
        self.bytes = bytes
        self.tokens = tokens
    }

    var root: ReplyValue { ReplyValue(reply: self, index: 0) }

    /// The beginning of a text for an error: what people need to see, and no more of what a stranger wrote.
    fileprivate static func excerpt(_ bytes: ArraySlice<UInt8>) -> String {
        let shown = bytes.prefix(60).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }
        return String(decoding: shown, as: UTF8.self) + (bytes.count > 60 ? "…" : "")
    }
}

/// One value of an answer.
struct ReplyValue: Sendable {
    private let reply: Reply
    private let index: Int

    fileprivate init(reply: Reply, index: Int) {
        self.reply = reply
        self.index = index
    }

    private var token: JSONToken { reply.tokens[index] }

    var isArray: Bool { token.kind == .array }
    var isObject: Bool { token.kind == .object }

    /// The value's text, for errors.
    var excerpt: String {
        let quote = token.kind == .string ? "\"" : ""
        return quote + Reply.excerpt(reply.bytes[token.start..<token.end]) + quote
    }

    /// The elements of an array; `nil` for anything else.
    var elements: [ReplyValue]? {
        guard isArray else { return nil }
        var elements: [ReplyValue] = []
        var child = index + 1
        while child < token.next {
            elements.append(ReplyValue(reply: reply, index: child))
            child = reply.tokens[child].next
        }
        return elements
    }

    /// The fields of an object in their order; `nil` for anything else.
    var fields: [(key: String, value: ReplyValue)]? {
        guard isObject else { return nil }
        var fields: [(key: String, value: ReplyValue)] = []
        var key = index + 1
        while key < token.next {
            let name = ReplyValue(reply: reply, index: key).text(of: reply.tokens[key])
            fields.append((name, ReplyValue(reply: reply, index: key + 1)))
            key = reply.tokens[key + 1].next
        }
        return fields
    }

    /// The field of an object. A key that occurs twice is none: which of the two counts would be anybody's guess.
    subscript(name: String) -> ReplyValue? {
        guard isObject else { return nil }
        var found: ReplyValue?
        var key = index + 1
        while key < token.next {
            if isKey(key, name) {
                guard found == nil else { return nil }
                found = ReplyValue(reply: reply, index: key + 1)
            }
            key = reply.tokens[key + 1].next
        }
        return found
    }

    private func isKey(_ key: Int, _ name: String) -> Bool {
        let token = reply.tokens[key]
        if token.hasEscapes { return text(of: token) == name }
        guard token.end - token.start == name.utf8.count else { return false }
        return reply.bytes[token.start..<token.end].elementsEqual(name.utf8)
    }

    private func text(of token: JSONToken) -> String {
        reply.bytes.withUnsafeBytes { bytes in
            JSONDecoding.string(bytes, token.start..<token.end, hasEscapes: token.hasEscapes) ?? ""
        }
    }

    var string: String? { token.kind == .string ? text(of: token) : nil }

    /// A venue's own words, for errors: one line, of a length that a log can bear.
    var words: String? {
        string.map { text in
            let line = text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : $0 }
            return String(String.UnicodeScalarView(line))
        }
    }

    var bool: Bool? {
        switch token.kind {
        case .true: true
        case .false: false
        case .null, .integer, .number, .string, .array, .object, .nan, .positiveInfinity, .negativeInfinity: nil
        }
    }

    /// Plain text or a number as it is written: error codes come as either.
    var code: String? {
        switch token.kind {
        case .string, .integer: String(text(of: token).prefix(40))
        case .null, .true, .false, .number, .array, .object, .nan, .positiveInfinity, .negativeInfinity: nil
        }
    }

    /// A finite number, written as a number or as its text between quotes (venues quote prices so that nobody rounds
    /// them); `nil` for anything else, `"NaN"`, `1e400` and an empty text included.
    var number: Double? {
        guard isNumberText(allowsFraction: true) else { return nil }
        let range = token.start..<token.end
        return reply.bytes.withUnsafeBytes { JSONDecoding.finiteDouble($0, range) }
    }

    /// A whole number in plain digits, quoted or not.
    var integer: Int64? {
        guard isNumberText(allowsFraction: false) else { return nil }
        let range = token.start..<token.end
        return reply.bytes.withUnsafeBytes { JSONDecoding.integer($0, range) }
    }

    /// The longest number that a venue writes has 30 digits; a text of kilobytes is none.
    private static let numberLengthMax = 64

    private func isNumberText(allowsFraction: Bool) -> Bool {
        let token = token
        guard token.kind == .integer || token.kind == .number || token.kind == .string, !token.hasEscapes,
            token.end - token.start <= ReplyValue.numberLengthMax
        else { return false }
        var rest = reply.bytes[token.start..<token.end]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        guard ReplyValue.takeDigits(&rest) > 0 else { return false }
        guard allowsFraction else { return rest.isEmpty }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard ReplyValue.takeDigits(&rest) > 0 else { return false }
        }
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard ReplyValue.takeDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
        let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        rest.removeFirst(count)
        return count
    }
}

extension ReplyValue {
    /// The array at a key, or the answer is not as documented.
    func array(_ key: String, in place: String) throws(ReplyFailure) -> ReplyValue {
        try field(key, in: place, \.isArray, "array")
    }

    func object(_ key: String, in place: String) throws(ReplyFailure) -> ReplyValue {
        try field(key, in: place, \.isObject, "object")
    }

    private func field(
        _ key: String, in place: String, _ isRight: (ReplyValue) -> Bool, _ kind: String
    ) throws(ReplyFailure) -> ReplyValue {
        guard let value = self[key] else { throw .malformed("\(place) has no \"\(key)\", or more than one") }
        guard isRight(value) else { throw .malformed("\"\(key)\" of \(place) is no \(kind): \(value.excerpt)") }
        return value
    }
}
