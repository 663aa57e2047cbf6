import RemindersAMQP
import RemindersBroker
import RemindersDomain
import RemindersStore

extension Sending {
    /// Claims deliveries in the ledger, and finds out which of them nobody wants any more. Messages of deliveries that
    /// have ended are acknowledged; those that another sender is at come back later; suspects wait for their turn; what
    /// the database refuses for good goes to the dead letters.
    ///
    /// - Parameter suspectFrom: see `ReminderStore.claim`.
    func claim(_ decoded: [DecodedDelivery], suspectFrom: Int) async -> [ClaimedDelivery] {
        let isOurs = presence.certaintyFromNowOn()
        let parts = await claiming.inParts(decoded) { part in
            try await store.claim(
                part.map(\.requested), carrying: part.flatMap(\.carriedKeys).map(\.occurrence), owner: owner,
                lease: configuration.lease, suspectFrom: suspectFrom
            ) { key in
                inHand.withLock { $0.contains(key) }
            }
        }
        var claimed: [ClaimedDelivery] = []
        for (part, answer) in parts.done { claimed += await take(part, answer.claims, answer.unwanted, isOurs) }
        await deadLetters.take(parts.refused.map { (element: $0.element.delivery, error: $0.error) }, from: consumer)
        // The shutdown's deadline has come: the messages go back as they came.
        consumer.reject(parts.left.map(\.delivery), requeue: true)
        return claimed
    }

    private func take(
        _ decoded: [DecodedDelivery], _ claims: [Claim], _ unwanted: [OccurrenceRecipient: String],
        _ isOurs: @escaping @Sendable () -> Bool
    ) async -> [ClaimedDelivery] {
        var claimed: [ClaimedDelivery] = []
        claimed.reserveCapacity(decoded.count)
        var ended: [Delivery] = []
        var busy: [DecodedDelivery] = []
        var missing: [DecodedDelivery] = []
        var unusable: [RefusedDelivery] = []
        for (decoded, claim) in zip(decoded, claims) {
            switch claim {
            case .claimed(let attempt, let deaths):
                var delivery = ClaimedDelivery(decoded: decoded, attempt: attempt, deaths: deaths)
                delivery.isOurs = isOurs
                if !unwanted.isEmpty { delivery.leaveOut(unwanted) }
                claimed.append(delivery)
            case .settled:
                ended.append(decoded.delivery)
            case .busy:
                busy.append(decoded)
            case .suspect:
                suspects.put(decoded)
            case .unreadable(let reason):
                unusable.append(RefusedDelivery(delivery: decoded.delivery, reason: reason))
            case .replaced:
                unusable.append(
                    RefusedDelivery(
                        delivery: decoded.delivery,
                        reason: "/delivery_id is not that of this /occurrence_id in the ledger: "
                            + EarlierTimeLine.reason))
            case .missing:
                missing.append(decoded)
            }
        }
        inHand.withLock { $0.add(claimed.map(\.decoded.key)) }
        if !ended.isEmpty {
            consumer.acknowledge(ended)
            SendingMetrics.alreadyEnded.increment(by: ended.count)
        }
        if !busy.isEmpty { await postpone(busy) }
        if !unusable.isEmpty { await deadLetters.take(unusable, from: consumer) }
        if !missing.isEmpty { await settle(missing: missing) }
        return claimed
    }

    /// What is not in the ledger under its recipient's name may be there under another: that of a person who was erased
    /// since, whose deliveries have all ended. Everything else goes to the dead letters.
    private func settle(missing: [DecodedDelivery]) async {
        let parts = await claiming.inParts(missing) { part in
            try await store.deliveriesOfErased(part.map(\.request.reminder.deliveryID))
        }
        for (part, erased) in parts.done {
            let ended = part.filter { erased.contains($0.request.reminder.deliveryID) }.map(\.delivery)
            consumer.acknowledge(ended)
            SendingMetrics.alreadyEnded.increment(by: ended.count)
            let unknown = part.filter { !erased.contains($0.request.reminder.deliveryID) }
            if !unknown.isEmpty {
                await deadLetters.take(
                    unknown.map {
                        RefusedDelivery(delivery: $0.delivery, reason: EarlierTimeLine.notInLedger)
                    }, from: consumer)
            }
        }
        await deadLetters.take(parts.refused.map { (element: $0.element.delivery, error: $0.error) }, from: consumer)
        consumer.reject(parts.left.map(\.delivery), requeue: true)
    }

    /// Sends messages round the shortest retry queue, without counting an attempt.
    private func postpone(_ busy: [DecodedDelivery]) async {
        let outcomes = await publisher.publish(
            busy.map {
                Message(retrying: $0.delivery, after: configuration.ladder.delays[0], attempts: 0, from: queue)
            })
        let settled = zip(busy, outcomes).filter { $0.1 == .confirmed }.map(\.0.delivery)
        let failed = zip(busy, outcomes).filter { $0.1 != .confirmed }.map(\.0.delivery)
        consumer.acknowledge(settled)
        consumer.reject(failed, requeue: true)
    }
}

extension ClaimedDelivery {
    /// Leaves out what of the message nobody wants any more.
    fileprivate mutating func leaveOut(_ unwanted: [OccurrenceRecipient: String]) {
        for key in [decoded.key] + decoded.carriedKeys {
            if let reason = unwanted[key.occurrence] { withdrawn[key.occurrenceID] = reason }
        }
    }
}

/// Deliveries that senders died with, more than once.
///
/// Whatever a sender has in hand when it dies counts an attempt, although only one delivery may be what it dies of, or
/// none. So these are claimed and attempted one by one: what nothing is wrong with gets through, and what kills its
/// sender uses up its own attempts only.
extension Sending {
    /// Attempts suspects, one after the other, until the mailbox is closed. What has not had its turn by then goes back
    /// with the consumer.
    func attemptSuspects() async {
        while let suspects = await suspects.take(upTo: 1) {
            for claimed in await claim(suspects, suspectFrom: .max) {
                await finish([await attempt(claimed)])
            }
        }
    }
}
