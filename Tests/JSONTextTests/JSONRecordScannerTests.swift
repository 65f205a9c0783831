import JSONText
import Testing

/// Scans one line; the fields, or the error.
func scan(
    _ bytes: [UInt8], _ dialect: JSONDialect = .strict, maximumDepth: Int = 512, rejectsDuplicateKeys: Bool = false
) -> Result<[JSONField], JSONError> {
    bytes.withUnsafeBytes { line in
        Result { () throws(JSONError) in
            var scanner = JSONRecordScanner(
                dialect: dialect, maximumDepth: maximumDepth, rejectsDuplicateKeys: rejectsDuplicateKeys)
            var fields: [JSONField] = []
            try scanner.scan(line, into: &fields)
            return fields
        }
    }
}

func isAccepted(_ text: String, _ dialect: JSONDialect = .strict) -> Bool {
    if case .success = scan(Array(text.utf8), dialect) { true } else { false }
}

func reason(_ text: String, _ dialect: JSONDialect = .strict) -> String? {
    if case .failure(let error) = scan(Array(text.utf8), dialect) { error.reason } else { nil }
}

struct JSONRecordScannerTests {
    @Test("Fields come in the order of the line, with the ranges of keys and values")
    func fields() throws {
        let text = #" { "agent" : "a\u00e91", "n":-1.5e3,"k\n":[1,{"x":"]"}] , "t":true,"z":null,"o":{} } "#
        let line = Array(text.utf8)
        let fields = try scan(line).get()
        line.withUnsafeBytes { bytes in
            #expect(fields.map { $0.key(in: bytes) } == ["agent", "n", "k\n", "t", "z", "o"])
            #expect(fields.map(\.kind) == [.string, .number, .array, .true, .null, .object])
            #expect(fields[0].string(in: bytes) == "aé1")
            #expect(fields[1].double(in: bytes) == -1500)
            #expect(fields[1].integer(in: bytes) == -1500)
            #expect(String(decoding: fields[2].rawValue(in: bytes), as: UTF8.self) == #"[1,{"x":"]"}]"#)
            #expect(String(decoding: fields[0].rawValue(in: bytes), as: UTF8.self) == #""a\u00e91""#)
            #expect(fields[3].bool == true)
            #expect(fields[0].hasKey("agent", in: bytes))
            #expect(fields[2].hasKey("k\n", in: bytes))
            #expect(!fields[1].hasKey("m", in: bytes))
            #expect((try? JSONValue.parse(fields[2].rawValue(in: bytes)))?.array?.count == 2)
        }
    }

    @Test(
        "What is no JSON in either dialect is refused",
        arguments: [
            "", " ", "{", "}", "[]", "1", "\"a\"", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}",
            "{\"a\":1}}", "{\"a\":1} x", "{a:1}", "{'a':1}", "{\"a\":1", "{\"a", "{\"a\":\"", "{\"a\":\"\\",
            "{\"a\":tru}",
            "{\"a\":nul", "{\"a\":True}", "{\"a\":0123}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":-}",
            "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":-01}", "{\"a\":0x1}", "{\"a\":1_0}", "{\"a\":\"\t\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[}",
            "{\"a\":[1}", "{\"a\":{]}", "{\"a\":{\"b\":1]}", "{\"a\":{\"b\"}}", "{\"a\":{1:2}}", "{\"a\":nan}",
            "{\"a\":inf}",
            "{\"a\":-NaN}", "{\"a\":Infinit}", "\u{FEFF}{}", "{\"a\":1}\u{0}", "\u{A0}{}", "{\"a\":--1}", "{\"a\":1-1}",
        ])
    func refused(text: String) {
        #expect(!isAccepted(text))
        #expect(!isAccepted(text, .python))
    }

    @Test(
        "What is JSON is accepted in both dialects",
        arguments: [
            "{}", " {} ", "\t{\r\n}\n", "{\"\":0}", "{\"a\":-0}", "{\"a\":0.0e-0}", "{\"a\":1E+5}", "{\"a\":1e400}",
            "{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"é😀\u{7f}\u{2028}\"}", "{\"a\":[[],{},[{}]]}",
            "{\"a\":\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"}", "{\"a\":1,\"a\":2}", "{\"a\":123456789012345678901234567890}",
        ])
    func accepted(text: String) {
        #expect(isAccepted(text))
        #expect(isAccepted(text, .python))
    }

    @Test(
        "Only the dialect of CPython knows these",
        arguments: [
            "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":[NaN]}", "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\udc00\\ud800\"}", "{\"a\":\"\\ud83d\\u0041\"}", "{\"\\ud800\":1}",
            "{\"a\":\"\\ud83d\\\\ude00\"}",
        ])
    func pythonOnly(text: String) {
        #expect(!isAccepted(text))
        #expect(isAccepted(text, .python))
    }

    @Test("Integers of more than 4300 digits are too long for CPython only")
    func longIntegers() {
        let longest = String(repeating: "7", count: 4_300)
        #expect(isAccepted("{\"a\":-\(longest)}", .python))
        #expect(!isAccepted("{\"a\":\(longest)7}", .python))
        #expect(isAccepted("{\"a\":\(longest)7.0}", .python))
        #expect(isAccepted("{\"a\":\(longest)7}"))
    }

    @Test(
        "Bytes that are no UTF-8 are refused wherever they stand",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xC3], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xE2, 0x82], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        for padding in 0..<9 {
            let pad = [UInt8](repeating: 0x61, count: padding)
            let inValue = Array("{\"a\":\"".utf8) + pad + bytes + pad + Array("\"}".utf8)
            let inKey = Array("{\"".utf8) + pad + bytes + Array("\":1}".utf8)
            for line in [inValue, inKey] {
                guard case .failure(let error) = scan(line) else {
                    Issue.record("accepted \(line)")
                    continue
                }
                #expect(error.reason == "a string is not valid UTF-8")
                #expect(error.byteOffset == (line == inKey ? 2 : 6) + padding)
            }
        }
        #expect(bytes.withUnsafeBytes { UTF8Check.firstInvalidOffset($0) } == 0)
    }

    @Test("The edges of valid UTF-8 are accepted", arguments: ["\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}"])
    func validUTF8(text: String) {
        #expect(isAccepted("{\"a\":\"\(text)\u{FFFF}\u{10000}\u{10FFFF}\"}"))
        let bytes = Array((text + "plain ASCII \u{10FFFF}").utf8)
        #expect(bytes.withUnsafeBytes { UTF8Check.firstInvalidOffset($0) } == nil)
    }

    @Test("As many containers as allowed may be open, and not one more")
    func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                ("{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}")
                    .utf8)
        }
        for limit in [2, 63, 64, 65, 512] {
            if case .failure(let error) = scan(nested(limit), maximumDepth: limit) { Issue.record(error) }
            guard case .failure(let error) = scan(nested(limit + 1), maximumDepth: limit) else {
                Issue.record("depth \(limit + 1) was accepted")
                continue
            }
            #expect(error.reason == "values are nested too deeply")
        }
        // A million brackets cost neither stack nor much time.
        let hostile = Array("{\"a\":".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        guard case .failure = scan(hostile) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("An error tells what is wrong and where")
    func errors() {
        #expect(reason("{\"a\":\"x") == "the text ends too early: a string is not closed")
        #expect(reason("{\"a\" 1}") == "a colon is expected after a key")
        #expect(reason("\u{FEFF}{}") == "the text starts with a byte order mark")
        #expect(reason("[]") == "an object is expected")
        #expect(reason("{\"a\":01}") == "a number must not start with a zero")
        #expect(reason("{\"a\":\"\\ud800\"}") == "an escape is half of a surrogate pair")
        #expect(scan(Array("{\"a\":1} x".utf8)) == .failure(JSONError(reason: "text follows the value", byteOffset: 8)))
    }

    @Test("A repeated key is reported twice, or refused on request")
    func duplicateKeys() throws {
        let plain = Array("{\"a\":1,\"b\":2,\"a\":3}".utf8)
        #expect(try scan(plain).get().count == 3)
        #expect(
            scan(plain, rejectsDuplicateKeys: true)
                == .failure(JSONError(reason: "a key occurs twice", byteOffset: 14)))
        let escaped = Array("{\"a\":1,\"\\u0061\":3}".utf8)
        #expect(
            scan(escaped, rejectsDuplicateKeys: true)
                == .failure(JSONError(reason: "a key occurs twice", byteOffset: 8)))
        for count in [2, 40, 60, 3_000] {
            let body = (0..<count).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
            #expect(try scan(Array("{\(body)}".utf8), rejectsDuplicateKeys: true).get().count == count)
            let repeated = Array("{\(body),\"key\(count / 2)\":0}".utf8)
            guard case .failure = scan(repeated, rejectsDuplicateKeys: true) else {
                Issue.record("a repeated key among \(count) was accepted")
                continue
            }
        }
    }

    @Test("The selector finds wanted keys in any order and takes the last of a repeated one")
    func selector() throws {
        let keys = ["agent", "horizon_hours", "a", "", "é", "abs_error_bps", "expected_pnl_bps", "realized_pnl_bps"]
        let selector = JSONFieldSelector(keys)
        var indexes: [Int] = []
        let text = #"{"agents":0,"a":1,"agent":2,"":3,"h\u006frizon_hours":4,"a":5,"b":6,"é":7,"realized_pnl_bps":8}"#
        let line = Array(text.utf8)
        let fields = try scan(line).get()
        line.withUnsafeBytes { selector.select(fields, line: $0, into: &indexes) }
        #expect(indexes == [2, 4, 5, 3, 7, -1, -1, 8])
        line.withUnsafeBytes { selector.select([], line: $0, into: &indexes) }
        #expect(indexes == Array(repeating: -1, count: keys.count))
    }

    @Test("A line of ten million bytes is one row")
    func longLine() throws {
        let text = String(repeating: "é1234567", count: 1_100_000)
        let line = Array("{\"text\":\"\(text)\",\"list\":[\(String(repeating: "1,", count: 500_000))1]}".utf8)
        let fields = try scan(line).get()
        #expect(fields.count == 2)
        line.withUnsafeBytes { #expect(fields[0].string(in: $0)?.utf8.count == 9_900_000) }
    }
}
