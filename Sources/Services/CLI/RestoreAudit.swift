import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

/// Finds what the ledger lacks since it was restored from a backup, as far as broker and mail server know.
struct RestoreAudit {
    /// What was found.
    struct Report: Encodable {
        /// A message that names something else than the database has, or nothing that it has.
        struct Message: Encodable {
            let queue: String
            /// A delivery's id, or an occurrence's number.
            let id: String
            let reason: String
        }

        /// A mail that a server took.
        struct Mail: Encodable {
            let delivery: String
            /// Where the ledger has it; nil when it has it nowhere.
            let state: String?
        }

        /// Dead letters.
        var deadLetters: [Message] = []
        /// What waits in the queues.
        var waiting: [Message] = []
        /// How many messages of the queues were not looked at.
        var notLookedAt = 0
        /// Mail that went out and is not recorded so.
        var mail: [Mail] = []
        /// Lines of the file that hold no Message-ID of ours.
        var otherMail = 0

        var isEmpty: Bool { deadLetters.isEmpty && waiting.isEmpty && mail.isEmpty }

        var lines: [String] {
            var lines = deadLetters.map { "dead_letter  \($0.queue)  \($0.id)  \($0.reason)" }
            lines += waiting.map { "waiting  \($0.queue)  \($0.id)  \($0.reason)" }
            lines += mail.map { mail in
                "sent  email  \(mail.delivery)  "
                    + (mail.state.map { "the ledger has it as \($0)" } ?? "the ledger does not have it")
            }
            if notLookedAt > 0 {
                lines.append("not looked at: \(notLookedAt) messages that others had, or that were too many")
            }
            if otherMail > 0 { lines.append("not ours: \(otherMail) lines hold no Message-ID of a delivery") }
            return lines
        }
    }

    let store: ReminderStore

    /// - Parameter sent: mail that a server took; nil when nobody knows.
    func look(sent: SentMail?) async throws -> Report {
        var report = Report()
        report.deadLetters = try await store.deadLettersOfEarlierTimeLine(
            endingOn: EarlierTimeLine.reason, or: EarlierTimeLine.notInLedger
        ).map { Report.Message(queue: $0.queue, id: $0.messageID ?? "-", reason: $0.reason) }
        let broker = try Connecting.broker()
        try await lookAtDue(on: broker, &report)
        for queue in RemindersContracts.Queue.deliveries(of: Connecting.channels()) {
            try await lookAtDeliveries(of: queue, on: broker, &report)
        }
        guard let sent else { return report }
        report.otherMail = sent.others
        let states = try await states(of: sent.ids)
        // What is delivered and not recorded so will go out once more, or was never heard of.
        report.mail = sent.ids.filter { states[$0] != .sent }.map {
            Report.Mail(delivery: $0.text, state: states[$0]?.rawValue)
        }
        return report
    }

    private func lookAtDue(on broker: AMQPConfiguration, _ report: inout Report) async throws {
        let queue = RemindersContracts.Queue.due
        let messages = try await messages(of: queue, on: broker, &report).compactMap {
            try? ReminderDue(decoding: $0.body)
        }
        let reminders = try await store.reminders(ofOccurrences: messages.map(\.occurrenceID))
        for message in messages where reminders[message.occurrenceID] != message.reminderID {
            report.waiting.append(
                Report.Message(
                    queue: queue.rawValue, id: "\(message.occurrenceID)",
                    reason: reminders[message.occurrenceID] == nil
                        ? "the database does not have this occurrence" : "the occurrence is another reminder's"))
        }
    }

    private func lookAtDeliveries(
        of queue: RemindersContracts.Queue, on broker: AMQPConfiguration, _ report: inout Report
    ) async throws {
        let ids = try await messages(of: queue, on: broker, &report)
            .compactMap { try? DeliveryRequested(decoding: $0.body).reminder.deliveryID }
        let states = try await states(of: ids)
        for id in ids where states[id] == nil {
            report.waiting.append(
                Report.Message(queue: queue.rawValue, id: id.text, reason: "the ledger does not have this delivery"))
        }
    }

    private func messages(
        of queue: RemindersContracts.Queue, on broker: AMQPConfiguration, _ report: inout Report
    ) async throws -> [Delivery] {
        let logger = Logger(label: "reminders") { _ in SwiftLogNoOpLogHandler() }
        let found = try await waitingMessages(of: queue, on: broker, logger: logger)
        report.notLookedAt += max(0, found.waiting - found.messages.count)
        return found.messages
    }

    private func states(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryState] {
        var states: [DeliveryID: DeliveryState] = [:]
        for start in stride(from: 0, to: ids.count, by: 5_000) {
            let part = Array(ids[start..<min(start + 5_000, ids.count)])
            states.merge(try await store.newestStates(of: part)) { first, _ in first }
        }
        return states
    }
}
