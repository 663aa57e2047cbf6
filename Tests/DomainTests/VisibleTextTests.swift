import RemindersDomain
import Testing

struct VisibleTextTests {
    @Test(arguments: [
        ("\u{1B}]0;evil\u{07}", #"\u001B]0;evil\u0007"#), ("a\nb\tc\r\u{7F}", #"a\u000Ab\u0009c\u000D\u007F"#),
        ("\u{9B}31m", #"\u009B31m"#), ("a\u{202E}b\u{2066}\u{200F}", #"a\u202Eb\u2066\u200F"#),
        ("a\u{2028}b\u{2029}", #"a\u2028b\u2029"#), ("a\u{200B}\u{FEFF}b", #"a\u200B\uFEFFb"#),
        ("a\u{E0041}", #"a\uDB40\uDC41"#), ("\u{3164} \u{200D}", #"\u3164 \u200D"#),
        ("Æblegrød 👩‍💻 שלום \\", "Æblegrød 👩‍💻 שלום \\"), ("", ""), ("  ", "  "),
    ])
    func `what acts unseen is shown as an escape, and all else as it is`(text: String, shown: String) {
        #expect(VisibleText.escaped(text) == shown)
    }

    @Test func `line feeds stay where they are wanted`() {
        #expect(VisibleText.escaped("a\n\u{1B}b\r\n", keepingLineFeeds: true) == "a\n\\u001Bb\\u000D\n")
    }

    @Test(arguments: [
        "", " ", "\u{A0}\u{3000}", "\u{200B}\u{2060}", "\u{3164}", "\u{2800}", "\u{202E}\u{0}", "\u{FE0F}\u{E0041}",
    ])
    func `some texts have nothing to see`(text: String) {
        #expect(VisibleText.isInvisible(text))
        #expect(!VisibleText.isInvisible(text + "."))
    }
}
