import Domain

/// The words of a post in one language.
struct PostWords: Sendable {
    /// What the post is, by why it was sent.
    let timeBased: String
    let statusChange: String
    let deadlineApproaching: String
    /// Labels.
    let status: String
    let due: String
    let priority: String
    /// Kinds of things a reminder is about.
    let entities: (case: String, task: String, bug: String, project: String)
    /// Low, normal, high, urgent.
    let priorities: (low: String, normal: String, high: String, urgent: String)

    static subscript(locale: PostLocale) -> PostWords {
        switch locale {
        case .english: english
        case .danish: danish
        case .german: german
        }
    }

    func heading(_ trigger: Trigger) -> String {
        switch trigger {
        case .timeBased: timeBased
        case .statusChange: statusChange
        case .deadlineApproaching: deadlineApproaching
        }
    }

    func name(of priority: Priority) -> String {
        switch priority {
        case .low: priorities.low
        case .normal: priorities.normal
        case .high: priorities.high
        case .urgent: priorities.urgent
        }
    }

    /// The word for a kind of thing; one we don't know stands for itself.
    func name(ofEntity entityType: String) -> String {
        switch entityType {
        case "case": entities.case
        case "task": entities.task
        case "bug": entities.bug
        case "project": entities.project
        default: entityType
        }
    }

    private static let english = PostWords(
        timeBased: "Reminder", statusChange: "Status changed", deadlineApproaching: "Deadline approaching",
        status: "Status", due: "Time", priority: "Priority", entities: ("Case", "Task", "Bug", "Project"),
        priorities: ("Low", "Normal", "High", "Urgent"))

    private static let danish = PostWords(
        timeBased: "Påmindelse", statusChange: "Status ændret", deadlineApproaching: "Fristen nærmer sig",
        status: "Status", due: "Tidspunkt", priority: "Prioritet", entities: ("Sag", "Opgave", "Fejl", "Projekt"),
        priorities: ("Lav", "Normal", "Høj", "Haster"))

    private static let german = PostWords(
        timeBased: "Erinnerung", statusChange: "Status geändert", deadlineApproaching: "Frist läuft bald ab",
        status: "Status", due: "Zeitpunkt", priority: "Priorität", entities: ("Fall", "Aufgabe", "Fehler", "Projekt"),
        priorities: ("Niedrig", "Normal", "Hoch", "Dringend"))
}
