import Testing

@testable import RemindersEmailChannel

@Suite("Quoted-printable") struct QuotedPrintableTests {
    private func encode(_ text: String) -> String {
        var output: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { QuotedPrintable.append($0, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Text is encoded as RFC 2045 says",
        arguments: [
            ("plain", "plain\r\n"), ("a=b", "a=3Db\r\n"), ("blå", "bl=C3=A5\r\n"), ("end \nx", "end=20\r\nx\r\n"),
            ("end\t\nx", "end=09\r\nx\r\n"), ("in  side", "in  side\r\n"), (" \n", "=20\r\n"), ("  \n", " =20\r\n"),
            ("end ", "end=20\r\n"), (".", "=2E\r\n"), ("..\n.a", "=2E.\r\n=2Ea\r\n"), ("a.b", "a.b\r\n"),
            ("From me", "=46rom me\r\n"), ("Frome", "Frome\r\n"), ("\n\n", "\r\n\r\n"), ("", ""), ("\u{0}", "=00\r\n"),
        ])
    func examples(_ text: String, _ encoded: String) {
        #expect(encode(text) == encoded)
    }

    @Test("No line is longer than 76 characters, and decoding gives the text back, whatever stands at its end")
    func lengths() {
        for character in ["x", "ø", " ", "=", "👍", "\t", "x ø", "."] {
            for count in 60...90 {
                for end in ["", "\n", "y\nz", " \n", ".\n", "ø\n"] {
                    let text = String(repeating: character, count: count) + end
                    let encoded = encode(text)
                    for line in encoded.mailLines {
                        #expect(line.utf8.count <= 76)
                        #expect(line.last != " " && line.last != "\t")
                        #expect(line.first != ".")
                    }
                    #expect(decodeQuotedPrintable(encoded) == (text.hasSuffix("\n") ? text : text + "\n"))
                }
            }
        }
    }
}
