import RemindersContracts
import RemindersDomain
import Testing

@Suite("JSON as a tree")
struct JSONValueTests {
    private func value(_ text: String, depth: Int = 16) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), sizeLimit: 1_000, depthLimit: depth)
    }

    @Test("keeps order, digits and characters")
    func values() throws {
        let text = #" {"b":[1,-0.50e+3,"æ\u00f8\n",true,null,[],{}],"a":{"":""}} "#
        let tree = try value(text)
        #expect(
            tree
                == .object([
                    JSONMember(
                        "b",
                        .array([
                            .number("1"), .number("-0.50e+3"), .string("æø\n"), .boolean(true), .null, .array([]),
                            .object([]),
                        ])), JSONMember("a", .object([JSONMember("", .string(""))])),
                ]))
        #expect(
            String(decoding: tree.bytes, as: UTF8.self) == #"{"b":[1,-0.50e+3,"æø\n",true,null,[],{}],"a":{"":""}}"#)
        #expect(try JSONValue(parsing: tree.bytes) == tree)
        #expect(tree["a"]?[""]?.text == "" && tree["c"] == nil && tree["b"]?["x"] == nil)
    }

    @Test(
        "refuses what is no JSON",
        arguments: ["", "[1,]", "[,1]", "[1 2]", "[1", "]", "{\"a\"}", "{\"a\":1,}", "[1]]", "01", "\"\t\"", "[1,,2]"])
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try value(text) }
    }

    @Test("refuses a name that occurs twice, also when it is written differently")
    func duplicates() throws {
        for text in [#"{"a":1,"a":2}"#, #"{"a":1,"b":2,"\u0061":2}"#, #"[{"x":{"a":1,"a":1}}]"#] {
            #expect { try value(text) } throws: { ($0 as? JSONError)?.reason == .duplicateKey }
        }
        _ = try value(#"{"a":{"a":1},"b":{"a":1}}"#)
    }

    @Test("is as deep as allowed, and not deeper")
    func depth() throws {
        let nested = { (depth: Int) in
            String(repeating: #"{"a":["#, count: depth) + String(repeating: "]}", count: depth)
        }
        _ = try value(nested(8))
        #expect { try value(nested(9)) } throws: { ($0 as? JSONError)?.reason == .tooDeep(limit: 16) }
        #expect { try value(String(repeating: " ", count: 1_001)) } throws: {
            ($0 as? JSONError)?.reason == .tooLarge(limit: 1_000)
        }
    }

    @Test("numbers are whole only when they are written so")
    func integers() throws {
        #expect(try value("9223372036854775807").integer == .max)
        for text in ["9223372036854775808", "1.0", "1e3", "\"1\""] { #expect(try value(text).integer == nil) }
    }

    @Test("writes fields that may be null, lists and values")
    func writing() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("a", orNull: String?.none)
        writer.write("b", orNull: Int64?.some(5))
        writer.write("c", orNull: Instant(seconds: 0))
        writer.write("d", ["x", "y"])
        writer.write("e", [Int64(1), 2])
        writer.write("f", 0.25)
        writer.write("g", .array([.null]))
        writer.write("h", json: #"{"raw":1}"#)
        writer.beginArray("i")
        writer.beginArray()
        writer.write(element: "x")
        writer.endArray()
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.write(element: 3)
        writer.endArray()
        writer.write("j", Double.nan)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":null,"b":5,"c":"1970-01-01T00:00:00Z","d":["x","y"],"e":[1,2],"f":0.25,"g":[null],"#
                + #""h":{"raw":1},"i":[["x"],[],{},3],"j":null}"#)
    }
}
