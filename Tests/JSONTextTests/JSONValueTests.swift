import JSONText
import Testing

struct JSONValueTests {
    @Test("A document is read with its order and the text of its numbers")
    func parse() throws {
        let value = try JSONValue.parse(#" {"b":[1,2.50,-0,"x\ty"],"a":{"c":true,"d":null}} "#)
        #expect(
            value
                == .object([
                    JSONMember(
                        key: "b", value: .array([.integer("1"), .number("2.50"), .integer("-0"), .string("x\ty")])),
                    JSONMember(
                        key: "a",
                        value: .object([
                            JSONMember(key: "c", value: .bool(true)), JSONMember(key: "d", value: .null),
                        ])),
                ]))
        #expect(value["b"]?.array?[1].double == 2.5)
        #expect(value["b"]?.array?[0].integer == 1)
        #expect(value["a"]?["c"]?.bool == true)
        #expect(value["a"]?["d"]?.isNull == true)
        #expect(value["z"] == nil)
    }

    @Test("Documents of any kind are accepted, and repeated keys are not")
    func kinds() throws {
        #expect(try JSONValue.parse("1") == .integer("1"))
        #expect(try JSONValue.parse(" null ") == .null)
        #expect(try JSONValue.parse("[]") == .array([]))
        #expect(throws: JSONError(reason: "the key a occurs twice in one object", byteOffset: 1)) {
            try JSONValue.parse(#"[{"a":1,"\u0061":2}]"#)
        }
        #expect(try JSONValue.parse("{\"é\":1,\"e\u{301}\":2}").object?.count == 2)
        #expect(throws: JSONError.self) { try JSONValue.parse("") }
        #expect(throws: JSONError.self) { try JSONValue.parse("[NaN]") }
    }

    @Test("Equal values have one canonical text")
    func canonical() throws {
        let texts = [
            #"{"b":1.0,"a":[1e0,0.10,-0.0,"é"],"B":12345678901234567890}"#,
            #" {"B":12345678901234567890, "a":[1,1e-1,0,"\u00e9"], "b":10e-1}"#,
        ]
        for text in texts {
            #expect(
                String(decoding: try JSONValue.parse(text).canonicalBytes, as: UTF8.self)
                    == #"{"B":12345678901234567890,"a":[1,0.1,0,"é"],"b":1}"#)
        }
        #expect(try JSONValue.parse("[1e400]").canonicalBytes == Array("[1e400]".utf8))
    }

    @Test("A document as deep as allowed is read and written")
    func depth() throws {
        let text = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        #expect(String(decoding: try JSONValue.parse(text).canonicalBytes, as: UTF8.self) == text)
        #expect(throws: JSONError.self) { try JSONValue.parse("[\(text)]") }
    }
}
