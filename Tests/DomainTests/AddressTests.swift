import RemindersDomain
import Testing

@Suite("Addresses and names")
struct AddressTests {
    @Test(
        "mail addresses that are accepted",
        arguments: [
            "a@b", "anna.jensen+case@mail.example.dk", "user@localhost", "o'brien@example.com",
            "x_y-z@xn--bcher-kva.example",
            "!#$%&'*+-/=?^_`{|}~@example.com", "ANNA@EXAMPLE.DK", "1@1.dk",
        ])
    func accepted(text: String) throws {
        #expect(try MailAddress(text).text == text)
    }

    @Test(
        "mail addresses that are refused",
        arguments: [
            ("", .notOneAt), ("anna", .notOneAt), ("a@b@c", .notOneAt), ("@b", .localPart), ("a@", .domain),
            (".a@b", .localPart), ("a.@b", .localPart), ("a..b@c", .localPart), ("a b@c", .localPart),
            ("\"a b\"@c", .localPart), ("a<b@c", .localPart), ("å@b.dk", .localPart),
            ("a@bø.dk", .internationalDomain(proposal: "xn--b-5ga.dk")),
            ("a@[127.0.0.1]", .domain), ("a@b_c", .domain), ("a@-b.dk", .domain), ("a@b-.dk", .domain),
            ("a@b..dk", .domain), ("a@b.dk.", .domain), ("a@b.dk ", .domain), ("a@b.dk\r\nBcc: x", .domain),
            ("a@b.dk\u{0}", .domain), ("a@x>\r\nRCPT TO:<evil", .domain), ("a\n@b.dk", .localPart),
            ("a\u{7f}@b", .localPart),
            ("<a@b.dk>", .localPart), ("a,b@c", .localPart), ("a@b,c", .domain),
            (String(repeating: "a", count: 65) + "@b.dk", .tooLong),
            ("a@" + String(repeating: "b", count: 64) + ".dk", .domain),
            ("a@" + String(repeating: "b.", count: 130) + "dk", .tooLong),
        ] as [(String, MailAddressError)])
    func refused(text: String, reason: MailAddressError) {
        #expect(throws: reason) { try MailAddress(text) }
        #expect(!reason.description.isEmpty)
    }

    @Test("no byte that isn't in the allow-list gets through, anywhere")
    func everyByte() {
        for scalar in (0..<0x250).compactMap(UnicodeScalar.init) {
            let character = String(Character(scalar))
            let isLetterOrDigit = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(character)
            let isLocal = isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~.".unicodeScalars.contains(scalar)
            let isHost = isLetterOrDigit || character == "-" || character == "."
            #expect(((try? MailAddress("a\(character)a@b.dk")) != nil) == isLocal, "\(scalar.value)")
            #expect(((try? MailAddress("a@b\(character)b.dk")) != nil) == isHost, "\(scalar.value)")
        }
    }

    @Test("Mattermost users and channels")
    func mattermost() throws {
        #expect(try MattermostName("@Anna.Jensen") == .user("anna.jensen"))
        #expect(try MattermostName("@anna").text == "@anna")
        #expect(try MattermostName("town-square") == .channel("town-square"))
        #expect(try MattermostName("town_square1").text == "town_square1")
        let refused: [(String, MattermostNameError)] = [
            ("", .length), ("@", .length), ("@" + String(repeating: "a", count: 65), .length), ("@all", .reserved),
            ("@here", .reserved), ("@CHANNEL", .reserved), ("@a b", .character), ("~town", .character),
            ("@@anna", .character), ("a.b", .character), ("æble", .character), ("a\n", .character),
            ("https://x", .character),
        ]
        for (text, reason) in refused {
            #expect(throws: reason, "\(text)") { try MattermostName(text) }
        }
    }

    @Test("a recipient is a user or an address, by one key")
    func recipients() {
        #expect(Recipient.user("42").key == "42")
        #expect(Recipient.user("42").userID == "42")
        #expect(Recipient.user("42").address == nil)
        #expect(Recipient.address("Anna@Example.DK").key == "mailto:anna@example.dk")
        #expect(Recipient(key: "mailto:anna@example.dk") == .address("ANNA@example.dk"))
        #expect(Recipient.address("Anna@Example.DK").address == "anna@example.dk")
        #expect(Recipient.address("Anna@Example.DK").userID == nil)
        #expect(CaseReference(entityType: "case", id: "123").description == "case/123")
        #expect(Priority.low < .normal && Priority.high < .urgent)
    }
}
