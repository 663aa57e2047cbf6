import RemindersDomain
import RemindersServiceKit

/// How long something may not go on before the auditor finds it: for schedulers, and for the command line.
public enum AuditSettings {
    /// Reads it.
    public static func read(_ settings: inout SettingsReader) -> Duration {
        settings.duration(
            "REMINDERS_AUDIT_AFTER", default: AuditFinding.usualPatience, in: .seconds(1)...(.seconds(86_400)),
            doc: "How long something may not go on by itself before the auditor tells of it.")
    }
}
