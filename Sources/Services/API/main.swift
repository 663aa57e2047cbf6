import RemindersExplaining
import RemindersHTTPService
import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

var settings = SettingsReader(
    service: "api", summary: "Serves the HTTP API of reminders, its description and the pages.")
let common = CommonSettings(reading: &settings, poolSize: 8)
let decisions = DecisionSettings(reading: &settings)
let isDryRun = SafetySwitches(reading: &settings, channel: nil).isDryRun
let api = APISettings(reading: &settings)
let pages = api.readPages(&settings)
settings.validateOrExit()

var configuration = APIService.Configuration(
    connections: try ServiceConnections(common), tokens: api.tokens,
    explaining: Explainer.Settings(switches: decisions.switches, isDryRun: isDryRun))
configuration.server = api.server
configuration.quota = api.quota
configuration.policy = api.policy
configuration.pages = pages
// Every instance derives the same key, so that one reads the cursors of another.
configuration.server.cursors = CursorKey(derivedFrom: (api.tokens.secret ?? common.databaseURL).reveal())

var process = ServiceProcess(settings, common)
process.metrics.describe(
    "http.server.request.duration", "Time from a request's head to its answer, by method, route and status.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
process.add(APIService(configuration, logger: process.logger, readiness: process.readiness).parts)
await process.runAndExit()
