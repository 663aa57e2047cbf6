import ArgumentParser

/// The operator's command line.
@main
struct RemindersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reminders",
        abstract: "Sets up the reminder system, adds reminders, and shows what became of them.",
        discussion: """
            Where the database and the broker are is read from REMINDERS_DATABASE_URL and REMINDERS_AMQP_URL, from the
            files that REMINDERS_DATABASE_URL_FILE and REMINDERS_AMQP_URL_FILE name, or from a .env file here.

            Examples:
              reminders migrate
              reminders topology apply
              reminders add --user 1 --case 123 --title "Follow up" --in 5s --channel email --channel mattermost
              reminders log --case 123
              reminders explain 17 --user 1
            """,
        version: Version.text,
        subcommands: [
            Add.self, Log.self, Explain.self, Deliveries.self, DeadLetters.self, SetAside.self, User.self, Token.self,
            Migrate.self, Topology.self, Audit.self, ClaimDatabase.self, Purge.self, Archive.self,
            Demo.self, Attach.self, Detach.self,
        ])

    /// As ArgumentParser's own, but for what an error says: that may be what others wrote.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let words = fullMessage(for: error)
            let code = exitCode(for: error)
            if !words.isEmpty { if code.isSuccess { print(words) } else { note(words) } }
            exit(withError: code)
        }
    }
}
