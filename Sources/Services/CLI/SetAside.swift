import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders set-aside`
struct SetAside: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-aside",
        abstract: "Shows reminders that could not be read or fired, and lets them go on.",
        subcommands: [List.self, Release.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists them, the latest first.")
        @Option(help: "At most so many.") var limit = 50

        func run() async throws {
            let found = try await Connecting.withStore { try await $0.remindersSetAside(limit: limit) }
            for reminder in found { print(reminder.line) }
            if found.isEmpty { note("there are none") }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets them be due again, from when they were.",
            discussion: """
                For what a new version reads, or what failed because of something that is in order now. A reminder that \
                is changed goes on by itself.
                """)
        @Argument(help: "Their numbers.") var ids: [Int64] = []
        @Flag(help: "All of them.") var all = false

        func validate() throws {
            if ids.isEmpty != all { throw ValidationError("which? Give their numbers, or --all") }
        }

        func run() async throws {
            let released = try await Connecting.withStore { try await $0.releaseRemindersSetAside(all ? nil : ids) }
            for id in released { print("reminder \(id) is due again") }
            let missing = Set(ids).subtracting(released).sorted()
            for id in missing { note("\(id): it is not set aside") }
            if !missing.isEmpty { throw ExitCode.failure }
            if released.isEmpty { note("there are none") }
        }
    }
}

extension ReminderSetAside {
    /// `17  2026-02-10T14:30:00Z  due 2026-02-10T14:00:00Z  Follow up  rrule: COUNT: …`
    fileprivate var line: String {
        [
            "\(id)", Instant(seconds: at.seconds).rfc3339, "due \(Instant(seconds: dueAt.seconds).rfc3339)", title,
            reason,
        ].joined(separator: "  ")
    }
}
