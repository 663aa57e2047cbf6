import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersMattermostChannel

@Suite("No text becomes a picture in a post") struct PostPictureTests {
    /// What Mattermost makes pictures of: webapp/channels/src/utils/emoticons.tsx, of today and of 2017, and the rule
    /// `inlinelatex` of its fork of marked. JavaScript's `\w` and `\b` know ASCII only; what stands around an emoticon
    /// is left out where a text may be split.
    private var pictures: [Regex<Substring>] {
        let known: [Regex<Substring>] = [
            #/:[A-Za-z0-9_+-]+:/#, #/:-?\)/#, #/(?:^|[^A-Za-z0-9_]);-?\)/#, #/:-?[\](\[@|$]/#,
            #/(?:^|[^A-Za-z0-9_]):-?\//#,
            #/:-?[odpsODPS](?![A-Za-z0-9_])/#,
            #/:-[xX](?![A-Za-z0-9_])/#, #/:[`'’]-?\(/#, #/(?:<|&lt;)\/?3/#,
            #/(?:^|[^A-Za-z0-9_])[xX]-[dD](?![A-Za-z0-9_])/#,
            #/\$[^$\n]+\$/#,
            // text_formatting.tsx: a link to a search.
            #/#\p{L}/#,
        ]
        return known.map { $0.matchingSemantics(.unicodeScalar) }
    }

    private static let texts = [
        ":100:", ":+1:", ":-1:", ":goat:", ":my_own-emoji+2:", "a:smile:b", "14:30:00", "::a::", ":a:b:", ":)", ":-)",
        ";)", ";-)",
        ":(", ":-(", ":]", ":-]", ":[", ":-[", ":@", ":-@", ":/", ":-/", ":|", ":-|", ":$", ":-$", ":'(", ":`(", ":’(",
        ":'-(",
        ":o", ":O", ":-o", ":D", ":-d", ":p", ":-P", ":s", ":-S", ":-x", "x-d", "X-D", "<3", "</3", "ø:)", "*:)*",
        "_x-d_",
        ":\u{202E})", ":\u{0}-\u{7F})", "x\u{2066}-d", "<\u{1B}3", ":1\u{9F}00:", "https://x.dk:)", "https://x.dk/:(",
        "https://x.dk/(a:)b", "https://x.dk:-)", "(https://x.dk:)", ":ohttps://x.dk", "https://x.dk:D", "$x^2$",
        "a $b$ c", "$$",
        "koster $5 eller $6", "#sag #ølbar \\#x", "x:)y", "(:", ":):):)", "&lt;3", "&#58;)", ":\n)",
    ]

    /// What doFormatText sees: marked has taken out URLs, undone escapes and joined the texts around them.
    private func shown(_ markdown: String) -> String {
        let url =
            #/(?i)https?:\/{1,3}(?:[^\s`!()\[\]{;:'",<>?«»“”‘’]|[`!\[\]{;:'",<>?«»“”‘’](?=[^\s()<>])|\((?:[^\s()<>]|\([^\s()<>]+\))*\))+/#
            .matchingSemantics(.unicodeScalar)
        let texts = markdown.replacing(url) { match in
            let trailing = match.output.reversed().prefix { "?!.,:*_~'\"".contains($0) }
            return "\u{0}" + String(trailing.reversed())
        }
        return texts.replacing(#/\\([`*{}\[\]()#+\-.!_>|~]|\\(?![A-Za-z0-9_]))/#) { $0.output.1 }
    }

    private func emoticons(in text: String) -> [String] {
        pictures(in: text).filter { !$0.hasPrefix("$") && !$0.hasPrefix("#") }
    }

    private func pictures(in text: String) -> [String] {
        pictures.flatMap { pattern in text.matches(of: pattern).map { String($0.output) } }
    }

    @Test(
        "The patterns know a picture",
        arguments: [
            ":100:", ":)", ";-)", ":(", ":-]", ":@", ":/", ":|", ":$", ":'(", ":’(", ":o", ":D", ":-x", "x-d", "<3",
            "</3",
            "$x^2$", "#sag", "https://x.dk:)", "a :+1: b",
        ])
    func patterns(_ text: String) {
        #expect(pictures(in: shown(text)) != [])
    }

    @Test("Not wherever it stands", arguments: texts)
    func everywhere(_ text: String) throws {
        for url in ["https://hub.example.org/x", nil] {
            let single = try MattermostChannel.make().post {
                $0.title = text
                $0.message = "x\n\(text)\ny \(text)"
                $0.caseTitle = text
                $0.status = text
                $0.reference.id = text
                $0.url = url
                $0.event = .init(oldStatus: text, newStatus: text)
            }
            let digest = try MattermostChannel.make().post {
                $0.title = text
                $0.digest = [
                    ShownReminder(
                        deliveryID: DeliveryID(high: 1, low: 2), occurrenceID: 8, reminderID: 4,
                        priority: .high, title: text,
                        message: text,
                        about: CaseSummary(
                            reference: CaseReference(entityType: "case", id: text), title: text, status: text, url: url),
                        trigger: .timeBased, event: nil, dueAt: .distantPast)
                ]
            }
            let posts = try [ReadPost(single), ReadPost(digest)]
            // What is shown without Markdown has neither formulas nor hashtags, and no entities.
            let plain = posts.flatMap(\.attachments).flatMap { url == nil ? [$0.fallback] : [$0.fallback, $0.title] }
            for part in plain {
                let found = emoticons(in: part).filter { !$0.hasPrefix("&") }
                #expect(found == [], "\(part.debugDescription)")
            }
            for part in posts.flatMap(\.texts) where !plain.contains(part) {
                #expect(pictures(in: shown(part)) == [], "\(part.debugDescription)")
            }
        }
    }

    @Test(
        "What is no picture is left as it was",
        arguments: [
            "kl. 14:30", "Emne: (nyt)", "a: b; c", "max-d", "x-data", "5 < 30", "C:\\dir", "pris: $5", "nr. #5",
            "Sted:Odense", "æøå: ø",
        ])
    func harmless(_ text: String) {
        #expect(!String(decoding: PostText.bytes(text), as: UTF8.self).contains("\u{200B}"))
    }

    @Test("Random texts of what pictures are made of")
    func random() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            ":", ";", "-", "x", "X", "d", "D", "o", "p", "s", "(", ")", "[", "]", "@", "/", "|", "$", "'", "`", "’",
            "<", "3", "_", "+", "1",
            " ", "\n", "*", "\\", "#", "&", "ø", "\u{202E}", "\u{1}", ".",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }.joined()
            let markdown = String(decoding: PostText.bytes(text, lines: .kept), as: UTF8.self)
            #expect(pictures(in: shown(markdown)) == [], "\(text.debugDescription) → \(markdown.debugDescription)")
            let plain = String(decoding: PostText.bytes(text, .plain), as: UTF8.self)
            #expect(emoticons(in: plain) == [], "\(text.debugDescription) → \(plain.debugDescription)")
        }
    }
}
