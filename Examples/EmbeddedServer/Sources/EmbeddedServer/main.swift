import Foundation
import Hummingbird
import Logging
import RemindersContracts
import RemindersDomain
import RemindersServices
import ServiceLifecycle

// A case system of its own that runs the scheduler in its process, and tells of changed cases. Rate-limiters and
// senders may run here as well, or anywhere else.
//
//   POST /cases/{id}/status/{status}   changes a case, and publishes that it did
//   GET  /health                       200 when the scheduler can work

let environment = ProcessInfo.processInfo.environment
let logger = Logger(label: "embedded-server")
guard let database = environment["REMINDERS_DATABASE_URL"], let broker = environment["REMINDERS_AMQP_URL"] else {
    logger.critical("REMINDERS_DATABASE_URL and REMINDERS_AMQP_URL have to be set")
    exit(78)
}

// Settings come from wherever the application has its own: nothing here is read from the environment by the services.
let connections = try ServiceConnections(databaseURL: database, brokerURL: broker)
var scheduling = SchedulerService.Configuration(connections: connections)
scheduling.scheduling.longestSleep = .seconds(60)
let scheduler = SchedulerService(scheduling, logger: logger)
let publisher = CaseEventPublisher(connections: connections, logger: logger)

let router = Router()
router.get("health") { _, _ in
    let report = await scheduler.readinessReport()
    return Response(
        status: report.isReady ? .ok : .serviceUnavailable,
        body: .init(byteBuffer: ByteBuffer(string: report.text(isVerbose: true))))
}
router.post("cases/{id}/status/{status}") { _, context in
    let id = try context.parameters.require("id")
    let event = CaseEvent(
        id: UUID().uuidString, source: "/embedded-server", kind: .statusChanged, typePrefix: "dk.example",
        data: CaseData(
            reference: CaseReference(entityType: "case", id: id), status: try context.parameters.require("status")))
    // Returns when the broker has the event on disk. Where it throws, publish the same event again: its id counts once.
    try await publisher.publish(event)
    return HTTPResponse.Status.accepted
}

let server = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: environment["PORT"].flatMap(Int.init) ?? 8080)),
    logger: logger)
// What is listed first stops last: the server ends before what its routes use.
let group = ServiceGroup(
    services: [scheduler, publisher, server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
try await group.run()
