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
        let installed = channels.installed(reading: &settings)
        self.init(reading: &settings, installed: installed)
    }

    /// Reads all but which channels the installation has.
    public init(reading settings: inout SettingsReader, installed channels: ChannelRegistry) {
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
        let countsOwnApart = settings.bool(
            "REMINDERS_OWN_LIMIT_APART", default: true,
            doc:
                "Whether the limit holds for what others cause and for people's own each by itself, so that others use up nobody's own; if not, for all together."
        )
        let casesReadBy = settings.choice(
            "REMINDERS_CASES_READ_BY", default: CaseReading.everybody,
            doc:
                "Who may know what a case says of which nobody named readers: everybody, or listed (nobody). Where readers were named, they alone."
        )
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
        switches.countsOwnApart = countsOwnApart
        switches.casesReadBy = casesReadBy
        switches.onlyTo = AllowList(reading: &settings)
        self.switches = switches
    }
}

extension ChannelRegistry {
    /// Those of them that the operator has installed.
    public func installed(reading settings: inout SettingsReader) -> ChannelRegistry {
        limited(to: Self.names(reading: &settings, default: kinds, of: kinds))
    }

    /// Those that the operator has installed, also where they are none of these: for a program that sends through none.
    /// A channel of somebody else's package is taken to have its switch by its name, `REMINDERS_<NAME>_ENABLED`, and to
    /// need an address.
    public func installedWithOthers(reading settings: inout SettingsReader) -> ChannelRegistry {
        let names = Self.names(reading: &settings, default: kinds, of: nil)
        return ChannelRegistry(names.map { self[$0] ?? .other($0) })
    }

    private static func names(
        reading settings: inout SettingsReader, default usual: [ChannelKind], of allowed: [ChannelKind]?
    ) -> [ChannelKind] {
        let name = "REMINDERS_CHANNELS"
        let words = settings.list(
            name, default: usual.map(\.rawValue), of: allowed?.map(\.rawValue),
            doc: "The channels of this installation: what people may choose. Whether one sends is its own switch.")
        if words.isEmpty {
            let usual = usual.map(\.rawValue).joined(separator: ", ")
            settings.refuse(name, "must name one or more of \(usual)")
        }
        for word in words where ChannelKind(rawValue: word) == nil {
            settings.refuse(name, "\"\(word)\" is no name of a channel; give \(ChannelKind.expected)")
        }
        return words.compactMap(ChannelKind.init(rawValue:))
    }
}

extension ChannelDescription {
    /// A channel of which only the name is known.
    fileprivate static func other(_ kind: ChannelKind) -> ChannelDescription {
        ChannelDescription(
            kind: kind, name: kind.rawValue, way: "through \(kind)",
            switchWord: kind.rawValue.uppercased().replacing("-", with: "_"))
    }
}
