import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// The names that others rely on.
@Suite struct SchemaTests {
    @Test func `tables and views have their names`() async throws {
        let scene = try await Scene.make()
        let tables = try await scene.texts(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        #expect(
            Set(tables).isSuperset(of: [
                "sag_reminders", "sag_reminder_queue", "sag_reminder_logs", "user_notification_preferences", "users",
                "cases", "case_events", "deliveries", "permits", "dead_letters", "sag_reminder_responses",
                "schema_migrations",
            ]))
        let views = try await scene.texts(
            "SELECT table_schema::text || '.' || table_name FROM information_schema.views WHERE table_schema IN ('public', 'reporting')"
        )
        #expect(
            Set(views).isSuperset(of: [
                "public.v_pending_reminders", "public.v_pending_reminder_queue", "public.reminders",
                "reporting.delivery_log_v1", "reporting.hourly_stats_v1", "reporting.waiting_v1",
                "reporting.dead_letters_v1",
            ]))
    }

    @Test func `functions and triggers have their names`() async throws {
        let scene = try await Scene.make()
        let functions = try await scene.texts(
            "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        #expect(Set(functions).isSuperset(of: ["check_reminder_rate_limit", "sag_status_change_reminder_trigger"]))
        let trigger = try await scene.texts(
            """
            SELECT tgrelid::regclass::text || ' ' || tgfoid::regproc::text FROM pg_trigger
            WHERE tgname = 'sag_status_change_reminder_trigger_exec'
            """)
        #expect(trigger == ["cases sag_status_change_reminder_trigger"])
        let ours = try await scene.number(
            "SELECT count(DISTINCT trigger_name) FROM information_schema.triggers WHERE trigger_name LIKE 'sag%reminder%'"
        )
        #expect(ours > 10)
    }

    @Test func `functions that write with their owner's rights are nobody's to call, and look where they should`()
        async throws
    {
        let scene = try await Scene.make()
        let callable = try await scene.texts(
            """
            SELECT proname::text FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND prosecdef
                AND (provolatile = 'v' AND has_function_privilege('reminders_sender', oid, 'EXECUTE')
                     OR NOT 'search_path=public, pg_temp' = ANY (proconfig))
            """)
        #expect(callable == [])
    }

    @Test func `the limit of a user can be asked for in SQL, by number and by text`() async throws {
        let scene = try await Scene.make()
        let ask =
            "SELECT ARRAY[check_reminder_rate_limit(1), check_reminder_rate_limit('1'), check_reminder_rate_limit(1, 3)]::text"
        #expect(try await scene.text(ask) == "{t,t,t}")
        try await scene.run(
            "INSERT INTO permits SELECT '1', now() - minute * interval '15 minutes', minute FROM generate_series(0, 6) minute"
        )
        // Those of an hour ago and before do not count: 0, 15, 30 and 45 minutes ago.
        #expect(try await scene.text(ask) == "{t,t,f}")
        try await scene.run("INSERT INTO permits VALUES ('1', now(), 100)")
        #expect(try await scene.text(ask) == "{f,f,f}")
        #expect(try await scene.text("SELECT check_reminder_rate_limit(2)::text") == "true")
    }

    @Test func `pending reminders are those whose time has come and nobody has taken`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, trigger_type, is_active) VALUES
                ('1', 'due', '{1}', now() - interval '1 minute', 'time_based', true),
                ('1', 'later', '{1}', now() + interval '1 minute', 'time_based', true),
                ('1', 'switched off', '{1}', now() - interval '1 minute', 'time_based', false),
                ('1', 'status', '{1}', NULL, 'status_change', true)
            """)
        #expect(try await scene.texts("SELECT title FROM v_pending_reminders") == ["due"])
        #expect(
            try await scene.texts("SELECT concat_ws(' ', title, stage, id) FROM v_pending_reminder_queue")
                == ["due not_claimed"])

        _ = try await scene.store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [$0.dueAt], next: nil)
        }
        #expect(try await scene.texts("SELECT title FROM v_pending_reminders").isEmpty)
        // Claimed for a minute, and ready again when that is over.
        #expect(try await scene.texts("SELECT title FROM v_pending_reminder_queue").isEmpty)
        try await scene.run("UPDATE sag_reminder_queue SET available_at = now() - interval '1 second'")
        #expect(try await scene.texts("SELECT title FROM v_pending_reminder_queue") == ["due"])
    }

    @Test func `dashboards see what is overdue, and what it waits for`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (id, sag_id, title, recipient_user_ids, scheduled_at) VALUES
                (1001, '1', 'due', '{1}', now() - interval '2 minutes'),
                (1003, '1', 'later', '{1}', now() + interval '1 hour');
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, published_at, processed_at) VALUES
                (1003, 'time_based', now() - interval '1 hour', NULL, NULL),
                (1003, 'time_based', now() - interval '2 hours', now(), NULL),
                (1003, 'time_based', now() - interval '3 hours', now(), now());
            """)
        #expect(
            try await scene.texts(
                """
                SELECT concat_ws(' ', channel, state, reason, deliveries, overdue > interval '2 minutes')
                FROM reporting.waiting_v1 ORDER BY reason
                """) == ["overdue not_claimed 1 t", "overdue not_decided 1 t", "overdue not_published 1 t"])
        #expect(
            try await scene.texts("SELECT stage FROM v_pending_reminder_queue WHERE title = 'later' ORDER BY 1")
                == ["not_decided", "not_published"])
        #expect(
            try await scene.texts("SELECT title FROM v_pending_reminders WHERE overdue > interval '1 minute'") == [
                "due"
            ])
        #expect(
            try await Set(scene.texts("SELECT stage FROM overdue_occurrences"))
                == Set(OverdueStage.allCases.map(\.rawValue)))
    }

    @Test func `the view of the other seed shows a reminder as it did there`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, message, recipient_user_ids, scheduled_at, created_by, created_via)
            VALUES ('42', 'Follow up', 'Call them', '{7}', '2026-02-10T14:30:00Z', '3', 'chat');
            INSERT INTO sag_reminders (sag_id, title, recipient_emails, scheduled_at, deleted_at)
            VALUES ('42', 'gone', '{a@example.com}', '2026-02-10T14:30:00Z', now())
            """)
        let line = """
            SELECT concat_ws('|', id, user_id, entity_type, entity_id, message, to_char(remind_at, 'YYYY-MM-DD HH24:MI'),
                is_sent, created_via) FROM reminders
            """
        #expect(try await scene.texts(line) == ["REM-001|3|case|42|Call them|2026-02-10 14:30|f|chat"])
        _ = try await scene.store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [$0.dueAt], next: nil)
        }
        #expect(try await scene.texts(line) == ["REM-001|3|case|42|Call them|2026-02-10 14:30|t|chat"])
    }

    @Test func `dashboards see no addresses`() async throws {
        let scene = try await Scene.make()
        #expect(try await scene.text("SELECT reporting.mask('mailto:ada@example.com')") == "mailto:a***@example.com")
        #expect(try await scene.text("SELECT reporting.mask('7')") == "7")
    }

    @Test(arguments: [
        (
            "550 5.1.1 <ada@example.com>: Recipient address rejected",
            "550 5.1.1 <a***@example.com>: Recipient address rejected"
        ),
        ("250 2.0.0 Ok: queued as 4F9D2", "250 2.0.0 Ok: queued as 4F9D2"),
        ("550 ada.lovelace+x@example.com, b@c.example", "550 a***@example.com, b***@c.example"),
        (#"550 <"ada lovelace"@example.com> unknown"#, #"550 <"***"@example.com> unknown"#),
        ("550 see https://x.example/?a=ada%40example.com", "550 see https://x.example/?***%40example.com"),
        ("550 æda@example.com RCPT TO:<bob@example.com>", "550 æ***@example.com RCPT TO:<b***@example.com>"),
        ("550 prvs=12ab=ada@example.com refused", "550 p***@example.com refused"),
        ("at 5 @ noon", "at 5 @ noon"),
    ])
    func `nor in what a server said`(words: String, masked: String) async throws {
        let scene = try await Self.masking.value
        let rows = try await scene.pool.query(Query("SELECT reporting.mask_words($1)", [.text(words)]))
        #expect(try rows.first?.text(0) == masked)
    }

    private static let masking = Task { try await Scene.make() }
}
