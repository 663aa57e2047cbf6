import ArgumentParser
import RemindersDomain
import RemindersServiceKit
import RemindersStore
import RemindersWording

/// `reminders add`
struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Adds a reminder.",
        discussion: """
            Without --channel everybody is reminded as they prefer; with it, through these channels whatever they prefer.

            Examples:
              reminders add --user 1 --case 123 --title "Follow up" --in 5s --channel email --channel mattermost
              reminders add --user 1 --user 2 --task TSK-9 --title "Stand-up" --at 2026-02-10T09:00 --repeat daily
              reminders add --to someone@example.org --case 7 --title "Call back" --in 1h
            """)

    @Option(help: "Whom: a user's id. May be repeated.") var user: [String] = []
    @Option(help: "Whom: a mail address. May be repeated.") var to: [String] = []
    @Option(name: .customLong("case"), help: "What it is about: the id of a case.") var caseID: String?
    @Option(help: "What it is about: the id of a task.") var task: String?
    @Option(help: "What it is about: the id of a bug.") var bug: String?
    @Option(help: "What it is about: the id of a project.") var project: String?
    @Option(help: "What is shown, 1 to 300 characters.") var title: String
    @Option(help: "More text, up to 10,000 characters.") var message: String?
    @Option(help: "How much it matters.") var priority = Priority.normal
    @Option(name: .customLong("in"), help: "When: after this long, such as 5s, 30m or 1h30m.") var after: String?
    @Option(
        help: """
            When: a time such as 2026-02-10T14:30:00Z. Without an offset it is meant in --zone, or the first user's zone.
            """)
    var at: String?
    @Option(help: "once, daily, weekly, monthly, or an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=MO,WE.")
    var `repeat` = "once"
    @Option(
        help: """
            What a series leaves out: a day such as 2026-12-24, a time such as 2026-12-24T09:00, or a moment such as \
            2026-12-24T08:00:00Z. May be repeated.
            """)
    var except: [String] = []
    @Option(help: "The IANA time zone of the series, such as Europe/Copenhagen.") var zone: String?
    @Option(help: "Through which channel. May be repeated.") var channel: [ChannelKind] = []
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let about = try about()
        if VisibleText.isInvisible(title) { throw ValidationError("--title: give one of which something can be seen") }
        try Connecting.channels().check("--channel", channel)
        try await Connecting.withStore { store in
            var zone = zone
            if zone == nil, let first = user.first { zone = try await store.timeZone(ofUser: first) }
            let timeZone = try IANAZone(validating: zone ?? "UTC")
            var reminder = ReminderDefinition(about: about, title: title, timeZone: timeZone.identifier)
            reminder.message = message
            reminder.priority = priority
            reminder.userIDs = user
            reminder.addresses = try to.map { try MailAddress($0).text }
            reminder.channels.wanted = ChannelSet(channel)
            reminder.overridesPreferences = !channel.isEmpty
            let start = try await due(in: timeZone, store)
            reminder.scheduledAt = start
            let schedule = try setRecurrence(of: &reminder, from: start, in: timeZone)
            let added = try await store.addReminder(
                reminder, nextCheckAt: schedule?.next(after: start - .microseconds(1))?.at, createdBy: user.first,
                createdVia: "cli")
            let (id, due) = (added.id, added.nextCheckAt ?? start)
            if json {
                print(try JSONText.of(Added(id: id, nextCheckAt: due.rfc3339)))
            } else {
                print("reminder \(id) is due at \(due.rfc3339)")
                if let schedule { print("\(RecurrenceSentence(schedule, .english).text) (\(timeZone.identifier))") }
            }
        }
    }

    func validate() throws {
        if user.isEmpty, to.isEmpty { throw ValidationError("nobody to remind: give --user ID or --to ADDRESS") }
        if (after == nil) == (at == nil) { throw ValidationError("when? Give one of --in and --at") }
        _ = try about()
    }

    private func about() throws -> CaseReference {
        let named = [("case", caseID), ("task", task), ("bug", bug), ("project", project)].compactMap { type, id in
            id.map { CaseReference(entityType: type, id: $0) }
        }
        guard named.count == 1, let about = named.first, !about.id.isEmpty else {
            throw ValidationError("about what? Give one of --case, --task, --bug and --project")
        }
        return about
    }

    /// When it is due first, by the database's clock.
    private func due(in zone: IANAZone, _ store: ReminderStore) async throws -> Instant {
        if let after {
            guard let duration = DurationText.duration(after, plainUnit: .seconds) else {
                throw ValidationError("--in \(after): give a length of time such as 5s, 30m, 1h30m or 2d")
            }
            return try await store.now() + duration
        }
        let text = at ?? ""
        if let instant = Instant(rfc3339: text) { return instant }
        guard let local = LocalDateTime(iso8601: text) else {
            throw ValidationError("--at \(text): give a time such as 2026-02-10T14:30:00 or 2026-02-10T14:30:00Z")
        }
        return zone.instant(of: local)
    }

    /// Whatever repeats must fire at all, and leave out what it has; a rule may leave its anchor out.
    ///
    /// - Returns: the series; nil for a reminder that comes once.
    private func setRecurrence(
        of reminder: inout ReminderDefinition, from start: Instant, in zone: IANAZone
    ) throws -> RecurrenceSchedule? {
        let isPlain = ["once", "daily", "weekly", "monthly"].contains(`repeat`)
        guard let recurrence = Recurrence(type: isPlain ? `repeat` : "rrule", rule: isPlain ? nil : `repeat`) else {
            throw ValidationError("--repeat \(`repeat`): give once, daily, weekly, monthly or a rule")
        }
        guard recurrence != .once else {
            if !except.isEmpty {
                throw ValidationError("--except: a reminder that comes once has nothing to leave out")
            }
            return nil
        }
        let exclusions = try except.map { text in
            guard let exclusion = Exclusion(text) else {
                throw ValidationError("--except \(text): give a day, a local time or a moment, such as 2026-12-24")
            }
            return exclusion
        }
        let schedule: RecurrenceSchedule
        do {
            let monthEnd = isPlain ? reminder.monthEnd : nil
            schedule = try RecurrenceSchedule.validate(
                anchor: zone.local(at: start), zone: zone, recurrence: recurrence, exclusions: exclusions,
                monthEnd: monthEnd)
        } catch {
            throw ValidationError("\(error.part == "EXDATE" ? "--except" : "--repeat"): \(error)")
        }
        reminder.recurrence = recurrence
        reminder.exclusions = exclusions
        return schedule
    }

    private struct Added: Encodable {
        let id: Int64
        let nextCheckAt: String
    }
}

extension Priority: ExpressibleByArgument {}
