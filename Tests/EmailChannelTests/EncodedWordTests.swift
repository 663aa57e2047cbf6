import Testing

@testable import RemindersEmailChannel

@Suite("Encoded words and folding") struct EncodedWordTests {
    private func subject(_ text: String) throws -> [Substring] {
        var writer = HeaderWriter(capacity: 100)
        try writer.write("Subject", text: Array(text.utf8), field: "title")
        return String(decoding: writer.bytes, as: UTF8.self).mailLines
    }

    @Test(
        "Short texts are written as one word or as they are",
        arguments: [
            ("Plain", "Subject: Plain"), ("Blå", "Subject: =?UTF-8?Q?Bl=C3=A5?="),
            ("Husk at vi skal følge op a_b", "Subject: =?UTF-8?Q?Husk_at_vi_skal_f=C3=B8lge_op_a=5Fb?="),
            ("日本語", "Subject: =?UTF-8?B?5pel5pys6Kqe?="),
            ("=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?="), (" a   b ", "Subject: a b"),
            ("📅", "Subject: =?UTF-8?B?8J+ThQ==?="),
        ])
    func short(_ text: String, _ line: String) throws {
        #expect(try subject(text) == [line[...]])
    }

    @Test("Long ASCII text is folded at blanks, at 78 characters")
    func folding() throws {
        let text = (1...40).map { "word\($0)" }.joined(separator: " ")
        let lines = try subject(text)
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.count <= 78 })
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" word") })
        #expect(lines.joined() == "Subject: " + text)
    }

    @Test("No word is longer than 75 characters, no line than 76, and each word has whole characters")
    func long() throws {
        for text in ["æøå", "日本", "👩‍👩‍👧‍👦", "aø", "\u{1F9E8}b"] {
            for count in 1...40 {
                let lines = try subject(String(repeating: text, count: count))
                var decoded = ""
                for (index, line) in lines.enumerated() {
                    #expect(line.utf8.count <= 76)
                    let word = line.dropFirst(index == 0 ? "Subject: ".count : 1)
                    #expect(word.utf8.count <= 75)
                    #expect(word.hasPrefix("=?UTF-8?"))
                    #expect(word.hasSuffix("?="))
                    let part = try #require(decode(word))
                    decoded += part
                }
                #expect(decoded == String(repeating: text, count: count))
            }
        }
    }

    /// The text of one encoded word, or nil if it isn't valid UTF-8 by itself.
    private func decode(_ word: Substring) -> String? {
        let fields = word.split(separator: "?", omittingEmptySubsequences: false)
        guard fields.count == 5 else { return nil }
        if fields[2] == "Q" { return quoted(Array(fields[3].utf8)) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var bits = 0
        var held = 0
        var bytes: [UInt8] = []
        for character in fields[3] where character != "=" {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            held = held << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(held >> bits & 255))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private func quoted(_ text: [UInt8]) -> String? {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "=") {
                bytes.append(UInt8(String(decoding: text[index + 1...index + 2], as: UTF8.self), radix: 16) ?? 0)
                index += 3
            } else {
                bytes.append(text[index] == UInt8(ascii: "_") ? 0x20 : text[index])
                index += 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
