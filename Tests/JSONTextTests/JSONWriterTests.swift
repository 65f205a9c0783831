import JSONText
import Testing

struct JSONWriterTests {
    @Test("A compact document has no whitespace and keeps the order of its keys")
    func compact() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("b")
        writer.integer(1)
        writer.key("a")
        writer.beginArray()
        writer.double(1)
        writer.double(0.1)
        writer.bool(true)
        writer.null()
        writer.raw(Array("{}".utf8))
        writer.endArray()
        writer.key("text")
        writer.string("a\"\\\n\u{1}é\u{7f}😀")
        writer.endObject()
        writer.newline()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"b":1,"a":[1.0,0.1,true,null,{}],"text":"a\"\\\n\u0001é"# + "\u{7f}😀\"}\n")
    }

    @Test("A pretty document is indented by two spaces and empty containers stay on their line")
    func pretty() throws {
        var writer = JSONWriter(isPretty: true)
        writer.value(try JSONValue.parse(#"{"a":{"b":[1,{"c":null}],"d":[]},"e":{}}"#))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                {
                  "a": {
                    "b": [
                      1,
                      {
                        "c": null
                      }
                    ],
                    "d": []
                  },
                  "e": {}
                }
                """)
    }

    @Test(
        "Doubles are written as JSON and read back as the same bits",
        arguments: [
            0, -0.0, 1, 1e16, 1e-5, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 0.1, 2.5e-8, 0x1p60,
        ])
    func doubles(value: Double) throws {
        var writer = JSONWriter()
        writer.double(value)
        let parsed = try JSONValue.parse(writer.bytes)
        #expect(parsed.double?.bitPattern == value.bitPattern)
    }
}
