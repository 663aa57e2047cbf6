import Hummingbird
import RemindersHTTPService
import RemindersPostgres
import Testing

/// `/api/v1/users/{id}`.
@Suite struct UserTests {
    private static let path = "/api/v1/users/1"

    @Test func `a person is made known, replaced, shown and deleted`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            #expect(try await service.get(Self.path).status == 404)
            let made = try await service.put(
                Self.path,
                """
                {"display_name":"Anna Berg","email":"Anna@example.org","mattermost_username":"Anna.B","locale":"da",
                "time_zone":"Europe/Copenhagen"}
                """)
            #expect(made.status == 201, "\(made)")
            #expect(made["/id"] == "1" && made["/display_name"] == "Anna Berg" && made["/email"] == "Anna@example.org")
            #expect(made["/mattermost_username"] == "anna.b" && made["/locale"] == "da")
            #expect(made["/time_zone"] == "Europe/Copenhagen")
            #expect(try await service.get(Self.path).body == made.body)

            let replaced = try await service.put(Self.path, #"{"display_name":"Anna"}"#)
            #expect(replaced.status == 200 && replaced["/email"] == .null, "\(replaced)")
            #expect(replaced["/locale"] == "en" && replaced["/time_zone"] == "UTC")
            let tag = try #require(replaced.tag)
            #expect(try await service.put(Self.path, "{}", [.ifMatch: "\"x\""]).status == 412)
            #expect(try await service.put(Self.path, "{}", [.ifMatch: tag]).status == 200)

            for _ in 0..<2 { #expect(try await service.delete(Self.path).status == 204) }
            #expect(try await service.get(Self.path).status == 404)
            #expect(try await service.delete("/api/v1/users/999").status == 404)
            #expect(try await scene.number("SELECT count(*) FROM users WHERE deleted_at IS NOT NULL") == 1)
            #expect(try await service.put(Self.path, "{}").status == 201)
        }
    }

    @Test func `what a person chose stays when others say something new about them`() async throws {
        try await APIScene.play { scene in
            let path = "/api/v1/users/me/notification-preferences"
            _ = try await scene.user("1").patch(path, #"{"notify_email":false}"#)
            _ = try await scene.user("crm", .service).put(Self.path, #"{"email":"anna@example.org"}"#)
            let answer = try await scene.user("1").get(path)
            #expect(answer["/notify_email"] == false && answer["/email"] == "anna@example.org", "\(answer)")
        }
    }

    @Test(
        arguments: [
            (
                #"{"display_name":"a\nb","email":"nobody","mattermost_username":"@anna","locale":"x","time_zone":"Mars"}"#,
                422,
                ["/display_name", "/email", "/mattermost_username", "/locale", "/time_zone"]
            ),
            (#"{"mattermost_username":"all"}"#, 422, ["/mattermost_username"]),
            (#"{"mattermost_username":"anna berg"}"#, 422, ["/mattermost_username"]),
            (#"{"email":"a@example.org\nBcc:b@example.org"}"#, 422, ["/email"]),
            (#"{"display_name":7}"#, 422, ["/display_name"]), (#"{"id":"2"}"#, 422, ["/id"]),
            (#"{"name":"x"}"#, 400, ["/name"]), ("[]", 422, [""]),
        ] as [(String, Int, [String])])
    func `what cannot be is refused with its fields`(body: String, status: Int, pointers: [String]) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("crm", .service).put(Self.path, body)
            #expect(answer.status == status && answer.pointers == pointers, "\(answer)")
            #expect(try await scene.number("SELECT count(*) FROM users") == 0)
        }
    }

    @Test func `ids are any text that names no address`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            let made = try await service.put("/api/v1/users/auth0%7C5f%2Fa", "{}")
            #expect(made.status == 201 && made["/id"] == "auth0|5f/a", "\(made)")
            for id in ["mailto:a@example.org", "erased:1", "%00", "%FF", String(repeating: "x", count: 201)] {
                let answer = try await service.put("/api/v1/users/\(id)", "{}")
                #expect(answer.status == 422 && answer.pointers == ["path/id"], "\(id): \(answer)")
            }
        }
    }

    @Test func `only services and operators may`() async throws {
        try await APIScene.play { scene async throws in
            for (client, status) in [(scene.user("1"), 403), (scene.nobody, 401), (scene.user("a", .admin), 404)] {
                #expect(try await client.get(Self.path).status == status)
                #expect(try await client.delete(Self.path).status == status)
            }
            #expect(try await scene.user("1").put(Self.path, "{}").status == 403)
            #expect(try await scene.nobody.put(Self.path, "{}").status == 401)
        }
    }

    @Test func `a person is erased by services and operators, and their id is free for somebody else`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            _ = try await service.put(Self.path, #"{"display_name":"Anna Berg","email":"anna@example.org"}"#)
            let made = try await scene.user("1").post(
                "/api/v1/sag/123/reminders",
                #"{"title":"Only for Anna","trigger_type":"time_based","scheduled_at":"2030-02-10T14:30:00Z","notify_email":true}"#
            )
            #expect(made.status == 201, "\(made)")
            #expect(try await scene.user("1").delete(Self.path + "?erase=true").status == 403)
            #expect(try await service.delete(Self.path + "?erase=true", [.ifMatch: "\"x\""]).status == 412)
            #expect(try await service.delete(Self.path + "?erase=perhaps").pointers == ["query/erase"])

            let erased = try await service.delete(Self.path + "?erase=true")
            #expect(erased.status == 200, "\(erased)")
            #expect(
                erased["/pseudonym"]?.text == "erased:\(erased["/id"]?.text ?? "")"
                    && erased["/finished_at"]?.text != nil)
            #expect(erased["/rows/sag_reminders"] == 1)
            let erasure = "/api/v1/erasures/\(erased["/id"]?.text ?? "")"
            let seen = try await scene.user("ops", .admin).get(erasure)
            #expect(seen.status == 200 && seen["/finished_at"] == erased["/finished_at"], "\(seen)")
            #expect(seen["/rows"] == erased["/rows"] && !seen.text.contains("Anna"))
            #expect(try await scene.user("1").get(erasure).status == 403)
            for unknown in ["0d6c2a52-6d5b-4d0f-9a39-0f2b9c9f6a51", "1", "%00"] {
                #expect(try await service.get("/api/v1/erasures/\(unknown)").status == 404, "\(unknown)")
            }
            #expect(try await service.get(Self.path).status == 404)
            #expect(try await scene.number("SELECT count(*) FROM users") == 0)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders WHERE title <> '(erased)'") == 0)

            #expect(try await service.put(Self.path, "{}").status == 201)
            #expect(try await scene.user("1").get("/api/v1/sag/123/reminders").text.contains("Anna") == false)
            // Also somebody who is only a recipient; without the parameter it deletes as before.
            #expect(try await service.delete("/api/v1/users/mailto:a@example.org?erase=true").status == 200)
            #expect(try await service.delete("/api/v1/users/mailto:nobody?erase=true").pointers == ["path/id"])
            #expect(try await service.delete(Self.path + "?erase=false").status == 204)
        }
    }

    @Test func `an erasure that goes on is to be looked at where the answer says`() async throws {
        try await APIScene.play { scene in
            let service = scene.user("crm", .service)
            #expect(try await service.put(Self.path, "{}").status == 201)
            _ = try await scene.run("SELECT begin_erasure('1', 'ops')")
            try await scene.owner.transaction { transaction in
                // As whoever is at it has it.
                try await transaction.query(Query("SELECT FROM erasures FOR UPDATE"))
                let answer = try await service.delete(Self.path + "?erase=true")
                #expect(answer.status == 202 && answer["/finished_at"] == .null, "\(answer)")
                let place = try #require(answer.headers[.location])
                #expect(try await service.get(place)["/id"] == answer["/id"])
            }
        }
    }
}
