import RemindersDomain
import Testing

@Suite("Decision")
struct DecisionTests {
    private static let now = Instant(seconds: 1_770_733_800)  // 2026-02-10T14:30:00Z, 15:30 in Copenhagen

    /// A reminder due now, wanted, to a user with mail and Mattermost, everything switched on, five an hour.
    private func facts(_ change: (inout DecisionFacts) throws -> Void = { _ in }) throws -> DecisionFacts {
        var facts = DecisionFacts(
            now: DecisionTests.now,
            occurrence: .init(id: 1, dueAt: DecisionTests.now),
            reminder: .init(),
            caseFacts: .init(status: "open"),
            recipient: .init(
                recipient: .user("1"), defaultChannels: [.email, .mattermost], addresses: [.email, .mattermost]),
            switches: .init(channels: .all, limit: PermitWindow(limit: 5)))
        try change(&facts)
        return facts
    }

    private func decide(_ change: (inout DecisionFacts) throws -> Void = { _ in }) throws -> DeliveryDecision {
        Decision.decide(try facts(change))
    }

    private let quiet = QuietHours(
        start: LocalTime(minutes: 15 * 60)!, end: LocalTime(minutes: 17 * 60)!, zone: .utc)
    private var quietNow: QuietHours {
        QuietHours(start: LocalTime(minutes: 14 * 60)!, end: LocalTime(minutes: 16 * 60)!, zone: .utc)
    }
    private let fivePermits = (1...5).map { DecisionTests.now - .seconds($0 * 60) }

    @Test("everything in order: sent on each default channel, with one permit")
    func send() throws {
        let decision = try decide()
        #expect(decision.verdicts.map(\.channel) == [.email, .mattermost])
        #expect(decision.verdicts.allSatisfy { $0.verdict == .send })
        #expect(decision.sent == [.email, .mattermost])
        #expect(decision.takesPermit)
        #expect(decision.trace.map(\.rule) == ["channels", "rate_limit"])
    }

    @Test("whoever may not be written to is dropped, and takes no permit")
    func notAllowed() throws {
        let part = try decide { $0.recipient.notAllowed = [.email, .frontend] }
        #expect(part[.email] == .drop(.notAllowedHere) && part.sent == [.mattermost] && part.takesPermit)
        #expect(part.trace.map(\.rule) == ["channels", "not_allowed_here", "rate_limit"])
        let all = try decide { $0.recipient.notAllowed = [.email, .mattermost, .frontend] }
        #expect(all.sent.isEmpty && !all.takesPermit)
        #expect(all.verdicts.allSatisfy { $0.verdict == .drop(.notAllowedHere) })
    }

    // MARK: Channels

    @Test("a reminder's own channels win one by one, and override alone")
    func channels() throws {
        let cases: [(ChannelChoice, Bool, ChannelSet)] = [
            (.none, false, [.email, .mattermost]),
            (ChannelChoice([.email: false]), false, [.mattermost]),
            (ChannelChoice([.frontend: true]), false, .all),
            (ChannelChoice([.email: false, .mattermost: false, .frontend: true]), false, [.frontend]),
            (ChannelChoice([.frontend: true]), true, [.frontend]),
            (ChannelChoice([.email: true, .mattermost: false]), true, [.email]),
        ]
        for (choice, override, expected) in cases {
            let decision = try decide {
                $0.reminder.channels = choice
                $0.reminder.overridesPreferences = override
            }
            #expect(decision.sent == expected, "\(choice) \(override)")
        }
    }

    @Test("without any channel there is one record, on the channel the user would have had first")
    func noChannel() throws {
        let optedOut = try decide { $0.reminder.channels = ChannelChoice([.email: false, .mattermost: false]) }
        #expect(optedOut.verdicts == [.init(channel: .email, verdict: .reject(.noChannel))])
        let preferring = try decide {
            $0.reminder.overridesPreferences = true
            $0.recipient.defaultChannels = [.frontend]
        }
        #expect(preferring.verdicts == [.init(channel: .frontend, verdict: .reject(.noChannel))])
        let nothing = try decide { $0.recipient.defaultChannels = [] }
        #expect(nothing.verdicts == [.init(channel: .email, verdict: .reject(.noChannel))])
        #expect(!nothing.takesPermit)
    }

    @Test("a raw address gets mail, whatever the reminder says about channels")
    func rawAddress() throws {
        let decision = try decide {
            $0.recipient = .init(
                recipient: .address("Anna@Example.dk"), defaultChannels: [], addresses: [.email])
            $0.reminder.channels = ChannelChoice([.email: false, .mattermost: true])
        }
        #expect(decision.verdicts == [.init(channel: .email, verdict: .send)])
        #expect(decision.takesPermit)
    }

    @Test("a channel without an address is rejected, the others are sent")
    func noAddress() throws {
        let decision = try decide { $0.recipient.addresses = [.mattermost] }
        #expect(decision[.email] == .reject(.noAddress))
        #expect(decision[.mattermost] == .send)
        #expect(decision.takesPermit)
        let bad = try decide {
            $0.recipient.addresses = [.mattermost]
            $0.recipient.badAddresses = [.email]
        }
        #expect(bad[.email] == .reject(.badAddress) && bad[.mattermost] == .send)
        #expect(bad.trace.contains(.rejected(.badAddress, [.email])))
        let twice = try decide {
            $0.recipient = .init(
                recipient: .address("anna@example.dk"), defaultChannels: [], addresses: [.email], isToldAsUser: true)
        }
        #expect(twice.verdicts == [.init(channel: .email, verdict: .reject(.toldAsUser))])
        let none = try decide { $0.recipient.addresses = [] }
        #expect(none.verdicts.allSatisfy { $0.verdict == .reject(.noAddress) })
        #expect(!none.takesPermit)
        let popUp = try decide {
            $0.recipient.addresses = []
            $0.recipient.defaultChannels = [.frontend]
        }
        #expect(popUp[.frontend] == .send)
    }

    @Test("an unknown user is rejected once")
    func unknownUser() throws {
        let decision = try decide { $0.recipient.isKnown = false }
        #expect(decision.verdicts == [.init(channel: .email, verdict: .reject(.unknownUser))])
    }

    // MARK: Still wanted?

    @Test("what nobody wants any more is withdrawn, with the reason")
    func withdrawn() throws {
        let cases: [(WithdrawReason, (inout DecisionFacts) -> Void)] = [
            (.reminderDeleted, { $0.reminder.isDeleted = true }),
            (.deactivated, { $0.reminder.isActive = false }),
            (.dismissed, { $0.recipient.hasDismissed = true }),
            (.caseDeleted, { $0.caseFacts?.isDeleted = true }),
            (.caseClosed, { $0.caseFacts?.isClosed = true }),
            (
                .caseStatusChanged,
                {
                    $0.occurrence.trigger = .statusChange
                    $0.occurrence.newStatus = "i_gang"
                }
            ),
            (
                .deadlineRemoved,
                {
                    $0.occurrence.trigger = .deadlineApproaching
                    $0.occurrence.deadline = DecisionTests.now
                }
            ),
            (
                .deadlineMoved,
                {
                    $0.occurrence.trigger = .deadlineApproaching
                    $0.occurrence.deadline = DecisionTests.now
                    $0.caseFacts?.deadline = DecisionTests.now + .seconds(60)
                }
            ),
        ]
        for (reason, change) in cases {
            let decision = try decide(change)
            #expect(decision.verdicts.map(\.verdict) == [.withdraw(reason), .withdraw(reason)])
            #expect(!decision.takesPermit)
            #expect(decision.trace.last == .withdrawn(reason))
        }
    }

    @Test("a case that nobody told about stops nothing, and closing doesn't stop what is about closing")
    func notWithdrawn() throws {
        #expect(try decide { $0.caseFacts = nil }.sent == [.email, .mattermost])
        let aboutClosing = try decide {
            $0.occurrence.trigger = .statusChange
            $0.occurrence.newStatus = "lukket"
            $0.caseFacts = .init(status: "lukket", isClosed: true)
        }
        #expect(aboutClosing.sent == [.email, .mattermost])
        let onTime = try decide {
            $0.occurrence.trigger = .deadlineApproaching
            $0.occurrence.deadline = DecisionTests.now
            $0.caseFacts?.deadline = DecisionTests.now
        }
        #expect(onTime.sent == [.email, .mattermost])
    }

    // MARK: Now or later

    @Test("lateness counts from when it was due or released, and drops")
    func lateness() throws {
        func sent(_ change: (inout DecisionFacts) throws -> Void) throws -> DeliveryVerdict? {
            try decide {
                $0.switches.maximumLateness = .seconds(600)
                $0.occurrence.dueAt = DecisionTests.now - .seconds(601)
                try change(&$0)
            }[.email]
        }
        #expect(try sent { _ in } == .drop(.tooLate))
        #expect(try sent { $0.occurrence.dueAt = DecisionTests.now - .seconds(600) } == .send)
        let open = DecisionFacts.LedgerFacts(open: .email, heldUntil: DecisionTests.now - .seconds(5))
        #expect(try sent { $0.ledger = open } == .send)
        #expect(try sent { $0.occurrence.dueAt = DecisionTests.now + .seconds(5) } == .send)
        #expect(try decide { $0.occurrence.dueAt = Instant(seconds: 0) }[.email] == .send)
    }

    @Test("what is put off is withdrawn until then: an occurrence of its own brings it again, and passes")
    func snoozed() throws {
        let later = DecisionTests.now + .seconds(900)
        let snoozed = try decide { $0.recipient.snoozedUntil = later }
        #expect(snoozed.verdicts.map(\.verdict) == [.withdraw(.snoozed), .withdraw(.snoozed)])
        #expect(snoozed.trace.last == .snoozed(until: later))
        #expect(!snoozed.takesPermit)
        let wakeUp = try decide {
            $0.occurrence.dueAt = later
            $0.now = later
            $0.recipient.snoozedUntil = later
        }
        #expect(wakeUp.sent == [.email, .mattermost])
    }

    @Test("what is put off for good has the better reason")
    func snoozedAndOver() throws {
        let decision = try decide {
            $0.recipient.snoozedUntil = DecisionTests.now + .seconds(900)
            $0.caseFacts?.isClosed = true
        }
        #expect(decision[.email] == .withdraw(.caseClosed))
    }

    @Test("quiet and limited are held until their time")
    func held() throws {
        let quiet = try decide { $0.recipient.quietHours = quietNow }
        #expect(quiet[.email] == .hold(until: try instant("2026-02-10T16:00:00Z"), .quietHours))
        #expect(!quiet.takesPermit)

        let limited = try decide { $0.permits.granted = fivePermits }
        #expect(limited[.mattermost] == .hold(until: DecisionTests.now + .seconds(3_300), .rateLimited))
        #expect(!limited.takesPermit)

        let endless = try decide {
            $0.recipient.quietHours = QuietHours(
                start: LocalTime(minutes: 0)!, end: LocalTime(minutes: 1_440)!, zone: .utc)
        }
        #expect(endless[.email] == .hold(until: nil, .quietHours))
    }

    @Test("a channel that is switched off waits for the switch, the others are sent")
    func switchedOff() throws {
        let decision = try decide { $0.switches.channels = [.mattermost, .frontend] }
        #expect(decision[.email] == .hold(until: nil, .switchedOff))
        #expect(decision[.mattermost] == .send)
        #expect(decision.takesPermit)
        let off = try decide { $0.switches.channels = [] }
        #expect(off.verdicts.allSatisfy { $0.verdict == .hold(until: nil, .switchedOff) })
        #expect(!off.takesPermit)
    }

    @Test("a permit is taken once, and not at all without a limit")
    func permits() throws {
        let second = try decide {
            $0.permits = .init(granted: fivePermits, holdsPermit: true)
        }
        #expect(second.sent == [.email, .mattermost])
        #expect(!second.takesPermit)
        #expect(second.trace.contains(.holdsPermit))
        let unlimited = try decide {
            $0.switches.limit = nil
            $0.permits.granted = fivePermits
        }
        #expect(unlimited.sent == [.email, .mattermost])
        #expect(!unlimited.takesPermit)
        let queued = try decide { $0.permits.heldAhead = 5 }
        #expect(queued[.email] == .hold(until: DecisionTests.now + .seconds(3_600), .rateLimited))
    }

    @Test("urgent passes quiet hours and the limit only if the operator lets it, and the trace says so")
    func urgent() throws {
        func urgent(_ change: (inout DecisionFacts) -> Void) throws -> DeliveryDecision {
            try decide {
                $0.reminder.priority = .urgent
                $0.recipient.quietHours = quietNow
                $0.permits.granted = fivePermits
                change(&$0)
            }
        }
        #expect(try urgent { _ in }[.email]?.reason == "quiet_hours")
        #expect(try urgent { $0.switches.urgentPassesQuietHours = true }[.email]?.reason == "rate_limited")
        let passed = try urgent {
            $0.switches.urgentPassesQuietHours = true
            $0.switches.urgentPassesLimit = true
        }
        #expect(passed.sent == [.email, .mattermost])
        #expect(passed.takesPermit)
        #expect(passed.trace.contains(.passedQuietHours(quietNow)))
        #expect(passed.trace.contains(.passedLimit(used: 5, limit: 5)))
        let high = try urgent {
            $0.reminder.priority = .high
            $0.switches.urgentPassesQuietHours = true
        }
        #expect(high[.email]?.reason == "quiet_hours")
    }

    @Test("each check comes before the next")
    func order() throws {
        // Everything is wrong at once; taking away the first reason shows the next.
        var facts = try facts {
            $0.switches = .init(channels: [], limit: PermitWindow(limit: 5), maximumLateness: .seconds(10))
            $0.reminder.isDeleted = true
            $0.recipient.isKnown = false
            $0.recipient.defaultChannels = [.email]
            $0.recipient.addresses = []
            $0.occurrence.dueAt = DecisionTests.now - .seconds(3_600)
            $0.recipient.quietHours = quietNow
            $0.permits.granted = fivePermits
        }
        var reasons: [String?] = []
        func note() { reasons.append(Decision.decide(facts)[.email]?.reason) }
        note()
        facts.reminder.isDeleted = false
        facts.recipient.snoozedUntil = DecisionTests.now + .seconds(1)
        note()
        facts.recipient.snoozedUntil = nil
        note()
        facts.recipient.isKnown = true
        note()
        facts.recipient.addresses = [.email]
        note()
        facts.switches.maximumLateness = nil
        note()
        facts.switches.channels = .all
        note()
        facts.recipient.quietHours = quiet
        note()
        facts.permits.granted = []
        note()
        #expect(
            reasons == [
                "reminder_deleted", "snoozed", "unknown_user", "no_address", "too_late", "switched_off", "quiet_hours",
                "rate_limited", nil,
            ])
    }

    // MARK: Overflow

    @Test("what is to be dropped ends, and the trace says why")
    func drop() throws {
        let limited = try decide {
            $0.switches.overflow = .drop
            $0.permits.granted = fivePermits
        }
        #expect(limited.verdicts.map(\.verdict) == [.drop(.rateLimited), .drop(.rateLimited)])
        #expect(limited.verdicts[0].verdict.reason == "rate_limited" && limited.verdicts[0].verdict.state == .dropped)
        #expect(
            limited.trace.last?.description == "rate_limit: 5 of 5 permits used in the window: dropped")
        let quiet = try decide {
            $0.switches.quietHoursOverflow = .drop
            $0.recipient.quietHours = quietNow
        }
        #expect(quiet[.email] == .drop(.quietHours))
        #expect(
            quiet.trace.last?.description
                == "quiet_hours: quiet from 14:00 to 16:00 in UTC, and it is that now: dropped")
        // One policy says nothing about the other.
        let other = try decide {
            $0.switches.quietHoursOverflow = .drop
            $0.permits.granted = fivePermits
        }
        #expect(other[.email]?.state == .held)
        let urgent = try decide {
            $0.reminder.priority = .urgent
            $0.switches = .init(
                channels: .all, limit: PermitWindow(limit: 5), urgentPassesQuietHours: true, urgentPassesLimit: true,
                overflow: .drop, quietHoursOverflow: .drop)
            $0.recipient.quietHours = quietNow
            $0.permits.granted = fivePermits
        }
        #expect(urgent.sent == [.email, .mattermost])
        #expect(urgent.trace.filter(\.isException).count == 2)
    }

    @Test("in digests the line goes together: its turn is the first slot, and fifty are ahead for each later one")
    func digestTurns() throws {
        func turn(_ heldAhead: Int, isHeld: Bool, _ change: (inout DecisionFacts) -> Void = { _ in }) throws
            -> DeliveryVerdict?
        {
            try decide {
                $0.switches.overflow = .digest
                $0.permits = .init(granted: fivePermits, heldAhead: heldAhead)
                if isHeld { $0.ledger = .init(open: .email) }
                change(&$0)
            }[.email]
        }
        let first = DecisionTests.now + .seconds(3_300)
        for isHeld in [false, true] {
            #expect(try turn(0, isHeld: isHeld) == .hold(until: first, .rateLimited))
            #expect(try turn(49, isHeld: isHeld) == .hold(until: first, .rateLimited))
            #expect(try turn(50, isHeld: isHeld) == .hold(until: first + .seconds(60), .rateLimited))
        }
        // With a free slot, what waits goes with those ahead of it; a newcomer has to join them first.
        let four = Array(fivePermits.dropLast())
        #expect(try turn(3, isHeld: true) { $0.permits.granted = four } == .send)
        #expect(
            try turn(3, isHeld: false) { $0.permits.granted = four } == .hold(until: DecisionTests.now, .rateLimited))
        #expect(try turn(0, isHeld: false) { $0.permits.granted = four } == .send)
    }

    @Test("what leaves with another needs no permit of its own, and passes nothing else by that")
    func sharing() throws {
        let shared = try decide {
            $0.permits = .init(granted: fivePermits, sharesPermit: true)
        }
        #expect(shared.sent == [.email, .mattermost])
        #expect(!shared.takesPermit)
        #expect(shared.trace.last == .sharesPermit)
        let quiet = try decide {
            $0.permits.sharesPermit = true
            $0.recipient.quietHours = quietNow
        }
        #expect(quiet[.email]?.reason == "quiet_hours")
        #expect(quiet.withoutHolds.verdicts.isEmpty)
    }

    @Test("a sender asks the same rule, with what it knows")
    func wantedWhenSent() {
        let occurrence = DecisionFacts.OccurrenceFacts(id: 1, dueAt: DecisionTests.now)
        #expect(Decision.withdrawal(WantedFacts(now: DecisionTests.now, occurrence: occurrence)) == nil)
        var facts = WantedFacts(
            now: DecisionTests.now, occurrence: occurrence, snoozedUntil: DecisionTests.now + .seconds(1))
        #expect(Decision.withdrawal(facts) == .snoozed)
        facts.now = DecisionTests.now + .seconds(1)
        #expect(Decision.withdrawal(facts) == nil)
        facts.isActive = false
        #expect(Decision.withdrawal(facts) == .deactivated)
    }

    // MARK: Again

    @Test("on release only open channels are decided, and one that is no longer chosen is withdrawn")
    func release() throws {
        let decision = try decide { $0.ledger = .init(open: [.email, .frontend]) }
        #expect(
            decision.verdicts == [
                .init(channel: .email, verdict: .send),
                .init(channel: .frontend, verdict: .withdraw(.channelDeselected)),
            ])
        let gone = try decide {
            $0.ledger = .init(open: [.frontend])
            $0.reminder.isDeleted = true
        }
        #expect(gone.verdicts == [.init(channel: .frontend, verdict: .withdraw(.reminderDeleted))])
        let deselected = try decide { $0.ledger = .init(open: [.frontend]) }
        #expect(deselected.verdicts == [.init(channel: .frontend, verdict: .withdraw(.channelDeselected))])
        #expect(!deselected.takesPermit)
        let unknown = try decide {
            $0.ledger = .init(open: [.email, .frontend])
            $0.recipient.isKnown = false
        }
        #expect(unknown.verdicts.map(\.verdict) == [.reject(.unknownUser), .reject(.unknownUser)])
    }

    @Test("a verdict says the ledger row's state, reason and release time")
    func ledger() {
        let until = DecisionTests.now
        #expect(DeliveryVerdict.send.state == .requested)
        #expect(DeliveryVerdict.send.reason == nil)
        #expect(DeliveryVerdict.hold(until: until, .rateLimited).state == .held)
        #expect(DeliveryVerdict.hold(until: until, .rateLimited).releaseAt == until)
        #expect(DeliveryVerdict.withdraw(.caseClosed).state == .withdrawn)
        #expect(DeliveryVerdict.reject(.noAddress).state == .rejected)
        #expect(DeliveryVerdict.drop(.tooLate).state == .dropped)
        #expect(DeliveryVerdict.drop(.tooLate).reason == "too_late")
        #expect(DeliveryState.allCases.filter { !$0.isFinal } == [.requested, .held, .sending])
    }

    @Test("the trace is a sentence for each reason")
    func words() throws {
        let decision = try decide {
            $0.recipient.quietHours = quietNow
            $0.switches.maximumLateness = .seconds(3_600)
            $0.occurrence.dueAt = DecisionTests.now - .seconds(125)
        }
        #expect(
            decision.trace.map(\.description) == [
                "channels: email, mattermost (the user's defaults): goes on",
                "maximum_lateness: 2 min 5 s late, at most 1 h allowed: goes on",
                "quiet_hours: quiet from 14:00 to 16:00 in UTC, and it is that now: held until 2026-02-10T16:00:00Z",
            ])
        let limited = try decide {
            $0.permits = .init(granted: fivePermits, heldAhead: 2)
        }
        #expect(
            limited.trace.last?.description
                == "rate_limit: 5 of 5 permits used in the window, 2 waiting ahead: held until 2026-02-10T15:27:00Z")
    }
}
