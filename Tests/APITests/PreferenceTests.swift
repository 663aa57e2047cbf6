import Hummingbird
import RemindersHTTPService
import Testing

/// `GET` and `PATCH /api/v1/users/me/notification-preferences`.
@Suite struct PreferenceTests {
    private static let path = "/api/v1/users/me/notification-preferences"

    @Test func `who never said anything has the defaults of the database`() async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").get(Self.path)
            #expect(answer.status == 200, "\(answer)")
            #expect(
                answer.text == """
                    {"user_id":"1","notify_email":true,"notify_mattermost":false,"notify_frontend":true,\
                    "channels":["email","frontend"],"email_override":null,"quiet_hours_enabled":false,"quiet_hours_start":"22:00",\
                    "quiet_hours_end":"07:00","quiet_hours_days":[1,2,3,4,5,6,7],"time_zone":"UTC","locale":"en",\
                    "display_name":null,"email":null,"updated_at":null}
                    """)
            // The columns' own defaults are the same.
            try await scene.run("INSERT INTO users (id) VALUES ('2')")
            try await scene.run("INSERT INTO user_notification_preferences (user_id) VALUES ('2')")
            let stored = try await scene.user("2").get(Self.path)
            for field in [
                "notify_email", "notify_mattermost", "notify_frontend", "email_override",
                "quiet_hours_enabled", "quiet_hours_start", "quiet_hours_end", "quiet_hours_days", "time_zone",
                "locale",
            ] {
                #expect(stored["/\(field)"] == answer["/\(field)"], "\(field)")
            }
            #expect(try await scene.number("SELECT count(*) FROM users WHERE id = '1'") == 0)
        }
    }

    @Test func `the first seed's own request creates the person and their preferences`() async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").patch(
                Self.path,
                """
                { "notify_mattermost": true, "notify_email": false, "notify_frontend": true, \
                "quiet_hours_enabled": true, "quiet_hours_start": "18:00", "quiet_hours_end": "08:00" }
                """)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer["/notify_mattermost"] == true && answer["/notify_email"] == false)
            #expect(answer["/quiet_hours_start"] == "18:00" && answer["/quiet_hours_end"] == "08:00")
            #expect(answer["/updated_at"] != .null)
            #expect(try await scene.user("1").get(Self.path).body == answer.body)
            let stored = try await scene.text(
                "SELECT quiet_hours_start::text || ' ' || quiet_hours_end || ' ' || notify_email FROM user_notification_preferences"
            )
            #expect(stored == "18:00:00 08:00:00 false")
        }
    }

    @Test func `what is not mentioned stays, and null is the default again`() async throws {
        try await APIScene.play { scene in
            let user = scene.user("1")
            let all = try await user.patch(
                Self.path,
                """
                {"notify_email":false,"notify_mattermost":true,"notify_frontend":false,
                "email_override":"Anna.Berg+reminders@example.org","quiet_hours_enabled":true,
                "quiet_hours_start":"18:30:00","quiet_hours_end":"24:00","quiet_hours_days":[7,6],
                "time_zone":"Europe/Copenhagen","locale":"da-DK"}
                """)
            #expect(all.status == 200, "\(all)")
            #expect(all["/email_override"] == "Anna.Berg+reminders@example.org")
            #expect(all["/quiet_hours_start"] == "18:30" && all["/quiet_hours_end"] == "24:00")
            #expect(all["/quiet_hours_days"] == .array([6, 7]))
            #expect(all["/time_zone"] == "Europe/Copenhagen" && all["/locale"] == "da-DK")

            let one = try await user.patch(
                Self.path, #"{"notify_email":true}"#, [.contentType: "application/merge-patch+json"])
            #expect(one["/notify_email"] == true && one["/notify_mattermost"] == true && one["/locale"] == "da-DK")
            let defaults = try await user.patch(
                Self.path,
                """
                {"notify_email":null,"notify_mattermost":null,"notify_frontend":null,"email_override":null,
                "quiet_hours_enabled":null,"quiet_hours_start":null,"quiet_hours_end":null,"quiet_hours_days":null,
                "time_zone":null,"locale":null}
                """)
            let fresh = try await scene.user("2").get(Self.path)
            for field in [
                "notify_email", "notify_mattermost", "notify_frontend", "email_override",
                "quiet_hours_enabled", "quiet_hours_start", "quiet_hours_end", "quiet_hours_days", "time_zone",
                "locale",
            ] {
                #expect(defaults["/\(field)"] == fresh["/\(field)"], "\(field)")
            }
        }
    }

    @Test func `what others say about a person is shown, and not theirs to set`() async throws {
        try await APIScene.play { scene in
            _ = try await scene.user("crm", .service).put(
                "/api/v1/users/1",
                #"{"display_name":"Anna","email":"anna@example.org","locale":"da","time_zone":"Asia/Tokyo"}"#)
            let answer = try await scene.user("1").get(Self.path)
            #expect(answer["/display_name"] == "Anna" && answer["/email"] == "anna@example.org")
            #expect(answer["/locale"] == "da" && answer["/time_zone"] == "Asia/Tokyo")
            let refused = try await scene.user("1").patch(
                Self.path, #"{"email":"x@example.org","display_name":"B","user_id":"2","updated_at":null}"#)
            #expect(refused.status == 422, "\(refused)")
            #expect(Set(refused.pointers) == ["/email", "/display_name", "/user_id", "/updated_at"])
            let changed = try await scene.user("1").patch(Self.path, #"{"locale":"de"}"#)
            #expect(changed["/display_name"] == "Anna" && changed["/time_zone"] == "Asia/Tokyo")
        }
    }

    @Test func `everything that is wrong is said at once, and nothing is changed`() async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").patch(
                Self.path,
                """
                {"notify_email":"yes","notify_mattermost":1,"notify_frontend":"false","email_override":"nobody",
                "quiet_hours_enabled":0,"quiet_hours_start":"25:00","quiet_hours_end":"7","quiet_hours_days":[1,1],
                "time_zone":"Copenhagen","locale":"Danish; DROP TABLE users"}
                """)
            #expect(answer.status == 422 && answer.headers[.contentType] == "application/problem+json")
            #expect(
                Set(answer.pointers) == [
                    "/notify_email", "/notify_mattermost", "/notify_frontend", "/email_override",
                    "/quiet_hours_enabled",
                    "/quiet_hours_start", "/quiet_hours_end", "/quiet_hours_days", "/time_zone", "/locale",
                ], "\(answer)")
            #expect(try await scene.number("SELECT count(*) FROM users") == 0)
        }
    }

    @Test(arguments: [
        (#"{"quiet_hours_days":[0]}"#, 422, "/quiet_hours_days/0"),
        (#"{"quiet_hours_days":[1,2,3,4,5,6,7,8]}"#, 422, "/quiet_hours_days"),
        (#"{"quiet_hours_days":"1"}"#, 422, "/quiet_hours_days"),
        (#"{"quiet_hours_start":"24:00"}"#, 422, "/quiet_hours_start"),
        (#"{"quiet_hours_start":"18:00:30"}"#, 422, "/quiet_hours_start"),
        (#"{"quiet_hours_start":1800}"#, 422, "/quiet_hours_start"),
        (#"{"quiet_hours_enabled":true,"quiet_hours_start":"07:00"}"#, 422, "/quiet_hours_end"),
        (#"{"email_override":"a@example.org\r\nBcc: b@example.org"}"#, 422, "/email_override"),
        (#"{"email_override":""}"#, 422, "/email_override"),
        (#"{"email_override":["a@example.org"]}"#, 422, "/email_override"),
        (#"{"time_zone":"+02:00"}"#, 422, "/time_zone"), (#"{"time_zone":"../../etc/passwd"}"#, 422, "/time_zone"),
        (#"{"time_zone":"europe/copenhagen"}"#, 422, "/time_zone"), (#"{"time_zone":""}"#, 422, "/time_zone"),
        (#"{"locale":"d"}"#, 422, "/locale"), (#"{"locale":"da-"}"#, 422, "/locale"),
        (#"{"locale":"da\u0000"}"#, 422, "/locale"), (#"{"locale":"dæ"}"#, 422, "/locale"),
        (#"{"notify_sms":true}"#, 400, "/notify_sms"), ("[]", 422, ""), ("null", 422, ""),
    ])
    func `what cannot be is refused with its field`(body: String, status: Int, pointer: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").patch(Self.path, body)
            #expect(answer.status == status && answer.pointers == [pointer], "\(answer)")
            #expect(try await scene.number("SELECT count(*) FROM users") == 0)
        }
    }

    @Test func `a zone that the database does not know is refused with its field`() async throws {
        try await APIScene.play { scene in
            try await scene.run("ALTER TABLE users DROP CONSTRAINT users_time_zone_is_known")
            try await scene.run(
                "ALTER TABLE users ADD CONSTRAINT users_time_zone_is_known CHECK (time_zone <> 'Asia/Tokyo')")
            let answer = try await scene.user("1").patch(Self.path, #"{"time_zone":"Asia/Tokyo"}"#)
            #expect(answer.status == 422 && answer.pointers == ["/time_zone"], "\(answer)")
        }
    }

    @Test func `a change can be made to depend on the version it was meant for`() async throws {
        try await APIScene.play { scene in
            let user = scene.user("1")
            let tag = try #require(try await user.get(Self.path).tag)
            #expect(try await user.get(Self.path, [.ifNoneMatch: tag]).status == 304)
            let first = try await user.patch(Self.path, #"{"notify_email":false}"#, [.ifMatch: tag])
            #expect(first.status == 200 && first.tag != tag)
            let late = try await user.patch(Self.path, #"{"notify_frontend":false}"#, [.ifMatch: tag])
            #expect(late.status == 412, "\(late)")
            let same = try await user.patch(Self.path, #"{"notify_email":false}"#)
            #expect(same.tag == first.tag)
            #expect(try await user.get(Self.path)["/notify_frontend"] == true)
        }
    }

    @Test func `two changes at once are both made, also the first ones ever`() async throws {
        try await APIScene.play { scene in
            let bodies = [
                #"{"notify_email":false}"#, #"{"notify_mattermost":true}"#, #"{"locale":"da"}"#,
                #"{"quiet_hours_days":[1]}"#, #"{"time_zone":"Europe/Berlin"}"#,
            ]
            try await withThrowingTaskGroup(of: Int.self) { group in
                for body in bodies { group.addTask { try await scene.user("1").patch(Self.path, body).status } }
                for try await status in group { #expect(status == 200) }
            }
            let answer = try await scene.user("1").get(Self.path)
            #expect(answer["/notify_email"] == false && answer["/notify_mattermost"] == true, "\(answer)")
            #expect(answer["/locale"] == "da" && answer["/time_zone"] == "Europe/Berlin")
            #expect(answer["/quiet_hours_days"] == .array([1]))
        }
    }

    @Test func `what waits for the person is decided again`() async throws {
        try await APIScene.play { scene in
            try await scene.run(
                """
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
                VALUES (1, '1', 'email', gen_random_uuid(), 1, 'held', 'quiet_hours', now(), now() + interval '9 hours')
                """)
            let isReleased = "SELECT count(*) FROM deliveries WHERE release_at <= now()"
            _ = try await scene.user("1").patch(Self.path, #"{"quiet_hours_enabled":false,"notify_email":true}"#)
            #expect(try await scene.number(isReleased) == 1)
        }
    }

    @Test func `only with a token, and only one's own`() async throws {
        try await APIScene.play { scene in
            #expect(try await scene.nobody.get(Self.path).status == 401)
            #expect(try await scene.nobody.patch(Self.path, "{}").status == 401)
            _ = try await scene.user("1").patch(Self.path, #"{"notify_email":false}"#)
            #expect(try await scene.user("2").get(Self.path)["/notify_email"] == true)
        }
    }
}
