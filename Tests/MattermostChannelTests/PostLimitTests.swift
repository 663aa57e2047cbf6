import Testing

@testable import RemindersMattermostChannel

@Suite("Long texts") struct PostLimitTests {
    @Test("The longest message fits when it needs no escapes")
    func fits() throws {
        let message = String(repeating: "ø", count: 10_000)
        let post = try ReadPost(MattermostChannel.make().post { $0.message = message })
        #expect(post.attachments[0].text == message)
    }

    @Test("A text that grows too long is cut at a character, never within an escape, and ends in an ellipsis")
    func cut() throws {
        for message in [
            String(repeating: "*", count: 10_000), String(repeating: "👩‍👩‍👧‍👦_", count: 1_250),
            String(repeating: "&", count: 10_000),
        ] {
            let text = String(decoding: PostLimit.markdown(message, lines: .kept), as: UTF8.self)
            let count = text.unicodeScalars.count
            if message.first == "👩‍👩‍👧‍👦" {
                #expect(!text.hasSuffix("…"))
            } else {
                #expect((PostLimit.text - 8...PostLimit.text).contains(count))
                #expect(text.hasSuffix("*…") || text.hasSuffix("&amp;…"))
            }
        }
    }

    @Test("Characters of several scalars stay whole", arguments: 1...40)
    func whole(_ limit: Int) {
        let text = String(
            decoding: PostLimit.markdown(String(repeating: "👩‍👩‍👧‍👦*", count: 5), lines: .joined, limit: limit), as: UTF8.self
        )
        #expect(text.unicodeScalars.count <= limit)
        let rest = text.hasSuffix("…") ? text.dropLast() : text[...]
        #expect(rest.replacing("👩‍👩‍👧‍👦", with: "").replacing("\\*", with: "").isEmpty)
    }

    @Test("Mattermost's limit is 65,535 bytes of four a character")
    func number() {
        #expect(PostLimit.text == 65_535 / 4)
    }
}
