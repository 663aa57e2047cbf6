import RemindersDomain
import RemindersServiceKit

extension AllowList {
    /// Reads whom this deployment may write to.
    ///
    /// - Returns: nil where everybody may be written to.
    init?(reading settings: inout SettingsReader) {
        let name = "REMINDERS_ONLY_TO"
        let words = settings.list(
            name, default: [],
            doc: """
                The only ones this deployment writes to, for staging: mail addresses, @domain, user:ID, \
                mattermost:@name or another channel with an address, channel:*. Empty: everybody.
                """)
        guard !words.isEmpty else { return nil }
        do throws(AllowList.Problem) {
            try self.init(words)
        } catch {
            settings.refuse(name, error.description)
            return nil
        }
    }
}
