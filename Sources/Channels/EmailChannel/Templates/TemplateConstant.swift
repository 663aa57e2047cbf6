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

    private func value(for shape: TemplateShape) -> Any {
        let words = ReminderWords[shape.locale]
        return switch self {
        case .heading: words.heading(shape.trigger)
        case .priority: words.name(of: shape.priority)
        case .language: shape.locale.rawValue
        case .word: words.byName
        case .urgent: shape.priority >= .urgent
        case .high: shape.priority >= .high && shape.priority < .urgent
        }
    }

    /// The value of a name that follows from the shape; nil where there is no such name. A trigger's own name is the
    /// condition that it made the reminder fire.
    static func value(of name: String, for shape: TemplateShape) -> Any? {
        if let trigger = Trigger(rawValue: name) { return shape.trigger == trigger }
        return TemplateConstant(rawValue: name)?.value(for: shape)
    }

    /// All these names, but that of the words.
    static let names = allCases.filter { $0 != .word }.map(\.rawValue) + Trigger.allCases.map(\.rawValue)
}
