import RemindersSettingsKit

try await PostSettings.runSender()
