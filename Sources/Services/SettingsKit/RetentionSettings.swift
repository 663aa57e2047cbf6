import RemindersDomain
import RemindersServiceKit

/// How long what is over is kept: for those who let go of it, and those who say what would go.
public enum RetentionSettings {
    /// Reads them.
    public static func read(_ settings: inout SettingsReader) -> Retention {
        var retention = Retention()
        for kind in Retention.Kind.allCases {
            let (name, what) = kind.setting
            let age = settings.duration(
                name, default: kind.usual, in: .zero ... .seconds(36_500 * 86_400), plainUnit: .days,
                doc: "How long \(what) kept; 0 for ever. What is not finished stays in any case.")
            if age != .zero, age < .seconds(86_400) { settings.refuse(name, "must be 0, for ever, or at least 1d") }
            retention[kind] = age == .zero ? nil : age
        }
        if let log = retention[.log], retention[.deliveries].map({ $0 > log }) ?? true {
            settings.refuse("REMINDERS_KEEP_LOG", "must be no shorter than REMINDERS_KEEP_DELIVERIES, or 0, for ever")
        }
        retention.isArchivedFirst = settings.bool(
            "REMINDERS_ARCHIVE_FIRST", default: false,
            doc: "Whether a week of these goes only after `reminders archive` has written it to a file.")
        return retention
    }
}

extension Retention.Kind {
    fileprivate var setting: (name: String, what: String) {
        switch self {
        case .log: ("REMINDERS_KEEP_LOG", "the log is")
        case .deliveries: ("REMINDERS_KEEP_DELIVERIES", "occurrences and deliveries that have ended are")
        case .caseEvents: ("REMINDERS_KEEP_CASE_EVENTS", "case events are remembered, so that each counts once, is")
        case .popups: ("REMINDERS_KEEP_POPUPS", "settled pop-ups are")
        case .deadLetters: ("REMINDERS_KEEP_DEAD_LETTERS", "settled dead letters are")
        case .answers: ("REMINDERS_KEEP_ANSWERS", "answers for an Idempotency-Key are")
        }
    }
}
