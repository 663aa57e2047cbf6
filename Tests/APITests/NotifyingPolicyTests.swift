import Hummingbird
import RemindersDomain
import RemindersHTTPService
import Testing

/// Whom people may have reminded.
@Suite struct NotifyingPolicyTests {
    private static let path = "/api/v1/sag/1/reminders"
    private static let preferences = "/api/v1/users/me/notification-preferences"

    private static func body(users: String = "null", addresses: String = "null") -> String {
        """
        {"title":"x","scheduled_at":"2031-01-01T00:00:00Z","recipient_user_ids":\(users),"recipient_emails":\(addresses)}
        """
    }

    private static func policy(whom: NotifyingPolicy.Whom = .anyone, domains: Set<String>? = nil) -> NotifyingPolicy {
        var policy = NotifyingPolicy()
        (policy.whom, policy.domains) = (whom, domains)
        return policy
    }

    @Test func `where only services remind others, people remind themselves`() async throws {
        try await APIScene.play(policy: Self.policy(whom: .oneself)) { scene in
            let user = scene.user("1")
            #expect(try await user.post(Self.path, Self.body()).status == 201)
            let own = try await user.post(Self.path, Self.body(users: #"["1"]"#))
            #expect(own.status == 201)
            let others = try await user.post(
                Self.path, Self.body(users: #"["1","2"]"#, addresses: #"["1@example.org"]"#))
            #expect(others.status == 422, "\(others)")
            #expect(others["/errors/0/pointer"] == "/recipient_user_ids/1", "\(others)")
            #expect(others["/errors/1/pointer"] == "/recipient_emails/0", "\(others)")
            let changed = try await user.patch("/api/v1/sag/reminders/\(own.id)", #"{"recipient_user_ids":["2"]}"#)
            #expect(changed.status == 422, "\(changed)")
            // Whom a service has put on it stays, whatever else its creator changes.
            let service = scene.user("crm", .service)
            let path = "/api/v1/sag/reminders/\(own.id)"
            #expect(try await service.patch(path, #"{"recipient_user_ids":["1","2"]}"#).status == 200)
            #expect(try await user.patch(path, #"{"title":"y"}"#).status == 200)
            #expect(try await user.patch(path, #"{"recipient_user_ids":["1","2","3"]}"#).status == 422)
            #expect(
                try await service.post(Self.path, Self.body(users: #"["7"]"#, addresses: #"["a@b.example"]"#)).status
                    == 201)
        }
    }

    @Test func `addresses that people give are of domains that are allowed, or their own`() async throws {
        try await APIScene.play(policy: Self.policy(domains: ["example.org"])) { scene in
            let (user, service) = (scene.user("1"), scene.user("crm", .service))
            _ = try await service.put("/api/v1/users/1", #"{"email":"Anna@private.example"}"#)
            for (address, status) in [
                ("a@example.org", 201), ("a@EXAMPLE.ORG", 201), ("a@evil.example", 422), ("a@sub.example.org", 422),
                ("a@notexample.org", 422), ("example.org@evil.example", 422),
            ] {
                let answer = try await user.post(Self.path, Self.body(addresses: #"["\#(address)"]"#))
                #expect(answer.status == status, "\(address): \(answer)")
                let override = try await user.patch(Self.preferences, #"{"email_override":"\#(address)"}"#)
                #expect(override.status == (status == 201 ? 200 : 422), "\(address): \(override)")
            }
            #expect(try await user.patch(Self.preferences, #"{"email_override":"anna@private.example"}"#).status == 200)
            #expect(
                try await scene.user("2").patch(Self.preferences, #"{"email_override":"anna@private.example"}"#).status
                    == 422)
            #expect(try await user.patch(Self.preferences, #"{"email_override":null}"#).status == 200)
            // One from before stays while other things are changed.
            try await scene.run(
                "UPDATE user_notification_preferences SET email_override = 'old@evil.example' WHERE user_id = '1'")
            #expect(try await user.patch(Self.preferences, #"{"notify_email":false}"#).status == 200)
            #expect(try await service.post(Self.path, Self.body(addresses: #"["a@evil.example"]"#)).status == 201)
        }
    }
}
