import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders user`
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes people known, and has them forgotten.", subcommands: [Put.self, Erase.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Creates a user, or changes one.")
        @Argument(help: "The user's id: the sub of their token.") var id: String
        @Option(help: "Display name.") var name: String?
        @Option(help: "Mail address.") var email: String?
        @Option(help: "Mattermost user name, without the @.") var mattermost: String?
        @Option(
            help: """
                Where they are reached through another channel: its name, = and the address, such as \
                webhook=https://example.org/x. May be repeated.
                """)
        var address: [String] = []
        @Option(help: "Language: a tag such as da.") var locale = "en"
        @Option(help: "IANA time zone.") var zone = "UTC"

        func run() async throws {
            let mail = try email.map { try MailAddress($0).text }
            let others = try addresses()
            let zone = try IANAZone(validating: zone)
            guard LanguageTag.isValid(locale) else {
                throw ValidationError("--locale \(locale): give \(LanguageTag.expected)")
            }
            try await Connecting.withStore { store in
                try await store.putUsers([
                    Person(
                        id: id, name: name, email: mail, mattermostName: mattermost, locale: locale,
                        timeZone: zone.identifier, otherAddresses: others)
                ])
            }
            note("user \(id) is known")
        }

        private func addresses() throws -> [ChannelKind: String] {
            try address.reduce(into: [:]) { addresses, text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let channel = ChannelKind(rawValue: parts[0]),
                    !ChannelKind.withColumns.contains(channel), !parts[1].contains(where: \.isWhitespace)
                else {
                    throw ValidationError(
                        "--address \(text): give a channel that has no option here, = and an address without blanks")
                }
                addresses[channel] = parts[1]
            }
        }
    }
}
