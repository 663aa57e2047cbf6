import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// The links of cases, by the rule of `WebLink`.
@Suite(.timeLimit(.minutes(1))) struct LinkTests {
    @Test func `the database's rule is that of WebLink, whatever the text`() async throws {
        let scene = try await Scene.make()
        var random = SystemRandomNumberGenerator()
        let starts = [
            "https://", "http://", "HTTPS://", "https:/", " https://", "ftp://", "", "https://x", "https://a.b/",
        ]
        let pieces = [
            "x", "a.b", "A-1", "_", "-", ".", "..", "/", "?", "#", "%", "%4", "%41", "%zz", "@", ":", ":80", ":0",
            ":65536", ":8a", "[", "]",
            "[::1]", "[x]", " ", "'", "\"", "<", "\\", "^", "`", "{", "|", "&", "é", "e\u{301}", "日", "😀", "\u{85}",
            "\u{202E}", "\n", "\t",
            "\u{7F}", "\u{1}", "~", "xn--a", String(repeating: "a", count: 62), String(repeating: "b", count: 400),
        ]
        let texts = (0..<6_000).map { _ in
            (starts.randomElement(using: &random) ?? "")
                + (0..<Int.random(in: 0...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
        }
        let links = try await scene.texts(
            "SELECT web_link(text) FROM unnest($1::text[]) WITH ORDINALITY AS texts (text, place) ORDER BY place",
            [.textArray(texts)])
        #expect(links.count == texts.count)
        for (text, link) in zip(texts, links) {
            let expected = (try? WebLink(text))?.text ?? "NULL"
            #expect(link.utf8.elementsEqual(expected.utf8), "\(text.debugDescription): \(link) but \(expected)")
        }
        #expect(links.count { $0 != "NULL" } > 500)
    }

    @Test func `plain SQL may give any link, which is kept as it is shown; what is none is refused by name`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.run("INSERT INTO cases (entity_type, id, url) VALUES ('case', '1', 'HTTPS://x/it''s a \"é\"')")
        #expect(try await scene.text("SELECT url FROM cases") == "https://x/it's%20a%20%22%C3%A9%22")
        let error = try await postgresError {
            try await scene.run("UPDATE cases SET url = 'https://good.example@evil.example/'")
        }
        #expect(error?.sqlState == "23514" && error?.constraint == "cases_url_check", "\(String(describing: error))")
    }
}
