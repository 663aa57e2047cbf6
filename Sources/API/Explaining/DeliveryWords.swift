import RemindersDomain
import RemindersStore

/// The words for what happened and will happen, for one reader.
struct DeliveryWords {
    let clock: PersonClock
    /// Who is told.
    let audience: Audience
    /// Whether they may know what the case says.
    var mayReadCase = true
    /// Whether senders only record what they would send.
    let isDryRun: Bool
    /// The channels of this installation, with their words.
    var channels = ChannelRegistry.standard
    /// The person's quiet hours, if they have any.
    let quietHours: QuietHours?

    /// Whether the reader is the person it is about.
    var isReader: Bool { audience == .person }

    /// `your`, `their`.
    var possessive: String { isReader ? "your" : "their" }

    // MARK: - one delivery of the ledger

    /// Where a delivery stands.
    func sentence(about entry: LedgerEntry) -> String {
        let end = entry.finishedAt.map { " \(clock.words($0))" } ?? ""
        if !audience.isToldChannel(of: entry.recipient) { return outline(of: entry, end) }
        let way = channels.words([entry.channel])
        let reply = entry.reply.map { ": \($0)" } ?? ""
        switch entry.state {
        case .requested where entry.reason == PausedChannel.reason:
            return "on its way \(way), which cannot be used until its operator has mended something; it is sent then"
        case .requested where entry.attempts == 0: return "on its way \(way)"
        case .requested: return "attempt \(entry.attempts) \(way) was put off\(reply); it is tried again"
        case .sending: return "being sent \(way), attempt \(entry.attempts)"
        case .held where audience == .creator: return outline(of: entry, end)
        case .held: return hold(until: entry.releaseAt, entry.reason, isFirst: true)
        case .sent: return "told \(way)\(together(entry))\(end)\(reply)"
        case .dryRun: return "not told \(way): dry run, the message was recorded and not sent\(end)"
        case .rejected: return "not told \(way): \(words(forReason: entry.reason) ?? "refused")\(reply)"
        case .withdrawn: return "not told \(way): \(words(forReason: entry.reason) ?? "withdrawn")"
        case .dropped: return "not told \(way): \(words(forReason: entry.reason) ?? "dropped")"
        case .dead: return "not told \(way): given up after \(attempts(entry.attempts))\(reply)"
        case .unknown: return "perhaps told \(way): nobody knows how attempt \(entry.attempts) ended\(reply)"
        }
    }

    /// The same without how, and why where that is the person's own.
    private func outline(of entry: LedgerEntry, _ end: String) -> String {
        let reason = words(forReason: entry.reason).map { ": \($0)" } ?? ""
        switch entry.state {
        case .requested, .sending: return "on its way"
        case .held: return "it waits\(reason)"
        case .sent: return "told\(end)"
        case .dryRun: return "not told: dry run, the message was recorded and not sent\(end)"
        case .rejected, .withdrawn, .dropped: return "not told\(reason)"
        case .dead: return "not told: given up"
        case .unknown: return "perhaps told: nobody knows how the last attempt ended"
        }
    }

    private func together(_ entry: LedgerEntry) -> String {
        guard let carrier = entry.carrierOccurrenceID else { return "" }
        return carrier == entry.occurrenceID
            ? ", in one message with others," : ", in one message with others (occurrence \(carrier)),"
    }

    /// `; asked for again 14:30 after it had ended dead`
    func words(forRetry at: Instant, after outcome: String?) -> String {
        "; asked for again \(clock.words(at)) after it had ended \(outcome ?? "")"
    }

    private func attempts(_ count: Int) -> String { count == 1 ? "1 attempt" : "\(count) attempts" }

    // MARK: - one occurrence

    /// What became of an occurrence.
    func sentence(
        about deliveries: [ExplainedDelivery], _ stored: StoredOccurrence, _ forecast: Forecast?,
        _ overdue: ExplainedOverdue? = nil
    ) -> String {
        if deliveries.isEmpty { return sentence(aboutUndecided: stored, forecast, overdue) }
        if audience == .creator { return deliveries.map(\.words).joined(separator: "; ").capitalized + "." }
        let told = deliveries.filter { $0.entry.state != .held }.map(\.words).joined(separator: "; ").capitalized
        let held = deliveries.map(\.entry).filter { $0.state == .held }
        let first = held.min { ($0.releaseAt ?? .distantFuture) < ($1.releaseAt ?? .distantFuture) }
        guard let forecast, let first else { return told + "." }
        let rest = course(of: forecast, after: first)
        return told.isEmpty ? "Not told yet: \(rest)." : "\(told); the rest is \(rest)."
    }

    private func sentence(
        aboutUndecided stored: StoredOccurrence, _ forecast: Forecast?, _ overdue: ExplainedOverdue?
    ) -> String {
        guard stored.processedAt == nil else {
            return "It was not for \(isReader ? "you" : "them") when it was decided about."
        }
        let stage = stored.publishedAt == nil ? "it waits to be taken up" : "it waits to be decided about"
        let waits = overdue?.words ?? stage
        return "Not told yet: \(waits)" + (forecast.map { "; then \(course(of: $0, after: nil))" } ?? "") + "."
    }

    // MARK: - what will be

    /// What will become of the coming occurrence.
    func sentence(_ forecast: Forecast) -> String { course(of: forecast, after: nil) }

    /// `held until 07:00 (Europe/Copenhagen), your quiet hours 22:00–07:00; then it goes by email`
    private func course(of forecast: Forecast, after held: LedgerEntry?) -> String {
        var stops: [(until: Instant?, reason: String?)] = []
        if let held { stops.append((held.releaseAt, held.reason)) }
        for turn in forecast.turns {
            for verdict in turn.decision.verdicts {
                guard case .hold(let until?, let reason) = verdict.verdict, stops.last?.until != until else { continue }
                stops.append((until, reason.rawValue))
            }
        }
        // Of many turns in a row the first and the last say it all.
        if stops.count > 2 { stops = [stops[0], stops[stops.count - 1]] }
        var parts = stops.enumerated().map { index, stop in
            hold(until: stop.until == .distantFuture ? nil : stop.until, stop.reason, isFirst: index == 0)
        }
        parts += ends(of: forecast, isHeldForever: held?.releaseAt == .distantFuture)
        return parts.joined(separator: "; then ")
    }

    private func ends(of forecast: Forecast, isHeldForever: Bool) -> [String] {
        let sent = forecast.outlooks.filter { if case .sent = $0.end { true } else { false } }.map(\.channel)
        var ends: [String] = []
        if !sent.isEmpty {
            ends.append(
                "it goes \(channels.words(sent))" + (isDryRun ? " (a dry run: recorded, not sent)" : ""))
        }
        for outlook in forecast.outlooks {
            let way = channels.words([outlook.channel])
            switch outlook.end {
            case .sent: break
            case .ended(_, let verdict):
                ends.append("it is not sent \(way): \(words(forReason: verdict.reason) ?? verdict.state.rawValue)")
            case .waits(let reason) where !isHeldForever || reason != .switchedOff:
                ends.append("\(way) it is \(hold(until: nil, reason.rawValue, isFirst: false))")
            case .waits: break
            case .beyond(let moment, _):
                ends.append("\(way) it goes when those ahead have gone, not before \(clock.words(moment))")
            }
        }
        return ends.isEmpty ? [] : [ends.joined(separator: ", and ")]
    }

    // MARK: - reasons

    /// `held until 07:00 (Europe/Copenhagen), your quiet hours 22:00–07:00`
    private func hold(until: Instant?, _ reason: String?, isFirst: Bool) -> String {
        let hold = HoldReason(rawValue: reason ?? "")
        guard let until, until != .distantFuture else {
            switch hold {
            case .quietHours: return "held until \(possessive) quiet hours are changed: they never end"
            default: return "held until the operator switches the channel on"
            }
        }
        let time = isFirst ? clock.wordsWithZone(until) : clock.words(until)
        switch hold {
        case .quietHours:
            let hours = quietHours.map { " \($0.start)–\($0.end)" } ?? ""
            return "held until \(time), \(possessive) quiet hours\(hours)"
        case .rateLimited: return "held until \(time), the limit of notifications in an hour is reached"
        case .rateLimitedOthers:
            return "held until \(time), the limit of notifications that others cause in an hour is reached"
        case .askedForAgain: return "asked for again, and decided about \(time)"
        case .switchedOff, nil: return "held until \(time)"
        }
    }

    /// What a reason of the ledger means.
    func words(forReason reason: String?) -> String? {
        guard let reason else { return nil }
        if let withdrawn = WithdrawReason(rawValue: reason) { return words(withdrawn) }
        switch reason {
        case RejectReason.unknownUser.rawValue: return "there is no such user"
        case RejectReason.noChannel.rawValue: return "no channel was chosen"
        case RejectReason.noAddress.rawValue: return "there is no address for it"
        case RejectReason.badAddress.rawValue: return "nothing can be sent to what stands as the address"
        case RejectReason.toldAsUser.rawValue: return "a user with this address gets a mail of their own"
        case CaseReason.hidden: return "because of the case, about which you may not know more"
        case DropReason.caseNotReadable.rawValue: return "whoever set it may not know what the case says"
        case Audience.privateReason: return "for a reason that is theirs to know"
        case DropReason.tooLate.rawValue: return "it came later than the operator allows"
        case DropReason.notAllowedHere.rawValue: return "this deployment may not write to them"
        case DropReason.quietHours.rawValue:
            return "it fell into \(possessive) quiet hours, and the operator drops what does"
        case DropReason.rateLimited.rawValue: return "the limit was reached, and the operator drops what is beyond"
        default: return reason.split(separator: "_").joined(separator: " ")
        }
    }

    private func words(_ reason: WithdrawReason) -> String {
        switch reason {
        case .snoozed: isReader ? "you had put it off" : "they had put it off"
        case .dismissed: isReader ? "you had dismissed the reminder" : "they had dismissed the reminder"
        case .channelDeselected: "the channel was no longer chosen"
        default: reason.words
        }
    }
}

extension String {
    /// With a capital letter in front.
    var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
