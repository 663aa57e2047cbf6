import RemindersDomain
import RemindersWording

/// A name in templates whose value follows from the shape alone.
enum TemplateConstant: String, CaseIterable {
    /// What the mail is: `Reminder`, `Status changed`, `Deadline approaching`.
    case heading
    /// The name of the priority.
    case priority
    /// The language tag.
    case language
    /// The words of the language: `{{word.status}}`.
    case word
    /// Conditions.
    case urgent
    case high
    case timeBased = "time_based"
    case statusChange = "status_change"
    case deadlineApproaching = "deadline_approaching"

    func value(for shape: TemplateShape) -> Any {
        let words = ReminderWords[shape.locale]
        return switch self {
        case .heading: words.heading(shape.trigger)
        case .priority: words.name(of: shape.priority)
        case .language: shape.locale.rawValue
        case .word: words.byName
        case .urgent: shape.priority == .urgent
        case .high: shape.priority == .high
        case .timeBased: shape.trigger == .timeBased
        case .statusChange: shape.trigger == .statusChange
        case .deadlineApproaching: shape.trigger == .deadlineApproaching
        }
    }
}
