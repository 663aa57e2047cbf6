import RemindersDomain

/// The words of a message in one language.
package struct ReminderWords: Sendable {
    /// What the message is, by why it was sent.
    package let timeBased: String
    package let statusChange: String
    package let deadlineApproaching: String
    /// What is before the subject of an urgent or important mail.
    package let urgent: String
    package let important: String
    /// Labels.
    package let status: String
    package let due: String
    package let priority: String
    package let open: String
    package let footer: String
    /// What many of them are called after their number, why they come at once, and the footer of their mail.
    package let digest: (plural: String, intro: String, footer: String)
    /// Kinds of things a reminder is about.
    package let entities: (case: String, task: String, bug: String, project: String)
    /// Low, normal, high, urgent.
    package let priorities: (low: String, normal: String, high: String, urgent: String)

    package static subscript(locale: ReminderLocale) -> ReminderWords {
        switch locale {
        case .english: english
        case .danish: danish
        case .german: german
        }
    }

    package func heading(_ trigger: Trigger) -> String {
        switch trigger {
        case .timeBased: timeBased
        case .statusChange: statusChange
        case .deadlineApproaching: deadlineApproaching
        }
    }

    package func name(of priority: Priority) -> String {
        switch priority {
        case .low: priorities.low
        case .normal: priorities.normal
        case .high: priorities.high
        case .urgent: priorities.urgent
        }
    }

    /// `3 reminders`
    package func reminders(_ count: Int) -> String { "\(count) \(digest.plural)" }

    /// What stands before the title of an urgent or important one: `[Urgent] `; nothing otherwise.
    package func mark(_ priority: Priority) -> String {
        switch priority {
        case .urgent: "[\(urgent)] "
        case .high: "[\(important)] "
        case .low, .normal: ""
        }
    }

    /// The word for a kind of thing; one we don't know stands for itself.
    package func name(ofEntity entityType: String) -> String {
        switch entityType {
        case "case": entities.case
        case "task": entities.task
        case "bug": entities.bug
        case "project": entities.project
        default: entityType
        }
    }

    /// The words that a template reaches as `{{word.status}}`.
    package var byName: [String: String] {
        [
            "urgent": urgent, "important": important, "status": status, "due": due, "priority": priority,
            "open": open, "footer": footer,
        ]
    }

    private static let english = ReminderWords(
        timeBased: "Reminder", statusChange: "Status changed", deadlineApproaching: "Deadline approaching",
        urgent: "Urgent", important: "Important", status: "Status", due: "Time", priority: "Priority", open: "Open",
        footer: "You get this mail because a reminder was set up for you.",
        digest: (
            "reminders", "These reminders waited for you and come together.",
            "You get this mail because reminders were set up for you."
        ),
        entities: ("Case", "Task", "Bug", "Project"), priorities: ("Low", "Normal", "High", "Urgent"))

    private static let danish = ReminderWords(
        timeBased: "Påmindelse", statusChange: "Status ændret", deadlineApproaching: "Fristen nærmer sig",
        urgent: "Haster", important: "Vigtigt", status: "Status", due: "Tidspunkt", priority: "Prioritet", open: "Åbn",
        footer: "Du får denne mail, fordi der er oprettet en påmindelse til dig.",
        digest: (
            "påmindelser", "Disse påmindelser har ventet på dig og kommer samlet.",
            "Du får denne mail, fordi der er oprettet påmindelser til dig."
        ),
        entities: ("Sag", "Opgave", "Fejl", "Projekt"), priorities: ("Lav", "Normal", "Høj", "Haster"))

    private static let german = ReminderWords(
        timeBased: "Erinnerung", statusChange: "Status geändert", deadlineApproaching: "Frist läuft bald ab",
        urgent: "Dringend", important: "Wichtig", status: "Status", due: "Zeitpunkt", priority: "Priorität",
        open: "Öffnen", footer: "Sie erhalten diese Mail, weil eine Erinnerung für Sie eingerichtet wurde.",
        digest: (
            "Erinnerungen", "Diese Erinnerungen haben auf Sie gewartet und kommen zusammen.",
            "Sie erhalten diese Mail, weil Erinnerungen für Sie eingerichtet wurden."
        ),
        entities: ("Fall", "Aufgabe", "Fehler", "Projekt"), priorities: ("Niedrig", "Normal", "Hoch", "Dringend"))
}
