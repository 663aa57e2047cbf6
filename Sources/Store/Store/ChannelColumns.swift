import RemindersDomain
import RemindersPostgres

/// How the tables hold channels: the one place that knows which channel has a column of its own.
///
/// - A reminder's choice: `notify_email`, `notify_mattermost`, `notify_frontend`, each true, false, or NULL for what it says
///   nothing about; of all other channels those it asks for in `notify_others`, those it forbids in `notify_not`.
/// - A person's choice: the same three, true or false, and the others they want in `notify_others`.
/// - A person's address: mail in `users.email`, the name in Mattermost in `users.mattermost_username`, all others in
///   `user_addresses`.
enum ChannelColumns {
    /// The columns of `ChannelKind.withColumns`, in that order.
    fileprivate static let own: [(channel: ChannelKind, column: StaticString)] = [
        (.email, "notify_email"), (.mattermost, "notify_mattermost"), (.frontend, "notify_frontend"),
    ]

    /// A person's choice, in the order of `ChannelSet.parameterFields`.
    static let ofPerson = own.map { "\($0.column)" } + ["notify_others"]
    /// A reminder's choice, in the order of `ChannelChoice.parameterFields`.
    static let ofReminder = ofPerson + ["notify_not"]

    /// The columns as a list, each with this before its name: `r.notify_email, r.notify_mattermost, …`.
    static func list(_ columns: [String], of table: String = "") -> String {
        columns.map { table + $0 }.joined(separator: ", ")
    }

    /// `notify_email = excluded.notify_email, …`
    static func setExcluded(_ columns: [String]) -> String {
        columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    }

    /// `ChannelChoice.channels` of one of the channels with a column, in SQL: whether it is used for a person.
    ///
    /// - Parameters:
    ///   - reminder: the alias of a row of `sag_reminders`.
    ///   - person: the alias of a row of `user_notification_preferences`; all NULL for who never chose.
    static func isUsedSQL(_ column: String, reminder: String, person: String) -> String {
        let unlessChosen = own.contains {
            $0.column.description == column && ChannelSet.unlessChosen.contains($0.channel)
        }
        return """
            CASE WHEN \(reminder).override_user_preferences THEN coalesce(\(reminder).\(column), false)
                 ELSE coalesce(\(reminder).\(column), \(person).\(column), \(unlessChosen)) END
            """
    }

    /// A person's addresses in `user_addresses`, each behind its channel and a blank, which neither has.
    static func selectAddresses(of person: String) -> String {
        "ARRAY(SELECT channel || ' ' || address FROM user_addresses WHERE user_id = \(person) ORDER BY channel)"
    }

    /// What `selectAddresses` selects, by channel. A name that this version can't read is no channel of it.
    static func addresses(_ lines: [String]) -> [ChannelKind: String] {
        var addresses: [ChannelKind: String] = [:]
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2, let channel = ChannelKind(rawValue: parts[0]) { addresses[channel] = parts[1] }
        }
        return addresses
    }

    fileprivate static func ofPerson(_ row: inout RowReader) throws -> ChannelSet {
        var chosen = ChannelSet()
        for (channel, column) in own where try row.bool(column) { chosen.insert(channel) }
        return chosen.union(try row.channels("notify_others"))
    }

    fileprivate static func ofReminder(_ row: inout RowReader) throws -> ChannelChoice {
        var choice = ChannelChoice.none
        for (channel, column) in own { choice[channel] = try row.boolOrNil(column) }
        choice.wanted.formUnion(try row.channels("notify_others"))
        choice.unwanted.formUnion(try row.channels("notify_not"))
        return choice
    }
}

/// The values of `ChannelColumns.ofPerson`.
extension ChannelSet: GroupParameter {
    static let parameterFields: [ParameterField<ChannelSet>] =
        ChannelColumns.own.map { own in .init { $0.contains(own.channel) } } + [.init(\.withoutColumns)]
}

/// The values of `ChannelColumns.ofReminder`.
extension ChannelChoice: GroupParameter {
    static let parameterFields: [ParameterField<ChannelChoice>] =
        ChannelColumns.own.map { own in .init { $0[own.channel] } }
        + [.init(\.wanted.withoutColumns), .init(\.unwanted.withoutColumns)]
}

extension RowReader {
    /// The columns `ChannelColumns.ofPerson`.
    mutating func channelsOfPerson() throws -> ChannelSet { try ChannelColumns.ofPerson(&self) }

    /// The columns `ChannelColumns.ofReminder`.
    mutating func channelsOfReminder() throws -> ChannelChoice { try ChannelColumns.ofReminder(&self) }

    /// What `ChannelColumns.selectAddresses` selects.
    mutating func addresses(_ name: StaticString) throws -> [ChannelKind: String] {
        ChannelColumns.addresses(try textArray(name))
    }

    /// - Throws: `StoreError.unknownValue` for what is no name of a channel.
    fileprivate mutating func channels(_ name: StaticString) throws -> ChannelSet {
        ChannelSet(
            try textArray(name).map { text in
                guard let channel = ChannelKind(rawValue: text) else {
                    throw StoreError.unknownValue(column: name.description, value: text)
                }
                return channel
            })
    }
}
