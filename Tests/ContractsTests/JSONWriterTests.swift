import Foundation
import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("Writing JSON")
struct JSONWriterTests {
    @Test("writes every character so that another reader gets it back")
    func everyScalar() throws {
        var characters = String.UnicodeScalarView()
        for value in UInt32(0)...0x10FFFF where value < 0x3100 || value % 251 == 0 {
            if let scalar = Unicode.Scalar(value) { characters.append(scalar) }
        }
        let text = String(characters)
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("text", text)
        writer.endObject()
        let object = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: String]
        #expect(object?["text"]?.unicodeScalars.elementsEqual(characters) == true)
        let own = String(decoding: writer.bytes.dropFirst(8).dropLast(), as: UTF8.self)
        #expect(try readString(own).unicodeScalars.elementsEqual(characters))
    }

    @Test("leaves no raw control character, line separator or paragraph separator")
    func noRawControls() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("text", "\u{0}\u{1f}\n\r\t\u{8}\u{c}\"\\\u{2028}\u{2029}\u{2027}\u{202A}€")
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"text":"\u0000\u001f\n\r\t\b\f\"\\\u2028\u2029"# + "\u{2027}\u{202A}€\"}")
    }

    @Test("separates fields and objects with commas")
    func structure() {
        var writer = JSONWriter()
        for _ in 0..<2 {
            writer.removeAll()
            writer.beginObject()
            writer.beginObject("a")
            writer.endObject()
            writer.write("b", Int64.min)
            writer.write("c", ifPresent: nil)
            writer.write("d", true)
            writer.writeNull("e")
            writer.beginObject("f")
            writer.write("g", 0)
            writer.write("h", Instant(microseconds: 1))
            writer.endObject()
            writer.write("i", "")
            writer.endObject()
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":{},"b":-9223372036854775808,"d":true,"e":null,"#
                + #""f":{"g":0,"h":"1970-01-01T00:00:00.000001Z"},"i":""}"#)
    }

    @Test("writes strings that are not stored as one piece of UTF-8")
    func bridgedStrings() throws {
        let text = NSString(string: "æøå \"\u{2028}\"") as String
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("text", String(text.dropFirst(1)))
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "{\"text\":\"øå \\\"\\u2028\\\"\"}")
    }
}
