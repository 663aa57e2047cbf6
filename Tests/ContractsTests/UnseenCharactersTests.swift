import RemindersDomain
import RemindersGround
import Testing

/// Two floors write text for terminals, each in its own way; what they escape is the same.
@Suite struct UnseenCharactersTests {
    @Test func `logs escape what the command line escapes`() {
        var differing: [Unicode.Scalar] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            let text = "a\(scalar)"
            var bytes: [UInt8] = []
            JSONString.append(text, to: &bytes, .forTerminals)
            let isEscapedInLogs = bytes.contains(UInt8(ascii: "\\"))
            if isEscapedInLogs != VisibleText.escaped(text).utf8.contains(UInt8(ascii: "\\")) {
                differing.append(scalar)
            }
        }
        #expect(differing == [])
    }
}
