import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// What other services tell about cases, as the Store takes it in.
@Suite(.timeLimit(.minutes(1))) struct CaseEventTests {
    private let noon = Instant(seconds: 1_770_000_000)

    private func event(
        _ id: String, at offset: Int = 0, case about: String = "1", _ change: (inout CaseChange) -> Void = { _ in }
    ) -> CaseChange {
        var event = CaseChange(
            source: "/cases", eventID: id, type: "case.changed.v1",
            about: CaseReference(entityType: "case", id: about), time: noon + .seconds(offset))
        change(&event)
        return event
    }

    private func row(_ scene: Scene, _ columns: String) async throws -> String? {
        try await scene.text("SELECT concat_ws('|', \(columns)) FROM cases WHERE entity_type = 'case' AND id = '1'")
    }

    @Test func `a case is made known, and what an event does not say stays`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let (new, stale) = try await store.takeIn([
            event("a") {
                $0.title = "Leak"
                $0.status = "open"
                $0.url = "https://example.com/1"
            }
        ])
        #expect(new == 1 && stale == 0)
        _ = try await store.takeIn([event("b", at: 1) { $0.status = "done" }])
        #expect(try await row(scene, "title, status, url, deadline IS NULL") == "Leak|done|https://example.com/1|t")
    }

    @Test func `an event that comes again changes nothing, alone or within a batch`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let first = event("a") { $0.status = "open" }
        let repeated = event("a") { $0.status = "repeated" }
        #expect(try await store.takeIn([first, repeated]) == (1, 0))
        #expect(try await store.takeIn([repeated, event("b", at: 1), repeated]) == (1, 0))
        #expect(try await row(scene, "status") == "open")
        #expect(try await scene.number("SELECT count(*) FROM case_events") == 2)
    }

    @Test func `an event is stale by what was in front of it, in its batch too`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let again = event("b", at: 9)
        #expect(
            try await store.takeIn([event("a", at: 1), event("b", at: 3), again, event("c", at: 2), event("d", at: 4)])
                == (4, 1))
        #expect(
            try await scene.texts("SELECT event_id || ' ' || outcome FROM case_events ORDER BY event_id")
                == ["a applied", "b applied", "c stale", "d applied"])
    }

    @Test func `the same id of another source is another event`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let other = event("a", at: 1) {
            $0.source = "/other"
            $0.status = "done"
        }
        #expect(try await store.takeIn([event("a") { $0.status = "open" }, other]) == (2, 0))
        #expect(try await row(scene, "status") == "done")
    }

    @Test func `ids that Unicode calls equivalent are those of two events`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let events = [
            event("\u{e5}") { $0.status = "open" }, event("a\u{30a}", at: 1) { $0.status = "done" },
        ]
        #expect(try await store.takeIn(events) == (2, 0))
        #expect(try await row(scene, "status") == "done")
    }

    @Test func `an event that is overtaken by a newer one changes nothing, and is marked`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        _ = try await store.takeIn([event("new", at: 10) { $0.status = "done" }])
        #expect(try await store.takeIn([event("old") { $0.status = "open" }]) == (1, 1))
        #expect(try await row(scene, "status") == "done")
        #expect(try await scene.texts("SELECT outcome FROM case_events ORDER BY event_id") == ["applied", "stale"])
        // Within one batch too.
        _ = try await store.takeIn([
            event("newest", at: 30) { $0.status = "archived" }, event("older", at: 20) { $0.status = "late" },
        ])
        #expect(try await row(scene, "status") == "archived")
    }

    @Test func `a deadline is set, left alone and removed`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        _ = try await store.takeIn([event("a") { $0.deadline = .at(noon + .seconds(86_400)) }])
        #expect(try await row(scene, "extract(epoch FROM deadline)::bigint") == "1770086400")
        _ = try await store.takeIn([event("b", at: 1)])
        #expect(try await row(scene, "extract(epoch FROM deadline)::bigint") == "1770086400")
        _ = try await store.takeIn([event("c", at: 2) { $0.deadline = .removed }])
        #expect(try await row(scene, "deadline IS NULL") == "t")
    }

    @Test func `a case is closed, opened again and deleted`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let state = "extract(epoch FROM closed_at)::bigint - 1770000000, deleted_at IS NOT NULL"
        _ = try await store.takeIn([event("a") { $0.isClosed = true }])
        #expect(try await row(scene, state) == "0|f")
        // Closed since the first time, also when it is said again.
        _ = try await store.takeIn([event("b", at: 5) { $0.isClosed = true }, event("c", at: 6)])
        #expect(try await row(scene, state) == "0|f")
        _ = try await store.takeIn([event("d", at: 7) { $0.isClosed = false }])
        #expect(try await row(scene, state) == "f")
        _ = try await store.takeIn([event("e", at: 8) { $0.isDeleted = true }])
        #expect(try await row(scene, "deleted_at IS NOT NULL") == "t")
    }

    @Test func `a change of status queues the reminders that wait for it, with the event's trace`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            VALUES ('1', 'x', '{1}', 'status_change', '{"target_status": "done"}')
            """)
        let store = try scene.store(as: .scheduler)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        _ = try await store.takeIn([
            event("a") { $0.status = "open" },
            event("b", at: 1) {
                $0.status = "done"
                $0.traceparent = trace
            },
            event("c", at: 2) { $0.status = "open" }, event("d", at: 3) { $0.status = "done" },
        ])
        let claimed = try await store.claimUnpublished(limit: 10, owner: 1, lease: .seconds(60)).rows
        #expect(claimed.map(\.trigger) == [.statusChange, .statusChange])
        #expect(claimed.map(\.traceparent) == [trace, nil])
        // The same events again: nothing more.
        _ = try await store.takeIn([event("b", at: 1) { $0.status = "done" }])
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 2)
    }

    private func scene(waitingFor configs: String...) async throws -> (Scene, ReminderStore) {
        let scene = try await Scene.make()
        for config in configs {
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
                VALUES ('1', '\(config)', '{1}', 'status_change', '\(config)')
                """)
        }
        return (scene, try scene.store(as: .scheduler))
    }

    private func queued(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws(' ', r.title, coalesce(q.old_status, '-'), q.new_status) FROM sag_reminder_queue q
            JOIN sag_reminders r ON r.id = q.reminder_id ORDER BY q.id
            """)
    }

    /// What was known of the case before an event, from nothing to everything.
    static let known: [String] = [
        "", "INSERT INTO cases (entity_type, id) VALUES ('case', '1')",
        "INSERT INTO cases (entity_type, id, title) VALUES ('case', '1', 'Leak')",
        "INSERT INTO cases (entity_type, id, deleted_at) VALUES ('case', '1', now())",
    ]

    @Test(arguments: known) func `a status fires whatever was known of the case before`(known: String) async throws {
        let (scene, store) = try await scene(
            waitingFor: "{}", #"{"target_status": "done"}"#, #"{"from_status": "open"}"#,
            #"{"target_status": "other"}"#)
        try await scene.run(known)
        _ = try await store.takeIn([
            event("a") {
                $0.type = "case.status_changed.v1"
                $0.status = "done"
            }
        ])
        #expect(try await queued(scene) == ["{} - done", #"{"target_status": "done"} - done"#])
        // Said again, it is no change.
        _ = try await store.takeIn([event("b", at: 1) { $0.status = "done" }])
        #expect(try await queued(scene).count == 2)
    }

    @Test(
        arguments: known + ["INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'open')"])
    func `a case that is announced fires nothing, whatever was known of it before`(known: String) async throws {
        let (scene, store) = try await scene(waitingFor: "{}", #"{"target_status": "new"}"#)
        try await scene.run(known)
        _ = try await store.takeIn([
            event("a") {
                $0.isAnnouncement = true
                $0.status = "new"
            }
        ])
        #expect(try await queued(scene).isEmpty)
        #expect(try await row(scene, "status") == "new")
        // That it was announced ends with the event: the next one in the same batch changes.
        _ = try await store.takeIn([
            event("b", at: 1, case: "2") {
                $0.isAnnouncement = true
                $0.status = "new"
            }, event("c", at: 2) { $0.status = "open" },
        ])
        #expect(try await queued(scene) == ["{} new open"])
    }

    @Test func `announced and changed in one batch, the change fires with where it came from`() async throws {
        let (scene, store) = try await scene(waitingFor: #"{"from_status": "new"}"#)
        _ = try await store.takeIn([
            event("a") {
                $0.isAnnouncement = true
                $0.status = "new"
            }, event("b", at: 1) { $0.status = "open" },
        ])
        #expect(try await queued(scene) == [#"{"from_status": "new"} new open"#])
    }

    @Test func `the first that is heard of a case may be its deadline`() async throws {
        let (scene, store) = try await scene()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            VALUES ('1', 'x', '{1}', 'deadline_approaching')
            """)
        _ = try await store.takeIn([event("a") { $0.deadline = .at(Instant(seconds: 4_000_000_000)) }])
        #expect(
            try await scene.number("SELECT extract(epoch FROM next_check_at)::bigint FROM sag_reminder_times")
                == 4_000_000_000 - 86_400)
    }

    @Test(arguments: ["event", "insert"])
    func `the first that is heard of a case may be that it is closed`(way: String) async throws {
        let (scene, store) = try await scene(waitingFor: "{}")
        try await scene.run(
            """
            INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at) OVERRIDING SYSTEM VALUE
            VALUES (1, 1, 'time_based', now());
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, release_at)
            VALUES (1, '1', 'email', gen_random_uuid(), 1, 'held', now(), now() + interval '1 hour');
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id,
                trigger_type, due_at)
            VALUES ('1', 1, gen_random_uuid(), 1, 'x', 'case', '1', 'time_based', now())
            """)
        if way == "event" {
            _ = try await store.takeIn([event("a") { $0.isClosed = true }])
        } else {
            try await scene.run("INSERT INTO cases (entity_type, id, closed_at) VALUES ('case', '1', now())")
        }
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE release_at <= clock_timestamp()") == 1)
        #expect(try await scene.texts("SELECT settled_how FROM popups") == ["withdrawn"])
    }

    @Test func `two who take in the same events at once apply each once`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let events = (0..<50).map { number in
            event("e\(number)", at: number, case: "\(number % 3)") { $0.status = "s\(number)" }
        }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await store.takeIn(events).new } }
            return try await group.reduce(0, +)
        }
        #expect(counts == 50)
        #expect(try await scene.texts("SELECT status FROM cases ORDER BY id") == ["s48", "s49", "s47"])
    }

    // MARK: The future

    @Test(arguments: ["the year 9999", "660", "3600"])
    func `an event of the future is refused, and those that follow count`(ahead: String) async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let now = try await store.now()
        let far = Int64(ahead).map { now + .seconds($0) } ?? Instant(seconds: 253_402_300_799)
        let good = CaseChange(
            source: "/cases", eventID: "good", type: "t", about: .init(entityType: "case", id: "2"), time: nil)
        let event = event("far") {
            $0.time = far
            $0.status = "open"
        }
        let refusal = await #expect(throws: EventAheadOfClock.self) { try await store.takeIn([good, event]) }
        let words = refusal.map { "\($0)" } ?? ""
        #expect(words.contains("/time is \(far)") && words.contains("at most 10 minutes ahead"))
        #expect(try await scene.number("SELECT (SELECT count(*) FROM cases) + (SELECT count(*) FROM case_events)") == 0)
        let next = self.event("next") {
            $0.time = now
            $0.status = "done"
        }
        #expect(try await store.takeIn([good, next]) == (2, 0))
        #expect(try await row(scene, "status") == "done")
    }

    @Test func `a clock that is a little ahead is no reason to refuse an event`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let time = try await store.now() + .seconds(540)
        #expect(try await store.takeIn([event("a") { $0.time = time }]) == (1, 0))
    }

    @Test(arguments: ["changed_at", "closed_at", "deleted_at"])
    func `no moment of the future gets into a case by SQL, and what is there can go on`(column: String) async throws {
        let scene = try await Scene.make()
        for moment in ["'infinity'", "now() + interval '11 minutes'", "'9999-12-31'"] {
            for statement in [
                "INSERT INTO cases (entity_type, id, \(column)) VALUES ('case', '1', \(moment))",
                """
                INSERT INTO cases (entity_type, id) VALUES ('case', '2') ON CONFLICT DO NOTHING;
                UPDATE cases SET \(column) = \(moment) WHERE id = '2'
                """,
                """
                SELECT put_case(jsonb_populate_record(NULL::cases,
                    jsonb_build_object('entity_type', 'case', 'id', '3', '\(column)', (\(moment))::timestamptz)), '{}', NULL)
                """,
            ] {
                let error = await #expect(throws: PostgresError.self) { try await scene.run(statement) }
                #expect(error?.message.contains("cases.\(column) of case") == true)
                #expect(error?.column == column && error?.hint?.contains("offset from UTC") == true)
            }
        }
        // A clock that was set back since.
        for statement in [
            "ALTER TABLE cases DISABLE TRIGGER cases_check_moments",
            "INSERT INTO cases (entity_type, id, title, \(column)) VALUES ('case', '4', 'a', now() + interval '1 day')",
            "ALTER TABLE cases ENABLE TRIGGER cases_check_moments",
        ] {
            try await scene.run(statement)
        }
        var description = CaseDescription()
        description.title = "b"
        _ = try await scene.store(as: .api).replaceCase(
            .init(entityType: "case", id: "4"), with: description, traceparent: nil
        ) { _ in }
        #expect(try await scene.texts("SELECT title FROM cases WHERE id = '4'") == ["b"])
    }

    @Test func `an upgrade brings what was said of the future back to now`() async throws {
        let scene = try await Scene.empty()
        var files = try Scene.schemaFiles()
        files.migrations.removeAll { $0.version >= 9 }
        files.definitions.removeAll { $0.name == "functions/cases_check_moments" }
        _ = try await scene.store.migrate(files)
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, status, changed_at, closed_at, deleted_at)
            VALUES ('case', '1', 'open', '9999-12-31', NULL, NULL), ('case', '2', 'open', '9999-12-31', '9999-12-31', NULL),
                ('case', '3', 'open', '-infinity', NULL, 'infinity'), ('case', '4', 'open', now(), '2026-01-01', NULL)
            """)
        _ = try await scene.store.migrate(try Scene.schemaFiles())
        let columns = "id, changed_at <= now(), closed_at <= now(), deleted_at <= now()"
        #expect(
            try await scene.texts("SELECT concat_ws('|', \(columns)) FROM cases ORDER BY id")
                == ["1|t", "2|t|t", "3|t|t", "4|t|t"])
        let event = event("a") {
            $0.time = nil
            $0.status = "done"
        }
        #expect(try await scene.store(as: .scheduler).takeIn([event]) == (1, 0))
        #expect(try await row(scene, "status") == "done")
    }
}
