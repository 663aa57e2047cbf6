import RemindersDomain
import RemindersPostgres

/// What a decision needs to know about people. Each statement finds its rows by the names of all of a batch's people at
/// once, and answers with those there are: most people have few of them.
extension SQL {
    static let usersToDecide = Statement<[Recipient]>(
        "usersToDecide",
        """
        SELECT id, deleted_at IS NULL AS is_known, display_name, email, mattermost_username, locale, time_zone
        FROM users WHERE id = ANY ($1)
        """)

    static let preferencesToDecide = Statement<[Recipient]>(
        "preferencesToDecide",
        """
        SELECT user_id, email_override, \(ChannelColumns.list(ChannelColumns.ofPerson)), quiet_hours_enabled,
            (extract(epoch FROM quiet_hours_start) / 60)::int AS quiet_hours_start,
            (extract(epoch FROM quiet_hours_end) / 60)::int AS quiet_hours_end,
            quiet_hours_days::bigint[] AS quiet_hours_days
        FROM user_notification_preferences WHERE user_id = ANY ($1)
        """)

    static let addressesToDecide = Statement<[Recipient]>(
        "addressesToDecide", "SELECT user_id, channel, address FROM user_addresses WHERE user_id = ANY ($1)")

    // The latest $3 permits of a little more than the window ($2): what counts is decided on the batch's one clock. Of the
    // occurrences $4 also whether they hold one of all permits. Both kinds come from one look at them.
    static let permitsToDecide = Statement<[Recipient], DecisionFacts.Switches, [Int64]>(
        "permitsToDecide",
        """
        SELECT who.recipient, coalesce(latest.permits, '{}') AS permits,
            coalesce(latest.permits_of_others, '{}') AS permits_of_others,
            CASE WHEN cardinality($4::bigint[]) > 0 THEN ARRAY(SELECT occurrence_id FROM permits
                WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                    AND occurrence_id = ANY ($4)) ELSE '{}' END AS permit_holders
        FROM unnest($1::text[]) AS who (recipient)
        CROSS JOIN LATERAL (
            SELECT array_agg(granted_at) FILTER (WHERE NOT of_others) AS permits,
                array_agg(granted_at) FILTER (WHERE of_others) AS permits_of_others
            FROM (SELECT granted_at, of_others FROM permits
                  WHERE recipient = who.recipient AND granted_at > clock_timestamp() - $2 * interval '1 millisecond'
                  ORDER BY granted_at DESC LIMIT $3) granted) latest
        WHERE num_nulls(latest.permits, latest.permits_of_others) < 2
        """)

    // The first $2 of those who wait, in each of the two lines. Where nobody waits, which is asked once, no partition is looked
    // into for anybody.
    static let linesToDecide = Statement<[Recipient], Int>(
        "linesToDecide",
        """
        SELECT who.recipient, line.occurrence_id, line.of_others
        FROM unnest($1::text[]) AS who (recipient) CROSS JOIN LATERAL lines_of_recipient(who.recipient, $2) line
        WHERE (SELECT release_at FROM deliveries WHERE release_at IS NOT NULL ORDER BY release_at LIMIT 1) IS NOT NULL
        ORDER BY who.recipient, line.due_at, line.occurrence_id
        """)

    static let erasedToDecide = Statement<[Recipient]>(
        "erasedToDecide", "SELECT name FROM erased_names WHERE name = ANY ($1)")

    static let factsOfPeople: [any AnyStatement] = [
        usersToDecide, preferencesToDecide, addressesToDecide, permitsToDecide, linesToDecide, erasedToDecide,
    ]
}

/// What is known about people, as it came.
struct AnsweredPeople {
    /// Whom a batch asks about, and what matters of their permits and lines.
    struct Question {
        let people: [Recipient]
        let queries: [Query]

        /// - Parameters:
        ///   - creators: those who have them reminded, of whom the name is asked for.
        ///   - decidedBefore: the batch's occurrences that may hold a permit.
        init(
            of people: [Recipient], creators: Set<Recipient> = [], decidedBefore: [Int64],
            _ switches: DecisionFacts.Switches
        ) {
            self.people = people
            let others = creators.isEmpty ? [] : Array(creators.subtracting(people))
            queries = [
                SQL.usersToDecide(people + others), SQL.preferencesToDecide(people), SQL.addressesToDecide(people),
                SQL.permitsToDecide(people, switches, decidedBefore),
                SQL.linesToDecide(people, WaitingLine.reach(switches)), SQL.erasedToDecide(people),
            ]
        }
    }

    private let people: [Recipient]
    private let answers: [Rows]

    init(_ question: Question, _ answers: [Rows]) {
        people = question.people
        self.answers = answers
    }

    /// Who they are; of whom something cannot be read, with the reason; and the names of all who have one.
    func read() throws -> (
        people: [Recipient: Addressee], unreadable: [Recipient: String], names: [Recipient: String]
    ) {
        var found = Dictionary(uniqueKeysWithValues: people.map { ($0, Addressee($0)) })
        var unreadable: [Recipient: String] = [:]
        var names: [Recipient: String] = [:]
        func read(
            _ rows: Rows, by name: StaticString, _ add: (inout Addressee, inout RowReader) throws -> Void
        ) throws {
            try rows.forEachRow { row in
                let recipient = try row.recipient(name)
                var person = found[recipient] ?? Addressee(recipient)
                try add(&person, &row)
                found[recipient] = person
            } unreadable: { row, reason in
                unreadable[try row.recipient(name)] = reason
            }
        }
        try answers[0].forEachRow { row in
            let id = try row.recipient("id")
            if let name = try row.textOrNil("display_name"), !name.isEmpty { names[id] = name }
            // Of who only creates, the name is all that is asked.
            try found[id]?.addUser(&row)
        } unreadable: { row, reason in
            let id = try row.recipient("id")
            if found[id] != nil { unreadable[id] = reason }
        }
        try read(answers[1], by: "user_id") { try $0.addPreferences(&$1) }
        try read(answers[2], by: "user_id") { try $0.addAddress(&$1) }
        try read(answers[3], by: "recipient") { person, row in
            person.permits = try row.timestampArray("permits").map(Instant.init(microseconds:))
            person.permitsOfOthers = try row.timestampArray("permits_of_others").map(Instant.init(microseconds:))
            person.permitHolders = Set(try row.int64Array("permit_holders"))
        }
        try read(answers[4], by: "recipient") { person, row in
            let occurrence = try row.int64("occurrence_id")
            if try row.bool("of_others") {
                person.heldForRateOfOthers.append(occurrence)
            } else {
                person.heldForRate.append(occurrence)
            }
        }
        try read(answers[5], by: "name") { person, _ in person.isErased = true }
        return (found, unreadable, names)
    }
}

/// A recipient as he or she is now, with what has been and is to be sent.
public struct Addressee: Sendable {
    /// Who.
    public let recipient: Recipient
    /// They were erased, or are being erased.
    public internal(set) var isErased = false
    /// The user exists; false for raw addresses.
    public internal(set) var userIsKnown = false
    /// Display name.
    public internal(set) var name: String?
    /// Where mail goes.
    public internal(set) var email: String?
    /// Mattermost name without the @.
    public internal(set) var mattermostName: String?
    /// For the words.
    public internal(set) var locale: String?
    /// IANA name.
    public internal(set) var timeZone: String?
    /// Where else they can be reached, by channel: those without a property here.
    public internal(set) var otherAddresses: [ChannelKind: String] = [:]
    /// The channels the person prefers; nil when they never said.
    public internal(set) var preferredChannels: ChannelSet?
    /// The person's quiet hours; nil when they have none.
    public internal(set) var quietHours: StoredQuietHours?
    /// When the latest permits of the window, and a little more, were granted: as many as matter (`WaitingLine.reach`).
    public internal(set) var permits: [Instant] = []
    /// The same of the permits for what others cause.
    public internal(set) var permitsOfOthers: [Instant] = []
    /// Which of the batch's occurrences hold one of the permits.
    public internal(set) var permitHolders: Set<Int64> = []
    /// The occurrences that the limit holds back, those due first in front: as many as matter.
    public internal(set) var heldForRate: [Int64] = []
    /// The same of those that the limit of what others cause holds back.
    public internal(set) var heldForRateOfOthers: [Int64] = []
}

extension Addressee {
    /// Somebody about whom nothing is known.
    fileprivate init(_ recipient: Recipient) { self.init(recipient: recipient, isErased: recipient.isErased) }

    fileprivate mutating func addUser(_ row: inout RowReader) throws {
        userIsKnown = try row.bool("is_known")
        name = try row.textOrNil("display_name")
        email = try row.textOrNil("email")
        mattermostName = try row.textOrNil("mattermost_username")
        locale = try row.text("locale")
        timeZone = try row.text("time_zone")
    }

    fileprivate mutating func addPreferences(_ row: inout RowReader) throws {
        email = try row.textOrNil("email_override") ?? email
        preferredChannels = try row.channelsOfPerson()
        guard try row.bool("quiet_hours_enabled") else { return }
        quietHours = StoredQuietHours(
            startMinute: try row.int("quiet_hours_start"), endMinute: try row.int("quiet_hours_end"),
            isoWeekdays: try row.int64Array("quiet_hours_days").map(Int.init))
    }

    /// A channel whose name this version can't read is no channel of it.
    fileprivate mutating func addAddress(_ row: inout RowReader) throws {
        guard let channel = ChannelKind(rawValue: try row.text("channel")) else { return }
        otherAddresses[channel] = try row.text("address")
    }
}

/// Quiet hours as the preferences hold them.
public struct StoredQuietHours: Hashable, Sendable {
    /// Minutes after midnight, 0 to 1439.
    public let startMinute: Int
    /// Minutes after midnight, 0 to 1439.
    public let endMinute: Int
    /// ISO weekdays (1 = Monday) on which they begin.
    public let isoWeekdays: [Int]
}
