/// The switches that keep a fresh installation from writing to people. All of them start on the safe side.
public struct SafetySwitches: Sendable, Hashable {
    /// `REMINDERS_ENABLED`: whether anything is delivered at all.
    public let isEnabled: Bool
    /// `REMINDERS_EMAIL_ENABLED`, `REMINDERS_MATTERMOST_ENABLED`: whether this channel is. The browser has no switch of
    /// its own.
    public let isChannelEnabled: Bool
    /// `REMINDERS_DRY_RUN`: whether deliveries are only logged.
    public let isDryRun: Bool

    /// Reads them.
    ///
    /// - Parameters:
    ///   - settings: the reader of the service.
    ///   - channel: the word in `REMINDERS_<CHANNEL>_ENABLED`, such as `EMAIL`; nil for one without a switch.
    public init(reading settings: inout SettingsReader, channel: String?) {
        isEnabled = settings.bool(
            "REMINDERS_ENABLED", default: false, doc: "Whether reminders are delivered at all.")
        isChannelEnabled =
            channel.map { channel in
                settings.bool(
                    "REMINDERS_\(channel)_ENABLED", default: false,
                    doc: "Whether reminders are delivered through this channel.")
            } ?? true
        isDryRun = settings.bool(
            "REMINDERS_DRY_RUN", default: true, doc: "Whether deliveries are only logged, and nothing is sent.")
    }

    /// Whether something leaves the machine, so that the channel's own settings have to be complete.
    public var isSending: Bool {
        isEnabled && isChannelEnabled && !isDryRun
    }
}
