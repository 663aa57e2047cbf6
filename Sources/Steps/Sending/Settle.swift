import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

extension Sending {
    /// Tells the broker: what has ended is acknowledged and announced, what is tried again goes to its retry queue
    /// first, what was given up leaves a copy in the dead-letter queue.
    func settle(_ recorded: [RecordedDelivery]) async {
        var done: [Delivery] = []
        done.reserveCapacity(recorded.count)
        var onwards: [(delivery: Delivery, message: Message)] = []
        var ends: [(logged: DeliveryLogged, traceparent: String?)] = []
        ends.reserveCapacity(recorded.count)
        for delivery in recorded {
            let attempted = delivery.attempted
            let received = attempted.decoded.delivery
            note(delivery)
            // First of all: an answer that was lost looks like a record that another sender made, and a retry too many
            // does no harm where one too few would leave the delivery without a message.
            if let retry = attempted.retry {
                onwards.append(
                    (
                        received,
                        Message(
                            retrying: received, after: retry, attempts: attempted.record.attempt, from: queue)
                    ))
                continue
            }
            guard let recordedAt = delivery.recordedAt else {
                done.append(received)
                continue
            }
            ends += delivery.logged(at: recordedAt).map { (logged: $0, traceparent: received.traceparent) }
            if attempted.state == .dead {
                let reason = attempted.record.reply ?? attempted.record.reason ?? "given up"
                onwards.append((received, Message(dead: received, reason: reason, from: queue)))
            } else {
                done.append(received)
            }
        }
        consumer.acknowledge(done)
        if !onwards.isEmpty { await passOn(onwards) }
        await announcer.announce(ends)
        SendingMetrics.settled.increment(by: recorded.count)
    }

    /// A line for what went wrong; what went well only shows with debugging.
    private func note(_ delivery: RecordedDelivery) {
        let record = delivery.attempted.record
        let isFine = record.state == .sent || record.state == .dryRun
        let request = delivery.attempted.decoded.request
        logger.log(
            level: isFine ? .debug : .notice, isFine ? "delivered" : "not delivered",
            metadata: [
                "trace_id": "\(delivery.attempted.decoded.delivery.traceID ?? "")",
                "delivery.id": "\(request.reminder.deliveryID)", "delivery.state": "\(record.state.rawValue)",
                "reminder.id": "\(request.reminder.reminderID)", "attempt": "\(record.attempt)",
                "reply": "\(record.reply ?? record.reason ?? "")",
            ])
    }

    /// Acknowledges a message only when its successor is confirmed. One whose successor is not comes back at once:
    /// the ledger has it as requested, or as ended.
    func passOn(_ onwards: [(delivery: Delivery, message: Message)]) async {
        let outcomes = await publisher.publish(onwards.map(\.message))
        var confirmed: [Delivery] = []
        var failed: [Delivery] = []
        for (onward, outcome) in zip(onwards, outcomes) {
            if case .failed(let error) = outcome {
                logger.warning("message could not be passed on", metadata: ["error": "\(error)"])
                failed.append(onward.delivery)
            } else {
                confirmed.append(onward.delivery)
            }
        }
        consumer.acknowledge(confirmed)
        consumer.reject(failed, requeue: true)
    }
}

extension RecordedDelivery {
    /// The ends that were recorded: its own, and those of what a digest carried.
    fileprivate func logged(at recordedAt: Instant) -> [DeliveryLogged] {
        let request = attempted.decoded.request
        let record = attempted.record
        var logged = [
            attempted.logged(request.reminder, record.state, record.reason, record.reply, at: recordedAt)
        ]
        for (item, part) in zip(request.digest, record.carried) {
            guard let at = carriedAt[item.occurrenceID] else { continue }
            logged.append(attempted.logged(item, part.state, part.reason, part.reply, at: at))
        }
        return logged
    }
}

extension AttemptedDelivery {
    fileprivate func logged(
        _ item: ShownReminder, _ state: DeliveryState, _ reason: String?, _ reply: String?, at recordedAt: Instant
    ) -> DeliveryLogged {
        DeliveryLogged(
            deliveryID: item.deliveryID, generation: item.generation, occurrenceID: item.occurrenceID,
            reminderID: item.reminderID,
            recipient: decoded.request.recipient, channel: decoded.request.channel, outcome: state, reason: reason,
            reply: reply, attempts: record.attempt - (state == .withdrawn ? 1 : 0), dueAt: item.dueAt,
            recordedAt: recordedAt)
    }
}
