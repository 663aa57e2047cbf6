import RemindersSettingsKit

try await MailSettings.runSender()
