import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

var settings = SettingsReader(
    service: "scheduler",
    summary: "Publishes reminders that are due, and takes in case events of other services.")
let common = CommonSettings(reading: &settings, poolSize: 5)
let isEnabled = settings.bool("REMINDERS_ENABLED", default: false, doc: "Whether reminders are delivered at all.")
let minutes = settings.integer(
    "REMINDERS_CHECK_INTERVAL_MINUTES", flag: "interval", default: 5, in: 1...60,
    doc: "The longest sleep in minutes. What is due is sent at its time; this only bounds the harm of a lost wake-up.")
let batchSize = settings.integer(
    "REMINDERS_QUEUE_BATCH_SIZE", default: 500, in: 1...5000, doc: "How many due reminders one transaction claims.")
let auditPatience = AuditSettings.read(&settings)
let retention = RetentionSettings.read(&settings)
settings.validateOrExit()

var configuration = SchedulerService.Configuration(connections: try ServiceConnections(common))
configuration.isEnabled = isEnabled
configuration.scheduling.longestSleep = .seconds(60 * minutes)
configuration.scheduling.batchSize = batchSize
configuration.scheduling.retention = retention
configuration.scheduling.auditPatience = auditPatience

var process = ServiceProcess(settings, common)
process.add(SchedulerService(configuration, logger: process.logger, readiness: process.readiness).parts)
await process.runAndExit()
