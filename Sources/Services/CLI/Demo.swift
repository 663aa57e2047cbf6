import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders demo`
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A few people, cases and reminders to try things with.", subcommands: [Load.self])

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads them. Run again, it changes nothing.")

        func run() async throws {
            try await Connecting.withStore { store in
                guard try await store.timeZone(ofUser: "1") == nil else {
                    note("the demo is loaded already")
                    return
                }
                try await store.putUsers(Demo.people)
                for (about, title, status) in Demo.cases {
                    var description = CaseDescription()
                    description.title = title
                    description.status = status
                    try await store.putCase(about, description)
                }
                let reminders = Demo.reminders(at: try await store.now())
                for reminder in reminders {
                    _ = try await store.addReminder(reminder, createdBy: reminder.userIDs.first, createdVia: "demo")
                }
                note(
                    "loaded \(Demo.people.count) people, \(Demo.cases.count) cases and \(reminders.count) reminders"
                )
            }
        }
    }

    private static let people = [
        Person(
            id: "1", name: "Anna Sørensen", email: "anna@example.org", mattermostName: "anna", locale: "da",
            timeZone: "Europe/Copenhagen"),
        Person(
            id: "2", name: "Ben Carter", email: "ben@example.org", mattermostName: "ben", locale: "en",
            timeZone: "America/New_York"),
        Person(
            id: "3", name: "Clara Weiß", email: "clara@example.org", mattermostName: nil, locale: "de",
            timeZone: "Europe/Berlin"),
    ]

    private static let cases: [(CaseReference, String, String)] = [
        (CaseReference(entityType: "case", id: "123"), "Printer on the third floor jams", "open"),
        (CaseReference(entityType: "case", id: "124"), "Quote for the new office", "i_gang"),
        (CaseReference(entityType: "task", id: "TSK-9"), "Renew the certificate of the mail server", "open"),
    ]

    private static func reminders(at now: Instant) -> [ReminderDefinition] {
        func reminder(
            _ index: Int, _ title: String, for user: String, after delay: Duration, _ channels: ChannelSet,
            _ recurrence: Recurrence = .once, zone: String
        ) -> ReminderDefinition {
            var reminder = ReminderDefinition(about: cases[index].0, title: title, timeZone: zone)
            reminder.userIDs = [user]
            reminder.channels.wanted = channels
            reminder.overridesPreferences = true
            reminder.recurrence = recurrence
            reminder.scheduledAt = now + delay
            return reminder
        }
        return [
            reminder(
                0, "Welcome: this is your first reminder", for: "1", after: .seconds(2), [.email, .mattermost],
                zone: "Europe/Copenhagen"),
            reminder(1, "Call the customer back", for: "2", after: .seconds(3), .email, zone: "America/New_York"),
            reminder(
                2, "Check the certificate", for: "3", after: .seconds(86_400), .email, .weekly,
                zone: "Europe/Berlin"),
            reminder(
                0, "Daily look at the printer", for: "1", after: .seconds(43_200), [.email, .mattermost], .daily,
                zone: "Europe/Copenhagen"),
        ]
    }
}
