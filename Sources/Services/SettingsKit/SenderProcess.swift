import Logging
import RemindersDomain
import RemindersSending
import RemindersServiceKit
import RemindersServices
import RemindersTransfer

/// What a channel's package gives the process that sends through it: its settings, and what is made of them.
public protocol ChannelSettings {
    /// The channel as the registry has it.
    static var channel: ChannelDescription { get }
    /// What the process does, as the first line of its help: `Sends reminders by mail.`
    static var summary: String { get }

    /// Reads the settings, and refuses what is wrong or does not go together.
    ///
    /// - Parameter isSending: whether anything is to leave, so that where to must be said.
    init(reading settings: inout SettingsReader, isSending: Bool)

    /// Through what transfers go, from settings that were found valid.
    func makeClient(logger: Logger) throws -> TransferClient

    /// The channel itself, from settings that were found valid.
    func makeChannel(sendingThrough client: TransferClient) throws -> any Channel
}

extension ChannelSettings {
    /// Runs the sender of this channel, a process named after it, until it is told to stop; its `main.swift` is this line.
    ///
    /// - Throws: what making the channel throws.
    public static func runSender() async throws -> Never {
        let name = "\(channel.kind)-sender"
        var settings = SettingsReader(service: name, summary: summary)
        let sender = SenderSettings(reading: &settings, channel: channel.switchWord)
        let own = Self(reading: &settings, isSending: sender.switches.isSending)
        settings.validateOrExit()

        var configuration = try sender.configuration()
        configuration.channels = .standard.adding(channel)
        var process = ServiceProcess(settings, sender.common)
        let client = try own.makeClient(logger: process.logger)
        process.addConnection("transfers", closing: { await client.close() })
        process.add(
            SenderService(
                configuration, name: name, channel: try own.makeChannel(sendingThrough: client), logger: process.logger,
                readiness: process.readiness
            ).parts)
        await process.runAndExit()
    }
}
