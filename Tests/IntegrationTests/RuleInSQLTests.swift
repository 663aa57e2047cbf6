import RemindersDomain
import RemindersPostgres
import SeededRandom
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Rules that Swift decides by and queries select by: both say the same, whatever the state.
@Suite(.timeLimit(.minutes(1))) struct RuleInSQLTests {
    @Test func `whether a channel is used for a person is asked in SQL as ChannelChoice answers`() async throws {
        let scene = try await Scene.make()
        let answers = [Bool?.none, false, true]
        let channels = zip(ChannelKind.withColumns, ChannelColumns.ofPerson)
        for (channel, column) in channels {
            let asked = ChannelColumns.isUsedSQL(column, reminder: "r", person: "p")
            for reminder in answers {
                for person in answers {
                    for override in [false, true] {
                        let used = try await scene.text(
                            """
                            SELECT (\(asked))::text
                            FROM (SELECT \(literal(reminder)) AS \(column), \(override) AS override_user_preferences) r,
                                (SELECT \(literal(person)) AS \(column)) p
                            """)
                        let defaults = person.map { $0 ? ChannelSet(channel) : [] } ?? .unlessChosen
                        let choice = ChannelChoice(reminder.map { [channel: $0] } ?? [:])
                        #expect(
                            used == "\(choice.channels(defaults: defaults, override: override).contains(channel))",
                            "\(channel): \(String(describing: reminder)), \(String(describing: person)), \(override)")
                    }
                }
            }
        }
    }

    private func literal(_ answer: Bool?) -> String { answer.map { "\($0)" } ?? "NULL::boolean" }

    /// Users whose addresses are few, so that many are also raw addresses of the reminder.
    @Test(arguments: UInt64(1)...3)
    func `a raw address is told as a user where one of the reminder's users gets that mail`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let scene = try await Scene.make()
        func one(_ texts: String...) -> String { texts.randomElement(using: &random) ?? "" }
        for user in 1...12 {
            let mails = ["'a@example.org'", "'A@Example.org'", "'b@example.org'", "NULL"]
            try await scene.run(
                """
                INSERT INTO users (id, email, deleted_at)
                VALUES ('\(user)', \(mails.randomElement(using: &random) ?? "NULL"), \(one("NULL", "NULL", "NULL", "now()")))
                """)
            guard Int.random(in: 0..<3, using: &random) > 0 else { continue }
            try await scene.run(
                """
                INSERT INTO user_notification_preferences (user_id, notify_email, email_override)
                VALUES ('\(user)', \(one("true", "false")), \(one("NULL", "NULL", "'B@example.org'", "'c@example.org'")))
                """)
        }
        for _ in 0..<40 {
            let users = (1...12).shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, recipient_emails, notify_email,
                    override_user_preferences, scheduled_at)
                VALUES ('1', 'x', '{\(users.map(String.init).joined(separator: ","))}',
                    '{a@example.org,B@EXAMPLE.ORG,c@example.org}', \(one("NULL", "NULL", "true", "false")),
                    \(one("false", "false", "true")), clock_timestamp() - interval '1 second')
                """)
        }
        let switches = DecisionFacts.Switches(channels: .all, limit: nil)
        let batch = try await scene.store.facts(ofOccurrences: try await scene.fire(), switches: switches)
        var answers: [Bool: Int] = [:]
        for (occurrence, facts) in Dictionary(grouping: batch.facts, by: \.due.occurrenceID) {
            let mailed = facts.filter { facts in
                guard facts.person.recipient.userID != nil, facts.person.userIsKnown else { return false }
                let asked = DecisionFacts(facts, now: batch.now, switches: switches)
                return asked.reminder.channels.channels(
                    defaults: asked.recipient.defaultChannels, override: asked.reminder.overridesPreferences
                ).contains(.email)
            }.compactMap { $0.address(through: .email).map(Recipient.address) }
            for raw in facts where raw.person.recipient.address != nil {
                answers[raw.isToldAsUser, default: 0] += 1
                #expect(
                    raw.isToldAsUser == mailed.contains(raw.person.recipient),
                    "\(raw.person.recipient.key) of occurrence \(occurrence): \(mailed.map(\.key))")
            }
        }
        #expect(answers[true] ?? 0 > 10 && answers[false] ?? 0 > 10, "\(answers)")
    }

    /// Ids that are few, and two of them the same to Unicode.
    @Test(arguments: UInt64(1)...3)
    func `a list shows a person the reminders they may see, and no others`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let scene = try await Scene.make()
        let people = ["1", "2", "\u{e5}", "a\u{30a}", "mail"]
        var known: [StoredReminder] = []
        for _ in 0..<60 {
            var definition = ReminderDefinition(
                about: CaseReference(entityType: "case", id: "1"), title: "x", timeZone: "UTC")
            definition.scheduledAt = Instant(microseconds: 4_000_000_000_000_000)
            definition.userIDs = Array(people.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)))
            known.append(
                try await scene.store.addReminder(
                    definition, createdBy: Bool.random(using: &random) ? people.randomElement(using: &random) : nil,
                    createdVia: "test"))
        }
        for person in people + ["nobody"] {
            let concerned = known.filter { $0.concerns(OpaqueID(person)) }.map(\.id)
            var ofCase = CaseReminders(about: CaseReference(entityType: "case", id: "1"), limit: 100)
            ofCase.visibleTo = person
            #expect(try await scene.store.reminders(ofCase).map(\.id) == concerned, "\(person)")
            var ofPerson = SimpleReminderList(limit: 100)
            ofPerson.userID = person
            #expect(try await scene.store.reminders(ofPerson).map(\.id).sorted() == concerned, "\(person)")
            #expect(concerned.isEmpty == (person == "nobody"))
        }
    }
}
