import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders user`
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes people known.", subcommands: [Put.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Creates a user, or changes one.")
        @Argument(help: "The user's id: the sub of their token.") var id: String
        @Option(help: "Display name.") var name: String?
        @Option(help: "Mail address.") var email: String?
        @Option(help: "Mattermost user name, without the @.") var mattermost: String?
        @Option(help: "Language: a tag such as da.") var locale = "en"
        @Option(help: "IANA time zone.") var zone = "UTC"

        func run() async throws {
            let address = try email.map { try MailAddress($0).text }
            let zone = try IANAZone(validating: zone)
            try await Connecting.withStore { store in
                try await store.putUsers([
                    Person(
                        id: id, name: name, email: address, mattermostName: mattermost, locale: locale,
                        timeZone: zone.identifier)
                ])
            }
            note("user \(id) is known")
        }
    }
}
