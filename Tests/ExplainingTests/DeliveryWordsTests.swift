import RemindersDomain
import Testing

@testable import RemindersExplaining
@testable import RemindersStore

/// The sentence about a delivery, for each state and each reason.
@Suite struct DeliveryWordsTests {
    private func entry(
        _ state: DeliveryState, _ reason: String? = nil, reply: String? = nil, attempts: Int = 1,
        release: String? = nil, carrier: Int64? = nil
    ) -> LedgerEntry {
        let due = Instant(seconds: 1_770_733_800)
        return LedgerEntry(
            id: DeliveryID(high: 1, low: 1), occurrenceID: 7, reminderID: 1, recipient: .user("1"), channel: .email,
            state: state, reason: reason, reply: reply, dueAt: due, releaseAt: release.flatMap { Instant(rfc3339: $0) },
            attempts: attempts, requestedAt: due, finishedAt: state.isFinal ? due : nil, decision: nil,
            carrierOccurrenceID: carrier, about: nil, title: nil, createdBy: nil)
    }

    private func words(isReader: Bool = true) throws -> DeliveryWords {
        let zone = try ZoneCatalog.shared.zone("Europe/Copenhagen")
        return try DeliveryWords(
            clock: PersonClock(zoneName: "Europe/Copenhagen", now: Instant(seconds: 1_770_733_800)),
            audience: isReader ? .person : .operators, isDryRun: false,
            quietHours: QuietHours(
                start: #require(LocalTime("22:00")), end: #require(LocalTime("07:00")), zone: zone))
    }

    @Test func `every state has its sentence`() throws {
        let words = try words()
        #expect(words.sentence(about: entry(.requested, attempts: 0)) == "on its way by email")
        #expect(
            words.sentence(about: entry(.requested, reply: "451 Later"))
                == "attempt 1 by email was put off: 451 Later; it is tried again")
        #expect(words.sentence(about: entry(.sending, attempts: 2)) == "being sent by email, attempt 2")
        #expect(words.sentence(about: entry(.sent, reply: "250 Ok")) == "told by email 15:30: 250 Ok")
        #expect(
            words.sentence(about: entry(.sent, carrier: 5))
                == "told by email, in one message with others (occurrence 5), 15:30")
        #expect(words.sentence(about: entry(.rejected, reply: "550 No")) == "not told by email: refused: 550 No")
        #expect(
            words.sentence(about: entry(.rejected, "no_address")) == "not told by email: there is no address for it")
        #expect(words.sentence(about: entry(.withdrawn, "case_closed")) == "not told by email: the case was closed")
        #expect(words.sentence(about: entry(.withdrawn, "snoozed")) == "not told by email: you had put it off")
        #expect(
            words.sentence(about: entry(.dropped, "too_late"))
                == "not told by email: it came later than the operator allows")
        #expect(
            words.sentence(about: entry(.dead, reply: "451 Later", attempts: 8))
                == "not told by email: given up after 8 attempts: 451 Later")
        #expect(
            words.sentence(about: entry(.unknown, attempts: 3))
                == "perhaps told by email: nobody knows how attempt 3 ended")
        #expect(
            words.sentence(about: entry(.dryRun))
                == "not told by email: dry run, the message was recorded and not sent 15:30")
    }

    @Test func `a hold says until when and whose doing it is`() throws {
        let held = entry(.held, "quiet_hours", release: "2026-02-11T06:00:00Z")
        #expect(
            try words().sentence(about: held)
                == "held until tomorrow 07:00 (Europe/Copenhagen), your quiet hours 22:00–07:00")
        #expect(
            try words(isReader: false).sentence(about: held)
                == "held until tomorrow 07:00 (Europe/Copenhagen), their quiet hours 22:00–07:00")
        #expect(
            try words().sentence(about: entry(.held, "rate_limited", release: "2026-02-10T15:00:00Z"))
                == "held until 16:00 (Europe/Copenhagen), the limit of notifications in an hour is reached")
        #expect(
            try words().sentence(about: entry(.held, "switched_off"))
                == "held until the operator switches the channel on")
    }

    @Test func `every reason of the ledger has words`() throws {
        let words = try words()
        let reasons =
            WithdrawReason.allCases.map(\.rawValue) + RejectReason.allCases.map(\.rawValue)
            + DropReason.allCases.map(\.rawValue)
        for reason in reasons {
            let text = try #require(words.words(forReason: reason))
            #expect(text.contains(" ") && !text.contains("_"), "\(reason): \(text)")
        }
        #expect(words.words(forReason: nil) == nil)
        #expect(words.words(forReason: "something_new") == "something new")
    }
}
