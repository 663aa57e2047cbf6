import RemindersDomain
import RemindersServiceKit
import RemindersServices
import RemindersWording

/// The settings that every sender has.
public struct SenderSettings: Sendable {
    /// Those of every service.
    public let common: CommonSettings
    /// Whether anything is sent.
    public let switches: SafetySwitches
    private let prefetch: Int
    private let unknownPolicy: RetryLadder.UnknownPolicy
    private let retryFor: Duration
    private let onlyTo: AllowList?

    /// Reads them.
    ///
    /// - Parameters:
    ///   - settings: the reader of the service.
    ///   - channel: the word in `REMINDERS_<CHANNEL>_ENABLED`, such as `EMAIL`; nil for one without a switch.
    public init(reading settings: inout SettingsReader, channel: String?) {
        common = CommonSettings(reading: &settings)
        switches = SafetySwitches(reading: &settings, channel: channel)
        prefetch = settings.integer(
            "REMINDERS_PREFETCH", default: 1024, in: 1...10_000,
            doc: "How many deliveries this process may have in hand.")
        retryFor = settings.duration(
            "REMINDERS_RETRY_FOR", default: RetryLadder.standardReach, in: .zero ... .seconds(30 * 86_400),
            doc:
                "How long a delivery that is put off (a server away, a full mailbox) is tried again before it is given up."
        )
        onlyTo = AllowList(reading: &settings)
        unknownPolicy = settings.choice(
            "REMINDERS_IN_DOUBT", default: RetryLadder.UnknownPolicy.resend,
            doc:
                "A delivery whose sender died between hand-over and answer: resend it under the same id, or record it as unknown."
        )
    }

    /// What follows for a sender, once the settings were found valid.
    ///
    /// - Throws: for a URL that `CommonSettings` had refused.
    public func configuration() throws -> SenderService.Configuration {
        var configuration = SenderService.Configuration(connections: try ServiceConnections(common))
        configuration.isEnabled = switches.isEnabled && switches.isChannelEnabled
        configuration.prefetch = prefetch
        // The rest of the time is for recording what became of them.
        configuration.sending.finishesWithin = common.shutdownDeadline * 3 / 5
        configuration.sending.onlyTo = onlyTo
        configuration.sending.isDryRun = switches.isDryRun
        configuration.sending.ladder = RetryLadder(reaching: retryFor, unknownPolicy: unknownPolicy)
        return configuration
    }
}

extension TextDefaults {
    /// Reads the settings of what channels write.
    public init(reading settings: inout SettingsReader) {
        let base = settings.string(
            "REMINDERS_CASE_BASE_URL", default: "",
            doc: "What links to cases without a link of their own begin with: BASE/ENTITY_TYPE/ID.")
        let locale = settings.choice(
            "REMINDERS_DEFAULT_LOCALE", default: ReminderLocale.english,
            doc: "The language for people whose own is not among these.")
        var link: WebLink?
        do throws(WebLinkError) {
            if !base.isEmpty { link = try WebLink(base) }
        } catch {
            settings.refuse("REMINDERS_CASE_BASE_URL", "is no link: \(error)")
        }
        self.init(caseBaseURL: link, locale: locale)
    }
}
