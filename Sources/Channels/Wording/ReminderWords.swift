import RemindersDomain

/// The words of a message in one language: one file a language, in `Languages`.
package struct ReminderWords: Sendable {
    /// What the message is, by why it was sent: one for each trigger.
    let headings: [Trigger: String]
    /// What is before the subject of an urgent or important mail.
    package let urgent: String
    package let important: String
    /// Labels.
    package let status: String
    package let due: String
    package let priority: String
    package let open: String
    package let creator: String
    package let footer: String
    /// What many of them are called after their number, why they come at once, and the footer of their mail.
    package let digest: (plural: String, intro: String, footer: String)
    /// Kinds of things a reminder is about.
    package let entities: (case: String, task: String, bug: String, project: String)
    /// One for each priority.
    let priorities: [Priority: String]
    /// How a date and a time are written.
    let calendar: CalendarWords

    package static subscript(locale: ReminderLocale) -> ReminderWords { locale.words }

    package func heading(_ trigger: Trigger) -> String { headings[trigger] ?? trigger.rawValue }

    package func name(of priority: Priority) -> String { priorities[priority] ?? priority.rawValue }

    /// `3 reminders`
    package func reminders(_ count: Int) -> String { "\(count) \(digest.plural)" }

    /// What stands before the title of an urgent or important one: `[Urgent] `; nothing otherwise.
    package func mark(_ priority: Priority) -> String {
        priority >= .urgent ? "[\(urgent)] " : priority >= .high ? "[\(important)] " : ""
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

    /// `Case 12`
    package func name(of about: CaseReference) -> String { "\(name(ofEntity: about.entityType)) \(about.id)" }

    /// `Case 12: Printer jams`
    package func title(of about: CaseSummary) -> String {
        let name = name(of: about.reference)
        guard let title = about.title, !title.isEmpty else { return name }
        return "\(name): \(title)"
    }

    /// The words that a template reaches as `{{word.status}}`.
    package var byName: [String: String] {
        [
            "urgent": urgent, "important": important, "status": status, "due": due, "priority": priority,
            "open": open, "creator": creator, "footer": footer,
        ]
    }
}
