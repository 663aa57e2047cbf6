import RemindersMattermostChannel
import RemindersSenderKit
import RemindersServiceKit
import RemindersTransfer

var settings = SettingsReader(service: "mattermost-sender", summary: "Posts reminders to Mattermost.")
let sender = SenderSettings(reading: &settings, channel: "MATTERMOST")
let posts = PostSettings(reading: &settings, isSending: sender.switches.isSending)
settings.validateOrExit()

var process = ServiceProcess(settings, sender.common)
let client = TransferClient(logger: process.logger, addressGuard: try posts.addressGuard())
let channel = MattermostChannel(configuration: try posts.configuration(), client: client)
process.addConnection("transfers", closing: { await client.close() })
try process.addSending(through: channel, service: "mattermost-sender", settings: sender)
await process.runAndExit()
