import Testing

@testable import RemindersMattermostChannel

@Suite("User text does nothing in a post") struct PostTextTests {
    private func markdown(_ text: String) -> String {
        String(decoding: PostText.bytes(text, .markdown, lines: .kept), as: UTF8.self)
    }

    private func plain(_ text: String) -> String {
        String(decoding: PostText.bytes(text, .plain), as: UTF8.self)
    }

    @Test(
        "Mentions, links and markup are taken apart",
        arguments: [
            (
                "@channel @all @here @anyone @anna",
                "@\u{200B}channel @\u{200B}all @\u{200B}here @\u{200B}anyone @\u{200B}anna"
            ),
            ("a@channel", "a@\u{200B}channel"),
            (
                "~town-square ~~x~~ ~~~",
                "~\u{200B}town-square ~\u{200B}~\u{200B}x~\u{200B}~\u{200B} ~\u{200B}~\u{200B}~\u{200B}"
            ),
            ("<!channel> <@u1> <https://x|y>", "&lt;!channel> &lt;@\u{200B}u1> &lt;https://x \\|y>"),
            ("&#64;channel &amp;", "&amp;\\#64;channel &amp;amp;"),
            ("[a](b) ![c](d) [e]: f", "\\[a\\](b) !\\[c\\](d) \\[e\\]: f"),
            ("`code` ```\nx\n```", "\\`code\\` \\`\\`\\`\nx\n\\`\\`\\`"), ("# Title\n## Sub", "\\# Title\n\\#\\# Sub"),
            ("*b* **c** __d__ i_gang", "\\*b\\* \\*\\*c\\*\\* \\_\\_d\\_\\_ i\\_gang"),
            ("- a\n+ b\n* c\n1. d\n12) e", "\\- a\n\\+ b\n\\* c\n1\\. d\n12\\) e"),
            ("x\n---\ny\n===", "x\n\\---\ny\n\u{200B}==="), ("a|b\n:-|-:", "a\\|b\n:\u{200B}-\\|-:"),
            ("> quoted > \n > >", "&gt; quoted > \n&gt; >"),
            ("    code\n\t\u{A0} code", "code\ncode"), ("1.5 and 2-3 = 5", "1\\.5 and 2-3 = 5"),
            ("C:\\Users\\_x \\* \\", "C:\\Users\\\\\\_x \\\\\\* \\\\"),
            ("x\u{2424}- y\n\u{2424}    - z", "x - y\n\\- z"), ("a\u{2028}- b\u{85}# c", "a\n\\- b\n\\# c"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("a\u{202E}b\u{2066}c\u{1B}[0m\0", "abc\\[0m"), ("", ""), ("\n\n", "\n\n"), ("plain æøå 😀", "plain æøå 😀"),
        ])
    func examples(_ text: String, _ expected: String) {
        #expect(markdown(text) == expected)
    }

    @Test(
        "A URL stays a URL, without anything that means something in a post",
        arguments: [
            ("see https://hub.example.org/a_b?c=d&e=f#g.", "see https://hub.example.org/a_b?c=d&e=f#g."),
            ("HTTP://X/~a@b*c", "HTTP://X/%7Ea%40b%2Ac"),
            ("https://bücher.example/x", "https://xn--bcher-kva.example/x"), ("(https://x/(a)b)", "(https://x/(a)b)"),
            ("[https://x]", "\\[https://x \\]"),
            ("https://x/&#64;all", "https://x/&#64%3Ball"), ("https://x/`a`|\\", "https://x/ \\`a\\`\\|\\\\"),
            ("xhttps://a_b", "xhttps://a\\_b"), ("https://", "https://"),
            ("https://x\u{2028}@all", "https://x\n@\u{200B}all"),
            ("https://x\u{202E}@all", "h\u{200B}ttps://x@\u{200B}all"),
            ("https://x<@all>", "https://x &lt;@\u{200B}all>"),
            ("<https://x>", "&lt;https://x>"), ("<https://x>y", "&lt;https://x >y"),
            ("https://x_ https://y__'", "https://x%5F https://y%5F%5F'"), ("h", "h"),
        ])
    func urls(_ text: String, _ expected: String) {
        #expect(markdown(text) == expected)
    }

    @Test("On one line, what would begin a line after a break at the start doesn't")
    func joined() {
        for start in ["\n", "\r\n \n", "\u{2028}\t", "\u{202E}\n"] {
            #expect(String(decoding: PostText.bytes("\(start)- a\n- b"), as: UTF8.self) == "\\- a - b")
        }
    }

    @Test(
        "Plain text is left as it is but for mentions",
        arguments: [
            ("i_gang *x* [a](b) & # >", "i_gang *x* [a](b) & # >"),
            ("@all ~x <!channel>", "@\u{200B}all ~\u{200B}x <\u{200B}!channel>"),
            ("a\nb\u{202E}", "a b"),
        ])
    func plainText(_ text: String, _ expected: String) {
        #expect(plain(text) == expected)
    }

    @Test(
        "In no part of a post is there a mention, a channel link or a link of Slack's",
        arguments: [
            "@channel", "<!here>", "<!channel|x>", "<@abc>", "~town-square", "<https://evil.example|click>", "\\@all",
            "@\\all", "\u{202E}@all",
            "<\u{2066}!all>", "&#64;all", "@@all", "<<!all>>",
        ])
    func everywhere(_ attack: String) throws {
        for url in ["https://hub.example.org/x", nil] {
            let post = try ReadPost(
                MattermostChannel.make().post {
                    $0.title = attack
                    $0.message = "x\n\(attack)\ny"
                    $0.caseTitle = attack
                    $0.status = attack
                    $0.reference.id = attack
                    $0.url = url
                    $0.event = .init(oldStatus: attack, newStatus: attack)
                })
            let attachment = post.attachments[0]
            for text in [post.text, attachment.text ?? ""] + attachment.fields.map(\.value) {
                #expect(try #/<([^<\|]+)\|([^>]+)>/#.firstMatch(in: text) == nil)
            }
            for text in post.texts {
                // server/channels/app/slack.go and server/public/model/slack_attachment.go of Mattermost.
                for announcement in ["<!channel>", "<!here>", "<!all>"] { #expect(!text.contains(announcement)) }
                #expect(try #/<@[a-zA-Z0-9]+>/#.firstMatch(in: text) == nil)
                #expect(try #/[@~][A-Za-z0-9._-]/#.firstMatch(in: text) == nil)
                #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
            }
        }
    }

    @Test("What marked makes of it is what was written")
    func roundTrip() {
        let texts = [
            "# a\n- b\n+ c\n1. d\n> e\n```f```\n| g | h |\n|---|---|\ni_j *k* [l](m) ![n](o) ~p~ @q <r> &s; \\t \\\\u \\_ \\( \\",
            "C:\\dir\\*.txt", "a\\", "\\\\", "\\\\\\", "\\_\\*\\`", "_", "x\\ø", "100% & more; <b>", "=\n==\n1)\n1.",
        ]
        for text in texts { #expect(shown(markdown(text)) == text) }
    }

    /// What is shown of Markdown without formatting: the rule `escape` of lib/marked.js in Mattermost's fork, and entities.
    private func shown(_ markdown: String) -> String {
        var rest = markdown.replacing("\u{200B}", with: "")[...]
        var text = ""
        while let first = rest.first {
            if let match = rest.prefixMatch(of: #/\\([`*{}\[\]()#+\-.!_>|~])/#) {
                text += match.output.1
                rest = rest[match.range.upperBound...]
            } else if rest.prefixMatch(of: #/\\\\(?![A-Za-z0-9_])/#) != nil {
                text += "\\"
                rest = rest.dropFirst(2)
            } else {
                text.append(first)
                rest = rest.dropFirst()
            }
        }
        return text.replacing("&#36;", with: "$").replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing(
            "&amp;", with: "&")
    }
}
