import Testing

/// `channels` and `channels_off` beside the fields of the predecessors, for the channels of this installation.
@Suite struct ChannelTests {
    private static let preferences = "/api/v1/users/me/notification-preferences"

    private static func reminder(_ channels: String) -> String {
        #"{"title":"Call back","scheduled_at":"2030-02-10T14:30:00Z",\#(channels)}"#
    }

    @Test func `a list and the fields say the same in two ways`() async throws {
        try await APIScene.play { scene in
            let listed = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                Self.reminder(#""channels":["email","frontend"],"channels_off":["mattermost"]"#))
            let fields = try await scene.user("1").post(
                "/api/v1/sag/1/reminders",
                Self.reminder(#""notify_email":true,"notify_frontend":true,"notify_mattermost":false"#))
            #expect(listed.status == 201 && fields.status == 201, "\(listed)")
            for answer in [listed, fields] {
                #expect(answer["/notify_email"] == true && answer["/notify_mattermost"] == false, "\(answer)")
                #expect(answer["/channels/0"] == "email" && answer["/channels/1"] == "frontend", "\(answer)")
                #expect(answer["/channels_off/0"] == "mattermost", "\(answer)")
            }
        }
    }

    @Test(arguments: [
        (#""channels":["email"],"notify_email":false"#, "/notify_email", "channels lists email"),
        (#""channels":["email"],"notify_mattermost":true"#, "/notify_mattermost", "channels does not list mattermost"),
        (#""channels_off":["email"],"notify_email":true"#, "/notify_email", "channels_off lists email"),
        (#""channels":["email"],"channels_off":["email"]"#, "/channels_off", "what channels names: email"),
        (#""channels":["pager"]"#, "/channels/0", "email, mattermost, frontend"),
        (#""channels":"email""#, "/channels", "must be an array"),
        (#""override_user_preferences":true"#, "/override_user_preferences", "leaves no channel"),
    ])
    func `what contradicts itself or is not installed is refused by name`(
        _ channels: String, _ pointer: String, _ detail: String
    ) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").post("/api/v1/sag/1/reminders", Self.reminder(channels))
            #expect(answer.status == 422, "\(answer)")
            #expect(answer["/errors/0/pointer"]?.text == pointer, "\(answer)")
            #expect(answer["/errors/0/detail"]?.text?.contains(detail) == true, "\(answer)")
        }
    }

    @Test func `a patch replaces the list it gives, and clears what it sets to null`() async throws {
        try await APIScene.play { scene in
            let anna = scene.user("1")
            let made = try await anna.post(
                "/api/v1/sag/1/reminders", Self.reminder(#""notify_email":true,"notify_mattermost":false"#))
            let path = try #require(made.headers[.location])
            for (patch, email, mattermost, frontend) in [
                (#"{"channels":["frontend"]}"#, nil, false, true),
                (#"{"channels_off":["frontend"]}"#, nil, nil, false),
                (#"{"notify_email":true}"#, true, nil, false),
                (#"{"channels_off":null}"#, true, nil, nil),
                (#"{"notify_email":null,"title":"Another"}"#, nil, nil, nil),
            ] as [(String, Bool?, Bool?, Bool?)] {
                let changed = try await anna.patch(path, patch)
                #expect(changed.status == 200, "\(changed)")
                for (name, answer) in [("email", email), ("mattermost", mattermost), ("frontend", frontend)] {
                    #expect(
                        changed["/notify_\(name)"] == (answer.map { .boolean($0) } ?? .null),
                        "\(patch) \(name): \(changed)")
                }
            }
            // What is stored of a channel that is not installed any more stays, and nobody has to take it out first.
            try await scene.run("UPDATE sag_reminders SET notify_others = '{pager}', notify_not = '{sms}'")
            let renamed = try await anna.patch(path, #"{"title":"Once more"}"#)
            #expect(renamed["/channels/0"] == "pager" && renamed["/channels_off/0"] == "sms", "\(renamed)")
            #expect(try await anna.patch(path, #"{"channels":["pager","email"]}"#).status == 200)
        }
    }

    @Test func `preferences have a list too`() async throws {
        try await APIScene.play { scene in
            let anna = scene.user("1")
            let listed = try await anna.patch(Self.preferences, #"{"channels":["mattermost"]}"#)
            #expect(
                listed.status == 200 && listed["/notify_email"] == false && listed["/notify_mattermost"] == true,
                "\(listed)")
            let more = try await anna.patch(Self.preferences, #"{"notify_email":true}"#)
            #expect(more["/channels/0"] == "email" && more["/channels/1"] == "mattermost", "\(more)")
            let wrong = try await anna.patch(Self.preferences, #"{"channels":["email"],"notify_mattermost":true}"#)
            #expect(wrong.status == 422 && wrong["/errors/0/pointer"] == "/notify_mattermost", "\(wrong)")
            let unknown = try await anna.patch(Self.preferences, #"{"channels":["pager"]}"#)
            #expect(unknown.status == 422 && unknown["/errors/0/pointer"] == "/channels/0", "\(unknown)")
            let again = try await anna.patch(Self.preferences, #"{"channels":null}"#)
            #expect(again["/channels/0"] == "email" && again["/channels/1"] == "frontend", "\(again)")
        }
    }

    @Test func `what there is to choose from is listed`() async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").get("/api/v1/channels")
            #expect(answer["/items/0/channel"] == "email" && answer["/items/0/address"] == "required", "\(answer)")
            #expect(answer["/items/1/address"] == "optional" && answer["/items/2/is_on"] == true, "\(answer)")
            #expect(try await scene.nobody.get("/api/v1/channels").status == 401)
        }
    }

    @Test func `SQL refuses what is no other channel`() async throws {
        try await APIScene.play { scene in
            try await scene.know("1")
            for statement in [
                "INSERT INTO user_addresses VALUES ('1', 'email', 'a@example.org')",
                "INSERT INTO user_addresses VALUES ('1', 'Pager', '1')",
                "INSERT INTO user_addresses VALUES ('1', 'pager', 'a b')",
                "INSERT INTO user_notification_preferences (user_id, notify_others) VALUES ('1', '{frontend}')",
                "INSERT INTO user_notification_preferences (user_id, notify_others) VALUES ('1', '{sms,sms}')",
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, notify_others, notify_not)
                VALUES ('1', 'x', '{1}', now(), '{sms}', '{sms}')
                """,
            ] {
                await #expect(throws: (any Error).self, "\(statement)") { try await scene.run(statement) }
            }
        }
    }
}
