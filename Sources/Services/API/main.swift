import Logging
import RemindersAMQP
import RemindersBroker
import RemindersDecisionKit
import RemindersExplaining
import RemindersHTTPKit
import RemindersHTTPService
import RemindersRoutes
import RemindersServiceKit
import RemindersStore

var settings = SettingsReader(
    service: "api", summary: "Serves the HTTP API of reminders, its description and the pages.")
let common = CommonSettings(reading: &settings, poolSize: 8)
let decisions = DecisionSettings(reading: &settings)
let isDryRun = SafetySwitches(reading: &settings, channel: nil).isDryRun
var api = APISettings(reading: &settings)
let pages = api.readPages(&settings)
settings.validateOrExit()

var process = ServiceProcess(settings, common)
let logger = process.logger
let pool = try process.addPool(common, service: "api")
let store = ReminderStore(pool: pool)
let broker = try process.brokerConfiguration(common, service: "api", purpose: "dead letters")
let routes = ReminderRoutes(
    store: store, explaining: Explainer.Settings(switches: decisions.switches, isDryRun: isDryRun),
    retryDeadLetter: { try await DeadLetterRetry(store: store, broker: broker, logger: logger)($0) })
let readiness = process.readiness
// Every instance derives the same key, so that one reads the cursors of another.
api.server.cursors = CursorKey(derivedFrom: (api.tokens.secret ?? common.databaseURL).reveal())
process.metrics.describe(
    "http.server.request.duration", "Time from a request's head to its answer, by method, route and status.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

let verifier = api.tokens.verifier(in: process)
let listening = readiness.flag("http", initially: "does not listen yet")
let server = HTTPServer(
    configuration: api.server,
    verifier: verifier, logger: logger, onBound: { _ in listening.set(.ok) }
) { router in
    HealthRoutes { await readiness.report().isReady }.add(to: router)
    pages?.add(to: router)
    routes.add(to: router)
}
process.add("housekeeping", cancellable: { await routes.keepHouse(logger: logger) })
process.add("http", server, remaining: { server.remaining })
await process.runAndExit()
