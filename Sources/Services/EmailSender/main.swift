import RemindersEmailChannel
import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit
import RemindersTransfer

var settings = SettingsReader(service: "email-sender", summary: "Sends reminders by mail.")
let sender = SenderSettings(reading: &settings, channel: "EMAIL")
let mail = MailSettings(reading: &settings, isSending: sender.switches.isSending)
settings.validateOrExit()

var process = ServiceProcess(settings, sender.common)
let client = TransferClient(logger: process.logger, maximumConnectionsPerHost: mail.connections)
let transport = try mail.server().map { (client: client, server: $0) }
let channel = EmailChannel(
    configuration: try mail.configuration(), templates: try mail.templates(), transport: transport)
process.addConnection("transfers", closing: { await client.close() })
process.add(
    SenderService(
        try sender.configuration(), name: "email-sender", channel: channel, logger: process.logger,
        readiness: process.readiness
    ).parts)
await process.runAndExit()
