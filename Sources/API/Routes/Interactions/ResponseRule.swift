import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// What a person wants of a reminder, for themselves.
enum Interaction: Hashable, Sendable {
    /// To be left alone for so many minutes.
    case snooze(minutes: Int64)
    /// To be left alone until then.
    case snoozeUntil(RequestTime)
    /// To hear no more of it, ever.
    case dismiss
    /// To be rid of what is there now; the series goes on.
    case dismissOccurrence
    /// To have seen what is there now; the series goes on.
    case acknowledge
    /// Not to have done that: what it settled last is there again. What was withdrawn meanwhile stays withdrawn.
    case takeBack(PopupSettlement)
}

/// What an interaction changes, and when the person hears of the reminder next: pure.
///
/// Doing the same again changes nothing and logs nothing. The last wish counts: a snooze brings a dismissed reminder
/// back, and whoever has seen a reminder need not be woken by it.
struct ResponseRule: Sendable {
    /// What is known, under the lock of the person's response.
    let facts: ResponseFacts

    /// The longest snooze: a year, also one with 366 days.
    static let longestSnooze = Duration.seconds(366 * 86_400)
    /// A snooze for as many minutes within this time is the same click, sent twice.
    static let clickTime = Duration.seconds(10)

    /// What the interaction changes.
    ///
    /// - Throws: `Problem`, 422, for a snooze that would end before it begins, or too late.
    func change(by interaction: Interaction) throws(Problem) -> ResponseChange {
        switch interaction {
        case .snooze(let minutes):
            let until = sameClick(facts.now + .seconds(minutes * 60))
            return snoozed(until: until, "{\"minutes\":\(minutes),\"until\":\"\(until.rfc3339)\"}")
        case .snoozeUntil(let time):
            let until = time.instant(in: zone)
            guard until > facts.now else { throw .invalid("/until", "must be in the future") }
            guard until - facts.now <= Self.longestSnooze else {
                throw .invalid("/until", "must be within a year")
            }
            return snoozed(until: until, "{\"until\":\"\(until.rfc3339)\"}")
        case .dismiss: return dismissed()
        case .dismissOccurrence: return occurrenceDismissed()
        case .acknowledge: return acknowledged()
        case .takeBack(let settlement): return tookBack(settlement)
        }
    }

    /// When the person hears of the reminder next; nil when nothing more is planned for them.
    func nextAt(after response: StoredResponse) -> Instant? {
        guard Decision.withdrawal(next(after: response)) == nil else { return nil }
        return activeSnooze(response) ?? facts.nextCheckAt
    }

    /// What would be weighed if it fired again, with everything else as it is: whatever status is entered then, it is the
    /// case's, and a snooze is over.
    private func next(after response: StoredResponse) -> WantedFacts {
        let entered = "entered"
        return WantedFacts(
            now: facts.now, occurrence: .init(id: 0, dueAt: facts.now, trigger: facts.trigger, newStatus: entered),
            isActive: facts.isActive,
            caseFacts: .init(status: entered, isClosed: facts.caseIsClosed, isDeleted: facts.caseIsDeleted),
            hasDismissed: response.dismissedAt != nil)
    }

    /// The end of a snooze that is not over.
    func activeSnooze(_ response: StoredResponse) -> Instant? {
        response.snoozedUntil.flatMap { $0 > facts.now ? $0 : nil }
    }

    /// The end of the snooze there is, where this one differs only by the time between two clicks.
    private func sameClick(_ until: Instant) -> Instant {
        guard let old = activeSnooze(facts.response), old <= until, until - old < Self.clickTime else { return until }
        return old
    }

    private func snoozed(until: Instant, _ details: String) -> ResponseChange {
        var response = facts.response
        response.snoozedUntil = until
        response.dismissedAt = nil
        return ResponseChange(
            response: response, settlement: .snoozed,
            log: response == facts.response ? nil : .init(.snooze, details: details))
    }

    private func dismissed() -> ResponseChange {
        var response = facts.response
        response.snoozedUntil = nil
        response.dismissedAt = response.dismissedAt ?? facts.now
        return ResponseChange(
            response: response, settlement: .dismissed,
            log: facts.response.dismissedAt == nil ? .init(.dismiss) : nil)
    }

    private func occurrenceDismissed() -> ResponseChange {
        var response = facts.response
        response.snoozedUntil = nil
        let details = "{\"scope\":\"occurrence\"}"
        return ResponseChange(
            response: response, settlement: .dismissed,
            log: isAnythingThere ? .init(.dismiss, details: details) : nil)
    }

    private func acknowledged() -> ResponseChange {
        var response = facts.response
        response.snoozedUntil = nil
        guard isAnythingThere || isUnseen else {
            return ResponseChange(response: response, settlement: .acknowledged, log: nil)
        }
        response.acknowledgedAt = facts.now
        return ResponseChange(response: response, settlement: .acknowledged, log: .init(.acknowledge))
    }

    private func tookBack(_ settlement: PopupSettlement) -> ResponseChange {
        var response = facts.response
        let kind: ResponseChange.Kind
        switch settlement {
        case .snoozed: (response.snoozedUntil, kind) = (nil, .snooze)
        case .dismissed: (response.dismissedAt, kind) = (nil, .dismiss)
        case .acknowledged: (response.acknowledgedAt, kind) = (nil, .acknowledge)
        }
        return ResponseChange(
            response: response, settlement: nil, restored: settlement,
            log: response == facts.response ? nil : .init(kind, details: "{\"taken_back\":true}"))
    }

    /// Pop-ups, or a snooze that would bring them back.
    private var isAnythingThere: Bool {
        facts.hasPendingPopups || activeSnooze(facts.response) != nil
    }

    /// It fired since the person last said that they had seen it, or they never said so.
    private var isUnseen: Bool {
        guard let seen = facts.response.acknowledgedAt else { return true }
        return facts.lastFiredAt.map { $0 > seen } ?? false
    }

    private var zone: IANAZone {
        facts.timeZone.flatMap { try? ZoneCatalog.shared.zone($0) } ?? .utc
    }
}
