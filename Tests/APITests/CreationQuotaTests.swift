import Hummingbird
import RemindersHTTPService
import RemindersStore
import TestSupport
import Testing

/// How many reminders one person may create.
@Suite struct CreationQuotaTests {
    private static let path = "/api/v1/sag/1/reminders"
    private static let later = #"{"title":"x","scheduled_at":"2031-01-01T00:00:00Z"}"#

    private static func quota(perMinute: Int = 0, perDay: Int = 0, active: Int = 0) -> CreationQuota {
        var quota = CreationQuota()
        (quota.perMinute, quota.perDay, quota.active) = (perMinute, perDay, active)
        return quota
    }

    /// Waits out the end of a minute, so that none begins while a test counts.
    private static func early(_ scene: APIScene) async throws {
        try await eventually(within: .seconds(30), "the first part of a minute") {
            try await scene.number("SELECT extract(second FROM clock_timestamp())::bigint") < 40
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [quota(perMinute: 5), quota(perDay: 5), quota(active: 5)])
    func `is bounded, exactly, however many requests come at once, and each person's by itself`(
        quota: CreationQuota
    ) async throws {
        try await APIScene.play(quota: quota) { scene in
            try await Self.early(scene)
            let statuses = try await withThrowingTaskGroup(of: APIAnswer.self) { tasks in
                for number in 0..<40 {
                    // Both ways to create one, with and without a key.
                    let key: HTTPFields = number.isMultiple(of: 2) ? [:] : [.idempotencyKey: "k\(number)"]
                    tasks.addTask {
                        number.isMultiple(of: 3)
                            ? try await scene.user("1").post(
                                "/api/v1/reminders",
                                #"{"entity_type":"task","entity_id":"1","message":"x","remind_at":"2031-07-01T09:00:00Z"}"#,
                                key)
                            : try await scene.user("1").post(Self.path, Self.later, key)
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0.status == 201 } == 5)
            let refused = statuses.filter { $0.status == 429 }
            #expect(refused.count == 35)
            for answer in refused {
                #expect("\(answer)".contains("one person may"), "\(answer)")
                #expect((answer.headers[.retryAfter] != nil) == (quota.active == 0))
            }
            #expect(try await scene.number("SELECT count(*) FROM sag_reminders") == 5)
            #expect(try await scene.user("2").post(Self.path, Self.later).status == 201)
            for _ in 0..<10 { #expect(try await scene.user("crm", .service).post(Self.path, Self.later).status == 201) }
        }
    }

    @Test func `of those that may still fire there is room again when one is deleted or has fired`() async throws {
        try await APIScene.play(quota: Self.quota(active: 3)) { scene in
            let user = scene.user("1")
            let waiting = #"{"title":"x","trigger_type":"status_change"}"#
            var ids: [Int64] = []
            for body in [Self.later, Self.later, waiting] { ids.append(try await user.post(Self.path, body).id) }
            #expect(try await user.post(Self.path, waiting).status == 429)
            #expect(try await user.delete("/api/v1/sag/reminders/\(ids[2])").status == 204)
            #expect(try await user.post(Self.path, Self.later).status == 201)
            #expect(try await user.post(Self.path, Self.later).status == 429)
            try await scene.run("UPDATE sag_reminder_times SET next_check_at = NULL WHERE reminder_id = \(ids[0])")
            #expect(try await user.post(Self.path, Self.later).status == 201)
            #expect(try await user.post(Self.path, Self.later).status == 429)
        }
    }

    @Test func `what was refused for another reason, or answered before, does not count`() async throws {
        try await APIScene.play(quota: Self.quota(perDay: 2)) { scene in
            let user = scene.user("1")
            let first = try await user.post(Self.path, Self.later, [.idempotencyKey: "a"])
            #expect(first.status == 201)
            for _ in 0..<5 {
                #expect(try await user.post(Self.path, #"{"title":""}"#).status == 422)
                #expect(try await user.post(Self.path, Self.later, [.idempotencyKey: "a"]).body == first.body)
            }
            #expect(try await user.post(Self.path, Self.later).status == 201)
            #expect(try await user.post(Self.path, Self.later).status == 429)
            #expect(try await user.post(Self.path, Self.later, [.idempotencyKey: "a"]).body == first.body)
            #expect(try await scene.number("SELECT in_day FROM creation_quotas") == 2)
        }
    }

    @Test func `a new minute and a new day begin from zero`() async throws {
        try await APIScene.play(quota: Self.quota(perMinute: 1, perDay: 2)) { scene in
            try await Self.early(scene)
            let user = scene.user("1")
            #expect(try await user.post(Self.path, Self.later).status == 201)
            #expect(try await user.post(Self.path, Self.later).status == 429)
            try await scene.run("UPDATE creation_quotas SET minute = minute - interval '1 minute'")
            #expect(try await user.post(Self.path, Self.later).status == 201)
            try await scene.run("UPDATE creation_quotas SET minute = minute - interval '1 minute'")
            let refused = try await user.post(Self.path, Self.later)
            #expect(refused.status == 429 && "\(refused)".contains("in a day"), "\(refused)")
            try await scene.run(
                "UPDATE creation_quotas SET day = day - interval '1 day', minute = minute - interval '1 day'")
            #expect(try await user.post(Self.path, Self.later).status == 201)
        }
    }
}
