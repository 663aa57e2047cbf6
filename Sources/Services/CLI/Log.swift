import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders log`
struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what became of reminders, oldest line first.",
        discussion: """
            Each delivery has one final line: sent, rejected, withdrawn, dropped, dry_run, dead or unknown. Lines in \
            brackets are on the way there.
            """)

    @Option(name: .customLong("case"), help: "Only about this case (task, bug, project).") var caseID: String?
    @Option(help: "Only of this reminder.") var reminder: Int64?
    @Option(help: "Only for this recipient: a user's id, or mailto:address.") var user: String?
    @Option(help: "Only through this channel.") var channel: ChannelKind?
    @Option(help: "Only with this outcome.") var outcome: String?
    @Option(help: "At most so many lines, the newest.") var limit = 50
    @Flag(help: "Print one JSON object a line.") var json = false
    @Flag(help: "Go on with each line as it is written, until interrupted.") var follow = false

    func run() async throws {
        var filter = LogFilter()
        filter.caseID = caseID
        filter.reminderID = reminder
        filter.userID = user
        try Connecting.channels().withEarlier.check("--channel", channel.map { [$0] } ?? [])
        filter.channel = channel
        filter.outcome = outcome
        filter.limit = limit
        try await Connecting.withStore { store in
            if follow {
                try await follow(store, filter)
            } else {
                for line in try await store.log(filter) { show(line) }
            }
        }
    }

    /// Lines get their ids before they are committed, so one may appear after a later one: the last few are asked for
    /// again, and those that have been shown are left out.
    private func follow(_ store: ReminderStore, _ filter: LogFilter) async throws {
        var filter = filter
        filter.limit = 10_000
        var last = try await store.lastLogID()
        var shown: Set<Int64> = []
        let start = last
        while !Task.isCancelled {
            filter.after = max(start, last - 5_000)
            for line in try await store.log(filter) where shown.insert(line.id).inserted {
                show(line)
                last = max(last, line.id)
            }
            if shown.count > 20_000 { shown = shown.filter { $0 > last - 5_000 } }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func show(_ line: LogLine) {
        print(json ? LogText.json(line) : LogText.readable(line))
        flushOutput()
    }
}
