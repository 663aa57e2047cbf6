import RemindersDomain
import RemindersPostgres

/// `user_notification_preferences` and what people may set about themselves in `users`.
extension SQL {
    // A statement of its own before the reading: a person who has no row yet has nothing else to lock.
    static let lockPreferences = Statement<String>(
        "lockPreferences", "SELECT pg_advisory_xact_lock(1380273487, hashtext($1))")

    static let preferencesOfUser = Statement<String>(
        "preferencesOfUser",
        """
        SELECT u.id IS NOT NULL AS user_is_known, u.display_name, u.email, u.locale, u.time_zone, p.user_id IS NOT NULL AS has_chosen,
            \(ChannelColumns.list(ChannelColumns.ofPerson, of: "p.")), p.email_override, p.quiet_hours_enabled,
            (extract(epoch FROM p.quiet_hours_start) / 60)::int AS quiet_hours_start,
            (extract(epoch FROM p.quiet_hours_end) / 60)::int AS quiet_hours_end,
            p.quiet_hours_days::bigint[] AS quiet_hours_days, greatest(u.updated_at, p.updated_at) AS updated_at
        FROM (SELECT $1::text AS id) me
        LEFT JOIN users u ON u.id = me.id
        LEFT JOIN user_notification_preferences p ON p.user_id = me.id
        """)

    static let putPreferences = Statement<String, Preferences>(
        "putPreferences",
        """
        INSERT INTO user_notification_preferences (user_id, email_override, quiet_hours_enabled, quiet_hours_start,
            quiet_hours_end, quiet_hours_days, \(ChannelColumns.list(ChannelColumns.ofPerson)))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (user_id) DO UPDATE SET \(ChannelColumns.setExcluded(ChannelColumns.ofPerson)),
            email_override = excluded.email_override, quiet_hours_enabled = excluded.quiet_hours_enabled,
            quiet_hours_start = excluded.quiet_hours_start, quiet_hours_end = excluded.quiet_hours_end,
            quiet_hours_days = excluded.quiet_hours_days, updated_at = now()
        """)

    static let preferences: [any AnyStatement] = [lockPreferences, preferencesOfUser, putPreferences]
}

/// What a person has chosen about being notified. What is not said is as for a person without a row.
public struct Preferences: Hashable, Sendable {
    /// How they want to be reached.
    public var channels = ChannelSet.unlessChosen
    /// Mail goes here instead of the address that others made known.
    public var emailOverride: String?
    /// Whether there are quiet hours at all.
    public var quietHoursEnabled = false
    /// When they begin, before 24:00, by the clock in `timeZone`.
    public var quietHoursStart = LocalTime(minutes: 22 * 60)!
    /// When they end; before the start: the next day.
    public var quietHoursEnd = LocalTime(minutes: 7 * 60)!
    /// The days on which they begin.
    public var quietHoursDays = WeekdaySet.all
    /// IANA name.
    public var timeZone = "UTC"
    /// For the words: `en`, `da`, `de`.
    public var locale = "en"

    /// Those of a person who never said anything.
    public init() {}
}

/// The preferences of a person, and who that is.
public struct StoredPreferences: Hashable, Sendable {
    /// What they chose, or the defaults.
    public var preferences: Preferences
    /// Whether the person is in `users`.
    public var userIsKnown: Bool
    /// Display name, as other services made it known.
    public var displayName: String?
    /// The address that other services made known.
    public var email: String?
    /// When any of it last changed; nil for a person who is not known.
    public var updatedAt: Instant?
}

extension ReminderStore {
    /// What a person has chosen; the defaults for somebody who never chose.
    public func preferences(of userID: String) async throws -> StoredPreferences {
        try await pool.query(SQL.preferencesOfUser(userID)).readOne(StoredPreferences.init(row:))
    }

    /// Changes what a person has chosen, one change of theirs at a time; creates the person where they are not known.
    ///
    /// - Parameter change: says what they choose from now on, given what they chose so far; what it throws undoes
    ///   everything.
    /// - Returns: what they have chosen after it.
    public func changePreferences(
        of userID: String, _ change: @Sendable (StoredPreferences) throws -> Preferences
    ) async throws -> StoredPreferences {
        try await pool.transaction { transaction in
            let read = SQL.preferencesOfUser(userID)
            let known = try await transaction.pipeline([SQL.lockPreferences(userID), read])[1]
                .readOne(StoredPreferences.init(row:))
            let wanted = try change(known)
            guard wanted != known.preferences || !known.userIsKnown else { return known }
            let queries = wanted.queries(userID) + [read]
            return try await transaction.finish(queries)[queries.count - 1].readOne(StoredPreferences.init(row:))
        }
    }
}

extension Preferences {
    fileprivate func queries(_ userID: String) -> [Query] {
        // Of the person only what they may say themselves is written where others have made them known.
        let person = Person(
            id: userID, name: nil, email: nil, mattermostName: nil, locale: locale, timeZone: timeZone)
        return [SQL.putPlaceOfUser(person), SQL.putPreferences(userID, self)]
    }
}

/// Its columns in `user_notification_preferences`.
extension Preferences: GroupParameter {
    static let parameterFields: [ParameterField<Preferences>] = [
        .init(\.emailOverride), .init(\.quietHoursEnabled), .init(\.quietHoursStart), .init(\.quietHoursEnd),
        .init { $0.quietHoursDays.days.map { Int16($0.rawValue) } }, .init(\.channels),
    ]
}

extension StoredPreferences {
    fileprivate init(row: inout RowReader) throws {
        userIsKnown = try row.bool("user_is_known")
        displayName = try row.textOrNil("display_name")
        email = try row.textOrNil("email")
        updatedAt = try row.instantOrNil("updated_at")
        preferences = Preferences()
        if userIsKnown {
            preferences.locale = try row.text("locale")
            preferences.timeZone = try row.text("time_zone")
        }
        guard try row.bool("has_chosen") else { return }
        preferences.channels = try row.channelsOfPerson()
        preferences.emailOverride = try row.textOrNil("email_override")
        preferences.quietHoursEnabled = try row.bool("quiet_hours_enabled")
        preferences.quietHoursStart = try row.localTime("quiet_hours_start")
        preferences.quietHoursEnd = try row.localTime("quiet_hours_end")
        preferences.quietHoursDays = WeekdaySet(
            try row.int64Array("quiet_hours_days").compactMap { Weekday(rawValue: Int($0)) })
    }
}

extension RowReader {
    /// Minutes after midnight, 0 to 1,440.
    fileprivate mutating func localTime(_ name: StaticString) throws -> LocalTime {
        let minutes = try int(name)
        guard let time = LocalTime(minutes: minutes) else {
            throw StoreError.unknownValue(column: name.description, value: "\(minutes) minutes")
        }
        return time
    }
}
