import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

var settings = SettingsReader(
    service: "rate-limiter", summary: "Decides who is told through which channels, now or later.")
let common = CommonSettings(reading: &settings)
let decisions = DecisionSettings(reading: &settings)
let patience = settings.duration(
    "REMINDERS_LOST_AFTER", default: .seconds(120), in: .seconds(1)...(.seconds(86_400)),
    doc:
        "How long nobody has got on with a message before it may be taken to be lost by the broker, and is handed over again."
)
settings.validateOrExit()

var configuration = RateLimiterService.Configuration(
    connections: try ServiceConnections(common), switches: decisions.switches)
configuration.patience = patience
var process = ServiceProcess(settings, common)
process.add(RateLimiterService(configuration, logger: process.logger, readiness: process.readiness).parts)
await process.runAndExit()
