import RemindersDomain
import Testing

/// Whom a deployment may write to.
@Suite struct AllowListTests {
    @Test(
        arguments: [
            ("anna@example.org", Recipient.user("1"), "email", "Anna@Example.org", true),
            ("anna@example.org", .address("anna@example.org"), "email", "anna@example.org", true),
            ("anna@example.org", .user("1"), "email", "hanna@example.org", false),
            ("anna@example.org", .user("1"), "mattermost", "anna@example.org", false),
            ("@Example.org", .user("1"), "email", "bo@example.ORG", true),
            ("@example.org", .user("1"), "email", "bo@mail.example.org", false),
            ("@example.org", .user("1"), "email", "bo@notexample.org", false),
            ("@example.org", .user("1"), "email", "example.org@elsewhere.net", false),
            ("user:1", .user("1"), "email", "any@where.net", true),
            ("user:1", .user("1"), "frontend", nil, true),
            ("user:1", .user("11"), "email", "any@where.net", false),
            ("user:mailto:a@b.c", .address("a@b.c"), "email", "a@b.c", false),
            ("mattermost:@anna", .user("1"), "mattermost", "@anna", true),
            ("mattermost:anna", .user("1"), "mattermost", "@anna", true),
            ("mattermost:@anna", .user("1"), "mattermost", "@annabel", false),
            ("mattermost:@anna", .user("1"), "mattermost", nil, false),
            ("mattermost:@anna", .user("1"), "email", "anna", false),
            ("mattermost:*", .user("1"), "mattermost", nil, true),
            ("frontend:*", .user("1"), "frontend", nil, true),
            ("frontend:*", .user("1"), "email", "a@b.c", false),
        ] as [(String, Recipient, String, String?, Bool)])
    func `an entry lets through what it names, and nothing near it`(
        entry: String, recipient: Recipient, channel: String, address: String?, isAllowed: Bool
    ) throws {
        let list = try AllowList(["nobody@example.net", entry])
        let kind = try #require(ChannelKind(rawValue: channel))
        #expect(list.allows(recipient, through: kind, at: address) == isAllowed)
    }

    @Test(arguments: ["", "anna", "@", "@a b", "anna@", "user:", "Mattermost:anna", "mattermost:", "a@b@c", ":x"])
    func `what is no entry is refused with what would be one`(entry: String) {
        let problem = #expect(throws: AllowList.Problem.self) { try AllowList([entry]) }
        #expect(problem?.description.contains("user:ID") == true)
    }
}
