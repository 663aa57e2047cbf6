import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// What a person wants to change about being notified: a merge patch (RFC 7396), in which `null` puts a field back to
/// its default.
struct PreferencesPatch: Sendable {
    private var channels: Change<ChannelSet> = .absent
    private var ownChannels: [(channel: ChannelKind, change: Change<Bool>)] = []
    private var emailOverride: Change<MailAddress> = .absent
    private var quietHoursEnabled: Change<Bool> = .absent
    private var quietHoursStart: Change<LocalTime> = .absent
    private var quietHoursEnd: Change<LocalTime> = .absent
    private var quietHoursDays: Change<WeekdaySet> = .absent
    private var timeZone: Change<IANAZone> = .absent
    private var locale: Change<String> = .absent

    /// Reads the fields of a body.
    ///
    /// - Parameter installed: the channels that may be named.
    /// - Throws: `Problem` with everything that is wrong with them.
    init(reading fields: inout ObjectReader, _ installed: ChannelRegistry) throws(Problem) {
        for name in ["user_id", "display_name", "email", "updated_at"] where fields.value(name) != nil {
            fields.note(name, "cannot be set")
        }
        channels = fields.change(ChannelFields.listed) { $0.channels($1, among: installed) }
        ownChannels = ChannelFields.own.map { channel, field in
            (channel, fields.change("\(field)") { $0.boolean($1) })
        }
        if case .value(let listed) = channels {
            for (own, field) in zip(ownChannels, ChannelFields.own.map(\.name)) {
                guard case .value(let answer) = own.change else { continue }
                fields.agree("\(field)", answer, own.channel, with: listed, ChannelFields.listed, meaning: true)
            }
        }
        emailOverride = fields.change("email_override") { $0.mail($1) }
        quietHoursEnabled = fields.change("quiet_hours_enabled") { $0.boolean($1) }
        quietHoursStart = fields.change("quiet_hours_start") { reader, name in
            guard let time = reader.localTime(name) else { return nil }
            // 24:00 is the end of a day, and no quiet hours begin there.
            return time.minutes < 1_440 ? time : reader.wrong(name, "must be from 00:00 to 23:59")
        }
        quietHoursEnd = fields.change("quiet_hours_end") { $0.localTime($1) }
        quietHoursDays = fields.change("quiet_hours_days") { reader, name in
            let days = reader.integers(name, in: 1...7, upTo: 7)?.compactMap { Weekday(rawValue: Int($0)) }
            guard let days else { return nil }
            return Set(days).count == days.count ? WeekdaySet(days) : reader.wrong(name, "must not name a day twice")
        }
        timeZone = fields.change("time_zone") { $0.zone($1) }
        locale = fields.change("locale") { $0.locale($1) }
        try fields.check()
    }

    /// The preferences after the change.
    ///
    /// - Throws: `Problem`, 422, for quiet hours that would be none although they are wanted.
    func applied(to old: Preferences) throws(Problem) -> Preferences {
        let defaults = Preferences()
        var new = old
        new.channels = channels.value(old: old.channels, default: defaults.channels)
        for (channel, change) in ownChannels {
            let isWanted = change.value(
                old: new.channels.contains(channel), default: defaults.channels.contains(channel))
            if isWanted { new.channels.insert(channel) } else { new.channels.remove(channel) }
        }
        switch emailOverride {
        case .absent: break
        case .null: new.emailOverride = nil
        case .value(let address): new.emailOverride = address.text
        }
        new.quietHoursEnabled = quietHoursEnabled.value(old: old.quietHoursEnabled, default: defaults.quietHoursEnabled)
        new.quietHoursStart = quietHoursStart.value(old: old.quietHoursStart, default: defaults.quietHoursStart)
        new.quietHoursEnd = quietHoursEnd.value(old: old.quietHoursEnd, default: defaults.quietHoursEnd)
        new.quietHoursDays = quietHoursDays.value(old: old.quietHoursDays, default: defaults.quietHoursDays)
        if case .value(let zone) = timeZone { new.timeZone = zone.identifier }
        if case .null = timeZone { new.timeZone = defaults.timeZone }
        new.locale = locale.value(old: old.locale, default: defaults.locale)
        if new.quietHoursAreNone, !old.quietHoursAreNone {
            throw .invalid("/quiet_hours_end", "must differ from quiet_hours_start; 00:00 to 24:00 is a whole day")
        }
        return new
    }
}

extension Preferences {
    /// They are switched on, and begin when they end.
    fileprivate var quietHoursAreNone: Bool {
        quietHoursEnabled && quietHoursStart.minutes == quietHoursEnd.minutes
    }
}

extension Change {
    fileprivate func value(old: Value, default standard: Value) -> Value {
        switch self {
        case .absent: old
        case .null: standard
        case .value(let value): value
        }
    }
}
