import Hummingbird
import RemindersHTTPService
import Testing

/// `Idempotency-Key`, and creating many at a time.
@Suite struct IdempotencyTests {
    private static let body = #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z"}"#
    private static let path = "/api/v1/sag/1/reminders"

    @Test func `the same request creates one reminder and gets the same answer`() async throws {
        try await APIScene.play { scene in
            func post() async throws -> APIAnswer {
                try await scene.user("1").post(IdempotencyTests.path, IdempotencyTests.body, [.idempotencyKey: "k"])
            }
            let first = try await post()
            #expect(first.status == 201 && first.headers[.idempotencyReplayed] == nil, "\(first)")
            let again = try await post()
            #expect(again.status == 201 && again.body == first.body)
            #expect(again.headers[.idempotencyReplayed] == "true")
            #expect(again.headers[.location] == first.headers[.location] && again.tag == first.tag)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 1)
        }
    }

    @Test func `a key belongs to one user, one path and one body, for a day`() async throws {
        try await APIScene.play { scene in
            func post(
                _ user: String, _ path: String, _ body: String = IdempotencyTests.body
            ) async throws -> APIAnswer {
                try await scene.user(user).post(path, body, [.idempotencyKey: "k"])
            }
            let first = try await post("1", "/api/v1/sag/1/reminders")
            #expect(try await post("2", "/api/v1/sag/1/reminders").id != first.id)
            #expect(try await post("1", "/api/v1/sag/2/reminders").id != first.id)
            let other = try await post(
                "1", "/api/v1/sag/1/reminders", #"{"title":"y","scheduled_at":"2031-07-01T09:00:00Z"}"#)
            #expect(other.status == 422 && other.pointers == ["header/Idempotency-Key"], "\(other)")
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 3)

            try await scene.run("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
            #expect(try await post("1", "/api/v1/sag/1/reminders").id > first.id)
        }
    }

    @Test func `an answer is given again even when the request would be refused by now`() async throws {
        try await APIScene.play { scene in
            let body = #"{"title":"x","scheduled_at":"2031-07-01T09:00:00Z","rrule":"FREQ=DAILY;COUNT=1"}"#
            let first = try await scene.user("1").post(IdempotencyTests.path, body, [.idempotencyKey: "k"])
            #expect(first.status == 201)
            // As if the body had been this one and its rule had ended since.
            let ended = #"{"title":"x","scheduled_at":"2021-07-01T09:00:00Z","rrule":"FREQ=DAILY;COUNT=1"}"#
            #expect(try await scene.user("1").post(IdempotencyTests.path, ended).status == 422)
            try await scene.run("UPDATE idempotency_keys SET body_hash = sha256($1::text::bytea)", [.text(ended)])
            let again = try await scene.user("1").post(IdempotencyTests.path, ended, [.idempotencyKey: "k"])
            #expect(again.status == 201 && again.id == first.id, "\(again)")
        }
    }

    @Test func `requests that race with one key create one reminder`() async throws {
        try await APIScene.play { scene in
            let answers = try await withThrowingTaskGroup(of: APIAnswer.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await scene.user("1").post(
                            IdempotencyTests.path, IdempotencyTests.body, [.idempotencyKey: "k"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.status)).isSubset(of: [201, 409]), "\(answers)")
            #expect(Set(answers.filter { $0.status == 201 }.map(\.id)).count == 1)
            #expect(answers.filter { $0.status == 409 }.allSatisfy { $0.headers[.retryAfter] == "1" })
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 1)
        }
    }

    @Test(arguments: ["", "with blank", "é", String(repeating: "k", count: 256)])
    func `a key that cannot be is refused`(key: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").post(
                IdempotencyTests.path, IdempotencyTests.body, [.idempotencyKey: key])
            #expect(answer.status == 400 && answer.pointers == ["header/Idempotency-Key"], "\(answer)")
        }
    }

    @Test func `a refused request leaves its key free`() async throws {
        try await APIScene.play { scene in
            let refused = try await scene.user("1").post(IdempotencyTests.path, "{}", [.idempotencyKey: "k"])
            #expect(refused.status == 422)
            let made = try await scene.user("1").post(
                IdempotencyTests.path, IdempotencyTests.body, [.idempotencyKey: "k"])
            #expect(made.status == 201, "\(made)")
        }
    }

    @Test func `of many that are created at a time only the one the database refuses fails`() async throws {
        try await APIScene.play { scene in
            // Something only the database knows.
            try await scene.run(
                """
                ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_title_check,
                    ADD CONSTRAINT sag_reminders_title_check CHECK (title <> 'bad')
                """)
            let answers = try await withThrowingTaskGroup(of: (Int, APIAnswer).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let title = number.isMultiple(of: 50) ? "bad" : "\(number)"
                        let headers: HTTPFields = number.isMultiple(of: 3) ? [.idempotencyKey: "\(number)"] : [:]
                        return (
                            number,
                            try await scene.user("1").post(
                                IdempotencyTests.path, #"{"title":"\#(title)","scheduled_at":"2031-07-01T09:00:00Z"}"#,
                                headers)
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for (number, answer) in answers {
                if number.isMultiple(of: 50) {
                    #expect(answer.status == 422 && answer.pointers == ["/title"], "\(answer)")
                } else {
                    #expect(answer.status == 201 && answer["/title"]?.text == "\(number)", "\(answer)")
                }
            }
            #expect(Set(answers.map(\.1.id)).count == 295)
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 294)
            #expect(try await scene.number("SELECT count(*) FROM idempotency_keys WHERE status IS NULL") == 0)
        }
    }
}
