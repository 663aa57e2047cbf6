import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// What wakes the schedulers.
@Suite(.timeLimit(.minutes(1))) struct NotificationTests {
    @Test func `what falls due within the hour wakes, what lies further ahead does not`() async throws {
        let scene = try await Scene.make()
        try await scene.run("INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'new')")
        let heard = Heard()
        let listening = Task {
            for await notification in scene.store.dueNotifications() { await heard.add(notification) }
        }
        defer { listening.cancel() }
        try await eventually { await heard.notifications == [.listening] }

        func reminder(_ trigger: String, at time: String) -> String {
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, scheduled_at)
            VALUES ('1', 'x', '{1}', '\(trigger)', \(time))
            """
        }
        // Each of these wakes, and those between them do not: notifications come in the order of their transactions.
        let wakes = [
            reminder("time_based", at: "now() + interval '10 seconds'"),
            "UPDATE sag_reminders SET scheduled_at = now() + interval '5 minutes' WHERE trigger_type = 'time_based'",
            "UPDATE cases SET status = 'open'",
        ]
        let quiet = [
            reminder("time_based", at: "now() + interval '2 hours'"),
            "UPDATE sag_reminders SET title = 'y'",
            reminder("status_change", at: "NULL"),
            "UPDATE sag_reminder_times SET next_check_at = next_check_at, fired_count = 1",
        ]
        for statement in quiet.prefix(1) + wakes.prefix(1) + quiet.dropFirst() + wakes.dropFirst() {
            try await scene.run(statement)
        }
        try await scene.run("NOTIFY reminders_due, 'the end'")
        try await eventually { await heard.notifications.last == .notified(payload: "the end") }
        #expect(await heard.notifications.count { $0 == .notified(payload: "") } == wakes.count)
    }

    private actor Heard {
        private(set) var notifications: [PostgresNotification] = []

        func add(_ notification: PostgresNotification) {
            notifications.append(notification)
        }
    }
}
