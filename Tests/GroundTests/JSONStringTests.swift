import RemindersGround
import Testing

@Suite("JSON strings") struct JSONStringTests {
    private func escaped(_ text: String, _ escaping: JSONString.Escaping) -> String {
        var bytes: [UInt8] = []
        JSONString.append(text, to: &bytes, escaping)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [JSONString.Escaping.forScripts, .forTerminals])
    func whatNeedsNoEscapeStaysAsItIs(_ escaping: JSONString.Escaping) {
        for text in ["", "plain", "Søren Ærø", "„quotes“ – dashes…", "日本語", "🙂 and 👩‍👩‍👧"] {
            #expect(escaped(text, escaping) == text)
        }
    }

    @Test(arguments: [JSONString.Escaping.forScripts, .forTerminals])
    func whatJSONDemandsIsEscaped(_ escaping: JSONString.Escaping) {
        #expect(escaped("a\"b\\c", escaping) == #"a\"b\\c"#)
        #expect(escaped("\u{08}\u{09}\u{0A}\u{0C}\u{0D}\u{00}\u{1F}", escaping) == #"\b\t\n\f\r\u0000\u001f"#)
        #expect(escaped("å\u{2028}\u{2029}å", escaping) == #"å\u2028\u2029å"#)
    }

    @Test func terminalsGetNoControls() {
        let text = "\u{7F}\u{85}\u{9B}\u{A0}\u{202A}\u{202E}\u{2066}\u{2069}\u{2065}"
        #expect(escaped(text, .forTerminals) == "\\u007f\\u0085\\u009b\u{A0}\\u202a\\u202e\\u2066\\u2069\u{2065}")
        #expect(escaped(text, .forScripts) == text)
    }

    @Test func norWhatHidesOrTurnsALineRound() {
        #expect(
            escaped("\u{200B}\u{200E}\u{61C}\u{FEFF}\u{AD}\u{E0041}\u{2060}", .forTerminals)
                == #"\u200b\u200e\u061c\ufeff\u00ad\udb40\udc41\u2060"#)
        #expect(escaped("क्\u{200D}ष", .forTerminals) == "क्\u{200D}ष")
    }

    @Test func whatIsCutOffWithinACharacterIsNoFault() {
        for end: [UInt8] in [[0xE2], [0xE2, 0x80], [0xC2]] {
            var bytes: [UInt8] = []
            (Array("x".utf8) + end).withUnsafeBufferPointer { JSONString.append($0, to: &bytes, .forTerminals) }
            #expect(bytes == Array("x".utf8) + end)
        }
    }
}
