import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

var settings = SettingsReader(
    service: "rate-limiter", summary: "Decides who is told through which channels, now or later.")
let common = CommonSettings(reading: &settings)
let decisions = DecisionSettings(reading: &settings)
settings.validateOrExit()

let configuration = RateLimiterService.Configuration(
    connections: try ServiceConnections(common), switches: decisions.switches)
var process = ServiceProcess(settings, common)
process.add(RateLimiterService(configuration, logger: process.logger, readiness: process.readiness).parts)
await process.runAndExit()
