import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

var settings = SettingsReader(
    service: "frontend-push", summary: "Puts reminders onto people's lists and shows them in open browsers.")
let sender = SenderSettings(reading: &settings, channel: nil)
let streams = StreamSettings(reading: &settings)
settings.validateOrExit()

var configuration = FrontendPushService.Configuration(sender: try sender.configuration(), tokens: streams.tokens)
configuration.server = streams.server
configuration.limits = streams.limits

var process = ServiceProcess(settings, sender.common)
process.add(FrontendPushService(configuration, logger: process.logger, readiness: process.readiness).parts)
await process.runAndExit()
