import RemindersDomain
import Testing

@Suite struct WrittenLinksTests {
    @Test(arguments: [
        "nothing", "", "a://b", "see https://example.com/ä?q=a@b#ö, and http://[::1]:80/@x",
        "https://example.com, https://example.com. (https://example.com:8080)", "https://xn--bcher-kva.example/",
        "mail ada@example.com: https is good", ":", "a:", "http:", "http:/", #"c:\\ada@home"#, "https:/x@y",
        "https://example.com—dash “https://example.com”",
        "HTTPS://EXAMPLE.COM/", "http://under_score.example/x@y",
    ])
    func whatShowsItsHostStaysAsItIs(text: String) {
        #expect(WrittenLinks.undisguised(text) == text)
    }

    @Test(arguments: [
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("a http://BÜCHER.example:8080/ä b", "a http://xn--bcher-kva.example:8080/ä b"),
        ("https://аррӏе.example", "https://xn--80ak6aa92e.example"),
        ("https://例え。example/", "https://xn--r8jz45g.example/"),
    ])
    func aHostInOtherLettersIsNamedInASCII(text: String, shown: String) {
        #expect(WrittenLinks.undisguised(text) == shown)
    }

    @Test(arguments: [
        "https://bank.example@evil.example/", "HTTPS://bank.example:pw@evil.example", "http://b%C3%BCcher.example/",
        #"https://bank.example\@evil.example/"#, #"https:\/\/bank.example@evil.example see http://x"#,
        "https:///bank.example@evil.example",
        "https://bank.example\u{200B}.evil.example/", "https://bank.example\u{202E}moc.live",
        "https://bücher@evil.example/", #"https:\\bank.example@evil.example"#,
        "a: b, c:d, https:\\/bank.example@evil.example",
    ])
    func whatHidesItsHostIsNoLink(text: String) {
        let shown = WrittenLinks.undisguised("go to \(text) now")
        #expect(shown.contains("h\u{200B}ttp") || shown.contains("H\u{200B}TTP"), "\(shown)")
        #expect(
            shown.replacing("h\u{200B}ttp", with: "http").replacing("H\u{200B}TTP", with: "HTTP") == "go to \(text) now"
        )
    }
}
