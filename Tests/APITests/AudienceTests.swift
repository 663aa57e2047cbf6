import Hummingbird
import RemindersContracts
import RemindersDomain
import Testing

/// Each reader sees what concerns them: every way to read there is, asked by the person, by who created the reminder, by another
/// recipient, by a stranger and by an operator.
@Suite struct AudienceTests {
    /// What is 1's own: when they are not to be disturbed, where they are, and where they are reached.
    private static let own = [
        "22:13", "06:41", "Kathmandu", "secret.ada", "private.example", "mattermost", "quiet_hours", "3 of 5 permits",
    ]
    /// The address of somebody who is told beside them.
    private static let beside = "bystander@example.org"

    private struct Made {
        let reminder: Int64
        let deliveries: [String]
    }

    /// Reminders of 9 for 1 and 2 and an address: one that was sent and refused, one that waits for quiet hours.
    private func make(_ scene: APIScene) async throws -> [Made] {
        try await scene.run(
            """
            INSERT INTO users (id, display_name, email, mattermost_username, time_zone)
            VALUES ('1', 'Ada', 'secret.ada@private.example', 'ada', 'Asia/Kathmandu'), ('2', 'Bo', 'bo@example.org', NULL, 'UTC'),
                ('9', 'Cy', 'cy@example.org', NULL, 'UTC')
            """)
        try await scene.run(
            """
            INSERT INTO user_notification_preferences (user_id, notify_mattermost, quiet_hours_enabled, quiet_hours_start,
                quiet_hours_end) VALUES ('1', true, true, '22:13', '06:41')
            """)
        let steps =
            #"[{"rule":"quiet_hours","value":"quiet from 22:13 to 06:41 in Asia/Kathmandu","consequence":"held"},{"rule":"rate_limit","value":"3 of 5 permits used","consequence":"held"}]"#
        let reply = "250 queued for <secret.ada@private.example>"
        var made: [Made] = []
        for isOver in [true, false] {
            let reminder = try await scene.remind(
                ["1", "2"], by: "9", #","time_zone":"UTC","recipient_emails":["\#(Self.beside)"]"#)
            let occurrence = try await scene.occur(reminder)
            var deliveries: [String] = []
            if isOver {
                deliveries.append(
                    try await scene.deliver(occurrence, to: "1", "email", reply: reply, decision: steps))
                deliveries.append(
                    try await scene.deliver(
                        occurrence, to: "1", "mattermost", "rejected", reason: "no_address",
                        reply: "no secret.ada here"))
                try await scene.log(occurrence, "1", "email", "attempt", "deferred", attempt: 1, reply: reply)
                try await scene.popUp(reminder, for: "1")
            } else {
                deliveries.append(
                    try await scene.deliver(
                        occurrence, to: "1", "email", "held", reason: "quiet_hours", attempts: 0,
                        release: "now() + interval '3 hours'", decision: steps))
            }
            try await scene.log(occurrence, "1", "email", "held", "held", attempt: 0, details: steps)
            made.append(Made(reminder: reminder, deliveries: deliveries))
        }
        return made
    }

    /// Every path that is read, with what there is in its place.
    private func paths(_ made: [Made]) throws -> [String] {
        var paths: [String] = []
        for operation in try OpenAPIDocument().operations
        where operation.method == .get && operation.path.hasPrefix("/api/v1/")
            && operation.path != "/api/v1/reminders/stream"
        {
            for one in made {
                var path = operation.path.replacing("{sag_id}", with: "123").replacing("{entity_type}", with: "case")
                path = path.replacing(
                    "{id}",
                    with: path.contains("/cases/") ? "123" : path.contains("/users/") ? "1" : "\(one.reminder)")
                if path.hasPrefix("/api/v1/reminders/\(one.reminder)") {
                    path = "/api/v1/reminders/REM-\(one.reminder)"
                }
                for delivery in path.contains("{delivery_id}") ? one.deliveries : [""] {
                    paths.append(path.replacing("{delivery_id}", with: delivery))
                }
                if path.hasSuffix("/explain") {
                    paths += ["1", "2", "mailto:\(Self.beside)"].map { "\(path)?user=\($0)" }
                }
                if path.hasPrefix("/api/v1/deliveries") || path == "/api/v1/reminders" {
                    paths += ["\(path)?user=1", "\(path)?user_id=1"]
                }
            }
        }
        return Array(Set(paths)).sorted()
    }

    @Test func `what is a person's own is told to nobody else but operators`() async throws {
        try await APIScene.play { scene in
            let made = try await make(scene)
            let paths = try paths(made)
            #expect(paths.count > 25, "\(paths)")
            for (reader, isTold) in [
                (scene.user("9"), false), (scene.user("2"), false), (scene.user("5"), false),
                (scene.user("1"), true), (scene.user("4", .admin), true), (scene.user("4", .service), true),
            ] {
                var told: Set<String> = []
                for path in paths {
                    let answer = try await reader.get(path)
                    let text = "\(answer)"
                    for word in Self.own where text.contains(word) && answer.status == 200 {
                        // The field of that name, and the channels there are.
                        if word == "mattermost", !text.contains("\"channel\":\"mattermost\"") { continue }
                        if word == "quiet_hours", path.hasSuffix("/notification-preferences") { continue }
                        if path == "/api/v1/channels" { continue }
                        told.insert(word)
                        if !isTold { Issue.record("\(path) tells \(word): \(text)") }
                    }
                }
                if isTold { #expect(told.isSuperset(of: ["22:13", "Kathmandu", "secret.ada"]), "\(told)") }
            }
        }
    }

    @Test func `who gets a reminder learns no address of others who do`() async throws {
        try await APIScene.play { scene in
            let made = try await make(scene)
            for path in try paths(made) where !path.contains("mailto:") {
                for reader in ["1", "2", "5"] {
                    let answer = try await scene.user(reader).get(path)
                    #expect(!"\(answer)".contains(Self.beside), "\(reader) \(path) \(answer)")
                }
            }
            let reminder = "/api/v1/sag/reminders/\(made[0].reminder)"
            for reader in [scene.user("9"), scene.user("4", .service), scene.user("4", .admin)] {
                #expect(try await reader.get(reminder)["/recipient_emails"] == .array([.string(Self.beside)]))
            }
        }
    }

    @Test func `who created a reminder learns whether others were told`() async throws {
        try await APIScene.play { scene in
            let made = try await make(scene)
            let creator = scene.user("9")
            let path = "/api/v1/sag/reminders/\(made[0].reminder)/explain?user=1"
            let told = try await creator.get(path)
            #expect(told["/summary"]?.text?.hasPrefix("Told ") == true, "\(told)")
            #expect(told["/time_zone"] == "UTC" && told.count("/occurrences/1/deliveries") == 1)
            #expect(told["/occurrences/1/deliveries/0/state"] == "sent")
            #expect(told["/occurrences/1/deliveries/0/channel"] == .null)

            let waits = try await creator.get("/api/v1/sag/reminders/\(made[1].reminder)/explain?user=1")
            #expect(
                waits["/summary"]?.text?.hasPrefix("It waits: for a reason that is theirs to know.") == true, "\(waits)"
            )
            let held = try await creator.get("/api/v1/deliveries/\(made[1].deliveries[0])")
            #expect(held["/state"] == "held" && held["/reason"] == "private" && held["/release_at"] == .null)
            // What is about the reminder is no secret of theirs.
            _ = try await scene.user("1").post("/api/v1/sag/reminders/\(made[1].reminder)/dismiss")
            try await scene.run(
                "UPDATE deliveries SET state = 'withdrawn', reason = 'dismissed', finished_at = now(), release_at = NULL WHERE state = 'held'"
            )
            let dismissed = try await creator.get("/api/v1/sag/reminders/\(made[1].reminder)/explain?user=1")
            #expect(dismissed["/summary"]?.text?.contains("they had dismissed the reminder") == true, "\(dismissed)")
        }
    }
}
