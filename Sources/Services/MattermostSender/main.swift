import RemindersMattermostChannel
import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit
import RemindersTransfer

var settings = SettingsReader(service: "mattermost-sender", summary: "Posts reminders to Mattermost.")
let sender = SenderSettings(reading: &settings, channel: "MATTERMOST")
let posts = PostSettings(reading: &settings, isSending: sender.switches.isSending)
settings.validateOrExit()

var process = ServiceProcess(settings, sender.common)
let client = TransferClient(logger: process.logger, addressGuard: try posts.addressGuard())
let channel = MattermostChannel(configuration: try posts.configuration(), client: client)
process.addConnection("transfers", closing: { await client.close() })
process.add(
    SenderService(
        try sender.configuration(), name: "mattermost-sender", channel: channel, logger: process.logger,
        readiness: process.readiness
    ).parts)
await process.runAndExit()
