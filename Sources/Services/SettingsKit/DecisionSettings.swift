import RemindersDomain
import RemindersServiceKit

/// The settings of decisions: read by those who decide, and by those who explain and forecast what is decided.
public struct DecisionSettings: Sendable {
    /// What they say.
    public let switches: DecisionFacts.Switches

    /// Reads them.
    ///
    /// - Parameter channels: those that this build has; REMINDERS_CHANNELS says which of them the installation has, of
    ///   which each has a switch.
    public init(reading settings: inout SettingsReader, channels: ChannelRegistry = .standard) {
        let channels = channels.installed(reading: &settings)
        let isEnabled = settings.bool(
            "REMINDERS_ENABLED", default: false, doc: "Whether reminders are delivered at all.")
        var switchedOn = ChannelSet()
        for channel in channels.channels {
            let isOn =
                channel.switchWord.map { word in
                    settings.bool(
                        "REMINDERS_\(word)_ENABLED", default: false,
                        doc: "Whether reminders go \(channel.way); if not, those that should are held.")
                } ?? true
            if isEnabled, isOn { switchedOn.insert(channel.kind) }
        }
        let limit = settings.integer(
            "REMINDERS_MAX_PER_USER_PER_HOUR", default: 5, in: 1...100_000,
            doc: "How many notifications one person may get in any 60 minutes; REMINDERS_OVERFLOW says what is beyond.")
        let overflow = settings.choice(
            "REMINDERS_OVERFLOW", default: OverflowPolicy.defer,
            doc:
                "What becomes of reminders beyond the limit: defer (each waits for its slot), digest (what waits leaves as one message), drop."
        )
        let quietHoursOverflow = settings.choice(
            "REMINDERS_QUIET_HOURS_OVERFLOW", default: OverflowPolicy.defer,
            doc: "What becomes of reminders in quiet hours: defer (they wait for the end), digest, drop.")
        let urgentPassesLimit = settings.bool(
            "REMINDERS_URGENT_PASSES_LIMIT", default: false, doc: "Whether urgent reminders are sent beyond the limit.")
        let urgentPassesQuietHours = settings.bool(
            "REMINDERS_URGENT_PASSES_QUIET_HOURS", default: false,
            doc: "Whether urgent reminders are sent in quiet hours.")
        let maximumLateness = settings.duration(
            "REMINDERS_MAXIMUM_LATENESS", default: .zero, in: .zero...(.seconds(366 * 86_400)),
            doc:
                "What is later than this is dropped, and recorded so; 0 sends however late. A deliberate hold does not count."
        )

        var switches = DecisionFacts.Switches(
            channels: switchedOn, limit: PermitWindow(limit: limit), urgentPassesQuietHours: urgentPassesQuietHours,
            urgentPassesLimit: urgentPassesLimit, overflow: overflow, quietHoursOverflow: quietHoursOverflow,
            maximumLateness: maximumLateness > .zero ? maximumLateness : nil)
        switches.installed = channels
        self.switches = switches
    }
}

extension ChannelRegistry {
    /// Those of them that the operator has installed.
    public func installed(reading settings: inout SettingsReader) -> ChannelRegistry {
        let all = kinds.map(\.rawValue)
        let names = settings.list(
            "REMINDERS_CHANNELS", default: all, of: all,
            doc: "The channels of this installation: what people may choose. Whether one sends is its own switch.")
        if names.isEmpty {
            settings.refuse("REMINDERS_CHANNELS", "must name one or more of \(all.joined(separator: ", "))")
        }
        return limited(to: names.compactMap(ChannelKind.init(rawValue:)))
    }
}
