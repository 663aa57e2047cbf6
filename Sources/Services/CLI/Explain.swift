import ArgumentParser
import RemindersDomain
import RemindersExplaining
import RemindersServiceKit
import RemindersSettingsKit
import RemindersStore

/// `reminders explain`
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains what happened with a reminder and what will happen, and why.",
        discussion: """
            What will happen is worked out by the very function that decides, with the settings it finds here: run it \
            where the rate-limiter's REMINDERS_* variables are set.

            Examples:
              reminders explain 17 --user 1
              reminders explain 17 --user mailto:ada@example.org --json
            """)

    @Argument(help: "The reminder.") var id: Int64
    @Option(help: "For whom: a user's id, or mailto:address. Without it for each recipient.") var user: String?
    @Flag(help: "Print JSON, as the API gives it: one object a line.") var json = false

    func run() async throws {
        var reader = SettingsReader(service: "reminders", arguments: ["reminders"])
        let channels = ChannelRegistry.standard.installedWithOthers(reading: &reader)
        let settings = Explainer.Settings(
            switches: DecisionSettings(reading: &reader, installed: channels).switches,
            isDryRun: SafetySwitches(reading: &reader, channel: nil).isDryRun)
        reader.validateOrExit()
        let recipient = user.map(Recipient.init(typed:))
        try await Connecting.withStore { store in
            guard let reminder = try await store.reminderEvenIfDeleted(id) else {
                throw ValidationError("there is no reminder \(id)")
            }
            let explainer = Explainer(store: store, settings: settings)
            let definition = reminder.definition
            let recipients =
                recipient.map { [$0] }
                ?? definition.userIDs.map(Recipient.user) + definition.addresses.map(Recipient.address)
            for (index, recipient) in recipients.enumerated() {
                let explanation = try await explainer.explain(reminder, for: recipient, to: .operators)
                if json {
                    print(String(decoding: explanation.json, as: UTF8.self))
                } else {
                    if index > 0 { print(String(repeating: "─", count: 72)) }
                    print(explanation.text, terminator: "")
                    for line in try await explainer.permitLines(of: recipient, clock: explanation.clock) { print(line) }
                }
            }
        }
    }
}

extension Recipient {
    /// A user's id, or `mailto:` and an address in whatever case.
    fileprivate init(typed text: String) {
        let recipient = Recipient(key: text)
        self = recipient.address.map(Recipient.address) ?? recipient
    }
}
